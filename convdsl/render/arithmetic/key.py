"""Samples of cells with the words for them."""

from collections.abc import Iterable, Sequence

from convdsl.render.arithmetic.cell import KINDS, Cell, Placed
from convdsl.render.arithmetic.ink import fills, outlines
from convdsl.render.tiles import Tile, below, beside, words

SIDE, WORDS = 11, 11  # of a sample, and the size of type, in pixels
BETWEEN = 16


def key(cells: Iterable[Cell], said: Sequence[tuple[Cell, str]], room: int) -> Tile:
    """Lay out a sample of everything that needs words, as many beside each other as fit into `room` pixels.

    said: samples with words of their own, which come first.
    """
    kinds = {cell.kind for cell in cells}
    samples = [*said, *((Cell(kind), text) for kind, text in KINDS.items() if text and kind in kinds)]
    rows: list[list[Tile]] = []
    left = 0
    for cell, text in samples:
        placed = [Placed(0, 0, cell)]
        square = Tile(SIDE, SIDE, (*fills(placed, SIDE), *outlines(placed, SIDE)))
        tile = beside([square, words(text, WORDS)], 7, middle=True)
        left -= tile.width + BETWEEN
        if left < 0:
            rows.append([])
            left = room - tile.width
        rows[-1].append(tile)
    return below([beside(row, BETWEEN) for row in rows], 4)
