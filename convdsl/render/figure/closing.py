"""Which blocks of a large network a figure draws as one stage: those that begin and end in one tensor.

A block in which the network goes down and comes up again is never closed: it is what the figure shows.
"""

from collections.abc import Iterator, Sequence

from convdsl.analysis.geometry import inputs_read
from convdsl.graph.graph import Graph
from convdsl.render.grouping import scopes_around

DEEPEST = 7  # levels of blocks that are tried one by one
SLACK = 0.4  # halvings that a block may be coarser inside than at its ends


def closings(graph: Graph, levels: Sequence[float | None], always: set[int]) -> Iterator[dict[int, int]]:
    """Yield ever coarser choices: for each scope that is not opened, the scope that is one card.

    First those that are `always` closed; then the innermost blocks in which branches join, such as residual ones; then
    by depth.
    """
    yield _within(graph, always)
    plain = _plain_scopes(graph, levels)
    joined = {scope for node in graph.nodes if len(inputs_read(node)) > 1 for scope in _first(graph, node.scope, plain)}
    if joined:
        yield _within(graph, joined | always)
    depths = [len(list(scopes_around(graph, scope.index))) for scope in graph.scopes]
    for depth in reversed(range(min(max(depths), DEEPEST))):
        yield _within(graph, joined | always | {scope for scope in plain if depths[scope] > depth})


def _first(graph: Graph, scope: int, plain: set[int]) -> Iterator[int]:
    """Yield the innermost plain scope around a place, if there is one."""
    for around in scopes_around(graph, scope):
        if around in plain:
            yield around
            return


def _within(graph: Graph, closed: set[int]) -> dict[int, int]:
    """Map each closed scope, and all inside, to the outermost closed one."""
    out: dict[int, int] = {}
    for scope in graph.scopes[1:]:
        if scope.parent in out:
            out[scope.index] = out[scope.parent]
        elif scope.index in closed:
            out[scope.index] = scope.index
    return out


def _plain_scopes(graph: Graph, levels: Sequence[float | None]) -> set[int]:
    """Find the scopes that read one value, hand on one, follow each other's layers, and are nowhere coarser inside."""
    count = len(graph.scopes)
    around = [tuple(scopes_around(graph, index)) for index in range(count)]
    inside: list[set[int]] = [set() for _ in range(count)]
    entries: list[set[int]] = [set() for _ in range(count)]
    exits: list[set[int]] = [set() for _ in range(count)]
    for node in graph.nodes:
        here = around[node.scope]
        for scope in here:
            inside[scope].add(node.index)
        for place in inputs_read(node):
            source = node.inputs[place].node
            there = around[graph.nodes[source].scope]
            for scope in here:
                if scope not in there:
                    entries[scope].add(source)
            for scope in there:
                if scope not in here:
                    exits[scope].add(source)
    for tensor in graph.outputs:
        for scope in around[graph.nodes[tensor.value.node].scope]:
            exits[scope].add(tensor.value.node)
    out = set()
    for scope in range(1, count):
        nodes = inside[scope]
        if len(entries[scope]) != 1 or len(exits[scope]) != 1 or max(nodes) - min(nodes) != len(nodes) - 1:
            continue
        if max(exits[scope]) != max(nodes):
            continue
        ends = [level for node in entries[scope] | exits[scope] if (level := levels[node]) is not None]
        deepest = max((level for node in nodes if (level := levels[node]) is not None), default=0.0)
        if not ends or deepest <= max(ends) + SLACK:
            out.add(scope)
    return out
