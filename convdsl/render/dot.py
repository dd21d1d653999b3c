"""The same cards as a description for Graphviz: blocks are clusters. Text only; drawing it needs a `dot` program."""

from collections.abc import Mapping, Sequence

import graphviz

from convdsl.record import dataclass
from convdsl.render.cards import Card, Picture, picture
from convdsl.render.facts import Network
from convdsl.render.fold import fold
from convdsl.render.theme import Theme
from convdsl.render.wish import Wish


def dot(network: Network, wish: Wish, theme: Theme) -> str:
    """Write a network in the DOT language."""
    shown = picture(network, wish.depth, wish.collapse)
    if wish.folded:
        shown = fold(network.graph, shown)
    direction = "LR" if wish.direction == "LR" else "TB"
    graph = graphviz.Digraph(_plain(shown.title), graph_attr={"rankdir": direction, "bgcolor": theme.page})
    graph.attr("node", shape="box", style="filled", fontname="Helvetica", fontsize="11")
    graph.attr("edge", fontname="Helvetica", fontsize="9", color=theme.edge, fontcolor=theme.soft)
    children: dict[int, list[int]] = {}
    for key, frame in shown.frames.items():
        children.setdefault(frame.parent, []).append(key)
    cards: dict[int, list[int]] = {}
    for index, card in enumerate(shown.cards):
        cards.setdefault(card.scope, []).append(index)
    _fill(graph, _Parts(shown, theme, children, cards), 0)
    for link in shown.links:
        graph.edge(f"n{link.source}", f"n{link.target}", label=_plain(link.label), tooltip=_plain(link.title))
    return str(graph.source)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A picture with its frames and cards (by index) sorted by the scope that they stand in."""

    shown: Picture
    theme: Theme
    children: Mapping[int, Sequence[int]]
    cards: Mapping[int, Sequence[int]]


def _fill(graph: graphviz.Digraph, parts: _Parts, scope: int) -> None:
    """Write the cards and clusters of one scope."""
    for index in parts.cards.get(scope, ()):
        card = parts.shown.cards[index]
        graph.node(f"n{index}", _plain(_words(card)), **_style(card, parts.theme))
    for key in parts.children.get(scope, ()):
        frame = parts.shown.frames[key]
        times = f"×{frame.times}" if frame.times > 1 else ""
        label = " ".join(part for part in (frame.title, frame.block, times, frame.change) if part)
        with graph.subgraph(name=f"cluster_{key}") as cluster:
            cluster.attr(
                label=_plain(label),
                color=parts.theme.frame,
                fontcolor=parts.theme.soft,
                tooltip=_plain(frame.tooltip),
            )
            _fill(cluster, parts, key)


def _words(card: Card) -> str:
    title = card.title if card.times == 1 else f"{card.title} ×{card.times}"
    stripes = ", ".join(text for text, _ in card.stripes)
    return "\n".join(part for part in (title, card.detail, stripes, card.note) if part)


def _style(card: Card, theme: Theme) -> dict[str, str]:
    paint = theme.paint(card.category)
    style = {"fillcolor": paint.fill, "color": paint.bar, "fontcolor": theme.ink, "tooltip": _plain(card.tooltip)}
    if card.problems:
        style |= {"color": theme.problem, "penwidth": "2"}
    if not card.known:
        style["style"] = "filled,dashed"
    if card.kind in ("input", "output"):
        style |= {"style": "filled,rounded", "color": theme.ink}
    return style


def _plain(text: str) -> str:
    """Keep Graphviz from reading escapes, entities or HTML in a name."""
    escaped: str = graphviz.escape(text.replace("&", "&amp;"))
    plain: str = graphviz.nohtml(escaped.replace("\n", "\\n"))
    return plain
