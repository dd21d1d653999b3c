"""The picture of attention: one place asks, all places answer.

What attends says so by the names of its weights.
"""

from collections.abc import Sequence
from math import prod

from convdsl.analysis.effective import arguments
from convdsl.op import Op
from convdsl.render.arithmetic.cell import Cell
from convdsl.render.arithmetic.plates import Face, Sheet
from convdsl.render.canvas import Canvas
from convdsl.shape import Shape
from docs.compose import compose
from docs.tensor_sheet import sheet

_WORDS = ("query", "in_proj", "q_proj")
_GROUPS = (
    "the place that asks: its query, its shares, its output",
    "the keys of all places",
    "their values",
)


def attention(op: Op, inputs: Sequence[Shape], title: str, formula: str) -> Canvas | None:
    """Draw x, its queries, keys and values, the shares of one head, and the output; None for what does not attend.

    inputs: the first is [N, C, H, W], where pixels are the places, or [N, L, numbers].
    """
    weights, x = op.weights(*inputs), inputs[0]
    if not any(name.startswith(_WORDS) for name in weights):
        return None
    shape = (1, *x.numbers[1:])
    first_is_channels = len(shape) > 3
    places, channels = (prod(shape[2:]), shape[1]) if first_is_channels else shape[1:]
    heads = arguments(op).get("num_heads", 1)
    assert isinstance(heads, int)
    width = weights["query.weight"][0] if "query.weight" in weights else channels // heads
    depth = weights["value.weight"][0] if "value.weight" in weights else channels // heads
    asking = places // 3
    cells = [
        Cell(groups=(1,) if (index % places if first_is_channels else index // channels) == asking else ())
        for index in range(places * channels)
    ]
    of_head = "" if heads == 1 else f", head 1 of {heads}"
    return compose(
        title,
        [
            [sheet("x", shape, cells)],
            [
                _table("queries", places, width, 1, asking, of_head),
                _table("keys", places, width, 2),
                _table("values", places, depth, 3),
            ],
            [_table("shares", places, places, 1, asking)],
            [sheet("y", shape, cells)],
        ],
        [f"A row for each of the {places} places; the shares of a row sum to 1", *filter(None, [formula])],
        _GROUPS,
    )


def _table(caption: str, rows: int, columns: int, group: int, only: int | None = None, more: str = "") -> Sheet:
    """Lay out one row for each place; only: the row that is coloured, None for all."""
    cells = [Cell(groups=(group,) if only in (None, index // columns) else ()) for index in range(rows * columns)]
    return Sheet(f"{caption} {rows}×{columns}{more}", ((Face(columns, tuple(cells)),),))
