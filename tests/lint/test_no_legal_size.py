"""Rules also run on a network whose promises hold at no size: there is none to count at, and they go on."""

import re

import pytest

from convdsl.lint.catalogue import rules
from convdsl.lint.rule import Rule, example
from convdsl.lint.run import findings
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source

OUTPUT = re.compile(r"(\n  output \w+: \[[^\]]*, [^,\]]*[HW][^,\]]*)\]")  # whose last axis is no number
SPECS = [(rule, spec) for rule in rules() for spec in rule.bad if OUTPUT.search(spec)]


@pytest.mark.parametrize(("rule", "spec"), SPECS, ids=lambda part: part.code.name if isinstance(part, Rule) else "")
def test_rule_when_a_promise_holds_at_no_size_goes_on(rule: Rule, spec: str) -> None:
    """The output says to be 100,000 pixels wider than it is, at every size."""
    analysis = analyze(Source("spec.cdsl", example(OUTPUT.sub(r"\1 + 100_000]", spec, count=1))))
    subject = subject_of(analysis)
    assert subject is not None
    assert subject.size == {}
    assert {item.code.name for item in analysis.diagnostics if item.is_error} == {"promise"}
    assert all(finding.code == rule.code for finding in findings(subject, [rule]))
