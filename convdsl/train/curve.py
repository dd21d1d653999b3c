"""The loss of a run as a picture: an SVG file of its own, written by hand, for it is thirty lines."""

from collections.abc import Sequence
from math import ceil, floor, log10

WIDTH, HEIGHT = 720, 360  # of the picture, in CSS pixels
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 36, 44  # margins for titles and numbers
SMOOTH = 0.95  # share of the running mean that is kept a step


def svg(losses: Sequence[tuple[int, float]], title: str) -> str:
    """Draw (step, loss): every step thin, their running mean thick, the loss on a logarithmic scale."""
    points = [(step, loss) for step, loss in losses if loss > 0]
    if not points:
        points = [(1, 1.0)]
    mean, smooth = points[0][1], []
    for number, (step, loss) in enumerate(points):
        keep = min(SMOOTH, number / (number + 1))  # the plain mean at first
        mean = keep * mean + (1 - keep) * loss
        smooth.append((step, mean))
    last = max(step for step, _ in points)
    low, high = (log10(edge(loss for _, loss in points)) for edge in (min, max))
    low, high = low - 0.02, max(high + 0.02, low + 0.1)

    def place(step: int, loss: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * step / last
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - log10(loss)) / (high - low)
        return round(x, 1), round(y, 1)

    def line(series: Sequence[tuple[int, float]], style: str) -> str:
        path = " ".join("{},{}".format(*place(step, loss)) for step, loss in series)
        return f'<polyline points="{path}" fill="none" {style}/>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="14" font-weight="600">{title}</text>',
    ]
    for value in _ticks(10**low, 10**high):
        _, y = place(last, value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#e3e3e3"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{value:g}</text>')
    for quarter in range(5):
        step = round(last * quarter / 4)
        x = LEFT + (WIDTH - LEFT - RIGHT) * step / last
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{step}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">step</text>')
    parts.append(line(points, 'stroke="#9fc3e8" stroke-width="0.8"'))
    parts.append(line(smooth, 'stroke="#1f5fa8" stroke-width="2"'))
    return "\n".join((*parts, "</svg>", ""))


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """Choose round numbers between two: 1, 1.5, 2, 3, 5, 7 times a power of ten."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    return tuple(v for power in powers for m in (1, 1.5, 2, 3, 5, 7) if low <= (v := m * 10.0**power) <= high)
