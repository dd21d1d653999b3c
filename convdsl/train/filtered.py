"""A photograph through a fixed window (Filter2d): before and after, with the window's numbers between them."""

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convdsl.argument import Invalid
from convdsl.graph.graph import Node
from convdsl.mistake import MistakeError
from convdsl.render.arithmetic.cell import Cell
from convdsl.render.arithmetic.ink import type_size
from convdsl.render.arithmetic.numbers import Numbers, number_text
from convdsl.render.arithmetic.plates import Face, Sheet
from convdsl.render.arithmetic.slide import Slide, slide_of
from convdsl.render.arithmetic.still import Heading, framed
from convdsl.render.canvas import Canvas, Line, Picture
from convdsl.render.cells import visible
from convdsl.render.facts import Network
from convdsl.render.naming import layer_named
from convdsl.render.tiles import Tile, below, beside, words
from convdsl.render.wish import Wish
from convdsl.shape import shape_of
from convdsl.train.photos import PhotoError, decode, pixels

WIDE = 280  # pixels of the photograph at most, across and down
SIDE = 34  # of a cell of the window, in pixels; smaller where the window has many
BALANCED = 1e-6  # of all numbers of a window together, from which on their sum is not 0
MIDDLE = 127.5  # the grey that stands for 0 where the numbers have both signs

Numbers_HWC = NDArray[np.float64]


def photo(network: Network, wish: Wish, path: Path) -> Canvas:
    """Draw a photograph before and after the layer that `wish.layer` names, or the first with a fixed window.

    Raises MistakeError where there is no such layer, its window is learned, the file is no photograph, or the
    photograph is smaller than the window.
    """
    node = layer_named(network, wish.layer) if wish.layer else _first(network)
    if _slide(node, 1024, 1024) is None:
        raise MistakeError(f"the window of `{visible(node.name)}` is not fixed", way_out=_way_out(network))
    try:
        image = decode(path, WIDE).image
    except PhotoError as error:
        raise MistakeError(f"`{path}`: {error}") from error
    image.thumbnail((WIDE, WIDE), Image.Resampling.LANCZOS)
    before_HWC = pixels(image).astype(np.float64)
    slide = _slide(node, image.height, image.width)
    if slide is None:
        raise MistakeError(f"the window does not fit into {image.height} × {image.width} pixels")
    after_HWC = filtered(before_HWC, slide)
    shown_HWC, said = visible_range(after_HWC, slide.kernel)
    parts = [
        _picture(before_HWC, f"before, {image.height}×{image.width}"),
        _kernel(slide),
        _arrow(),
        _picture(shown_HWC, f"after, {after_HWC.shape[0]}×{after_HWC.shape[1]}"),
    ]
    text = network.sources[node.span.file].text[node.span.start : node.span.end]
    heading = Heading(visible(" ".join(text.split())), visible(f"{node.name} on {path.name}"))
    notes = ["Every colour channel by itself: each number is a sum of the kernel's numbers times those under it", said]
    return framed(heading, [beside(parts, 14, middle=True)], notes)


def filtered(before_HWC: Numbers_HWC, slide: Slide) -> Numbers_HWC:
    """Slide the fixed window over each channel; zeros stand around the picture as far as the layer pads."""
    (height, width), kernel = slide.after[2:], slide.kernel
    rows, columns = (axis.window for axis in slide.axes)
    padded_HWC = np.pad(before_HWC, ((rows.padding,) * 2, (columns.padding,) * 2, (0, 0)))
    out_HWC = np.zeros((height, width, before_HWC.shape[2]))
    for row, line in enumerate(kernel):
        for column, number in enumerate(line):
            top, left = row * rows.dilation, column * columns.dilation
            down = slice(top, top + rows.stride * (height - 1) + 1, rows.stride)
            across = slice(left, left + columns.stride * (width - 1) + 1, columns.stride)
            out_HWC += number * padded_HWC[down, across]
    return out_HWC


def visible_range(numbers_HWC: Numbers_HWC, kernel: tuple[tuple[float, ...], ...]) -> tuple[Numbers_HWC, str]:
    """Bring numbers to 0 .. 255 to be seen, and say how.

    A window whose numbers sum to 0 makes 0 of an even area, which is shown as a middle grey; what others make is cut at
    black and white.
    """
    low, high = float(numbers_HWC.min()), float(numbers_HWC.max())
    reach = max(-low, high)
    flat = [number for row in kernel for number in row]
    if abs(sum(flat)) < BALANCED * sum(map(abs, flat)) and reach > 0:
        said = f"The result runs from {low:.0f} to {high:.0f}: grey is 0, black is {-reach:.0f}, white is {reach:.0f}"
        return MIDDLE + numbers_HWC / reach * MIDDLE, said
    cut = low < 0 or high > 255
    said = f"The result runs from {low:.0f} to {high:.0f}" + ("; below 0 is black, above 255 is white" if cut else "")
    return np.clip(numbers_HWC, 0.0, 255.0), said


def _slide(node: Node, height: int, width: int) -> Slide | None:
    """Lay a layer over a photograph; None where its window is not fixed, or does not fit."""
    if node.op is None or node.op.rank != 4:
        return None
    shape = shape_of(1, 3, height, width)
    try:
        return slide_of(node.op, [shape]) if "kernel" in node.op.buffers(shape) else None
    except Invalid:
        return None


def _fixed(network: Network) -> list[Node]:
    return [node for node in network.graph.nodes if _slide(node, 1024, 1024) is not None]


def _first(network: Network) -> Node:
    found = _fixed(network)
    if not found:
        raise MistakeError("no layer has a fixed window", way_out=_way_out(network))
    return found[0]


def _way_out(network: Network) -> str:
    names = [node.name for node in _fixed(network)]
    if names:
        return f"layers with one: {visible(', '.join(names))}"
    return "put one in: `Filter2d(sobel_x, padding=1)`"


def _picture(shown_HWC: Numbers_HWC, caption: str) -> Tile:
    height, width = shown_HWC.shape[:2]
    out = BytesIO()
    Image.fromarray(np.round(shown_HWC).astype(np.uint8)).save(out, "PNG", optimize=True)
    return below([words(caption), Tile(width, height, (Picture(0, 0, width, height, out.getvalue()),))], 4)


def _kernel(slide: Slide) -> Tile:
    numbers, (rows, columns) = Numbers(slide), (len(slide.kernel), len(slide.kernel[0]))
    cells = tuple(
        Cell(mark=number_text(numbers.weight(0, (row, column))), fill="group:2")
        for row in range(rows)
        for column in range(columns)
    )
    side = min(SIDE, max(12, 3 * SIDE // max(rows, columns)))
    sheet = Sheet(f"kernel {rows}×{columns}", ((Face(columns, cells),),))
    return sheet.tile(side, type_size((cell.mark for cell in cells), side))


def _arrow() -> Tile:
    return Tile(30, 10, (Line(((0, 5), (30, 5)), head=True),))
