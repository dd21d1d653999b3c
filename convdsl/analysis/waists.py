"""Where a network is narrow: values that all that was learned before them has to pass.

A value is a waist if no other value that layers with weights have made goes past it to a later layer or to an output.
What has learned nothing may go past it, as where the picture is handed to the last layer once more.
"""

from collections.abc import Sequence
from math import inf

from convdsl.graph.graph import Graph


def waists(graph: Graph, weighted: Sequence[bool]) -> frozenset[int]:
    """Return the indices of the nodes that are waists; weighted: for each node, whether it has weights.

    The nodes stand in topological order, so a value goes past a node if and only if it was made before and is read, or
    is an output, after it: each node's last reader is all that has to be known. Before the first layer with weights,
    nothing goes past a waist, the inputs neither.
    """
    last: list[float] = [node.index for node in graph.nodes]
    for node in graph.nodes:
        for value in node.inputs:
            last[value.node] = node.index
    for output in graph.outputs:
        last[output.value.node] = inf
    learned: list[bool] = []
    longest = longest_learned = 0.0
    out = []
    for node in graph.nodes:
        learned.append(weighted[node.index] or any(learned[value.node] for value in node.inputs))
        past = longest_learned if learned[-1] else longest
        if past <= node.index and node.op is not None:
            out.append(node.index)
        longest = max(longest, last[node.index])
        if learned[-1]:
            longest_learned = max(longest_learned, last[node.index])
    return frozenset(out)
