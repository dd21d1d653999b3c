"""Small networks for the tests of rules, and what one rule says of them."""

from collections.abc import Mapping

from convdsl.diagnostics import Diagnostic
from convdsl.lint.catalogue import rules
from convdsl.lint.run import findings
from convdsl.lint.subject import Subject
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source


def subject_for(body: str, numbers: Mapping[str, Mapping[str, float]] | None = None, rest: str = "") -> Subject:
    """Read a model from its lines; rest: what follows it, such as a `train` section."""
    analysis = analyze(Source("spec.cdsl", f"convdsl 1\n\nmodel Net {{\n{body}\n}}\n{rest}"))
    assert analysis.ok, [item.message for item in analysis.diagnostics]
    subject = subject_of(analysis, numbers)
    assert subject is not None
    return subject


def said(
    name: str, body: str, numbers: Mapping[str, Mapping[str, float]] | None = None, rest: str = ""
) -> list[Diagnostic]:
    """Return what one rule finds in a model."""
    return findings(subject_for(body, numbers, rest), [rule for rule in rules() if rule.code.name == name])


def spoken(name: str, body: str, rest: str = "", numbers: Mapping[str, Mapping[str, float]] | None = None) -> list[str]:
    """Return all that one rule says of a model, a line for a finding: every mark with the text that it stands at."""
    subject = subject_for(body, numbers, rest)
    out = []
    (asked,) = (rule for rule in rules() if rule.code.name == name)
    for one in findings(subject, [asked]):
        marks = [f"[{subject.sources[0].excerpt(mark.span)}] {mark.text}" for mark in (one.where, *one.labels)]
        ways = [" ".join([way.text, *(f"<{edit.replacement}>" for edit in way.edits)]) for way in one.helps]
        out.append(" | ".join([one.severity.value, one.message, *marks, *one.notes, *ways]))
    return out


def check_said(name: str, body: str, *expected: str, rest: str = "") -> None:
    """Hold a rule to as many findings as are expected, with all parts of each, which are divided by ` | `."""
    found = spoken(name, body, rest)
    assert len(found) == len(expected), found
    for line, parts in zip(found, expected, strict=True):
        missing = [part for part in parts.split(" | ") if part not in line]
        assert not missing, f"{missing} not in {line}"
