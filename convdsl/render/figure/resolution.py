"""How fine the values of a network are, relative to its input: how often each axis was halved on the way.

Read from shapes: the growth of a symbolic size against its symbol's, H // 4 being two halvings of H; where sizes are
numbers, from the strides on the way, for an unpadded convolution makes an axis shorter and not coarser.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import log2

from convdsl.analysis.geometry import Field, Fields, receptive_fields
from convdsl.graph.graph import Graph
from convdsl.render.facts import Network
from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size


def levels(network: Network, sizes: Mapping[str, int]) -> list[float | None]:
    """Return for each node how many times its axes are halved, the mean over the axes; 0 for an input.

    sizes: values of the symbols. None for what has no spatial axes, and for what is unknown.
    """
    graph = network.graph
    growth = _growth_of_inputs(graph)
    spatial = {tensor.shape.spatial for tensor in graph.inputs if tensor.shape.spatial}
    has_numbers = any(axis.value is not None for axes in spatial for axis in axes if isinstance(axis, Size))
    fields: Sequence[Fields | None] = network.fields
    if has_numbers and not fields:
        fields = receptive_fields(graph)
    # of the input, or of what is made of one without axes
    maps = (shape for node in graph.nodes for shape in node.shapes or () if shape.spatial)
    first = next((shape.at(sizes).numbers[2:] for shape in maps), ())
    cases: dict[tuple[object, ...], float | None] = {}
    out: list[float | None] = []
    for node in graph.nodes:
        shape = node.shapes[0] if node.shapes else None
        field = fields[node.index] if fields and len(spatial) == 1 else None
        case = (id(shape), id(field))
        if case not in cases:
            cases[case] = None if shape is None else _level(shape, field, growth, first)
        out.append(cases[case])
    return out


def _level(shape: Shape, field: Fields | None, growth: Mapping[str, Fraction], first: Sequence[int]) -> float | None:
    axes = shape.spatial
    if not axes or len(axes) != len(first):
        return None
    told = [
        _halvings(axis, field[place] if field and len(field) == len(axes) else None, growth, first[place])
        for place, axis in enumerate(axes)
    ]
    return round(sum(told) / len(told), 3)


def _halvings(axis: Axis, seen: object, growth: Mapping[str, Fraction], first: int) -> float:
    slope = _slope(axis)
    symbol = axis.symbol if isinstance(axis, Size) else None
    if slope and symbol is not None and symbol in growth:
        return log2(growth[symbol] / slope)
    if isinstance(seen, Field):
        return log2(seen.jump)
    value = axis.value if isinstance(axis, Size) else None
    return round(2 * log2(max(first, 1) / value)) / 2 if value else 0.0


def _slope(axis: Axis) -> Fraction:
    """Return how fast a size grows with its symbol; 0 for a number, and for a product of sizes."""
    if isinstance(axis, Product) or axis.value is not None:
        return Fraction(0)
    period, growth = axis.period
    return Fraction(growth, period)


def _growth_of_inputs(graph: Graph) -> dict[str, Fraction]:
    """Return for each symbol how fast the largest input axis grows with it."""
    out: dict[str, Fraction] = {}
    for tensor in graph.inputs:
        for axis in tensor.shape.spatial:
            if isinstance(axis, Size) and axis.symbol is not None:
                out[axis.symbol] = max(out.get(axis.symbol, Fraction(0)), _slope(axis))
    return {symbol: slope for symbol, slope in out.items() if slope > 0}
