"""A small plot: lines over two axes with round numbers at them, as primitives of a canvas."""

from collections.abc import Sequence

from convdsl.record import dataclass
from convdsl.render.canvas import Disc, Item, Label, Line, Point, Rect
from convdsl.render.metrics import text_width
from convdsl.render.ticks import linear
from convdsl.render.tiles import Tile

LEFT, BOTTOM, TOP = 44, 34, 34  # pixels around the plot for numbers and words
SIZE = 10


@dataclass(frozen=True, slots=True)
class Series:
    """A line through points; dots: a disc on each."""

    points: Sequence[tuple[float, float]]
    colour: str
    name: str = ""
    dots: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the plot at a place of the lower axis, and the word above it."""

    at: float
    word: str
    colour: str = "soft"


@dataclass(frozen=True, slots=True)
class Axes:
    """What the axes say, and where they end; both begin at 0. percent: numbers of the left axis are shares of 1."""

    across: str
    up: str
    right: float
    top: float
    percent: bool = False
    ticks: Sequence[float] = ()  # of the lower axis; chosen where there are none


def plot(axes: Axes, series: Sequence[Series], marks: Sequence[Mark], width: int, height: int) -> Tile:
    """Draw lines into a plot of width x height pixels, words and numbers around it."""

    def place(x: float, y: float) -> Point:
        share = y / axes.top if axes.top else 0.0
        return LEFT + round(width * x / axes.right), TOP + round(height * (1 - share))

    floor_y, end_x = TOP + height, LEFT + width
    items: list[Item] = [Label(0, 10, axes.up, SIZE, "soft")]
    for value in linear(0, axes.top):
        y = place(0, value)[1]
        text = f"{value:.0%}" if axes.percent else f"{value:g}"
        items += [Line(((LEFT, y), (end_x, y)), "frame", 8), Label(LEFT - 6, y + 4, text, SIZE, "soft", "end")]
    for value in axes.ticks or linear(0, axes.right):
        x = place(value, 0)[0]
        items += [
            Line(((x, floor_y), (x, floor_y + 4)), "soft", 8),
            Label(x, floor_y + 15, f"{value:g}", SIZE, "soft", "middle"),
        ]
    items.append(Label(LEFT + width // 2, floor_y + 30, axes.across, SIZE, "soft", "middle"))
    for mark in marks:
        x = place(mark.at, 0)[0]
        items.append(Line(((x, TOP), (x, floor_y)), mark.colour, 12, dashed=True))
        half = text_width(mark.word, SIZE) // 2
        middle = min(max(x, LEFT + half), end_x - half)
        items.append(Label(middle, TOP - 5, mark.word, SIZE, mark.colour, "middle"))
    for one in series:
        points = tuple(place(x, y) for x, y in one.points)
        items.append(Line(points, one.colour, 20, dashed=one.dashed))
        items += [Disc(x, y, 2, one.colour) for x, y in points if one.dots]
    right = end_x
    for index, one in enumerate(one for one in series if one.name):
        y = TOP + 8 + 16 * index
        items.append(Line(((end_x + 12, y), (end_x + 32, y)), one.colour, 20, dashed=one.dashed))
        items.append(Label(end_x + 38, y + 4, one.name, SIZE, "soft"))
        right = max(right, end_x + 38 + text_width(one.name, SIZE))
    items.append(Rect(LEFT, TOP, width, height, "", "outline"))
    return Tile(right + 12, floor_y + BOTTOM, tuple(items))
