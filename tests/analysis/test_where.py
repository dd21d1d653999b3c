"""`where` conditions against direct evaluation by Python's operators, which the language shares."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.analysis.where import Region, region
from convdsl.diagnostics import Diagnostic
from convdsl.sizeset import SizeSet, congruent, everything, interval, members
from convdsl.source import Span
from convdsl.syntax.expression import parse_fragment

LAW = settings(max_examples=150, deadline=None)


def read(text: str, symbols: str = "HW") -> tuple[Region, tuple[Diagnostic, ...]]:
    conditions, mistakes = parse_fragment(text, "conditions", Span)
    assert not mistakes, (text, mistakes)
    return region(conditions, symbols)


def sizes(text: str) -> SizeSet:
    found, mistakes = read(text, "H")
    assert not mistakes
    if found.is_empty:
        return members([])
    (box,) = found.boxes
    return box.get("H", everything())


terms = st.recursive(
    st.sampled_from(["H", "H", "H"]),
    lambda inner: st.one_of(
        st.builds(lambda t, n: f"({t} + {n})", inner, st.integers(0, 9)),
        st.builds(lambda t, n: f"({t} - {n})", inner, st.integers(0, 9)),
        st.builds(lambda t, n: f"({t} * {n})", inner, st.integers(0, 3)),
        st.builds(lambda t, n: f"({t} // {n})", inner, st.integers(1, 5)),
        st.builds(lambda t, n: f"({t} % {n})", inner, st.integers(1, 6)),
        st.builds(lambda t: f"(-{t})", inner),
    ),
    max_leaves=3,
)
comparisons = st.one_of(
    st.builds(
        lambda t, op, n: f"{t} {op} {n}",
        terms, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.integers(0, 30),
    ),
    st.builds(lambda t, u: f"{t} >= {u}", terms, terms),
    st.builds(lambda t, ns: f"{t} in {ns}", terms, st.lists(st.integers(0, 12), min_size=1, max_size=3)),
)  # fmt: skip


def conditions_of(symbols: str) -> st.SearchStrategy[str]:
    about_one = st.builds(lambda text, name: text.replace("H", name), comparisons, st.sampled_from(symbols))
    return st.recursive(
        about_one,
        lambda inner: st.one_of(
            st.builds(lambda a, b: f"({a} and {b})", inner, inner),
            st.builds(lambda a, b: f"({a} or {b})", inner, inner),
            st.builds(lambda a: f"(not {a})", inner),
        ),
        max_leaves=4,
    )


@LAW
@given(conditions_of("H"))
def test_condition_about_one_symbol_equals_python(text: str) -> None:
    found, mistakes = read(text, "H")
    assert not mistakes
    for h in range(1, 201):
        assert found.contains({"H": h}) == eval(text, {"H": h}), h


@LAW
@given(conditions_of("HW"))
def test_condition_about_two_symbols_equals_python(text: str) -> None:
    found, mistakes = read(text)
    assert not mistakes
    for h in (1, 2, 3, 4, 7, 10, 30, 31):
        for w in (1, 2, 5, 6, 12, 29, 30, 90):
            assert found.contains({"H": h, "W": w}) == eval(text, {"H": h, "W": w}), (h, w)


@st.composite
def sets(draw: st.DrawFn) -> SizeSet:
    out = members(draw(st.lists(st.integers(1, 50), max_size=8)))
    if draw(st.booleans()):
        low = draw(st.integers(1, 60))
        out = out.union(interval(low, low + draw(st.integers(0, 40))))
    if draw(st.booleans()):
        period = draw(st.integers(1, 40))
        residues = draw(st.lists(st.integers(0, period - 1), min_size=1, max_size=30))
        out = out.union(congruent(residues, period).intersect(interval(draw(st.integers(1, 60)), None)))
    if draw(st.booleans()):
        out = out.complement()
    return out


@LAW
@given(sets())
def test_a_printed_set_is_read_back_as_the_same_set(one: SizeSet) -> None:
    assert sizes(one.where("H")) == one
    brief = one.where("H", brief=True)
    assert (sizes(brief) if brief else everything()) == one


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ("H == W", "E203", "one symbol"),
        ("H + W >= 3", "E203", "one symbol"),
        ("H * H >= 3", "E203", "product"),
        ("H / 2 == 3", "E203", "`//`"),
        ("H % 0 == 3", "E203", "other than 0"),
        ("H % W == 3", "E203", "number"),
        ("H >= 1.5", "E203", "whole numbers"),
        ("K >= 3", "E129", "`H`, `W`"),
        ("N >= 3", "E129", "batch"),
        ("H % 2", "E203", "compares"),
        ("H in 3", "E203", "list"),
    ],
)
def test_a_condition_that_cannot_be_is_one_mistake_with_a_way_out(text: str, code: str, word: str) -> None:
    found, mistakes = read(text)
    assert found.boxes == ({},)
    (mistake,) = mistakes
    assert mistake.code.id == code
    assert re.search(re.escape(word), mistake.message + " " + mistake.helps[0].text)
    start = mistake.where.span
    assert 0 <= start.start < start.end <= len(text)


def test_a_wrong_condition_does_not_hide_the_others() -> None:
    found, mistakes = read("H == W, H % 4 == 0, K > 3")
    assert len(mistakes) == 2
    assert found.boxes == ({"H": congruent([0], 4)},)


def test_a_conjunction_stays_one_box_and_an_or_of_one_symbol_too() -> None:
    assert len(read("H % 4 == 0, W % 2 == 0 and W >= 5")[0].boxes) == 1
    assert len(read("H == 3 or H == 5")[0].boxes) == 1
    assert len(read("H == 3 and W == 4 or H == 4 and W == 3")[0].boxes) == 2


@pytest.mark.parametrize(
    "text",
    [
        # seven times two cases: 128
        ", ".join(f"(H % {p} == 0 or W % {p} == 1)" for p in (2, 3, 5, 7, 11, 13, 17)),
        " and ".join(f"(H % {p} == 0 or W % {p} == 1)" for p in (2, 3, 5, 7, 11, 13, 17)),
        # what is left of the plane without seven boxes
        "not (" + " or ".join(f"H % {p} == 0 and W % {p} == 1" for p in (2, 3, 5, 7, 11, 13, 17)) + ")",
        ", ".join(f"(H % {p} == 0 or W % {p} == 1)" for p in range(2, 60)),
    ],
)
def test_conditions_of_too_many_cases_are_one_mistake(text: str) -> None:
    _, (mistake,) = read(text)
    assert (mistake.code.id, mistake.message) == ("E203", "these conditions make more than 64 cases")
