"""One line of a spec with its marks underneath, cut to the terminal's width.

Marks that overlap get rows of their own; of several marks in a row the rightmost has its words beside it, the words
of the others hang below on a stroke.
"""

from collections.abc import Iterable, Sequence

from convdsl.record import dataclass
from convdsl.render.cells import BLUE, char_cells, paint, spread

LEAST = 24  # cells of source that are shown however narrow the terminal is


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters [start, end) of a line (from 0), the words under them, and whether they are the primary place."""

    start: int
    end: int
    primary: bool
    text: str


def line_rows(
    line: str, number: int, marks: Sequence[Mark], gutter: int, style: str, colour: bool, width: int
) -> Iterable[str]:
    """Print a line with its number and the rows of marks under it.

    gutter: digits of the widest line number. style: the terminal style of the primary mark. A line that is wider than
    the terminal is shown once for each group of marks that fits into one view.
    """
    room = max(LEAST, width - gutter - 3)
    number_cell = paint(f"{number:>{gutter}} |", BLUE, colour)
    empty_cell = paint(f"{'':{gutter}} |", BLUE, colour)
    rest = sorted(marks, key=lambda mark: (mark.start, mark.end))
    while True:
        shown, here, rest = _view(line, rest, room)
        yield f"{number_cell} {shown}".rstrip()
        for group in _groups(here):
            for row in _mark_rows(group, style, colour):
                yield f"{empty_cell} {row}".rstrip()
        if not rest:
            return


def _view(line: str, marks: list[Mark], room: int) -> tuple[str, list[Mark], list[Mark]]:
    """Choose what is seen of a line: the text, the marks in it (in cells now), and those that did not fit."""
    first = marks[0] if marks else Mark(0, 0, False, "")
    # a line of megabytes is cut roughly before any character is measured
    low = max(0, first.start - room) if len(line) > 2 * room else 0
    piece = line[low : first.start + 3 * room]
    shown, starts = spread(piece)
    begin, end = 0, starts[-1]
    if low or len(line) > low + len(piece) or end > room:
        at = starts[min(first.start - low, len(piece))]
        stop = starts[min(first.end - low, len(piece))]
        begin = max(0, min(at - max(4, (room - (stop - at)) // 2), end - room)) if end > room else 0
        end = min(end, begin + room)
    cut_left, cut_right = begin > 0 or low > 0, end < starts[-1] or low + len(piece) < len(line)
    here, rest = [], []
    for mark in marks:
        left = starts[min(mark.start - low, len(piece))]
        right = max(starts[min(mark.end - low, len(piece))], left + 1)
        if mark is first or right <= end - cut_right:
            left, right = left - begin, min(right, end - cut_right) - begin
            # a mark at the end of the line stands one cell behind its text
            here.append(Mark(left, max(right, left + 1), mark.primary, mark.text))
        else:
            rest.append(mark)
    text = _window(shown, begin, end) if (begin, end) != (0, starts[-1]) else shown
    if cut_left:
        text = "…" + _window(text, 1, end - begin)
    if cut_right:
        text = _window(text, 0, end - begin - 1) + "…"
    return text, here, rest


def _window(text: str, begin: int, end: int) -> str:
    """Return cells [begin, end) of a printable text; half of a wide character becomes a blank."""
    if text.isascii():
        return text[begin:end]
    out: list[str] = []
    at = 0
    for char in text:
        size = char_cells(char)
        if begin <= at and at + size <= end:
            out.append(char)
        else:
            out.extend(" " for cell in range(at, at + size) if begin <= cell < end)
        at += size
    return "".join(out)


def _groups(marks: list[Mark]) -> list[list[Mark]]:
    """Deal marks out into rows in which none overlaps; the primary mark is in the first."""
    groups: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda mark: (not mark.primary, mark.start, mark.end)):
        for group in groups:
            if all(mark.end < other.start or other.end < mark.start for other in group):
                group.append(mark)
                break
        else:
            groups.append([mark])
    return [sorted(group, key=lambda mark: mark.start) for group in groups]


def _mark_rows(group: list[Mark], style: str, colour: bool) -> Iterable[str]:
    """Print one row of strokes, then the words of all but the rightmost mark, from right to left."""
    row, at = "", 0
    for mark in group:
        stroke = ("^" if mark.primary else "-") * (mark.end - mark.start)
        row += " " * (mark.start - at) + paint(stroke, style if mark.primary else BLUE, colour)
        at = mark.end
    last = group[-1]
    yield row + (" " + paint(last.text, style if last.primary else BLUE, colour) if last.text else "")
    hanging = [mark for mark in group[:-1] if mark.text]
    while hanging:
        mark = hanging.pop()
        row, at = "", 0
        for other in hanging:
            row += " " * (other.start - at) + paint("|", style if other.primary else BLUE, colour)
            at = other.start + 1
        words = paint(mark.text, style if mark.primary else BLUE, colour)
        yield row + " " * (mark.start - at) + words
