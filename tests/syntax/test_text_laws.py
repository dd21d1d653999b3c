"""Laws of the text reader, over generated specs and over damaged ones."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.diagnostics import Diagnostic
from convdsl.source import Source, Span
from convdsl.syntax import from_text
from convdsl.syntax import tree as t
from convdsl.syntax.from_text import parse_text
from convdsl.syntax.parse import decode, parse
from tests.strategies_text import files, leaves, lines, names, settled, text_of
from tests.syntax.test_text_forms import FLOWS

SPECS = [path.read_text(encoding="utf-8") for path in sorted(Path("specs").glob("**/*.cdsl"))]
SPECS += [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[1] / "bad").glob("text_*.cdsl"))]
PIECES = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    "=",
    ":",
    "->",
    "\n",
    '"',
    "'",
    "#",
    " ",
    "-",
    "//",
    "5",
    "x",
    "Conv2d",
    "if",
]
PIECES += [
    "else",
    "input",
    "model",
    "train {",
    "block B",
    "\\",
    "\ufeff",
    "é",
    "\r",
    "\0",
    "0.",
    "**",
    ";",
    "and",
    "as",
]


def spans(node: Any) -> Iterator[Span]:
    """Yield every span in a tree."""
    if isinstance(node, Span):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from spans(part)
    elif is_dataclass(node) and not isinstance(node, Source):
        for field in fields(node):
            yield from spans(getattr(node, field.name))


def calls(node: Any) -> Iterator[t.Call]:
    """Yield every call in a tree, but for those whose parentheses the reader has put there."""
    if isinstance(node, t.Call):
        yield node
    if isinstance(node, tuple):
        for part in node:
            yield from calls(part)
    elif is_dataclass(node) and not isinstance(node, Source):
        for field in fields(node):
            yield from calls(getattr(node, field.name))


def check_places(source: Source, found: tuple[Diagnostic, ...]) -> None:
    for diagnostic in found:
        places = [diagnostic.where.span, *(label.span for label in diagnostic.labels)]
        places += [edit.span for way in diagnostic.helps for edit in way.edits]
        assert all(0 <= span.start <= span.end <= len(source.text) for span in places), diagnostic
        assert diagnostic.helps
        assert diagnostic.message


@settings(deadline=None, max_examples=20)
@given(files)
def test_law_a_spelt_tree_is_read_back(file: t.File) -> None:
    text = text_of(file)
    parsed = parse_text(Source("spec.cdsl", text))
    assert [(d.message, text[d.where.span.start :][:40]) for d in parsed.diagnostics] == []
    assert parsed.file == settled(file)


@settings(deadline=None, max_examples=10)
@given(files)
def test_law_the_text_under_a_call_is_the_call(file: t.File) -> None:
    source = Source("spec.cdsl", text_of(file))
    read = parse_text(source).file
    assert all(0 <= span.start <= span.end <= len(source.text) for span in spans(read))
    for call in calls(read):
        again = parse_text(Source("spec.cdsl", f"convdsl 1\nblock B {{\n F(p={source.excerpt(call.span)})\n}}\n")).file
        (block,) = again.items
        assert isinstance(block, t.Block)
        (flow,) = block.body.statements
        assert isinstance(flow, t.Flow)
        assert isinstance(flow.source, t.Call)
        value = flow.source.arguments[0].value
        if isinstance(value, t.Function):  # a declared layer is a call in a line and a function in an argument
            assert value.name == call.callee
            assert [a.name for a in value.arguments] == [a.name for a in call.arguments]
        else:
            assert value == call


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.booleans())
def test_law_any_text_is_read_without_an_exception(text: str, headed: bool) -> None:
    source = Source("spec.cdsl", f"convdsl 1\nmodel M {{\n{text}\n}}" if headed else text)
    parsed = parse_text(source)
    check_places(source, parsed.diagnostics)
    assert all(0 <= span.start <= span.end <= len(source.text) for span in spans(parsed.file))


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_law_a_damaged_spec_is_read_without_an_exception(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SPECS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 0, 1, 1, 5, 40]))
        text = text[:at] + data.draw(st.just("") | st.sampled_from(PIECES)) + text[at + length :]
    source = Source("spec.cdsl", text)
    parsed = parse_text(source)
    check_places(source, parsed.diagnostics)
    assert all(0 <= span.start <= span.end <= len(text) for span in spans(parsed.file))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_law_a_broken_line_costs_nothing_but_itself(data: st.DataObject) -> None:
    good = (
        "convdsl 1\nmodel M {\n  input x: [N, 3, H, W]\n"
        + "".join(f"  v{i} = Conv2d({i}, 3)\n" for i in range(9))
        + "}\n"
    )
    text = good.split("\n")
    broken = data.draw(st.lists(st.sampled_from(range(3, 12, 2)), min_size=1, max_size=5, unique=True))
    mistakes = ["  Conv2d 3", "  a b", "  x -> y", "  (3", "  3)", "  y = 5.", "  'x'", "  :"]
    for at in broken:
        text[at] = data.draw(st.sampled_from(mistakes))
    source = Source("spec.cdsl", "\n".join(text))
    parsed = parse_text(source)
    assert sorted(source.position(d.where.span.start).line for d in parsed.diagnostics) == [
        at + 1 for at in sorted(broken)
    ]
    (model,) = parsed.file.items
    assert isinstance(model, t.Model)
    kept = {flow.targets[0] for flow in model.body.statements if isinstance(flow, t.Flow) and flow.source is not None}
    assert kept == {t.Name(f"v{i}") for i in range(9) if i + 3 not in broken}


@settings(deadline=None, max_examples=60)
@given(
    st.binary(max_size=60)
    | st.text(max_size=20).flatmap(
        lambda text: st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]).map(lambda code: text.encode(code, "ignore"))
    ),
    st.sampled_from(["a.cdsl", "a.yaml"]),
)
def test_law_any_bytes_are_decoded_or_told(data: bytes, name: str) -> None:
    source, found = decode(name, data)
    check_places(source, found)
    assert len(found) <= 1
    if found:
        assert source.text == ""
    else:
        assert source.text == data.decode("utf-8-sig")
        check_places(source, parse(source).diagnostics)


@settings(deadline=None, max_examples=25)
@given(st.lists(leaves, min_size=1, max_size=3), st.lists(names, min_size=4, max_size=4))
def test_law_repeated_lines_are_read_as_if_alone(parts: list[t.Statement], others: list[str]) -> None:
    written = [" ".join(lines(part, True)[-1:]) for part in parts]
    renamed = [re.sub(r"\bv\w*", lambda _: others[0], re.sub(r"\b[0-9]+\b", "12345", line)) for line in written]
    text = "".join(f"  {line}\n\n   {line}  # c\n {line}\n" for line in [*written, *renamed, *written])
    source = Source("spec.cdsl", f"convdsl 1\nblock B {{\n{text}}}\n")
    quick = parse_text(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(from_text, "LONGEST", 0)  # no line is short enough for a recipe
        slow = parse_text(source)
    assert quick == slow
    assert list(spans(quick.file)) == list(spans(slow.file))


@pytest.mark.parametrize("line", [*FLOWS, "F((3), (x), p=(y), q=((4)))", "(x) -> F((a.b), (c[(0)]))", "y = (x)"])
def test_line_when_read_three_times_is_the_same_line(line: str) -> None:
    (block, *_) = parse_text(Source("spec.cdsl", f"convdsl 1\nblock B {{\n{line}\n{line}\n{line}\n}}\n")).file.items
    assert isinstance(block, t.Block)
    first, second, third = block.body.statements
    assert first == second == third
    apart = len(line) + 1
    for earlier, later in ((first, second), (second, third)):
        assert [(s.start + apart, s.end + apart) for s in spans(earlier)] == [(s.start, s.end) for s in spans(later)]


def test_deep_nesting_when_read_is_one_message() -> None:
    deep = 3_000
    for text in (
        "x = " + "(" * deep,
        "x = F(" + "[" * deep + "]" * deep + ")",
        "x = " + "- " * deep + "y",
        "x = F(" + "not " * deep + "y)",
        "x = y" + ".y" * deep,
        "x = y" + "[0]" * deep,
        "x = y" + " + y" * deep,
        "x = F(" + "2 ** " * deep + "2)",
        "x = F(" + "a < " * deep + "2)",
        "{" * deep + "}" * deep,
        "if c { }" + " else if c { }" * deep,
    ):
        parsed = parse_text(Source("spec.cdsl", f"convdsl 1\nmodel M {{\n{text}\n}}\n"))
        assert len(parsed.diagnostics) == 1, text[:30]
        assert max(len(part) for part in re.findall("[^\n]*", parsed.diagnostics[0].message)) < 200
        assert repr(parsed.file)  # shallow enough to be walked


def test_long_lists_when_read_are_no_nesting() -> None:
    items = ", ".join(map(str, range(5000)))
    parsed = parse_text(Source("spec.cdsl", f"convdsl 1\nmodel M {{\n y = F([{items}])\n}}\n"))
    assert parsed.diagnostics == ()


def test_huge_text_when_read_is_refused() -> None:
    parsed = parse_text(Source("spec.cdsl", "#" * 4_000_001))
    assert [d.code.id for d in parsed.diagnostics] == ["E005"]
