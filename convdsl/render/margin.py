"""Skips as lines in the margin of a table, and bars of characters: a picture for terminals.

A line leaves the row of the layer that makes a value downwards, and arrives with an arrow at each row that reads it.
"""

from collections.abc import Iterator, Mapping, Sequence

from convdsl.graph.graph import Graph
from convdsl.record import dataclass

MOST = 10  # lines beside each other
LONGEST = 8  # cells of a bar
EIGHTHS = "▏▎▍▌▋▊▉█"

# (comes from above, goes on below, comes from the left): what a line looks like where it meets a row
_GLYPHS = {
    (False, True, False): "╭",
    (False, True, True): "┬",
    (True, False, False): "╰",
    (True, False, True): "┴",
    (True, True, False): "├",
    (True, True, True): "┼",
}
_PASS, _FLAT, _ARROW = "│", "─", "→"


@dataclass(frozen=True, slots=True)
class _Skip:
    """A value that later rows read: its row, the last that reads it, and all of them."""

    first: int
    last: int
    readers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Margin:
    """Equally long texts, one a row; hidden: the skips for which there was no room."""

    lines: Sequence[str]
    hidden: int

    @property
    def width(self) -> int:
        """The cells of each line."""
        return len(self.lines[0]) if self.lines else 0


def margin(graph: Graph, row_of: Mapping[int, int], headings: frozenset[int], count: int) -> Margin:
    """Draw the skips of a table.

    row_of: the row in which each node stands; several may share one. headings: rows that are no layers. count: of rows.
    """
    lanes, hidden = _lanes(_skips(graph, row_of, headings, count))
    if not lanes:
        return Margin([""] * count, hidden)
    return Margin([_line(lanes, row) for row in range(count)], hidden)


def bar(number: int, most: int) -> str:
    """Draw a share of the largest number, at least an eighth of a cell for what is more than nothing."""
    if number <= 0 or most <= 0:
        return ""
    eighths = max(1, round(8 * LONGEST * number / most))
    return EIGHTHS[-1] * (eighths // 8) + (EIGHTHS[eighths % 8 - 1] if eighths % 8 else "")


def _skips(graph: Graph, row_of: Mapping[int, int], headings: frozenset[int], count: int) -> Iterator[_Skip]:
    """Yield the values that are read by another row than the next one with a layer in it."""
    following = [count] * (count + 1)
    for row in reversed(range(count)):
        following[row] = following[row + 1] if row + 1 in headings else row + 1
    readers: dict[int, set[int]] = {}
    for node in graph.nodes:
        for value in node.inputs:
            source, target = row_of[value.node], row_of[node.index]
            if target > source and target != following[source]:
                readers.setdefault(source, set()).add(target)
    for source, rows in readers.items():
        yield _Skip(source, max(rows), frozenset(rows))


def _lanes(skips: Iterator[_Skip]) -> tuple[list[list[_Skip]], int]:
    """Give skips lanes, the shorter ones nearer to the table; no two in a lane share a row."""
    lanes: list[list[_Skip]] = []
    hidden = 0
    for skip in sorted(skips, key=lambda one: (one.last - one.first, one.first)):
        for lane in lanes:
            if all(skip.last < other.first or other.last < skip.first for other in lane):
                lane.append(skip)
                break
        else:
            if len(lanes) == MOST:
                hidden += 1
            else:
                lanes.append([skip])
    return lanes, hidden


def _line(lanes: list[list[_Skip]], row: int) -> str:
    out, flat, arrives = [], False, False
    for lane in reversed(lanes):
        skip = next((one for one in lane if one.first <= row <= one.last), None)
        here = skip is not None and (row == skip.first or row in skip.readers)
        if skip is None:
            glyph = _FLAT if flat else " "
        elif here:
            glyph = _GLYPHS[row > skip.first, row < skip.last, flat]
            arrives |= row > skip.first
        else:
            glyph = _PASS
        flat |= here
        out.append(glyph + (_FLAT if flat else " "))
    return "".join(out)[:-1] + (_ARROW if arrives else _FLAT if flat else " ") + " "
