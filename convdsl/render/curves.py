"""Curves over the steps of training runs: panels under each other, one look for one run in all of them.

Runs are told apart by hue, by dashes and by a number at the end of each curve; sizes are in pixels.
"""

from collections.abc import Sequence
from math import log10

from convdsl.record import dataclass
from convdsl.render import ticks
from convdsl.render.canvas import Canvas, Disc, Group, Item, Label, Line, Point
from convdsl.render.metrics import fit, text_width
from convdsl.render.plot import TYPE, Axis, Frame, rounded

WIDE = 720
MARGIN, LEFT, RIGHT = 16, 64, 30
TITLE, ROW, HEAD, FOOT = 30, 18, 26, 22  # the title, a row of the legend, what is above a plot and below it
TALL, SHORT = 250, 150  # plots: the first one, and all others
DASH, APART = 26, 18  # a line in the legend, and the gap between two entries
RADIUS = 7
ROOM = 0.06  # of the axis, above the highest and below the lowest value

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
        frame = _frame(top + HEAD, TALL if place == 0 else SHORT, first, max(last, first + 1), panel)
        items += _panel(panel, frame, labels)
        top = frame.bottom + FOOT
    items.append(Label((LEFT + WIDE - RIGHT) // 2, top + 8, "step", TYPE, "soft", "middle"))
    if note:
        items.append(Label(WIDE - MARGIN, top + 8, note, 10, "soft", "end"))
    return Canvas(title, _described(panels), WIDE, top + 20, tuple(items))


def _frame(top: int, height: int, first: int, last: int, panel: Panel) -> Frame:
    """Choose the axes so that all values are inside."""
    values = [value for curve in panel.curves for _, value in (*curve.points, *curve.behind)]
    values += [value for _, value in panel.levels]
    logarithmic = panel.logarithmic and bool(values) and min(values) > 0
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    low, high = (log10(low), log10(high)) if logarithmic else (low, high)
    room = max((high - low) * ROOM, 0.01 if logarithmic else 1e-6 * max(abs(high), 1e-6))
    steps = [step for step in ticks.linear(first, last, 8) if step == int(step)]
    up = Axis(low - room, high + room, logarithmic)
    return Frame(LEFT, top, WIDE - RIGHT, top + height, Axis(first, last, numbers=steps), up)


def _panel(panel: Panel, frame: Frame, labels: Sequence[str]) -> list[Item]:
    title = fit(panel.title, TYPE, frame.right - frame.left)
    items: list[Item] = [Label(LEFT, frame.top - 8, title, TYPE, "soft"), *frame.axes()]
    shown = [curve for curve in panel.curves if curve.points]
    for curve in shown:
        if curve.behind:
            items.append(frame.band(curve.behind, HUES[labels.index(curve.label) % len(HUES)][1]))
    sides = (frame.across.low, frame.across.high)
    lines = [*(curve.points for curve in shown), *([(side, level) for side in sides] for _, level in panel.levels)]
    for name, value in panel.levels:
        items += frame.level(value, f"{name} {value:.4g}", lines)
    for curve in shown:
        number = labels.index(curve.label)
        line = frame.line(curve.points, HUES[number % len(HUES)][0], dashed=_dashed(number))
        items.append(Group(f"curve-{frame.top}-{number + 1}", curve.label, line))
    if len(labels) > 1:
        ends = [rounded(frame.place(curve.points[-1:]))[0] for curve in shown]
        for curve, (x, y) in zip(shown, _apart(ends, frame), strict=True):
            number = labels.index(curve.label)
            items.append(Disc(x, y, RADIUS, "page", HUES[number % len(HUES)][0], 12))
            items.append(Label(x, y + 3, str(number + 1), 9, "ink", "middle", bold=True))
    return items


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


def _apart(ends: Sequence[Point], frame: Frame) -> list[Point]:
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


def _described(panels: Sequence[Panel]) -> str:
    """Say in words where each curve begins and ends."""
    said = []
    for panel in panels:
        for curve in panel.curves:
            if curve.points:
                (first, start), (last, end) = curve.points[0], curve.points[-1]
                said.append(f"{panel.title}, {curve.label}: {start:.4g} at step {first}, {end:.4g} at step {last}.")
    return " ".join(said) or "No step is recorded yet."
