"""Which layers share a card of the picture.

A layer and the norm, activation and dropout after it are one card with stripes; a block that is not opened is one card.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from convdsl.graph.graph import Graph, Scope

STRIPES = ("norm", "activation", "regularise")  # categories that join the card of the layer before them
MOST_STRIPES = 4


def closed_scopes(graph: Graph, depth: int | None, collapse: Sequence[str] = ()) -> dict[int, int]:
    """Map each scope that is not opened, or lies in one, to the outermost of these, which is one card.

    depth: levels that are opened, None for all. collapse: globs of full names, or of blocks' names, that are closed.
    """
    if depth is None and not collapse:
        return {}
    closed: dict[int, int] = {}
    level = [0] * len(graph.scopes)
    for scope in graph.scopes[1:]:
        level[scope.index] = level[scope.parent] + 1
        if scope.parent in closed:
            closed[scope.index] = closed[scope.parent]
        elif (depth is not None and level[scope.index] > depth) or _is_meant(scope, collapse):
            closed[scope.index] = scope.index
    return closed


def blocks_named(graph: Graph) -> list[str]:
    """Return the full names of blocks and groups, and the types of blocks: what a glob may mean."""
    named = [_name(scope) for scope in graph.scopes[1:]]
    return list(dict.fromkeys([*named, *(scope.type for scope in graph.scopes[1:] if scope.type)]))


def means_nothing(graph: Graph, glob: str) -> bool:
    """Tell whether no block or group is meant by a glob."""
    return not any(_is_meant(scope, (glob,)) for scope in graph.scopes[1:])


def _name(scope: Scope) -> str:
    return scope.prefix.removesuffix(".") or scope.label


def _is_meant(scope: Scope, globs: Sequence[str]) -> bool:
    name = _name(scope)
    return any(fnmatchcase(name, glob) or (scope.type and fnmatchcase(scope.type, glob)) for glob in globs)


def fuse(graph: Graph, closed: dict[int, int]) -> list[list[int]]:
    """Put each layer and the stripes after it, and each closed scope, into one list of node indices, in order."""
    readers = [0] * len(graph.nodes)
    for node in graph.nodes:
        for value in node.inputs:
            readers[value.node] += 1
    for tensor in graph.outputs:
        readers[tensor.value.node] += 1
    groups: list[list[int]] = []
    group_of: dict[int, list[int]] = {}
    for node in graph.nodes:
        op = node.op
        scope = closed.get(node.scope)
        if scope is not None:
            if not groups or closed.get(graph.nodes[groups[-1][0]].scope) != scope:
                groups.append([])
            groups[-1].append(node.index)
            group_of[node.index] = groups[-1]
            continue
        if op is not None and type(op).category in STRIPES and len(node.inputs) == 1:
            before = node.inputs[0].node
            group = group_of[before]
            if (
                group[-1] == before
                and readers[before] == 1
                and len(group) <= MOST_STRIPES
                and graph.nodes[before].op is not None
                and graph.nodes[before].scope == node.scope
            ):
                group.append(node.index)
                group_of[node.index] = group
                continue
        group_of[node.index] = [node.index]
        groups.append(group_of[node.index])
    return groups


def single_card_scopes(graph: Graph, groups: Sequence[Sequence[int]]) -> dict[int, int]:
    """Map each scope that holds one card only to the scope in whose frame that card stands."""
    count = [0] * len(graph.scopes)
    for nodes in groups:
        for index in scopes_around(graph, graph.nodes[nodes[0]].scope):
            count[index] += 1
    out: dict[int, int] = {}
    for scope in graph.scopes[1:]:
        if count[scope.index] == 1:
            out[scope.index] = out.get(scope.parent, scope.parent)
    return out


def scopes_around(graph: Graph, index: int) -> Iterator[int]:
    """Run through a scope and those around it, without the model."""
    while index > 0:
        yield index
        index = graph.scopes[index].parent
