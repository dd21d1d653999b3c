"""The laws that a rule of the linter keeps: its bad specs are found at the marked lines and nowhere else, its good ones
are clean, its fixes mend, and what it says is worded as the house words it.

Each raises AssertionError where a rule breaks it. Whether safe fixes keep the function is asked in `function.py`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from convdsl.api import convert
from convdsl.diagnostics import Code, Diagnostic, Edit, Help
from convdsl.lint.rule import Rule, example, text_of
from convdsl.lint.run import findings
from convdsl.pipeline import Analysis, analyze
from convdsl.record import replace
from convdsl.review import subject_of
from convdsl.sizeset import nothing
from convdsl.source import Source

SPELLINGS = {"text": "spec.cdsl", "yaml": "spec.yaml"}

_MARK = re.compile(r"#((?: [EWI]\d{3})+)\s*$")


def spec(text: str, spelling: str = "text") -> Source:
    """Return one of a rule's specs as a whole file, in text or converted to YAML."""
    whole = example(text)
    return Source(SPELLINGS[spelling], whole if spelling == "text" else convert(whole, spelling))


def found_by(rule: Rule, analysis: Analysis) -> list[Diagnostic]:
    """Return what a rule alone finds."""
    subject = subject_of(analysis)
    _hold(subject is not None, "the spec is wrong", _said(analysis))
    return [] if subject is None else findings(subject, [rule])


def check_text(rule: Rule) -> None:
    """A rule says what, why, how to mend it, and who says so; and has examples of both kinds."""
    text = text_of(type(rule))
    _hold(all((text.lead, text.what, text.why, text.fix, *text.sources)), rule.code, "a part of the docstring is empty")
    _hold(bool(rule.bad) and bool(rule.good), rule.code, "there have to be bad specs and good ones")


def check_bad(rule: Rule, at: int, spelling: str) -> None:
    """A bad spec is suspected, and found fault with at its marked lines, and nowhere else."""
    source = spec(rule.bad[at], spelling)
    analysis = analyze(source)
    expected, found = _marked(source, rule.code), found_by(rule, analysis)
    _hold(bool(expected), rule.code, "no line is marked", source.text)
    lines = _lines_of(source, found)
    _hold(lines == expected, rule.code, f"found in lines {lines}, marked are {expected}", source.text)
    _hold({finding.code for finding in found} == {rule.code}, rule.code, "finds under another code")
    subject = subject_of(analysis)
    _hold(subject is not None and rule.suspects(subject), rule.code, "does not suspect what it finds")


def check_good(rule: Rule, at: int) -> None:
    """A good spec has no mistakes, and the rule is silent about it."""
    analysis = analyze(spec(rule.good[at]))
    _hold(analysis.ok, rule.code, "a good spec is wrong", _said(analysis))
    found = found_by(rule, analysis)
    _hold(found == [], rule.code, "a good spec is found fault with", *(finding.message for finding in found))


def check_words(rule: Rule, at: int, spelling: str) -> None:
    """Findings have a way out and places in the text, and are worded as the house words them."""
    source = spec(rule.bad[at], spelling)
    for finding in found_by(rule, analyze(source)):
        message = finding.message
        _hold(bool(finding.helps), message, "a finding has a way out")
        _hold(not message.endswith("."), message, "ends in a full stop")
        _hold(message[0] in "`0123456789" or message[0].islower(), message, "begins with a capital")
        spans = [finding.where.span, *(label.span for label in finding.labels)]
        spans += [edit.span for help_ in finding.helps for edit in help_.edits]
        inside = all(0 <= span.start <= span.end <= len(source.text) for span in spans)
        _hold(inside, message, "points outside the text")


def check_edits(rule: Rule, at: int, spelling: str) -> None:
    """Edits that are offered take a finding away, make no mistake, and keep every comment."""
    source = spec(rule.bad[at], spelling)
    before = found_by(rule, analyze(source))
    for _, help_ in offers(rule, source):
        better = edited(source, help_.edits)
        after = analyze(better)
        _hold(after.ok, rule.code, "edits break the spec", better.text, _said(after))
        _hold(len(found_by(rule, after)) < len(before), rule.code, "edits mend nothing", better.text)
        _hold(better.text.count("#") == source.text.count("#"), rule.code, "a comment is lost", better.text)


def check_nowhere(rule: Rule) -> None:
    """A rule also reads a network of which a promise holds at no size: there are no numbers to count with then."""
    for text in (*rule.bad, *rule.good):
        analysis = analyze(spec(text))
        if analysis.legal is None:
            continue
        axes = dict.fromkeys(analysis.legal.axes, nothing())
        legal = replace(analysis.legal, axes=axes, joint=None, free=axes, possible=False)
        analysis = replace(analysis, legal=legal)
        found_by(rule, analysis)
        subject = subject_of(analysis)
        _hold(subject is not None, "the spec is wrong", _said(analysis))
        if subject is not None:
            rule.suspects(subject)


def edited(source: Source, edits: Sequence[Edit]) -> Source:
    """Apply edits that do not overlap."""
    ordered = sorted(edits, key=lambda edit: edit.span)
    _hold(all(one.span.end <= two.span.start for one, two in pairwise(ordered)), "edits overlap")
    text = source.text
    for edit in reversed(ordered):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return Source(source.name, text)


def offers(rule: Rule, source: Source) -> Iterator[tuple[Diagnostic, Help]]:
    """Yield the ways out that a program can carry out."""
    for finding in found_by(rule, analyze(source)):
        yield from ((finding, help_) for help_ in finding.helps if help_.edits)


def _said(analysis: Analysis) -> str:
    return "; ".join(item.message for item in analysis.diagnostics)


def _marked(source: Source, code: Code) -> list[int]:
    lines = enumerate(source.text.split("\n"), 1)
    return [at for at, line in lines for mark in _MARK.finditer(line) if code.id in mark[1].split()]


def _lines_of(source: Source, found: Sequence[Diagnostic]) -> list[int]:
    """Return the lines that findings are marked at; in YAML a layer may take several, and the first counts."""
    lines = [source.position(finding.where.span.start).line for finding in found]
    return sorted(map(partial(_first_line, source), lines))


def _first_line(source: Source, line: int) -> int:
    while source.name.endswith(".yaml") and not re.match(r" *- | {0,2}\S", source.line(line)):
        line -= 1
    return line


def _hold(condition: bool, *said: object) -> None:
    if not condition:
        raise AssertionError("; ".join(map(str, said)))
