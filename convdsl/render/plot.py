"""One plot: lines over two axes with round numbers at them, as primitives of a canvas.

The curves of training are such plots under each other (curves.py); what is found in a network is drawn in the same way.
Sizes and places are in pixels.
"""

from collections.abc import Iterable, Sequence
from math import log10

from convdsl.record import dataclass
from convdsl.render import ticks
from convdsl.render.canvas import Disc, Item, Label, Line, Point, Rect
from convdsl.render.metrics import text_width
from convdsl.render.tiles import Tile

LEFT, BOTTOM, TOP = 44, 38, 34  # around a plot with words and numbers of its own
TYPE, SMALL = 11, 10
TOLERANCE = 0.4  # that a line may lie off its points


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from low to high; of a logarithmic axis these two are powers of ten.

    numbers: those at the axis, chosen where there are none. percent: values are shares of 1.
    """

    low: float
    high: float
    logarithmic: bool = False
    percent: bool = False
    numbers: Sequence[float] = ()

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 at the beginning to 1 at the end."""
        return ((log10(value) if self.logarithmic else value) - self.low) / (self.high - self.low)

    def texts(self) -> tuple[tuple[float, str], ...]:
        """Return the numbers at the axis, and how they are written."""
        if self.numbers:
            found = tuple(self.numbers)
        elif self.logarithmic:
            found = ticks.logarithmic(10.0**self.low, 10.0**self.high)
        else:
            found = ticks.linear(self.low, self.high)
        return tuple((value, f"{value:.0%}" if self.percent else f"{value:g}") for value in found)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a plot lies, and where each value lies in it."""

    left: int
    top: int
    right: int
    bottom: int
    across: Axis
    up: Axis

    def place(self, points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return where points lie, in parts of pixels."""
        return [(self._along(x), self._above(y)) for x, y in points]

    def axes(self) -> list[Item]:
        """Draw the frame, a line at each number of the left axis, a notch at each of the lower, and the numbers."""
        levels = [(round(self._above(value)), text) for value, text in self.up.texts()]
        notches = [(round(self._along(value)), text) for value, text in self.across.texts()]
        items: list[Item] = [Rect(self.left, self.top, self.right - self.left, self.bottom - self.top, stroke="frame")]
        items += [Line(((self.left, y), (self.right, y)), "frame", 6) for y, _ in levels if self.top < y < self.bottom]
        items += [Line(((x, self.bottom), (x, self.bottom + 4)), "frame", 10) for x, _ in notches]
        items += [Label(self.left - 8, y + 4, text, TYPE, "soft", "end") for y, text in levels]
        items += [Label(x, self.bottom + 17, text, TYPE, "soft", "middle") for x, text in notches]
        return items

    def level(self, value: float, word: str, lines: Iterable[Iterable[tuple[float, float]]] = ()) -> tuple[Item, ...]:
        """Draw a value that holds everywhere, with a word above or below it, at its right or left end: at the first of
        these places that none of the lines crosses.
        """
        y, wide = round(self._above(value)), text_width(word, SMALL)
        drawn = [self.place(points) for points in lines]
        heights = [at for at in (y - 4, y + 12) if self.top + SMALL <= at <= self.bottom - 2] or [y - 4]
        places = [(x, at) for x in (self.right - 6, self.left + 6 + wide) for at in heights]
        free = [
            (x, at) for x, at in places if not any(_crosses(line, (x - wide, x), (at - 9, at + 3)) for line in drawn)
        ]
        x, height = (free or places)[0]
        line = Line(((self.left, y), (self.right, y)), "edge", 10, dashed=True)
        return line, Label(x, height, word, SMALL, "soft", "end")

    def mark(self, value: float, word: str, colour: str) -> tuple[Item, ...]:
        """Draw a line at a place of the lower axis, with a word above it."""
        x, half = round(self._along(value)), text_width(word, SMALL) // 2
        middle = min(max(x, self.left + half), self.right - half)
        line = Line(((x, self.top), (x, self.bottom)), colour, 12, dashed=True)
        return line, Label(middle, self.top - 5, word, SMALL, colour, "middle")

    def line(self, points: Iterable[tuple[float, float]], colour: str, *, dashed: bool = False) -> tuple[Item, ...]:
        """Draw a line through points in the order of the lower axis; a disc where there is one alone."""
        places = rounded(_simpler(self.place(points)))
        return (Line(places, colour, 20, dashed=dashed),) if len(places) > 1 else (Disc(*places[0], 3, colour),)

    def band(self, points: Iterable[tuple[float, float]], colour: str) -> Item:
        """Draw many values thinly, in few points: of all in one column of pixels first, lowest, highest and last."""
        found: dict[int, list[int]] = {}
        for x, y in self.place(points):
            found.setdefault(round(x), []).append(round(y))
        columns = ((x, dict.fromkeys((ys[0], min(ys), max(ys), ys[-1]))) for x, ys in found.items())
        return Line(tuple((x, y) for x, ys in columns for y in ys), colour, 8)

    def _along(self, value: float) -> float:
        return self.left + (self.right - self.left) * self.across.share(value)

    def _above(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * self.up.share(value)


def _crosses(line: Sequence[tuple[float, float]], across: tuple[float, float], down: tuple[float, float]) -> bool:
    """Tell whether a line from left to right runs through a box."""
    for (left, start), (right, end) in zip(line, line[1:] or line, strict=False):
        first, last = max(left, across[0]), min(right, across[1])
        if first > last:
            continue
        slope = (end - start) / (right - left) if right > left else 0.0
        ends = sorted((start + slope * (first - left), start + slope * (last - left)))
        if ends[0] <= down[1] and ends[1] >= down[0]:
            return True
    return False


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


def plot(
    across: tuple[str, Axis], up: tuple[str, Axis], series: Sequence[Series], marks: Sequence[Mark], size: Point
) -> Tile:
    """Draw lines into a plot of a size, across and down; words and numbers stand around it, names to the right."""
    frame = Frame(LEFT, TOP, LEFT + size[0], TOP + size[1], across[1], up[1])
    items: list[Item] = [Label(0, 10, up[0], SMALL, "soft"), *frame.axes()]
    items.append(Label((frame.left + frame.right) // 2, frame.bottom + 34, across[0], SMALL, "soft", "middle"))
    for mark in marks:
        items += frame.mark(mark.at, mark.word, mark.colour)
    for one in series:
        items += frame.line(one.points, one.colour, dashed=one.dashed)
        items += [Disc(x, y, 2, one.colour) for x, y in rounded(frame.place(one.points if one.dots else ()))]
    right = frame.right
    for index, one in enumerate(one for one in series if one.name):
        x, y = frame.right + 12, frame.top + 8 + 16 * index
        items.append(Line(((x, y), (x + 20, y)), one.colour, 20, dashed=one.dashed))
        items.append(Label(x + 26, y + 4, one.name, SMALL, "soft"))
        right = max(right, x + 26 + text_width(one.name, SMALL))
    return Tile(right + 12, frame.bottom + BOTTOM, tuple(items))


def rounded(places: Sequence[tuple[float, float]]) -> tuple[Point, ...]:
    """Return places in whole pixels, each once."""
    return tuple(dict.fromkeys((round(x), round(y)) for x, y in places))


def _simpler(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out the points without which a line stays where it is.

    Source: Douglas & Peucker, "Algorithms for the reduction of the number of points", Cartographica 10 (1973).
    """
    kept = {0, len(places) - 1}
    spans = [(0, len(places) - 1)]
    while spans:
        start, end = spans.pop()
        (x, y), (right, level) = places[start], places[end]
        slope = (level - y) / (right - x) if right > x else 0.0
        worst = max(
            range(start + 1, end), key=lambda at: abs(places[at][1] - y - slope * (places[at][0] - x)), default=start
        )
        if worst > start and abs(places[worst][1] - y - slope * (places[worst][0] - x)) > TOLERANCE:
            kept.add(worst)
            spans += [(start, worst), (worst, end)]
    return [places[at] for at in sorted(kept)]
