"""How a picture can be brought to a size that a network takes: padded, within it where that does, cropped, resized."""

from collections.abc import Mapping

from convdsl.analysis.accepted import Accepted
from convdsl.analysis.asked import size_text
from convdsl.analysis.closest import closest
from convdsl.diagnostics import Help
from convdsl.graph.graph import Graph
from convdsl.shape import Shape
from convdsl.sizes import Size

Sizes = Mapping[str, int]


def picture_ways(graph: Graph, legal: Accepted, sizes: Sizes) -> tuple[Help, ...]:
    """Offer the smallest legal sizes that are nowhere smaller, else the closest; nothing where no size is legal."""
    larger = _next_larger(legal, sizes)
    if larger is not None:
        return (Help(f"pad the picture to `{size_text(graph, larger)}`{_layers(graph, legal, sizes, larger)}"),)
    choices = closest(legal, sizes)
    return (Help(f"crop or resize the picture to `{size_text(graph, choices[0])}`"),) if choices else ()


def _next_larger(legal: Accepted, sizes: Sizes) -> dict[str, int] | None:
    """Return None where sizes are tied to each other, or end before."""
    if legal.joint is not None:
        return None
    found = {symbol: axis.nearest(sizes[symbol])[1] for symbol, axis in legal.axes.items()}
    known = {symbol: size for symbol, size in found.items() if size is not None}
    return known if len(known) == len(found) else None


def _layers(graph: Graph, legal: Accepted, sizes: Sizes, larger: Sizes) -> str:
    """Name the layers that pad inside the network and crop its outputs, where multiples of a number are legal.

    With the padding right behind the only input, all layers see the larger picture and nothing else.
    """
    first, *others = graph.inputs
    symbols = [axis.symbol for axis in first.shape.spatial if isinstance(axis, Size) and not axis.chain]
    if others or not symbols or set(symbols) != set(larger) or len(set(symbols)) != len(first.shape.spatial):
        return ""
    multiples = [_multiple(legal, symbol, sizes[symbol], larger[symbol]) for symbol in symbols if symbol is not None]
    if 0 in multiples:
        return ""
    number = str(multiples[0]) if len(set(multiples)) == 1 else f"({', '.join(map(str, multiples))})"
    crops = [f"`Crop({name}, like={first.name}, anchor=corner)`" for name in _as_large_as(graph, first.shape)]
    back = f", {' and '.join(crops)} as the last" if crops else ""
    readers = sum(value.node == first.node for node in graph.nodes for value in node.inputs)
    layer = f"`PadToMultiple({number})`" if readers < 2 else f"`padded = PadToMultiple({number})`"
    instead = "" if readers < 2 else f", read in place of `{first.name}`"
    return f": {layer} as the first layer{instead}{back}"


def _multiple(legal: Accepted, symbol: str, size: int, larger: int) -> int:
    """Return a number of which every multiple is legal, and `larger` the next one; 0 where there is none."""
    axis = legal.axes[symbol]
    if larger == size and axis.period == 1:
        return 1
    good = not axis.finite and 0 in axis.residues and axis.start is not None and axis.start <= axis.period
    return axis.period if good and -(-size // axis.period) * axis.period == larger else 0


def _as_large_as(graph: Graph, shape: Shape) -> list[str]:
    """Name the outputs that are as large as the input, at the sizes that are legal."""
    names = []
    for output in graph.outputs:
        promised = next((one.shape for one in graph.promises if one.value == output.value), None)
        real = graph.shape(output.value)
        if shape.spatial in [one.spatial for one in (promised, real) if one is not None]:
            names.append(output.name)
    return names
