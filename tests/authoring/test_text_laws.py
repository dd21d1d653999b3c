"""Laws of the canonical form and of the text printer, over generated trees, networks and damaged specs."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convdsl.authoring.canonical import canonical
from convdsl.authoring.format import formatted
from convdsl.authoring.print_text import print_text
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.syntax import tree as t
from convdsl.syntax.from_text import parse_text
from tests.authoring.strategies_network import networks
from tests.authoring.test_format_text import assert_same_network, comments, text_of
from tests.strategies_text import files
from tests.strategies_text import text_of as spelt

MANY = settings(deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
LAWS = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
ROOT = Path(__file__).parents[2]
SPECS = [path.read_text("utf-8") for path in sorted((ROOT / "specs").rglob("*.cdsl"))]
PIECES = [
    *("#", "# a", "\n", "\n\n", " ", "\t", "{", "}", "{ # b", "} else {", "else if a", "(", ")", "()", "[", "]", ","),
    *("=", ":", "->", "-> ReLU()", "+ x", "* 2", "if a { ReLU() }", "repeat 2", "x", "2", '"', "?", "input", "y = "),
    *("model", "default", "layer", "output y: [N]", "as", "Add(x, y)", "\r\n", "\ufeff", "é", "train { a = 1 }"),
]


def read(text: str) -> t.File:
    parsed = parse_text(Source("net.cdsl", text))
    assert not parsed.diagnostics, text
    return parsed.file


@LAWS
@given(files)
def test_law_the_canonical_form_is_settled(file: t.File) -> None:
    once = canonical(file)
    assert canonical(once) == once


@LAWS
@given(files)
def test_law_a_printed_canonical_tree_is_read_back_with_its_comments(file: t.File) -> None:
    tree = canonical(read(spelt(file)))
    text = print_text(tree)
    assert canonical(read(text)) == tree
    assert print_text(canonical(read(text))) == text


@LAWS
@given(files)
def test_law_a_tree_that_a_program_made_prints_as_its_text_does(file: t.File) -> None:
    parsed = parse_text(Source("net.cdsl", spelt(file)))
    assume(not parsed.diagnostics)
    assert print_text(canonical(replace(file, source=parsed.file.source))) == print_text(canonical(parsed.file))


@LAWS
@given(files)
def test_law_formatting_keeps_every_comment_and_is_settled(file: t.File) -> None:
    text = spelt(file)
    once = text_of(text)
    assert comments(once) == comments(text)
    assert text_of(once) == once
    assert once.endswith("\n")
    assert not once.endswith("\n\n")
    assert all(line == line.rstrip() for line in once.split("\n"))
    assert "\n\n\n" not in once


def keeps_the_network(text: str) -> None:
    once = text_of(text)
    assert_same_network(text, once)
    assert comments(once) == comments(text)
    assert text_of(once) == once


@LAWS
@given(networks())
def test_law_formatting_leaves_the_network_as_it_was(text: str) -> None:
    keeps_the_network(text)


@pytest.mark.slow
@MANY
@given(networks())
def test_law_formatting_leaves_many_networks_as_they_were(text: str) -> None:
    keeps_the_network(text)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A spec with a few pieces put in, taken out or doubled."""
    text = draw(st.sampled_from(SPECS) | networks() | files.map(spelt))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.sampled_from([0, 0, 0, 1, 2, 5, 20])))
        text = text[:at] + draw(st.sampled_from(["", *PIECES])) + text[end:]
    return text


def loses_nothing(text: str) -> None:
    result = formatted(Source("net.cdsl", text))
    if result.text is None:
        assert result.diagnostics
        assert all(found.code.id != "E020" for found in result.diagnostics)
        return
    assert comments(result.text) == comments(text)
    assert formatted(Source("net.cdsl", result.text)).text == result.text
    before, after = analyze(Source("net.cdsl", text)), analyze(Source("net.cdsl", result.text))
    assert before.ok is after.ok  # of two mistakes in one chain the second may come to light
    if before.ok:
        assert_same_network(text, result.text)


@settings(LAWS, max_examples=60)
@given(damaged())
def test_law_what_can_be_read_is_formatted_without_loss(text: str) -> None:
    loses_nothing(text)


@pytest.mark.slow
@MANY
@given(damaged())
def test_law_many_damaged_specs_are_formatted_without_loss(text: str) -> None:
    loses_nothing(text)
