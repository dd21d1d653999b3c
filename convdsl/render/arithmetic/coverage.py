"""How often a window reads each cell of the input, or how many cells each output of a transposed one is a sum of.

Where the second is uneven away from the edges, the output has the pattern of a checkerboard.
Source: Odena, Dumoulin & Olah, "Deconvolution and checkerboard artifacts", Distill 2016.
"""

from math import prod

from convdsl.render.arithmetic.axis import Axis
from convdsl.render.arithmetic.cell import Cell
from convdsl.render.arithmetic.plates import Sheet
from convdsl.render.arithmetic.sheets import View, faces, names, times
from convdsl.render.arithmetic.slide import Place

PALEST, HOTTEST = 6, 60  # percent of heat: what is written stays legible


def coverage(view: View) -> Sheet:
    """Draw the counts of the cells that are drawn: of the input, or of the output of a transposed layer."""
    slide = view.slide
    if slide.transposed:
        slices: list[str] = []
        sides = [list(one.outputs) for one in view.cuts]
        counted = {output: slide.sums(output) for output in view.outputs}
        caption = f"output {times(slide.after[2:])}: how many inputs each cell sums"
    else:
        pairs = list(zip(slide.axes, view.cuts, strict=True))
        sides = [[cell for cell in one.cells if axis.kinds[cell] == "value"] for axis, one in pairs]
        slices = view.slices(sides[0])
        often = [slide.times(index) for index in range(len(pairs))]
        counted = view.over(sides, lambda cell: prod(often[i][at - slide.axes[i].first] for i, at in enumerate(cell)))
        caption = f"input {times(slide.before[2:])}: how often each cell is read"
    low, high = min(counted.values()), max(counted.values())

    def cell(_channel: int, place: Place) -> Cell:
        count = counted[place]
        heat = PALEST + (HOTTEST - PALEST) * (count - low) // max(high - low, 1)
        return Cell("value" if count else "unread", (), str(count), f"heat:{heat if count else 0}")

    return Sheet(caption, faces(sides, cell, 1, slices=slices), names(sides, 1))


def uneven(axis: Axis) -> bool:
    """Tell whether the outputs of a transposed layer away from the edges are sums of unequally many cells."""
    w = axis.window
    taps = [sum((phase - w.dilation * tap) % w.stride == 0 for tap in range(w.kernel)) for phase in range(w.stride)]
    return axis.transposed and len(set(taps)) > 1


def coverage_words(view: View) -> str:
    """Say what the counts come to, over the whole map."""
    slide = view.slide
    if slide.transposed:
        low, high = _extremes([[axis.values(at) for at in range(axis.count)] for axis in slide.axes])
        bad = [axis for axis in slide.axes if uneven(axis)]
        text = f"Each output is a sum of {_range(low, high)} of each channel it reads"
        if bad:
            w = bad[0].window
            return f"{text}; {w.kernel} taps do not share out evenly over a stride of {w.stride}: a checkerboard"
        return f"{text}, evenly away from the edges"
    low, high = _extremes([slide.times(index) for index in range(len(slide.axes))])
    often = f"{low}" if low == high else f"{low} to {high}"
    return f"Each cell of the input is read {often} {'time' if low == high == 1 else 'times'}"


def _extremes(ranged: list[list[int]]) -> tuple[int, int]:
    low = high = 1
    for counts in ranged:
        low, high = low * min(counts), high * max(counts)
    return low, high


def _range(low: int, high: int) -> str:
    return f"{low} cell{'s' * (low != 1)}" if low == high else f"{low} to {high} cells"
