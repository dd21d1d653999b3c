"""Columns of numbers with a bar beside each, aligned on rows: what profiles and tables of fields are drawn from.

A bar's length is its number's share of the largest of its column; the number stands beside it.
"""

from collections.abc import Iterator, Sequence

from convdsl.record import dataclass
from convdsl.render.canvas import Group, Item, Label, Line, Polygon, Rect
from convdsl.render.metrics import fit, text_width

ROW = 17  # pixels from row to row
HEAD = 36  # above the first row
BAR = 64  # the longest bar
THICK = 11
SIZE = 10  # of the letters
GAP = 16  # between columns
WIDEST = (170, 150)  # of names and of what they are


@dataclass(frozen=True, slots=True)
class Row:
    """One row. about: full name of what it shows, category: of its colour; tooltip: said of it; problem: it has one."""

    id: str
    name: str
    detail: str
    category: str
    tooltip: str
    about: str = ""
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One number a row. texts: as written, values: as drawn, None for no bar. centred: bars grow to both sides.

    marks: words beside the bars of some rows, by row.
    """

    heading: str
    subheading: str
    texts: Sequence[str]
    values: Sequence[float | None]
    centred: bool = False
    marks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: its things, the pixel after its right end, and the one after its last row."""

    items: tuple[Item, ...]
    right: int
    bottom: int


def chart(rows: Sequence[Row], columns: Sequence[Column], x: int, y: int) -> Chart:
    """Draw rows and columns with their left upper corner at x, y."""
    names = min(max((text_width(row.name, SIZE, bold=True) for row in rows), default=0), WIDEST[0])
    details = min(max((text_width(row.detail, SIZE) for row in rows), default=0), WIDEST[1])
    at = x + 12 + names + 10 + details + GAP
    places = []
    for column in columns:
        numbers = max((text_width(text, SIZE) for text in column.texts), default=0)
        words = max((10 + text_width(word, SIZE, bold=True) for _, word in column.marks), default=0)
        wide = max(numbers + 8 + BAR + words, text_width(column.heading, SIZE + 1, bold=True))
        wide = max(wide, text_width(column.subheading, SIZE))
        places.append((at, at + numbers))
        at += wide + GAP
    right, top = at - GAP, y + HEAD
    bottom = top + ROW * len(rows)
    items: list[Item] = []
    for column, (left, _) in zip(columns, places, strict=True):
        items.append(Label(left, y + 12, column.heading, SIZE + 1, bold=True))
        if column.subheading:
            items.append(Label(left, y + 25, column.subheading, SIZE, "soft"))
    items.append(Line(((x, top - 4), (right, top - 4)), "frame", 10))
    largest = [max((value for value in column.values if value is not None), default=0) for column in columns]
    for index, row in enumerate(rows):
        line = top + ROW * index
        parts: list[Item] = [Rect(x, line, right - x, ROW, "frame_fill" if index % 2 else "page")]
        parts.append(Rect(x, line + 2, 4, ROW - 4, f"bar:{row.category}"))
        colour = "problem" if row.problem else "ink"
        parts.append(Label(x + 12, line + 12, _tail(row.name, names), SIZE, colour, bold=True))
        parts.append(Label(x + 22 + names, line + 12, fit(row.detail, SIZE, details), SIZE, "soft"))
        for column, (_, end), most in zip(columns, places, largest, strict=True):
            parts.extend(_cell(column, index, row.category, end, line, most))
        items.append(Group(row.id, row.tooltip, tuple(parts), row.about))
    items.append(Line(((x, bottom), (right, bottom)), "frame", 10))
    return Chart(tuple(items), right, bottom)


def _tail(name: str, room: int) -> str:
    """Cut a name to a width in bold letters; of a full name the end says most."""
    return fit(name[::-1], SIZE, room, bold=True)[::-1]


def _cell(column: Column, index: int, category: str, end: int, line: int, most: float) -> Iterator[Item]:
    """Draw a number that ends at `end`, and its bar behind it; most: the largest of its column."""
    text, value = column.texts[index], column.values[index]
    if text:
        yield Label(end, line + 12, text, SIZE, "soft", "end")
    start, top = end + 8, line + (ROW - THICK) // 2
    if value and most:
        long = max(1, round(BAR * value / most))
        left = start + (BAR - long) // 2 if column.centred else start
        yield Rect(left, top, long, THICK, f"fill:{category}", f"bar:{category}")
    for row, word in column.marks:
        if row == index:
            tip = start + BAR + 2
            yield Polygon(((tip, line + ROW // 2), (tip + 5, line + 4), (tip + 5, line + 13)), "ink")
            yield Label(tip + 8, line + 12, word, SIZE, "ink", bold=True)
