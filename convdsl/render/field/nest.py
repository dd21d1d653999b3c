"""Nested rectangles: what the middle values of some layers see, drawn over the input at its real size."""

from collections.abc import Sequence

from convdsl.record import dataclass
from convdsl.render.canvas import Group, Item, Label, Line, Rect
from convdsl.render.metrics import fit, text_width

WIDE = 320  # pixels of the picture's longer side, and of the words below it
THIN = 40  # pixels of the height of an input with one axis
MOST = 7  # rectangles
ROW = 16
SWATCH = 18
STRIP = 13  # pixels of a rectangle that have to be free for its number


@dataclass(frozen=True, slots=True)
class Nested:
    """What one value sees: its name, its size in words, and from where to where along each axis, in input pixels."""

    about: str
    name: str
    seen: str
    edges: tuple[tuple[float, float], ...]


def nest(found: Sequence[Nested], box: Sequence[int], x: int, y: int) -> tuple[list[Item], int]:
    """Draw rectangles over an input of the size `box`, its left upper corner below a heading at x, y.

    Returns the things and the pixel below the last. Of an input with three axes the last two are drawn.
    """
    chosen = _chosen(found, box)
    high, wide = _pixels(box)
    tall, long = (box[-2], box[-1]) if len(box) > 1 else (1, box[-1])
    top = y + 36
    size = "×".join(f"{side:,}" for side in box)
    heading = Label(x, y + 12, "on the input", 11, bold=True)
    items: list[Item] = [heading, Label(x, y + 25, f"{size} px, the value in the middle", 10, "soft")]
    items.append(Rect(x, top, wide, high, "frame_fill", "outline"))
    places = [_place(one, (tall, long), (high, wide)) for one in chosen]
    for number in reversed(range(len(chosen))):
        one, (left, first, right, last) = chosen[number], places[number]
        colour = f"group:{number + 1}"
        parts: list[Item] = [
            Rect(x + left, top + first, right - left, last - first, colour, "ink", weight=8, opacity=85)
        ]
        inner = places[number - 1] if number else (0, high, 0, 0)
        room = right - left - 6 >= text_width(one.seen, 10)
        if room and inner[1] - first >= STRIP and last - first >= STRIP:
            parts.append(Label(x + left + 4, top + first + 11, one.seen, 10))
        elif room and last - inner[3] >= STRIP:
            parts.append(Label(x + left + 4, top + last - 4, one.seen, 10))
        told = f"{one.name}: the value in the middle sees {one.seen} px"
        items.append(Group(f"field-{number + 1}", told, tuple(parts), one.about))
    items.append(Rect(x, top, wide, high, "", "outline"))
    middle = (x + wide // 2, top + high // 2)
    for dx, dy in ((4, 0), (0, 4)):
        items.append(Line(((middle[0] - dx, middle[1] - dy), (middle[0] + dx, middle[1] + dy)), "ink", 8))
    at = top + high + 8
    for number, one in enumerate(chosen, 1):
        items.append(Rect(x, at + 3, SWATCH, 10, f"group:{number}", "ink", weight=8))
        items.append(Label(x + SWATCH + 8, at + 12, f"{one.seen} px", 10, bold=True))
        items.append(Label(x + SWATCH + 84, at + 12, fit(one.name, 10, WIDE - SWATCH - 84), 10, "soft"))
        at += ROW
    return items, at


def _chosen(found: Sequence[Nested], box: Sequence[int]) -> list[Nested]:
    """Choose layers that see more of the input than all before them, not more than there are colours for.

    Where there are too many, those go first that see nearly as much as the next.
    """
    growing: list[tuple[float, Nested]] = []
    for one in found:
        area = 1.0
        for (low, high), side in zip(one.edges, box, strict=True):
            area *= max(min(high, side) - max(low, 0.0), 0.0)
        if area > (growing[-1][0] if growing else 0.0):
            growing.append((area, one))
    while len(growing) > MOST:
        del growing[min(range(len(growing) - 1), key=lambda index: growing[index + 1][0] / growing[index][0])]
    return [one for _, one in growing]


def _pixels(box: Sequence[int]) -> tuple[int, int]:
    """Return height and width of the picture, in the proportion of the input."""
    if len(box) == 1:
        return THIN, WIDE
    high, wide = box[-2], box[-1]
    if high >= wide:
        return WIDE, max(8, WIDE * wide // high)
    return max(8, WIDE * high // wide), WIDE


def _place(one: Nested, sides: tuple[int, int], drawn: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the left, upper, right and lower edge of a field in the picture; sides, drawn: heights and widths."""
    rows = one.edges[-2] if len(one.edges) > 1 else (0.0, 1.0)
    left, right = _span(one.edges[-1], sides[1], drawn[1])
    first, last = _span(rows, sides[0], drawn[0])
    return left, first, right, last


def _span(edges: tuple[float, float], side: int, drawn: int) -> tuple[int, int]:
    """Return where a field begins and ends in the picture, at least 2 pixels, cut at the input's borders."""
    low, high = (min(max(edge, 0.0), float(side)) for edge in edges)
    first, last = round(low * drawn / side), round(high * drawn / side)
    first = min(first, drawn - 2)
    return first, max(last, first + 2)
