"""The graph as an outline: layers in order, with a heading for each block call and group around them."""

from collections.abc import Iterator

from convdsl.graph.graph import Graph, Scope
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """A heading: the layers first..last (indices of nodes) of one scope. type: the block's name, "" else."""

    scope: int
    label: str
    type: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer: its node's index and its name as seen from the headings above it."""

    index: int
    label: str


def outline(graph: Graph) -> list[tuple[Group | Leaf, int]]:
    """Return headings and layers in order, each with its depth.

    A scope whose layers do not follow each other has a heading for each run of them.
    """
    out: list[tuple[Group | Leaf, int]] = []
    open_groups: list[tuple[int, int]] = []  # (scope, place in `out`), outermost first
    for node in graph.nodes:
        path = tuple(scope_path(graph, node.scope))
        kept = 0
        while kept < min(len(open_groups), len(path)) and open_groups[kept][0] == path[kept].index:
            kept += 1
        del open_groups[kept:]
        for depth in range(kept, len(path)):
            scope = path[depth]
            parent = path[depth - 1].prefix if depth else ""
            open_groups.append((scope.index, len(out)))
            label = relative(scope.prefix.removesuffix("."), parent) or scope.label
            out.append((Group(scope.index, label, scope.type, node.index, node.index), depth))
        prefix = path[-1].prefix if path else ""
        out.append((Leaf(node.index, relative(node.name, prefix)), len(path)))
        for _, place in open_groups:
            group, depth = out[place]
            if isinstance(group, Group):
                out[place] = (Group(group.scope, group.label, group.type, group.first, node.index), depth)
    return out


def scope_path(graph: Graph, index: int) -> Iterator[Scope]:
    """Return the scopes around a node, outermost first, without the model itself."""
    path = []
    while index > 0:
        path.append(graph.scopes[index])
        index = graph.scopes[index].parent
    return reversed(path)


def relative(name: str, prefix: str) -> str:
    """Return a name as seen from inside a prefix."""
    return name[len(prefix) :] if prefix and name.startswith(prefix) and len(name) > len(prefix) else name
