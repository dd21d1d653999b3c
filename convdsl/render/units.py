"""Which layers share a row of a picture: one each, and blocks or runs of layers where there would be too many."""

from collections.abc import Iterator
from math import ceil

from convdsl.graph.graph import Graph
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.render.facts import Layer, call_text, window_text
from convdsl.render.outline import Group, Leaf, outline
from convdsl.render.wish import Wish

MOST = 64  # rows that a picture has


@dataclass(frozen=True, slots=True)
class Unit:
    """The layers first..last (indices of nodes) in one row.

    name, detail: what it is called and what it is. about: full name of the layer or block, "" for a run of layers.
    """

    first: int
    last: int
    name: str
    detail: str
    about: str

    @property
    def is_alone(self) -> bool:
        """Whether it is one layer."""
        return self.first == self.last

    @property
    def indices(self) -> range:
        """The indices of its nodes."""
        return range(self.first, self.last + 1)


def units(graph: Graph, found: list[Layer], wish: Wish) -> list[Unit]:
    """Return the rows of a picture, in order; found: the facts of the layers.

    As many levels of blocks are opened as there is room for, or as the wish says; what is still too long is cut into
    runs of equal length. Nothing is put together where nothing is to be folded.
    """
    items = outline(graph)
    deepest = max((depth for _, depth in items), default=0)
    if not wish.folded:
        return list(_at_depth(graph, found, items, deepest))
    if wish.depth is not None:
        rows = list(_at_depth(graph, found, items, min(wish.depth, deepest)))
    else:
        for depth in range(deepest, -1, -1):
            rows = list(_at_depth(graph, found, items, depth))
            if len(rows) <= MOST:
                break
    return rows if len(rows) <= MOST else list(_runs(rows))


def _at_depth(graph: Graph, found: list[Layer], items: list[tuple[Group | Leaf, int]], limit: int) -> Iterator[Unit]:
    for item, depth in items:
        if isinstance(item, Group) and depth == limit:
            scope = graph.scopes[item.scope]
            name = scope.prefix.removesuffix(".") or scope.label
            layers = item.last - item.first + 1
            detail = f"{scope.type} " if scope.type else ""
            yield Unit(item.first, item.last, visible(name), f"{visible(detail)}{layers} layers", name)
        elif isinstance(item, Leaf) and depth <= limit:
            name = graph.nodes[item.index].name
            yield Unit(item.index, item.index, visible(name), visible(_detail(found[item.index])), name)


def _runs(rows: list[Unit]) -> Iterator[Unit]:
    """Put neighbours together, equally many each, so that there are no more than MOST."""
    each = ceil(len(rows) / MOST)
    for start in range(0, len(rows), each):
        part = rows[start : start + each]
        first, last = part[0], part[-1]
        if len(part) == 1:
            yield first
        else:
            yield Unit(first.first, last.last, f"{first.name} … {last.name}", f"{len(part)} rows in one", "")


def _detail(layer: Layer) -> str:
    """Say what a layer is: its operator, with its window where it has one."""
    op: Op | None = layer.node.op
    if op is None:
        return "input"
    if "kernel_size" in layer.arguments:
        return f"{layer.title} {window_text(layer.arguments)}"
    return layer.title if layer.weights else call_text(op)
