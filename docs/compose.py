"""Sheets side by side as a picture: inputs, outputs, a key and notes."""

from collections.abc import Sequence

from convdsl.render.arithmetic.cell import Cell
from convdsl.render.arithmetic.ink import type_size
from convdsl.render.arithmetic.key import key
from convdsl.render.arithmetic.plates import GAP, Sheet
from convdsl.render.arithmetic.still import Heading, framed
from convdsl.render.arithmetic.strip import ARROW, SIDES
from convdsl.render.canvas import Canvas, Line
from convdsl.render.tiles import Tile, below, beside

WIDEST, TALLEST = 680, 340  # pixels that the sheets may take

Parts = Sequence[Sequence[Sheet]]


def compose(title: str, parts: Parts, notes: Sequence[str] = (), groups: Sequence[str] = ()) -> Canvas:
    """Lay out the parts, inputs first, from left to right or below each other; a key and notes beneath.

    groups: what is said of group 1, 2 ... in the key.
    """
    side, across = _arrangement(parts)
    cells = [cell for part in parts for sheet in part for cell in sheet.cells]
    mark = type_size((cell.mark for cell in cells), side)
    tiles = [[sheet.tile(side, mark) for sheet in part] for part in parts]
    if across:
        arrow = Tile(ARROW, 10, (Line(((6, 5), (ARROW - 6, 5)), head=True),))
        columns = [part for tile in tiles for part in (below(tile, GAP), arrow)][:-1]
        drawn = beside(columns, 0, middle=True)
    else:
        arrow = Tile(20, ARROW - 8, (Line(((10, 3), (10, ARROW - 11)), head=True),))
        drawn = below([part for tile in tiles for part in (beside(tile, 2 * GAP), arrow)][:-1], 0)
    said = [(Cell(groups=(index,)), text) for index, text in enumerate(groups, start=1) if text]
    samples = key(cells, said, WIDEST)
    captions = tuple(f"{sheet.caption}" for part in parts for sheet in part)
    picture = framed(Heading(title), [drawn, *([samples] if samples.items else [])], notes, WIDEST // 3)
    told = ". ".join([*captions, *filter(None, groups), *notes])
    return Canvas(title, f"{told}.", picture.width, picture.height, picture.items)


def _arrangement(parts: Parts) -> tuple[int, bool]:
    """Choose the side of a cell, and whether outputs stand beside the inputs: the larger cells win."""
    for side in SIDES:
        across = sum(max(sheet.width(side) for sheet in part) + ARROW for part in parts) - ARROW
        high = max(sum(sheet.height(side) + GAP for sheet in part) for part in parts)
        if across <= WIDEST and high <= TALLEST:
            return side, True
        below_each = max(sum(sheet.width(side) + 2 * GAP for sheet in part) for part in parts)
        high = sum(max(sheet.height(side) for sheet in part) + ARROW for part in parts)
        if below_each <= WIDEST and high <= TALLEST:
            return side, False
    return SIDES[-1], False
