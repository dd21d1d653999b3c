"""Edits on a text."""

import pytest

from convdsl.diagnostics import Edit
from convdsl.lint.patch import fits, moved, overlap, patched
from convdsl.source import Span


def edit(start: int, end: int, replacement: str = "") -> Edit:
    return Edit(Span(start, end), replacement)


def test_patched_when_given_edits_in_any_order_applies_each_at_its_own_place() -> None:
    assert patched("abcdef", [edit(4, 5, "E!"), edit(0, 0, ">"), edit(1, 3)]) == ">adE!f"


def test_patched_when_the_lines_end_in_crlf_adds_such_lines() -> None:
    assert patched("a\r\nb\r\n", [edit(0, 0, "x\n\n")]) == "x\r\n\r\na\r\nb\r\n"
    assert patched("a\r\nb\n", [edit(0, 0, "x\n")]) == "x\na\r\nb\n"  # mixed ends: none is its own


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ((edit(0, 2), edit(2, 4)), False),
        ((edit(0, 3), edit(2, 4)), True),
        ((edit(2, 4), edit(0, 3)), True),
        ((edit(1, 1, "a"), edit(1, 1, "b")), True),  # which first?
        ((edit(1, 1, "a"), edit(1, 2)), True),
        ((edit(0, 2), edit(2, 2, "a")), False),
    ],
)
def test_overlap_when_edits_touch_the_same_place_is_told(edits: tuple[Edit, ...], expected: bool) -> None:
    assert overlap(edits) is expected


def test_fits_when_an_edit_would_take_a_comment_away_refuses() -> None:
    text = "a = 1  # why\nb = 2\n"
    assert fits(text, edit(0, 5, "c"))
    assert not fits(text, edit(0, 12, "c = 1"))
    assert fits(text, edit(0, 12, "c = 1  # why"))
    assert not fits(text, edit(15, 99))
    assert fits("a  # convdsl: ignore[W301] b", edit(1, 28))


def test_moved_when_edits_stand_before_around_and_behind() -> None:
    """abcdef -> Xcdef (ab becomes X): c was at 2 and is at 1; inside the edit, its beginning; an insertion pushes."""
    assert [moved(offset, [edit(0, 2, "X")]) for offset in (0, 1, 2, 5)] == [0, 0, 1, 4]
    assert [moved(offset, [edit(2, 2, "--")]) for offset in (1, 2, 3)] == [1, 4, 5]
