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
