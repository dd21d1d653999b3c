"""The law of folds: a YAML file is read with them as without, its tree, its places, its messages."""

from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.source import Source
from convdsl.syntax import from_yaml, yaml_folds
from convdsl.syntax.from_yaml import parse_yaml
from convdsl.syntax.parsed import Parsed
from convdsl.syntax.tree import Argument, Call, Flow, Model, Name, Number
from convdsl.syntax.yaml_nodes import Folded
from tests.syntax.test_yaml_laws import PIECES, SAMPLES, spans

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("specs/**/*.yaml"), *ROOT.glob("tests/bad/**/*.yaml")])
HEAD = "convdsl: 1\nmodel: M\ninputs: {x: [N, 8, H, W]}\nlayers:\n"

# Items with names and integers to be changed: `@` is a name, `9` an integer.
ITEMS = (
    "ReLU",
    "Conv2d: 9",
    "Conv2d: {out_channels: 9, kernel_size: [9, 9], padding: 9}",
    "Conv2d: {out_channels: 9 * @, kernel_size: 9, padding: @}",
    "@: {Conv2d: {out_channels: 9, bias: false, padding_mode: reflect}}",
    '@: {Conv2d: {out_channels: 9}}\n  from: @\n  shape: [N, 9, H // 9, "W // 9"]',
    "@: @",
    "@, @: {Chunk: 9}",
    "{Conv2d: {out_channels: 9, kernel_size: 9}, from: @, as: stem}",
    '{Conv2d: {out_channels: 9}, as: "a.9"}',
    "{@: {Conv2d: 9}, from: @}",
    "Concat: [@, @, @[9]]",
    "Add: [@, 9]",
    "@ + 9 * @",
    "@: [{Conv2d: 9}, ReLU]",
    "[{Chunk: 9}, Add]",
    "@: [ReLU]",
    "@: {do: [ReLU, {Conv2d: 9}]}",
    "use: @",
    "@: {use: {@: 9}}",
    "Foo: {inputs: [@, 9], groups: @.@}",
    "Conv2d: {out_channels: (9 + 9) * 9, kernel_size: (9, 9)}",
    "Conv2d: {@: 9, @: 9}",
    "LeakyReLU: 0.9",
    "@:{Conv2d: 9}",
    "conv: 9",
    "9: ReLU",
    "@",
    "&a ReLU",
    "*a",
    "|",
    '"ReLU"',
    "Mul: 'a, 9'",
    "default: {Conv2d: {padding: 9}}",
    "layer: {@: {Conv2d: {out_channels: 9, kernel_size: 9}}}",
    "repeat: 9\n  do:\n  - ReLU\n  - Conv2d: {out_channels: 9}\n  - ReLU\n  - Conv2d: {out_channels: 9}",
    "@:\n    - ReLU\n    - {Dropout: 9}\n    - {Dropout: 9}\n    - {Dropout: 9}",
)
NAMES = ("a", "b", "x", "shape", "from", "null", "use", "enc_1", "none", "in", "for", "inputs", "conv1", "long_name")
INTEGERS = ("0", "1", "3", "64", "007", "1_000", "9" * 15, "9" * 16, "9" * 41)


@st.composite
def items(draw: st.DrawFn, indent: str, likely: tuple[str, ...]) -> str:
    """Write one item of a list that stands at an indent."""
    written = draw(st.sampled_from(likely) if draw(st.integers(0, 9)) else st.sampled_from(ITEMS))
    plain = draw(st.booleans())  # what differs in names that mean nothing to the reader
    letters = []
    for letter in written:
        if letter == "@":
            letter = draw(st.sampled_from(NAMES[:3] if plain else NAMES))
        elif letter == "9":
            letter = draw(st.sampled_from(INTEGERS[:4] if plain else INTEGERS))
        letters.append(letter)
    text = "".join(letters).replace("\n", f"\n{indent}")
    behind = draw(st.sampled_from(("", "", "", "", "", "", "  # said", " ", "\n", "\n# left", f"\n{indent}  # deep")))
    return f"{indent}- {text}{behind}\n"


