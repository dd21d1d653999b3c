"""Laws of the YAML printer over generated specs with comments: what it prints says the same tree, and is settled."""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convdsl.authoring.canonical import canonical
from convdsl.authoring.print_text import print_text
from convdsl.authoring.print_yaml import print_yaml
from convdsl.authoring.unsayable import unsayable
from convdsl.source import Source
from convdsl.syntax import tree as t
from convdsl.syntax.from_text import parse_text
from convdsl.syntax.from_yaml import parse_yaml
from tests.authoring.strategies_yaml import yaml_specs
from tests.strategies_text import files, text_of

LAWS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def from_text(text: str) -> t.File:
    parsed = parse_text(Source("a.cdsl", text))
    assert [d.message for d in parsed.diagnostics] == [], text
    return parsed.file


def from_yaml(text: str) -> t.File:
    parsed = parse_yaml(Source("a.yaml", text))
    assert [d.message for d in parsed.diagnostics] == [], text
    return parsed.file


def canonical_of(file: t.File) -> t.File:
    """Return the canonical tree of a generated spec that can be written: no name in one map twice."""
    parsed = parse_text(Source("a.cdsl", text_of(file)))
    assume(not parsed.diagnostics)
    settled = canonical(parsed.file)
    assume(unsayable(settled) is None)
    return settled


@LAWS
@given(files)
def test_law_what_is_printed_as_yaml_says_the_same_tree_with_its_comments(file: t.File) -> None:
    given_ = canonical_of(file)
    assert canonical(from_yaml(print_yaml(given_))) == given_


@LAWS
@given(files)
def test_law_text_through_yaml_is_the_same_text_byte_for_byte(file: t.File) -> None:
    text = print_text(canonical_of(file))
    through = print_yaml(canonical(from_text(text)))
    assert print_text(canonical(from_yaml(through))) == text


@LAWS
@given(yaml_specs)
def test_law_yaml_through_text_is_the_same_yaml_byte_for_byte(text: str) -> None:
    parsed = parse_yaml(Source("a.yaml", text))
    assume(not parsed.diagnostics)
    settled = canonical(parsed.file)
    assume(unsayable(settled) is None)
    printed = print_yaml(settled)
    through = print_text(canonical(from_yaml(printed)))
    assert print_yaml(canonical(from_text(through))) == printed


@LAWS
@given(st.one_of(yaml_specs, files.map(canonical_of).map(print_yaml)))
def test_law_formatting_yaml_twice_is_formatting_it_once(text: str) -> None:
    parsed = parse_yaml(Source("a.yaml", text))
    assume(not parsed.diagnostics)
    once = print_yaml(canonical(parsed.file))
    assert print_yaml(canonical(from_yaml(once))) == once
