"""Which element of a picture shows which layers: its groups and the names that they are about."""

from collections.abc import Iterator, Mapping, Sequence

from convdsl.graph.graph import Graph
from convdsl.record import dataclass
from convdsl.render.canvas import Canvas, Group, Item
from convdsl.render.cards import picture
from convdsl.render.facts import Network
from convdsl.render.fold import fold
from convdsl.render.wish import Wish

Twins = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Link:
    """An element of the page and the layers that it shows (indices of nodes), the one that it is called after first.

    own: how many of them, the first, are drawn in it, and not folded away. frame: it lies around other elements.
    """

    id: str
    nodes: tuple[int, ...]
    own: int
    frame: bool

    def as_json(self) -> list[object]:
        """Return it as the page's script reads it; of a box, whether it stands for several layers."""
        return [self.id, list(self.nodes), self.own if self.frame else int(self.own > 1)]


class Names:
    """The nodes of a network by full name, and those inside of blocks and groups by the name of these."""

    def __init__(self, graph: Graph) -> None:
        self._inside: dict[str, list[int]] = {}
        for node in graph.nodes:
            self._inside.setdefault(node.name, []).append(node.index)
            scope = graph.scopes[node.scope]
            while scope.index > 0:
                name = scope.prefix.removesuffix(".") or scope.label
                here = self._inside.setdefault(name, [])
                if here[-1:] != [node.index]:
                    here.append(node.index)
                scope = graph.scopes[scope.parent]

    def nodes(self, name: str) -> Sequence[int]:
        """Return the nodes that a name means, none where it means nothing."""
        return self._inside.get(name, ())


def twins(network: Network, wish: Wish) -> Twins:
    """Return for each node of a folded picture the nodes of the equal ones that are not drawn."""
    if not wish.folded:
        return {}
    shown = fold(network.graph, picture(network, wish.depth, wish.collapse))
    return {
        node: card.twins[place :: len(card.nodes)]
        for card in shown.cards
        if card.twins
        for place, node in enumerate(card.nodes)
    }


def links(canvas: Canvas, prefix: str, names: Names, folded: Twins) -> Iterator[Link]:
    """Yield the groups of a painted picture that show layers; outer ones before those that are inside of them.

    prefix: of the ids in the page. folded: as twins returns it.
    """
    for group in _groups(canvas.items):
        frame = group.id.endswith("-frame")
        own = names.nodes(group.about) if group.about else ()
        parts = () if frame else (node for part in _groups(group.items) for node in names.nodes(part.about))
        nodes = tuple(dict.fromkeys((*own, *parts)))
        nodes = tuple(dict.fromkeys((*nodes, *(twin for node in nodes for twin in folded.get(node, ())))))
        if own:
            yield Link(f"{prefix}-{group.id}", nodes, len(own), frame)


def _groups(items: Sequence[Item]) -> Iterator[Group]:
    for item in items:
        if isinstance(item, Group):
            yield item
            yield from _groups(item.items)
