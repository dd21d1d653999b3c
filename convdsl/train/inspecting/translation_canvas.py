"""The picture of what shifts do: the error by the shift, with the multiples of the total stride marked."""

from convdsl.render.arithmetic.still import Heading, framed
from convdsl.render.canvas import Canvas
from convdsl.render.cells import visible
from convdsl.render.plot import Axis, Mark, Series, plot
from convdsl.render.tiles import below, words
from convdsl.train.inspecting.translation import Translation, sentences

SIZE = (560, 260)  # of the plot, across and down
MOST_TICKS = 16


def canvas(found: Translation) -> Canvas:
    """Draw the errors of the three directions over the shift."""
    end = found.shifts[-1].pixels
    ways = (
        ("down", "bar:conv", [shift.down for shift in found.shifts]),
        ("across", "bar:pool", [shift.across for shift in found.shifts]),
        ("down and across", "bar:resize", [shift.both for shift in found.shifts]),
    )
    at = [0, *(shift.pixels for shift in found.shifts)]
    series = [
        Series(list(zip(at, (0.0, *errors), strict=True)), colour, name, dots=True, dashed=name != "down")
        for name, colour, errors in ways
    ]
    top = max((shift.worst for shift in found.shifts), default=0.0)
    marks = (
        []
        if found.stride in (None, 1)
        else [Mark(shift.pixels, _word(found, shift.pixels)) for shift in found.multiples]
    )
    across = "shift of the input, in pixels", Axis(0, end, numbers=_ticks(found, end))
    drawn = plot(across, ("error", Axis(0, max(1.08 * top, 0.01), percent=True)), series, marks, SIZE)
    on = found.photo or "noise"
    heading = Heading(
        f"Shifts: {visible(found.layer)} = {found.call}", f"{found.subject} · {on}, {found.height}×{found.width}"
    )
    part = below([words("what is left of the difference after the output is moved as far", 11), drawn], 8)
    return framed(heading, [part], sentences(found), least=SIZE[0] + 200)


def _word(found: Translation, pixels: int) -> str:
    times = pixels // (found.stride or 1)
    return f"total stride, {pixels} px" if times == 1 else f"{times} × {found.stride} px"


def _ticks(found: Translation, end: int) -> tuple[int, ...]:
    """Choose the numbers of the lower axis: the parts of the total stride, by halves, as far as there is room."""
    step = found.stride or 1
    while step % 2 == 0 and end / (step // 2) <= MOST_TICKS:
        step //= 2
    return tuple(range(0, end + 1, step))
