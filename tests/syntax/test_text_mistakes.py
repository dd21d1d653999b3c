"""What the text reader says: the words of its messages, and fixes that, once applied, leave nothing to say."""

from pathlib import Path

import pytest

from convdsl.diagnostics import Diagnostic
from convdsl.source import Source
from convdsl.syntax.from_text import parse_text

BAD = sorted((Path(__file__).parents[1] / "bad").glob("text_*.cdsl"))


def complaints(lines: str) -> tuple[Source, tuple[Diagnostic, ...]]:
    source = Source("spec.cdsl", f"convdsl 1\nblock B {{\n{lines}\n}}\nmodel M {{ }}\n")
    return source, parse_text(source).diagnostics


SAID = {  # line: the text under the caret, a piece of the message, a piece of the way out
    "Conv2d 64, 3": ("64", "arguments of `Conv2d` stand in parentheses", "`Conv2d(64, 3)`"),
    "Conv2d(64 3)": ("3", "a comma is missing before `3`", "comma"),
    "Conv2d(8, 3, stride=2 2)": ("2", "a comma is missing", "`(2, 2)`"),
    "Conv2d(8, 3, stride: 2)": (":", "given with `=`", "`=`"),
    "Conv2d(8, 3": ("(", "never closed", "`)`"),
    "Conv2d(8, 3]": ("]", "`(` is closed by `]`", "`)`"),
    "Conv2d(8, 3))": (")", "closes nothing", "remove"),
    "Conv2d(8, k={3, 5})": ("{", "braces hold statements", "`[1, 2]`"),
    "Conv2d(8, 3, bias=True)": ("True", "Python", "`true`"),
    "F(norm=None)": ("None", "Python", "`none`"),
    "F(p='same')": ("'same'", "double quotes", '`"same"`'),
    "x -> ReLU": ("ReLU", "parentheses", "`ReLU()`"),
    "output = ReLU()": ("output", "begins a statement", 'as "output"'),
    "nn.Conv2d(8, 3)": ("Conv2d", "no path", "`Conv2d`"),
    "self.conv = Conv2d(8, 3)": ("self.conv", "no dot", "`conv = ...`"),
    "ouput y: [N]": ("ouput", "no word of the language", "did you mean `output`"),
    "epxect parameters < 1M": ("epxect", "no word of the language", "did you mean `expect`"),
    "repaet 3 { }": ("repaet", "no word of the language", "did you mean `repeat`"),
    "input x = [N, 3]": ("=", "a shape stands after `:`", "`:`"),
    "input x: [N] where 8 <= H <= 64": ("8 <= H <= 64", "do not chain", "`8 <= H, H <= 64`"),
    "if 8 <= c <= 64 { }": ("8 <= c <= 64", "do not chain", "`8 <= c and c <= 64`"),
    "ReLU();": (";", "ends with its line", "remove"),
    "ReLU()  // words": ("//", "a comment begins with `#`", "`#`"),
    "F(.5)": (".5", "no number", "`0.5`"),
    "F(5.)": ("5.", "no number", "`5.0`"),
    "x = a + b -> ReLU() + c": ("ReLU() + c", "only at a chain's head", "Mul(110)"),
    "def f(x):": ("def", "no word of the language", "`block Name"),
    "elif c { }": ("elif", "no word of the language", "`else if`"),
    "x\u00a0= ReLU()": ("\u00a0", "U+00A0 NO-BREAK SPACE", "plain space"),
    "F(\u202ea)": ("\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE", "remove"),
}


@pytest.mark.parametrize("line", SAID)
def test_mistake_when_read_is_said_in_its_own_words(line: str) -> None:
    source, (found,) = complaints(line)
    under, message, way = SAID[line]
    assert source.excerpt(found.where.span) == under
    assert message in found.message
    assert way in found.helps[0].text


FIXED = {  # line: what it becomes by its fix
    "Conv2d 64, 3 -> ReLU()": "Conv2d(64, 3) -> ReLU()",
    "Conv2d(64 3)": "Conv2d(64, 3)",
    "Conv2d(8, 3, stride=2 2)": "Conv2d(8, 3, stride=(2, 2))",
    "F(a=True, b=False)": "F(a=true, b=false)",
    "torch.nn.Conv2d(8, 3)": "Conv2d(8, 3)",
    "(a, b) = Chunk(2)": "a, b = Chunk(2)",
    "if 1 < c < d < 9 { ReLU() }": "if 1 < c and c < d and d < 9 { ReLU() }",
    "input x: [N] where 8 <= H <= 64, W > 3": "input x: [N] where 8 <= H, H <= 64, W > 3",
    "input x: [N] where not 8 <= H <= 64": "input x: [N] where not (8 <= H and H <= 64)",
    "ReLU()  // words": "ReLU()  # words",
    "y = x : (N, 3)": "y = x : [N, 3]",
    "a − b -> ReLU()": "a - b -> ReLU()",
    "ReLU() as head": 'ReLU() as "head"',
    "if c\n{ ReLU() }": "if c { ReLU() }",
    "block_ = ReLU() Tanh()": "block_ = ReLU() -> Tanh()",
}


@pytest.mark.parametrize("line", FIXED)
def test_fix_when_applied_leaves_nothing_to_say(line: str) -> None:
    source, found = complaints(line)
    text = source.text
    for edit in sorted((e for d in found for e in d.helps[0].edits), key=lambda e: e.span, reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    assert text == complaints(FIXED[line])[0].text
    assert complaints(FIXED[line])[1] == ()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_safe_fix_when_applied_takes_its_complaint_away(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    before = parse_text(Source(path.name, text)).diagnostics
    for found in before:
        for way in found.helps:
            if not way.safe:
                continue
            fixed = text
            for edit in sorted(way.edits, key=lambda edit: edit.span, reverse=True):
                fixed = fixed[: edit.span.start] + edit.replacement + fixed[edit.span.end :]
            after = parse_text(Source(path.name, fixed)).diagnostics
            assert sum(d.message == found.message for d in after) < sum(d.message == found.message for d in before), way


def test_twenty_mistakes_when_read_are_twenty_messages() -> None:
    _, found = complaints("\n".join(f"x{i} = Conv2d({i} 3)" for i in range(20)))
    assert len(found) == 20


def test_setting_when_it_begins_with_a_capital_is_told_to_be_lower_case() -> None:
    source = Source("spec.cdsl", "convdsl 1\nmodel M { }\ntrain {\n  CheckpointEvery = 5\n}\n")
    (said,) = parse_text(source).diagnostics
    assert said.message == "the names of settings are lower case"
    assert [edit.replacement for edit in said.helps[0].edits] == ["checkpoint_every"]
    assert source.excerpt(said.where.span) == "CheckpointEvery"
