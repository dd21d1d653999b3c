"""Curves over the steps of training runs: panels under each other, one look for one run in all of them.

Runs are told apart by hue, by dashes and by a number at the end of each curve; sizes are in pixels.
"""

from collections.abc import Iterable, Sequence
from math import log10

from convdsl.record import dataclass
from convdsl.render import ticks
from convdsl.render.canvas import Canvas, Disc, Group, Item, Label, Line, Point, Rect
from convdsl.render.metrics import fit, text_width

WIDE = 720
MARGIN, LEFT, RIGHT = 16, 64, 30
TITLE, ROW, HEAD, FOOT = 30, 18, 26, 22  # the title, a row of the legend, what is above a plot and below it
TALL, SHORT = 250, 150  # plots: the first one, and all others
TYPE = 11
DASH, APART = 26, 18  # a line in the legend, and the gap between two entries
RADIUS = 7
ROOM = 0.06  # of the axis, above the highest and below the lowest value
TOLERANCE = 0.4  # pixels that a curve may lie off its points

# Okabe & Ito's hues for curves, and their light ones for what is behind a curve
HUES = (
    ("bar:conv", "group:1"),
    ("bar:pool", "group:5"),
    ("bar:resize", "group:3"),
    ("bar:norm", "group:4"),
    ("bar:activation", "group:2"),
    ("bar:join", "group:7"),
)


