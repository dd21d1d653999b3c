"""`fmt` on text: what a person wrote comes out as the rules of the canonical form say, and says what it said."""

from collections import Counter
from pathlib import Path

import pytest

from convdsl.authoring.format import Formatted, formatted
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.syntax.parse import decode
from convdsl.syntax.tokens import comment_text, scan
from tests.authoring.golden_text import PAIRS

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").rglob("*.cdsl")) + sorted((ROOT / "docs").glob("*.cdsl"))
BAD = sorted((ROOT / "tests" / "bad").glob("*.cdsl"))

# The example of the language's page, whose comments stand two spaces apart here.
EXAMPLE = """\
convdsl 1

block Down(channels: int) {
  Conv2d(channels, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> LeakyReLU(0.2)
}

block Up(channels: int) {
  ConvTranspose2d(channels, 4, stride=2, padding=1, bias=false) -> BatchNorm2d() -> ReLU()
}

model Colorizer(width: int = 32) {
  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W % 8 == 0

  e1 = Down(width)
  e2 = Down(2 * width)
  e3 = Down(4 * width) : [N, 4 * width, H / 8, W / 8]  # a checked promise, for every promised H and W

  d3 = Up(2 * width)
  Concat(d3, e2)
  d2 = Up(width)
  Concat(d2, e1)
  Up(width)

  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, H, W] means ab / 110
  expect parameters <= 1M
}

train {
  loss = SmoothL1()
  optimizer = AdamW(lr=1e-3)
  epochs = 20
  batch = 32
  crop = 96
}
"""


def text_of(text: str, name: str = "net.cdsl") -> str:
    result = formatted(Source(name, text))
    assert result.text is not None, [found.message for found in result.diagnostics]
    return result.text


def read(path: Path) -> Source:
    return decode(path.name, path.read_bytes())[0]


def comments(text: str) -> Counter[str]:
    """Return the words of all comments of a text."""
    return Counter(comment_text(token.text) for token in scan(text) if token.kind == "COMMENT")


def network(source: Source) -> object:
    """Return what a spec is apart from its spelling: layers, keys, wiring, hash, recipe, findings."""
    analysis = analyze(source)
    graph = analysis.graph
    nodes = () if graph is None else tuple((node.key, node.op, node.inputs, node.shapes) for node in graph.nodes)
    return nodes, analysis.architecture_hash, analysis.recipe, Counter(found.code for found in analysis.diagnostics)


def assert_same_network(text: str, other: str) -> None:
    assert network(Source("net.cdsl", text)) == network(Source("net.cdsl", other))


@pytest.mark.parametrize("name", PAIRS)
def test_ugly_text_when_formatted_is_as_written_by_hand(name: str) -> None:
    written, wanted = PAIRS[name]
    assert text_of(written) == wanted


@pytest.mark.parametrize("name", PAIRS)
def test_canonical_text_when_formatted_again_stays(name: str) -> None:
    wanted = PAIRS[name][1]
    assert text_of(wanted) == wanted


@pytest.mark.parametrize("name", PAIRS)
def test_ugly_text_when_formatted_keeps_its_comments_and_its_network(name: str) -> None:
    written, wanted = PAIRS[name]
    assert comments(written) == comments(wanted)
    assert_same_network(written, wanted)


def test_example_of_the_language_when_formatted_stays() -> None:
    assert text_of(EXAMPLE) == EXAMPLE


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spec_of_the_project_is_formatted(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text_of(text) == text, f"run `convdsl fmt {path.relative_to(ROOT)}`"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spec_when_formatted_is_the_same_network(path: Path) -> None:
    source = read(path)
    text = text_of(source.text)
    assert comments(text) == comments(source.text)
    assert_same_network(source.text, text)
    assert text_of(text) == text


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_wrong_spec_when_formatted_has_the_same_mistakes(path: Path) -> None:
    """What cannot be read is not formatted, and says why; what can be read keeps its mistakes."""
    source = read(path)
    result = formatted(source)
    if result.text is None:
        assert result.diagnostics
        assert all(found.is_error and found.code.id < "E1" for found in result.diagnostics)
        return
    assert comments(result.text) == comments(source.text)
    assert_same_network(source.text, result.text)
    assert text_of(result.text) == result.text


# ------------------------------------------------------------------- refusals


def test_library_when_formatted_needs_no_model() -> None:
    assert text_of("convdsl 1\nblock B(){ReLU()}") == "convdsl 1\n\nblock B {\n  ReLU()\n}\n"


def test_unreadable_text_when_formatted_says_why_and_where() -> None:
    result = formatted(Source("net.cdsl", "convdsl 1\nmodel M {\n  x = (\n}\n"))
    assert result == Formatted(None, result.diagnostics)
    assert [found.code.id for found in result.diagnostics] == ["E001"]


def test_text_that_would_grow_too_large_when_formatted_is_refused() -> None:
    # 60 levels of braces, each line of them indented by 2 columns a level: 120 characters more for `ReLU()`
    lines = "ReLU()\n\n" * 40_000
    text = "convdsl 1\nmodel M {\n" + "{\n" * 60 + lines + "}\n" * 61
    (found,) = formatted(Source("net.cdsl", text)).diagnostics
    assert found.code.id == "E005"


def test_printer_that_loses_something_when_caught_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check inside `formatted` can fail: a printer that drops a line is found out."""
    from convdsl.authoring import print_text

    whole = print_text.print_text
    monkeypatch.setattr(print_text, "print_text", lambda file: whole(file).replace("  y = ReLU()\n", ""))
    result = formatted(Source("net.cdsl", "convdsl 1\nmodel M {\n  input x: [N]\n  y = ReLU()\n}\n"))
    assert result.text is None
    assert [found.code.id for found in result.diagnostics] == ["E020"]


def test_deep_text_when_formatted_needs_no_deep_stack() -> None:
    nested = "{" * 98 + "ReLU()" + "}" * 98
    chain = "if a { ReLU() }" + " else if b { ReLU() }" * 98
    summed = "repeat " + "(" * 97 + "1" + ")" * 97 + " { x " + "+ x " * 90 + "}"
    for line in (nested, "{" * 50 + chain + "}" * 50, summed):
        text_of(f"convdsl 1\nmodel M {{\ninput x: [N]\n{line}\n}}\n")
