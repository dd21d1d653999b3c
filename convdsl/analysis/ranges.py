"""Which values each tensor can take.

Intervals, propagated once through the graph. Sound and coarse: a convolution's output is unbounded.
"""

from math import inf

from convdsl.graph.graph import Graph
from convdsl.op import Interval


def intervals(graph: Graph) -> list[tuple[Interval, ...]]:
    """Return the interval of every output of every node, in the order of the nodes; all shapes are known."""
    out: list[tuple[Interval, ...]] = []
    meanings = {tensor.node: tensor.meaning for tensor in graph.inputs}
    for node in graph.nodes:
        if node.op is None:
            meaning = meanings[node.index]
            ranges = [(-inf, inf)] if meaning is None else meaning.ranges()
            out.append((Interval(min(low for low, _ in ranges), max(high for _, high in ranges)),))
            continue
        found = node.op.values(*(out[value.node][value.output] for value in node.inputs))
        assert node.shapes is not None
        out.append((found,) * len(node.shapes))
    return out
