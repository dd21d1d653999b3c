"""A network cut at one of its values: what comes out is that value, from the same layers with the same weights.

Everything that a graph computes can be looked at in this way, whether PyTorch has a module for it or not: a function, a
join, one of several calls of one layer.
"""

from convdsl.graph.graph import Graph, OutputTensor, Value
from convdsl.lower.hierarchy import inputs_of
from convdsl.record import replace
from convdsl.syntax import tree

NAME = "probe"


def cut(graph: Graph, value: Value) -> Graph:
    """Return the network whose one output is `value`.

    The names of weights stay as they are: layers that the value does not need keep their place, and are not run.
    Raises Refused where a shape is unknown.
    """
    needed = needed_for(graph, value)
    nodes = [
        node if node.op is None or node.index in needed else replace(node, inputs=(), fed=inputs_of(graph, node))
        for node in graph.nodes
    ]
    output = OutputTensor(NAME, value, None, tree.Output(NAME, tree.ShapeExpr(())))
    return replace(graph, nodes=nodes, outputs=[output], promises=[], expectations=[])


def needed_for(graph: Graph, value: Value) -> frozenset[int]:
    """Return the indices of the nodes that a value is made of, its own among them."""
    found: set[int] = set()
    todo = [value.node]
    while todo:
        index = todo.pop()
        if index not in found:
            found.add(index)
            todo.extend(source.node for source in graph.nodes[index].inputs)
    return frozenset(found)