@dataclass(frozen=True, slots=True)
class Curve:
    """(step, value) in the order of the steps. behind: the values of each step, drawn thin behind their mean."""

    label: str
    points: Sequence[tuple[int, float]]
    behind: Sequence[tuple[int, float]] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot. levels: values that hold for all steps, with their names. logarithmic: if all values are above 0."""

    title: str
    curves: Sequence[Curve]
    levels: Sequence[tuple[str, float]] = ()
    logarithmic: bool = True


def canvas(title: str, panels: Sequence[Panel], note: str = "") -> Canvas:
    """Draw panels with one legend; note: a line below all, in small letters. Curves without points are left out."""
    labels = tuple(dict.fromkeys(curve.label for panel in panels for curve in panel.curves if curve.points))
    steps = [step for panel in panels for curve in panel.curves for step, _ in curve.points]
    first, last = (min(steps), max(steps)) if steps else (0, 1)
    items: list[Item] = [Label(MARGIN, 24, fit(title, 14, WIDE - 2 * MARGIN, bold=True), 14, bold=True)]
    top = TITLE + 4
    if len(labels) > 1:
        legend, rows = _legend(labels, top)
        items += legend
        top += ROW * rows + 4
    for place, panel in enumerate(panels):
        frame = _Frame(top + HEAD, TALL if place == 0 else SHORT, first, max(last, first + 1), panel)
        items += _panel(panel, frame, labels)
        top = frame.bottom + FOOT
    items.append(Label((LEFT + WIDE - RIGHT) // 2, top + 8, "step", TYPE, "soft", "middle"))
    if note:
        items.append(Label(WIDE - MARGIN, top + 8, note, 10, "soft", "end"))
    return Canvas(title, _described(panels), WIDE, top + 20, tuple(items))


class _Frame:
    """Where a plot lies, and where each value lies in it."""

    def __init__(self, top: int, height: int, first: int, last: int, panel: Panel) -> None:
        self.top, self.bottom = top, top + height
        self.first, self.last = first, last
        values = [value for curve in panel.curves for _, value in (*curve.points, *curve.behind)]
        values += [value for _, value in panel.levels]
        self.log = panel.logarithmic and bool(values) and min(values) > 0
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        low, high = (log10(low), log10(high)) if self.log else (low, high)
        room = max((high - low) * ROOM, 0.01 if self.log else 1e-6 * max(abs(high), 1e-6))
        self.low, self.high = low - room, high + room

    def x(self, step: int) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (step - self.first) / (self.last - self.first)

    def y(self, value: float) -> float:
        height = ((log10(value) if self.log else value) - self.low) / (self.high - self.low)
        return self.bottom - (self.bottom - self.top) * height

    def values(self) -> tuple[float, ...]:
        if self.log:
            return ticks.logarithmic(10.0**self.low, 10.0**self.high)
        return ticks.linear(self.low, self.high)

    def place(self, points: Iterable[tuple[int, float]]) -> list[tuple[float, float]]:
        return [(self.x(step), self.y(value)) for step, value in points]


def _panel(panel: Panel, frame: _Frame, labels: Sequence[str]) -> list[Item]:
    right = WIDE - RIGHT
    items: list[Item] = [Label(LEFT, frame.top - 8, fit(panel.title, TYPE, right - LEFT), TYPE, "soft")]
    items.append(Rect(LEFT, frame.top, right - LEFT, frame.bottom - frame.top, stroke="frame"))
    values, steps = frame.values(), [step for step in ticks.linear(frame.first, frame.last, 8) if step == int(step)]
    heights = [round(frame.y(value)) for value in values]
    items += [Line(((LEFT, y), (right, y)), "frame", 6) for y in heights if frame.top < y < frame.bottom]
    items += [
        Line(((round(frame.x(int(s))), frame.bottom), (round(frame.x(int(s))), frame.bottom + 4)), "frame", 10)
        for s in steps
    ]
    items += [
        Label(LEFT - 8, y + 4, f"{value:g}", TYPE, "soft", "end") for y, value in zip(heights, values, strict=True)
    ]
    items += [
        Label(round(frame.x(int(step))), frame.bottom + 17, f"{step:g}", TYPE, "soft", "middle") for step in steps
    ]
    shown = [curve for curve in panel.curves if curve.points]
    for curve in shown:
        if curve.behind:
            light = HUES[labels.index(curve.label) % len(HUES)][1]
            items.append(Line(_columns(frame.place(curve.behind)), light, 8))
    for name, value in panel.levels:
        y = round(frame.y(value))
        items.append(Line(((LEFT, y), (right, y)), "edge", 10, dashed=True))
        above = y - 4 if y > frame.top + 14 else y + 12
        items.append(Label(right - 6, above, f"{name} {value:.4g}", 10, "soft", "end"))
    ends: list[Point] = []
    for curve in shown:
        number = labels.index(curve.label)
        line = _line(frame.place(curve.points), number)
        items.append(Group(f"curve-{frame.top}-{number + 1}", curve.label, line))
        ends.append(_rounded(frame.place(curve.points)[-1:])[-1])
    if len(labels) > 1:
        for curve, (x, y) in zip(shown, _apart(ends, frame), strict=True):
            number = labels.index(curve.label)
            items.append(Disc(x, y, RADIUS, "page", HUES[number % len(HUES)][0], 12))
            items.append(Label(x, y + 3, str(number + 1), 9, "ink", "middle", bold=True))
    return items


def _line(places: Sequence[tuple[float, float]], number: int) -> tuple[Item, ...]:
    hue = HUES[number % len(HUES)][0]
    points = _rounded(_simpler(places))
    if len(points) == 1:
        return (Disc(*points[0], 3, hue),)
    return (Line(points, hue, 20, dashed=_dashed(number)),)


def _dashed(number: int) -> bool:
    """Dash every second curve, and the other ones in the second round of hues."""
    return (number + number // len(HUES)) % 2 == 1


def _legend(labels: Sequence[str], top: int) -> tuple[list[Item], int]:
    """Place the names in rows; return how many rows they take."""
    items: list[Item] = []
    x, row = MARGIN, 0
    for number, label in enumerate(labels):
        words = fit(f"{number + 1} {label}", TYPE, WIDE - 2 * MARGIN - DASH - 6)
        wide = DASH + 6 + text_width(words, TYPE)
        if x > MARGIN and x + wide > WIDE - MARGIN:
            x, row = MARGIN, row + 1
        y = top + ROW * row + 9
        items.append(Line(((x, y), (x + DASH, y)), HUES[number % len(HUES)][0], 20, dashed=_dashed(number)))
        items.append(Label(x + DASH + 6, y + 4, words, TYPE))
        x += wide + APART
    return items, row + 1


def _apart(ends: Sequence[Point], frame: _Frame) -> list[Point]:
    """Place numbers beside the ends of curves: each as near to its own as those before it leave room."""
    taken: list[Point] = []
    for x, y in ends:
        x += RADIUS + 3
        levels = range(frame.top, frame.bottom + 1)
        free = [level for level in levels if all(_clear((x, level), other) for other in taken)]
        taken.append((x, min((abs(level - y), level) for level in free)[1] if free else y))
    return taken


def _clear(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) > 2 * RADIUS or abs(one[1] - other[1]) > 2 * RADIUS + 1


def _columns(places: Sequence[tuple[float, float]]) -> tuple[Point, ...]:
    """Draw many values in few points: of all in one column of pixels the first, the lowest and the highest count."""
    found: dict[int, list[int]] = {}
    for x, y in places:
        found.setdefault(round(x), []).append(round(y))
    out: list[Point] = []
    for x, ys in found.items():
        for y in dict.fromkeys((ys[0], min(ys), max(ys), ys[-1])):
            out.append((x, y))
    return tuple(out)


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


def _rounded(places: Sequence[tuple[float, float]]) -> tuple[Point, ...]:
    return tuple(dict.fromkeys((round(x), round(y)) for x, y in places))


def _described(panels: Sequence[Panel]) -> str:
    """Say in words where each curve begins and ends."""
    said = []
    for panel in panels:
        for curve in panel.curves:
            if curve.points:
                (first, start), (last, end) = curve.points[0], curve.points[-1]
                said.append(f"{panel.title}, {curve.label}: {start:.4g} at step {first}, {end:.4g} at step {last}.")
    return " ".join(said) or "No step is recorded yet."
