"""Selectors: what they mean, and which wins."""

import pytest

from convdsl.diagnostics import Code, Severity
from convdsl.lint.selection import Selection, complaint, find, is_always_said, known

W301 = Code("W301", "checkerboard", Severity.WARNING)


@pytest.mark.parametrize(
    ("select", "ignore", "wanted"),
    [
        (None, (), True),
        (("W301",), (), True),
        (("checkerboard",), (), True),
        (("W3",), (), True),
        (("W",), (), True),
        (("ALL",), (), True),
        (("W4",), (), False),
        ((), (), False),
        (None, ("W301",), False),
        (None, ("checkerboard",), False),
        (None, ("W",), False),
        (None, ("ALL",), False),
        (None, ("W4",), True),
        (("W3",), ("W301",), False),
        (("W301",), ("W3",), True),  # the longer selector wins
        (("W3",), ("W3",), False),  # among equals the finding is left out
        (("W",), ("ALL",), True),
    ],
)
def test_selection_when_asked_about_a_code_lets_the_most_exact_selector_decide(
    select: tuple[str, ...] | None, ignore: tuple[str, ...], wanted: bool
) -> None:
    assert Selection(select, ignore).wants(W301) is wanted


@pytest.mark.parametrize("word", ["W301", "checkerboard", "W3", "W", "ALL", "E204", "join-size", "unused-ignore"])
def test_selector_when_it_means_something_is_no_mistake(word: str) -> None:
    assert complaint(word) is None


@pytest.mark.parametrize(("word", "near"), [("W399", None), ("checkerbord", "checkerboard"), ("w3", None), ("Q", None)])
def test_selector_when_it_means_nothing_says_so(word: str, near: str | None) -> None:
    wrong = complaint(word)
    assert wrong is not None
    assert wrong[0] == f"there is no rule `{word}`"
    if near is not None:
        assert near in wrong[1]


def test_codes_when_listed_are_each_found_by_id_and_by_name() -> None:
    for code in known().values():
        assert find(code.id) == find(code.name) == code


@pytest.mark.parametrize(
    ("word", "always"),
    [
        ("E2", True),  # of the phases alone
        ("E204", True),
        ("join-size", True),
        ("E4", False),  # head-range is a rule
        ("E9", False),  # dead-baseline can be left out
        ("I2", False),  # a hint can be left out
        ("W9", False),
        ("W3", False),
        ("E", False),
        ("ALL", False),
    ],
)
def test_selector_when_it_means_errors_of_the_phases_alone_is_known_to_change_nothing(word: str, always: bool) -> None:
    assert is_always_said(word) is always
