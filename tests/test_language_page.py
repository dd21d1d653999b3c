"""docs/language.md and docs/card.md: every example is right, is written as `fmt` writes it, and has its true twin."""

import re
from pathlib import Path

import pytest

from convdsl import api
from convdsl.authoring.canonical import canonical
from convdsl.authoring.print_text import print_text
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source
from convdsl.syntax.parse import parse
from docs import language_page
from docs.language_page import Example, examples

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / language_page.PAGE).read_text("utf-8")
CARD = (ROOT / "docs/card.md").read_text("utf-8")
EXAMPLES = list(examples(PAGE))
BLOCKS = "convdsl 1\n\nblock Down(channels: int) {\n  Conv2d(channels, 4, stride=2, padding=1) -> ReLU()\n}\n"

# lines of a model have no output, so that nothing in them can reach one
UNFINISHED = {"E104", "E105", "E126"}


def errors(analysis: Analysis) -> list[str]:
    return [f"{found.code} {found.message}" for found in analysis.diagnostics if found.is_error]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_of_the_page_when_checked_has_no_error(example: Example) -> None:
    found = errors(analyze(Source("example.cdsl", example.spec)))
    if not example.is_whole:
        found = [error for error in found if error.split()[0] not in UNFINISHED]
    assert found == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_of_the_page_when_formatted_stays(example: Example) -> None:
    assert print_text(canonical(parse(Source("example.cdsl", example.spec)).file)) == example.spec


def test_twins_of_the_page_when_made_anew_are_the_same() -> None:
    """Stale: run `make readme` and read the difference."""
    assert language_page.renew(PAGE) == PAGE
    assert PAGE.count("<!-- twins -->") == PAGE.count("```yaml") >= 10


@pytest.mark.parametrize("example", EXAMPLES)
def test_twin_when_read_is_the_example(example: Example) -> None:
    if example.is_whole:
        twin = parse(Source("example.yaml", language_page.in_yaml(example)))
        assert twin.diagnostics == ()
        assert canonical(twin.file) == canonical(parse(Source("example.cdsl", example.spec)).file)


def test_sizes_that_the_page_tells_are_those_that_check_prints() -> None:
    places = re.findall(
        r"^```cdsl\n((?:(?!^```).)*?model (\w+).*?)^```.*?<!-- check: (\w+) -->\n```\n(.*?)\n```", PAGE, re.M | re.S
    )
    told = {name: line for _, _, name, line in places}
    assert told
    for name, line in told.items():
        (spec,) = (example.spec for example in EXAMPLES if f"model {name} " in example.spec)
        accepted = analyze(Source("x.cdsl", spec)).accepted
        assert accepted is not None
        assert line == f"{name.lower()}.cdsl: accepted: {'; '.join(accepted.text())}"


def test_reserved_words_that_the_page_names_are_those_of_the_language() -> None:
    """A reserved word cannot be bound: `input = Identity()` is an error."""
    line = next(line for line in PAGE.splitlines() if line.startswith("- **Reserved**"))
    for word in re.findall(r"`([a-z ]+)`", line)[0].split():
        lines = ("input x: [N, 1, H]", f"{word} = Identity()", f"y = {word}", "output y: [N, 1, H]")
        spec = "convdsl 1\nmodel M {\n" + "\n".join(lines) + "\n}\n"
        assert any(found.startswith("E001") for found in errors(analyze(Source("x.cdsl", spec)))), word


def test_card_when_checked_has_no_error(tmp_path: Path) -> None:
    (card,) = examples(CARD)
    (tmp_path / "blocks.cdsl").write_text(BLOCKS, "utf-8")
    (tmp_path / "card.cdsl").write_text(card.spec, "utf-8")
    assert errors(api.load(tmp_path / "card.cdsl")) == []


def test_card_when_printed_fits_on_a_page() -> None:
    assert len(CARD.splitlines()) <= 66  # lines of A4 at 12 points