@st.composite
def specs(draw: st.DrawFn) -> str:
    likely = tuple(draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=4)))
    indent = draw(st.sampled_from(("", "  ", "    ")))
    text = HEAD + "".join(draw(st.lists(items(indent, likely), min_size=4, max_size=30)))
    rest = draw(st.sampled_from(("", "outputs: {y: [N, 8, H, W]}\n", "expect:\n  - a\n  - a\n  - a\n", "# end\n")))
    return text + rest


def read(text: str, folds: bool) -> Parsed:
    with patch.object(yaml_folds, "FEWEST", 0 if folds else 10**9):
        return parse_yaml(Source("a.yaml", text))


def same(text: str) -> Parsed:
    plain, folded = read(text, False), read(text, True)
    assert folded == plain
    assert spans(folded.file) == spans(plain.file)
    return folded


def folds(text: str) -> list[Folded]:
    """Read a text, and return how it was folded where the tree was made with folds."""
    found: list[Folded] = []
    whole = from_yaml._read

    def spied(source: Source, folded: Folded | None) -> tuple[Parsed, int]:
        found[:] = [folded] if folded is not None else []
        return whole(source, folded)

    with patch.object(from_yaml, "_read", spied):
        read(text, True)
    return found


@settings(deadline=None, max_examples=60)
@given(specs())
def test_law_lists_of_alike_items_are_read_as_without_folds(text: str) -> None:
    same(text)


@pytest.mark.slow
@settings(deadline=None, max_examples=2000)
@given(specs())
def test_law_many_lists_of_alike_items_are_read_as_without_folds(text: str) -> None:
    same(text)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_law_mutated_lists_are_read_as_without_folds(data: st.DataObject) -> None:
    text = data.draw(specs())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from([0, 0, 1, 1, 2, 8, 40])))
        text = text[:start] + data.draw(st.one_of(st.just(""), PIECES)) + text[end:]
    same(text)


@pytest.mark.parametrize("text", [*SAMPLES, *(path.read_text("utf-8", "replace") for path in FILES)])
def test_law_files_whose_lines_come_four_times_are_read_as_without_folds(text: str) -> None:
    same(text)
    lines = text.splitlines(keepends=True)
    same("".join(line * 4 if line.lstrip().startswith("- ") else line for line in lines))


@pytest.mark.parametrize(
    ("item", "count"),
    [
        ("ReLU", 3),
        ("Conv2d: {out_channels: 8, kernel_size: 3}", 3),
        ("{Conv2d: {out_channels: 8}, from: x, as: a}", 3),
        ("y: {Conv2d: 8}\n  from: x\n  shape: [N, 8, H, W]", 3),
        ("Concat: [x, a]", 3),
        ("y: [{Conv2d: 3}, ReLU]", 3),
        ("y: [ReLU]", 0),  # a group: its body stays one
        ("ReLU  # said", 0),
    ],
)
def test_all_but_the_first_of_four_alike_items_are_folded(item: str, count: int) -> None:
    text = HEAD + f"- {item}\n" * 4
    found = folds(text)
    assert sum(len(folded.items) for folded in found) == count
    assert not same(text).diagnostics


def test_items_that_differ_in_names_and_integers_are_folded() -> None:
    lines = "".join(
        f"- y{i}: {{Conv2d: {{out_channels: {i}, kernel_size: 3}}}}\n  from: y{i - 1}\n" for i in range(1, 10)
    )
    (folded,) = folds(HEAD + lines)
    assert len(folded.items) == 8
    model = same(HEAD + lines).file.items[0]
    assert isinstance(model, Model)
    arguments = (Argument("out_channels", Number(7, "7")), Argument("kernel_size", Number(3, "3")))
    assert model.body.statements[7] == Flow(Name("y6"), (Call("Conv2d", arguments),), (Name("y7"),))


def test_long_file_without_mistakes_is_read_once() -> None:
    """Folded away are 36,000 values, more than a line may hold: they stand in lines of their own."""
    text = HEAD + "  - Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n" * 4_000
    with patch.object(from_yaml, "_read", wraps=from_yaml._read) as read:
        assert parse_yaml(Source("a.yaml", text)).diagnostics == ()
    assert read.call_count == 1
