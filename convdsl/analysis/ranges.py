"""Which values each tensor can take.

Intervals, propagated once through the graph. Sound and coarse: a convolution's output is unbounded.
"""

from convdsl.graph.graph import Graph
from convdsl.op import Interval


def intervals(graph: Graph) -> list[tuple[Interval, ...]]:
    """Return the interval of every output of every node, in the order of the nodes."""
    out: list[tuple[Interval, ...]] = []
    declared = {tensor.node: tensor for tensor in graph.inputs}
    for node in graph.nodes:
        if node.op is None:
            tensor = declared.get(node.index)
            interval = Interval()
            if tensor is not None and tensor.meaning is not None:
                ranges = tensor.meaning.ranges()
                interval = Interval(min(low for low, _ in ranges), max(high for _, high in ranges))
            out.append((interval,))
            continue
        found = node.op.values(*(out[value.node][value.output] for value in node.inputs))
        out.append((found,) * (len(node.shapes) if node.shapes is not None else 1))
    return out
