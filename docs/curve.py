"""The curve of a function of one number, as SVG: axes with ticks, gaps where it jumps."""

from collections.abc import Sequence
from math import ceil, floor

from convdsl.render.markup import escape
from convdsl.render.metrics import FONT, text_width
from convdsl.render.theme import LIGHT, Theme

_LEFT, _TOP = 34, 46  # pixels around the plot
_WIDE = 320  # pixels of the plot at least
_STEEPEST = 4.0  # a slope beyond which the curve jumps
_EVERY = 8  # points between two that are drawn


def curve(title: str, xs: Sequence[float], ys: Sequence[float], formula: str, theme: Theme = LIGHT) -> str:
    """Draw y over x, dense and growing, with its formula; both axes have one unit, and y is cut to what x spans."""
    first, last = round(xs[0]), round(xs[-1])
    low, high = max(first, floor(min(ys))), min(last, ceil(max(ys)))
    low, high = min(low, -1), max(high, 2)
    unit = _WIDE // (last - first)
    wide, tall = (last - first) * unit, (high - low) * unit
    words = max(text_width(title, 14, bold=True), text_width(formula, 11)) + 32
    width, height = max(wide + 2 * _LEFT, words), tall + _TOP + 46
    about = f"The curve of {formula} for x from {first} to {last}."
    left = (width - wide) // 2

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (x - first) * unit, _TOP + (high - y) * unit

    zero = place(0, 0)
    steps = [f"M{left + step * unit} {_TOP}v{tall}" for step in range(last - first + 1)]
    steps += [f"M{left} {_TOP + step * unit}h{wide}" for step in range(high - low + 1)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" font-family="{FONT}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(about)}</desc>",
        f'<rect width="{width}" height="{height}" rx="6" fill="{theme.page}"/>',
        f'<path d="{"".join(steps)}" stroke="{theme.paint("join").fill}"/>',
        f'<path d="M{left} {zero[1]:.0f}h{wide}M{zero[0]:.0f} {_TOP}v{tall}" stroke="{theme.edge}"/>',
    ]
    ticks = [
        f'<text x="{left + step * unit}" y="{_TOP + tall + 15}">{step + first}</text>'
        for step in range(last - first + 1)
    ]
    ticks += [
        f'<text x="{left - 12}" y="{_TOP + step * unit + 4}">{high - step}</text>' for step in range(high - low + 1)
    ]
    middle = left + wide // 2
    ticks.append(f'<text x="{middle}" y="{_TOP + tall + 34}">{escape(formula)}</text>')
    lines.append(f'<g font-size="11" text-anchor="middle" fill="{theme.soft}">{"".join(ticks)}</g>')
    paint = theme.paint("activation").bar
    for part in _pieces(xs, ys, low, high):
        points = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in part)
        lines.append(f'<polyline points="{points}" fill="none" stroke="{paint}" stroke-width="2.5"/>')
    lines.append(f'<text x="16" y="26" font-size="14" font-weight="bold" fill="{theme.ink}">{escape(title)}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"


Point = tuple[float, float]


def _pieces(xs: Sequence[float], ys: Sequence[float], low: int, high: int) -> list[list[Point]]:
    """Cut the curve where it jumps or leaves the plot."""
    pieces: list[list[Point]] = [[]]
    for x, y in zip(xs, ys, strict=True):
        piece = pieces[-1]
        inside = low - 1e-9 <= y <= high + 1e-9
        if piece and (not inside or abs(y - piece[-1][1]) > _STEEPEST * (x - piece[-1][0])):
            pieces.append([])
        if inside:
            pieces[-1].append((x, y))
    return [_thin(piece) for piece in pieces if len(piece) > 1]


def _thin(piece: Sequence[Point]) -> list[Point]:
    """Keep the ends and every _EVERY-th point between them; of a straight stretch its ends alone."""
    out: list[Point] = []
    for point in [*piece[:-1:_EVERY], piece[-1]]:
        if len(out) > 1 and _is_straight(out[-2], out[-1], point):
            out[-1] = point
        else:
            out.append(point)
    return out


def _is_straight(one: Point, middle: Point, other: Point) -> bool:
    share = (middle[0] - one[0]) / (other[0] - one[0])
    return abs(one[1] + share * (other[1] - one[1]) - middle[1]) < 1e-9
