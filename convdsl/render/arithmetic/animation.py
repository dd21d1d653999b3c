"""A window on its way: one canvas for each output, all of one size."""

from collections.abc import Sequence

from convdsl.record import replace
from convdsl.render.arithmetic.notes import notes
from convdsl.render.arithmetic.sheets import View
from convdsl.render.arithmetic.slide import Place
from convdsl.render.arithmetic.still import Heading, framed, legend
from convdsl.render.arithmetic.strip import order_of, step_tiles
from convdsl.render.canvas import Canvas


def animation(view: View, heading: Heading, most: int) -> list[Canvas]:
    """Draw the steps of a layer, row by row. most: frames at most; of more outputs they are chosen evenly."""
    steps = _chosen(view, max(most, 1))
    tiles = step_tiles(view, steps, order_of(view, steps[:1]))
    wide, high = max(tile.width for tile in tiles), max(tile.height for tile in tiles)
    key, said = legend(view), notes(view)
    return [framed(heading, [replace(tile, width=wide, height=high), key], said) for tile in tiles]


def level(canvases: Sequence[Canvas]) -> list[Canvas]:
    """Make canvases as large as the largest of them."""
    wide, high = max(one.width for one in canvases), max(one.height for one in canvases)
    return [replace(one, width=wide, height=high) for one in canvases]


def _chosen(view: View, most: int) -> list[Place]:
    """Return the outputs whose windows are drawn whole, as many as there may be, the first and the last among them."""
    cells = [set(one.cells) for one in view.cuts]
    ends = [(axis.reads, drawn) for axis, drawn in zip(view.slide.axes, cells, strict=True)]
    steps = [
        step
        for step in view.outputs
        if all(reads[at][0] in drawn and reads[at][-1] in drawn for (reads, drawn), at in zip(ends, step, strict=True))
    ]
    if len(steps) <= most:
        return steps
    return [steps[index * (len(steps) - 1) // max(most - 1, 1)] for index in range(most)]
