"""Every operator's docstring holds an example line; it is run here."""

import re

import pytest

from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.shape import Shape, shape_of

from .making import make

_LINE = re.compile(
    r"^ *Example: (?P<inputs>\[.*\]) -> (?P<name>\w+)\((?P<arguments>.*)\) -> (?P<outputs>\[.*\])$", re.M
)


def shapes(text: str) -> tuple[Shape, ...]:
    """Read `[N, 3, 8, 8], [N, 5, 8, 8]`."""
    found = re.findall(r"\[([^\]]*)\]", text)
    return tuple(shape_of(*(int(a) if a.isdigit() else a for a in one.split(", "))) for one in found)


def operator(name: str, arguments: str) -> Op:
    """Read `8, 3, padding=1` or `(1, 2), mode=reflect`."""
    positional, keywords = [], {}
    for part in re.findall(r"(?:\w+=)?(?:[A-Z]\w+\([^()]*\)|\([^()]*(?:\([^()]*\))?[^()]*\)|[^,\s]+)", arguments):
        key, _, text = ("", "", part) if part[0].isupper() else part.rpartition("=")
        if key:
            keywords[key] = value(text)
        else:
            positional.append(value(text))
    if name in ("Add", "Sub", "Mul", "Div") and positional:
        positional = [None, *positional]  # a number joins the flow
    return make(name, *positional, **keywords)


def value(text: str) -> object:
    """Read a number, a list of numbers, true, false, none or a word."""
    if call := re.fullmatch(r"([A-Z]\w+)\((.*)\)", text):
        return operator(call[1], call[2])
    if text.startswith("("):
        return tuple(value(part) for part in text[1:-1].split(", "))
    known = {"true": True, "false": False, "none": None}
    if text in known:
        return known[text]
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[\d.]+(e-?\d+)?", text) else text


@pytest.mark.parametrize("name", catalogue.names())
def test_docstring_example_when_run_gives_the_stated_shape(name: str) -> None:
    match = _LINE.search(catalogue.find(name).__doc__)
    assert match is not None, f"{name} has no example"
    assert match["name"] == name
    op = operator(name, match["arguments"])
    assert op.shapes(*shapes(match["inputs"])) == shapes(match["outputs"])


@pytest.mark.parametrize("name", catalogue.names())
def test_docstring_when_read_begins_with_a_sentence_and_names_its_source(name: str) -> None:
    doc = catalogue.find(name).__doc__
    first = doc.splitlines()[0]
    assert first.endswith((".", ":")) or doc.split("\n\n")[0].endswith(".")
    assert re.search(r"^ *Source: \S.*", doc, re.M)
