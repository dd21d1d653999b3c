"""Laws of the YAML reader, on any text: it never raises, every place is real, and both parsers of PyYAML agree."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.source import Source, Span
from convdsl.syntax import yaml_composer
from convdsl.syntax.from_yaml import parse_yaml
from convdsl.syntax.parsed import Parsed
from convdsl.syntax.tree import Attribute, Boolean, Call, File, Name, Number, String
from tests.syntax.test_yaml_comments import SPEC
from tests.syntax.test_yaml_pairs import COLORIZER_YAML, FILES, STATEMENTS, yaml_tree

SAMPLES = (
    COLORIZER_YAML,
    SPEC,
    *(spelt for _, spelt in FILES.values()),
    *("convdsl: 1\nmodel: M\nlayers:\n" + spelt + "\n" for _, spelt in STATEMENTS.values()),
)
# Signs and words that mean something to YAML or to the language.
SIGNS = (
    *"[]{}:,-#&*!|>'\"%@`?()=<>.\n\t 0a",
    "\r\n",
    "  ",
    "- ",
    ": ",
    "\n  ",
    "<<: *a",
    "&a ",
    "!!int ",
    "---\n",
    "|\n",
)
WORDS = (
    "Conv2d",
    "layers",
    "do",
    "from",
    "null",
    "enc[0]",
    "(3, 5)",
    "\x00",
    "\x85",
    "\u2028",
    "\U0001f600",
    '"\\ud800"',
)
PIECES = st.sampled_from((*SIGNS, *WORDS, "...\n", "\ufeff"))


def check(text: str) -> Parsed:
    """Read a text; all places must lie inside of it, and every mistake must have a way out."""
    parsed = parse_yaml(Source("a.yaml", text))
    size = len(text)
    for diagnostic in parsed.diagnostics:
        assert diagnostic.helps
        places = [diagnostic.where.span, *(label.span for label in diagnostic.labels)]
        places += [edit.span for way in diagnostic.helps for edit in way.edits]
        assert all(0 <= place.start <= place.end <= size for place in places)
    for span in spans(parsed.file):
        assert 0 <= span.start <= span.end <= size
    return parsed


def spans(node: Any) -> list[Span]:
    found: list[Span] = []
    level: list[Any] = [node]
    while level:
        part = level.pop()
        if isinstance(part, Span):
            found.append(part)
        elif isinstance(part, tuple):
            level.extend(part)
        elif is_dataclass(part) and not isinstance(part, Source):
            level.extend(getattr(part, f.name) for f in fields(part))
    return found


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters()))
def test_law_any_text_is_read_without_raising(text: str) -> None:
    check(text)


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_law_any_pieces_are_read_without_raising(text: str) -> None:
    check(text)


@settings(deadline=None, max_examples=250)
@given(st.data())
def test_law_mutated_specs_are_read_without_raising(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SAMPLES))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.sampled_from([0, 0, 1, 1, 2, 8, 40])))
        middle = data.draw(st.one_of(st.just(""), PIECES))
        text = text[:start] + middle + text[end:]
    check(text)


@pytest.mark.parametrize("text", SAMPLES)
def test_law_names_and_numbers_stand_where_their_spans_say(text: str) -> None:
    file = yaml_tree(text)
    level: list[Any] = [file]
    while level:
        part = level.pop()
        if isinstance(part, tuple):
            level.extend(part)
        elif is_dataclass(part) and not isinstance(part, Source | Span):
            level.extend(getattr(part, f.name) for f in fields(part))
            excerpt = (
                text[part.span.start : part.span.end] if not isinstance(part, File) and hasattr(part, "span") else ""
            )
            if isinstance(part, Name) and part.id:
                assert excerpt == part.id
            elif isinstance(part, Number):
                assert excerpt == part.text
            elif isinstance(part, Boolean):
                assert excerpt == str(part.value).lower()
            elif isinstance(part, Attribute):
                assert excerpt.endswith(part.name)
            elif isinstance(part, String):
                assert part.value in excerpt
            elif isinstance(part, Call):
                assert text[part.name_span.start : part.name_span.end] == part.callee


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_law_both_parsers_of_pyyaml_give_one_tree(data: st.DataObject) -> None:
    """libyaml is not everywhere: what it reads, the parser in Python reads too, with the same marks."""
    if not yaml.__with_libyaml__:
        pytest.skip("PyYAML has no libyaml here")
    text = data.draw(st.sampled_from(SAMPLES))
    start = data.draw(st.integers(0, len(text)))
    changed = text[:start] + data.draw(PIECES) + text[start:] if data.draw(st.booleans()) else text
    fast = check(changed)
    loader = yaml_composer._LOADER
    yaml_composer._LOADER = yaml.SafeLoader
    try:
        slow = check(changed)
    finally:
        yaml_composer._LOADER = loader
    if not fast.diagnostics and not slow.diagnostics:
        assert slow.file == fast.file
        assert spans(slow.file) == spans(fast.file)


def test_spans_behind_a_byte_order_mark_and_wide_characters_hold() -> None:
    text = '\ufeffconvdsl: 1\nmodel: M\nlayers:\n  - as: "\U0001f600"\n    ReLU:\n  - y: {Tanh: 3 3}\n'
    parsed = check(text)
    (found,) = parsed.diagnostics
    assert Source("a.yaml", text).position(found.where.span.start).line == 6


def test_spans_with_crlf_hold() -> None:
    text = COLORIZER_YAML.replace("\n", "\r\n")
    assert yaml_tree(text) == yaml_tree(COLORIZER_YAML)
