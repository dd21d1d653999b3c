"""What reaches no output: nearly always a wiring mistake, so an error (language rule 3)."""

from collections.abc import Iterator, Set

from convdsl import codes
from convdsl.graph.graph import Graph
from convdsl.graph.problem import Problem


def unused(graph: Graph, touched: Set[int]) -> Iterator[Problem]:
    """Find inputs that nothing reads, and dead runs of layers: one message at the last node of each.

    touched: nodes that count as used, because a line with a mistake reads them.
    """
    ends = {*touched, *(output.value.node for output in graph.outputs)}
    if len(ends.union([value.node for node in graph.nodes for value in node.inputs])) == len(graph.nodes):
        return  # the last node of a dead run would not be read
    live = [False] * len(graph.nodes)
    read = [False] * len(graph.nodes)
    for index in ends:
        live[index] = read[index] = True
    for node in reversed(graph.nodes):
        for value in node.inputs:
            read[value.node] = True
            if live[node.index]:
                live[value.node] = True
    declared = {tensor.node: tensor for tensor in graph.inputs}
    for node in graph.nodes:
        if live[node.index]:
            continue
        if node.index in declared:
            if not read[node.index]:
                tensor = declared[node.index]
                yield Problem(
                    codes.UNUSED_INPUT,
                    f"the input `{tensor.name}` is never read",
                    tensor.declaration.name_span,
                    helps=("read it, or remove the line",),
                )
        elif not read[node.index]:
            name = node.target or type(node.op).__name__
            yield Problem(
                codes.DEAD_NODE,
                f"`{name}` reaches no output",
                node.span,
                "its value is never used",
                helps=("use it, declare it as an output, or remove the line",),
            )
