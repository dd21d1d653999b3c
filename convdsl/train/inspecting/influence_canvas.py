"""The picture of an effective receptive field: the influence of each pixel, what could be seen, and how it adds up."""

from math import ceil, log10

from torch import Tensor

from convdsl.render.arithmetic.still import Heading, framed
from convdsl.render.canvas import Canvas, Item, Label, Rect
from convdsl.render.cells import visible
from convdsl.render.metrics import text_width
from convdsl.render.plot import Axis, Mark, Series, plot
from convdsl.render.tiles import Tile, below, beside, words
from convdsl.train.inspecting.influence import HOLDS, Influence, sentences
from convdsl.train.inspecting.palette import Scale, legend, picture

SIDE = 400  # of the picture, in pixels
CURVE = (340, 300)  # of the plot, across and down
AROUND = 0.08  # of what can be seen is shown besides, on each side


def canvas(found: Influence) -> Canvas:
    """Draw where the influence comes from, and which share of it squares of each side hold."""
    heading = Heading(f"{visible(found.layer)} = {found.call}", f"What moves one output · {found.subject}")
    parts = [_map(found), _curve(found)]
    return framed(heading, [beside(parts, 30)], sentences(found))


def _map(found: Influence) -> Tile:
    top, bottom, left, right = _window(found)
    numbers = found.values[top:bottom, left:right]
    most = float(numbers.max()) or 1.0
    scale = SIDE / max(bottom - top, right - left)
    wide, high = round(scale * (right - left)), round(scale * (bottom - top))
    decades = _decades(numbers)
    shade = 1 + (numbers / most).clamp(min=1e-30).log10() / decades
    items: list[Item] = [*picture(shade.clamp(min=0).numpy(), Scale(1.0, one_sided=True), wide, high).items]

    def frame(first: tuple[float, float], last: tuple[float, float], colour: str, *, dashed: bool, word: str) -> None:
        y, x = (max(0, round(scale * (edge - start))) for edge, start in zip(first, (top, left), strict=True))
        low = min(high, round(scale * (last[0] - top)))
        end = min(wide, round(scale * (last[1] - left)))
        items.append(Rect(x, y, end - x, low - y, "", colour, weight=20, dashed=dashed))
        if text_width(word, 10) < end - x - 8 and low - y > 40:
            place = low - 6 if dashed else y - 5 if y > 15 else y + 13
            ground = Rect(x + 2, place - 10, text_width(word, 10) + 6, 13, "page", opacity=80)
            items.extend((ground, Label(x + 5, place, word, 10, colour)))

    if found.theory is not None:
        rows, columns = found.theory
        word = f"can be seen: {rows.size}×{columns.size}"
        frame((rows.first, columns.first), (rows.last + 1, columns.last + 1), "ink", dashed=False, word=word)
    side = found.side()
    if side is not None:
        middle = found.middle
        first, last = ((middle[0] + 0.5 + sign * side / 2, middle[1] + 0.5 + sign * side / 2) for sign in (-1, 1))
        word = f"{HOLDS:.0%}: {side}×{side}"
        frame(first, last, "bar:conv", dashed=True, word=word)
    drawn = Tile(wide, high, (*items, Rect(0, 0, wide, high, "", "outline", weight=5)))
    key = legend(Scale(1.0, one_sided=True), 200, middle=f"1/{10**decades:,} of it", high="the most")
    said = words("equal steps of darkness: equal factors of influence", 10)
    return below([words("where the influence comes from", 12, colour="ink", bold=True), drawn, key, said], 6)


def _decades(numbers: Tensor) -> int:
    """Choose over how many powers of ten the darkness runs: so many that half of what has any influence is seen."""
    some = numbers[numbers > 0]
    if not len(some):
        return 2
    return min(6, max(2, ceil(log10(float(some.max() / some.median())) + 0.5)))


def _window(found: Influence) -> tuple[int, int, int, int]:
    """Choose the rows and columns that are shown: what can be seen and a little around it."""
    if found.theory is None:
        return 0, found.values.shape[0], 0, found.values.shape[1]
    out: list[int] = []
    for span, size in zip(found.theory, found.values.shape, strict=True):
        more = max(2, round(AROUND * span.size))
        out += [max(0, span.first - more), min(size, span.last + 1 + more)]
    return out[0], out[1], out[2], out[3]


def _curve(found: Influence) -> Tile:
    """Draw the share that a square around the middle holds, by its side."""
    sides = [span.size for span in found.theory] if found.theory is not None else list(found.values.shape)
    end = max(sides)
    step = max(1, end // 100)
    points = [(side, found.within(side, side)) for side in range(0, end + 1, step)]
    marks = [Mark(end, "can be seen")] if found.theory is not None else []
    half = found.side()
    if half is not None and half < end:
        marks.insert(0, Mark(half, f"{HOLDS:.0%} at {half}", "bar:conv"))
    if len(marks) == 2 and (marks[1].at - marks[0].at) / end * CURVE[0] < 110:
        marks[1] = Mark(end, "")
    even = Series(
        [(side, (side / end) ** 2) for side in range(0, end + 1, step)], "skip", "if all counted alike", dashed=True
    )
    across = "side of the square, in pixels", Axis(0, end)
    up = "share of the influence", Axis(0, 1, percent=True)
    drawn = plot(across, up, [Series(points, "bar:pool", "measured"), even], marks, CURVE)
    return below([words("what squares around the middle hold", 12, colour="ink", bold=True), drawn], 6)
