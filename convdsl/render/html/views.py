"""The pictures of a page: the layer graph with more and more levels opened, and the volumes; each painted once."""

from collections.abc import Sequence
from typing import TypeVar

from convdsl.record import dataclass, replace
from convdsl.render.canvas import Canvas
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.cards import picture
from convdsl.render.facts import Network
from convdsl.render.fold import fold
from convdsl.render.grouping import closed_scopes, fuse
from convdsl.render.html.compact import Looks
from convdsl.render.html.links import Link, Names, links, twins
from convdsl.render.layer_graph import canvas as layer_graph
from convdsl.render.outline import scope_path
from convdsl.render.theme import Theme
from convdsl.render.wish import Wish

AXES = {"TB": "y", "LR": "x", "snake": ""}
MOST = 4  # depths: each is a picture of its own in the page
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View:
    """One picture.

    depth: the levels that are opened, None for all. links: what in it shows which layers. axis: along which it runs,
    "x" or "y", so that blocks in it can be closed one by one; "" where it turns round.
    """

    depth: int | None
    svg: str
    links: tuple[Link, ...]
    axis: str = ""

    def as_json(self) -> dict[str, object]:
        """Return it as the page's script reads it, without the picture."""
        return {
            "depth": self.depth,
            "axis": self.axis,
            "boxes": [link.as_json() for link in self.links if not link.frame],
            "frames": [link.as_json() for link in self.links if link.frame],
        }


def views(network: Network, wish: Wish, theme: Theme, looks: Looks) -> list[View]:
    """Paint the layer graph at some depths, the least first, all levels last; no two show the same boxes."""
    graph = network.graph
    deepest = max((len(list(scope_path(graph, node.scope))) for node in graph.nodes), default=0)
    names = Names(graph)
    kept: list[tuple[int | None, Wish, list[list[int]]]] = []
    for depth in (*range(deepest), None):
        asked = replace(wish, depth=depth, direction=wish.direction or "TB")  # a page is scrolled down
        boxes = fuse(graph, closed_scopes(graph, depth, wish.collapse))
        if kept and kept[-1][2] == boxes:  # a level that holds nothing but one block
            kept.pop()
        kept.append((depth, asked, boxes))
    chosen = _spread(kept, [index for index, (depth, _, _) in enumerate(kept) if depth == wish.depth])
    out = []
    for index, (depth, asked, _) in enumerate(chosen):
        found = links(drawn := layer_graph(network, asked), f"v{index}", names, twins(network, asked))
        view = _view(drawn, depth, f"v{index}", tuple(found), theme, looks)
        out.append(replace(view, axis=AXES[asked.direction]))
    return out


def _spread(kept: Sequence[T], asked: Sequence[int]) -> list[T]:
    """Choose a few of many, evenly, the first, the last and those asked for among them."""
    if len(kept) <= MOST:
        return list(kept)
    last = len(kept) - 1
    places = {round(index * last / (MOST - 1)) for index in range(MOST)}
    return [kept[place] for place in sorted(places | set(asked))]


def volumes(canvas: Canvas, network: Network, theme: Theme, looks: Looks) -> View:
    """Paint a picture of volumes, whose groups say what they are about."""
    names = Names(network.graph)
    # a volume is called after the first layer of what a card of the graph holds
    cards = fold(network.graph, picture(network)).cards
    others = {card.nodes[0]: (*card.nodes[1:], *card.twins) for card in cards if card.nodes}
    return _view(canvas, None, "vol", tuple(links(canvas, "vol", names, others)), theme, looks)


def _view(canvas: Canvas, depth: int | None, prefix: str, found: tuple[Link, ...], theme: Theme, looks: Looks) -> View:
    svg = looks.compact(paint_canvas(canvas, theme, prefix), (link.id for link in found))
    return View(depth, svg, found)
