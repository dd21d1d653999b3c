"""Two networks as one picture: the network after, with a mark on each card that differs, and what is gone as ghosts.

The cards are those of the layer graph; a ghost stands behind what it read and points to what read it, where that still
stands below.
"""

from collections.abc import Iterator, Mapping, Sequence

from convdsl.analysis.difference import Difference, Kind, Pair
from convdsl.graph.graph import Graph
from convdsl.record import replace
from convdsl.render.cards import Card, Link, Picture, picture
from convdsl.render.cells import visible
from convdsl.render.difference import MARKS, Sides, change, operator, verdict
from convdsl.render.fold import fold
from convdsl.render.layout import MARGIN, arrange
from convdsl.render.scene import Scene, Text
from convdsl.render.typeset import measure

WEIGHT = (Kind.CHANGED, Kind.RENAMED, Kind.FOLLOWS)  # what a card of several layers is marked as, the first that holds

Pairs = Mapping[int, Pair]  # by the index of a node


def layout_difference(
    found: Difference, sides: Sides, *, direction: str = "", folded: bool = True, depth: int | None = None
) -> Scene:
    """Lay two compared networks out. The options are those of `layout`.

    Raises ValueError for an unknown direction.
    """
    shown = _Merged(found, sides, depth).picture()
    if folded:
        shown = fold(sides.after.graph, shown)
    one, other = visible(sides.before.graph.model), visible(sides.after.graph.model)
    names = [visible(name.replace("\\", "/").rpartition("/")[2]) for name in sides.names]
    head = one if one == other else f"{one} → {other}"
    if names[0] != names[1]:
        head = f"{head}: {names[0]} → {names[1]}"
    line = verdict(found)
    texts = [
        Text(MARGIN, MARGIN + 14, head, "heading", "start", measure(head, "heading")),
        Text(MARGIN, MARGIN + 31, line, "subheading", "start", measure(line, "subheading")),
    ]
    return arrange(sides.after, shown, texts, f"What differs between two networks, {head}: {line}.", direction)


class _Merged:
    """Puts the cards of both networks into one picture."""

    def __init__(self, found: Difference, sides: Sides, depth: int | None) -> None:
        self.found, self.sides = found, sides
        self.old, self.new = picture(sides.before, depth), picture(sides.after, depth)
        self.pairs: dict[int, Pair] = {}  # by node after
        self.partner: dict[int, int] = {}  # node after, by node before
        was, now = _indices(sides.before.graph), _indices(sides.after.graph)
        for pair in found.pairs:
            i = None if pair.before is None else was.get(id(pair.before.node))
            j = None if pair.after is None else now.get(id(pair.after.node))
            if j is not None:
                self.pairs[j] = pair
                if i is not None:
                    self.partner[i] = j
        self.card_of = {node: place for place, card in enumerate(self.new.cards) for node in card.nodes}
        self.scopes = self._scopes()

    def picture(self) -> Picture:
        """Return the cards after with their marks, and the ghosts between them."""
        self._mark()
        ghosts: dict[int, tuple[int, Card]] = {}  # by card before: the card after which it stands, itself
        for index, card in enumerate(self.old.cards):
            gone = [node for node in card.nodes if node not in self.partner]
            if (gone and gone[0] == card.nodes[0]) or (not card.nodes and self._ends(index) is None):
                ghosts[index] = self._below(index, ghosts), self._ghost(card, gone)
            elif gone:
                self._lost(card, gone)
        order: list[tuple[int, int]] = [(place, -1) for place in range(len(self.new.cards))]
        order = sorted([*order, *((below, index) for index, (below, _) in ghosts.items())])
        at = {(place if index < 0 else ~index): number for number, (place, index) in enumerate(order)}
        cards = [self.new.cards[place] if index < 0 else ghosts[index][1] for place, index in order]
        links = [replace(link, source=at[link.source], target=at[link.target]) for link in self.new.links]
        links += self._broken(ghosts, at)
        links.sort(key=lambda link: link.target)
        return Picture(self.new.title, self.new.parameters, cards, links, self.new.frames)

    def _mark(self) -> None:
        outputs = [index for index, card in enumerate(self.new.cards) if card.kind == "output"]
        for index, tensor in zip(outputs, self.sides.after.graph.outputs, strict=True):
            for port in self.found.ports:
                if port.after == tensor.name:
                    card = self.new.cards[index]
                    card.mark = "+" if not port.before else "~" if port.means or port.rewired else ">"
        for card in self.new.cards:
            pairs = [self.pairs[node] for node in card.nodes]
            if not pairs:
                continue
            kinds = {pair.kind for pair in pairs}
            if kinds == {Kind.ADDED}:
                card.mark = "+"
            elif Kind.ADDED in kinds:
                card.mark = "~"
            else:
                card.mark = next((MARKS[kind] for kind in WEIGHT if kind in kinds), "")
            if len(card.stripes) == len(pairs) - 1:
                card.stripes = tuple(map(_stripe, card.stripes, pairs[1:]))
                card.detail = _detail(card, pairs[0], self.sides)
            told = [_told(pair, self.sides) for pair in pairs if pair.kind is not Kind.SAME]
            card.tooltip = "\n".join([card.tooltip, *told])

    def _scopes(self) -> dict[int, int]:
        """Say in which scope after the layers of a scope before stand now."""
        out = {0: 0}
        for i, j in self.partner.items():
            one, other = self.sides.before.graph.nodes[i].scope, self.sides.after.graph.nodes[j].scope
            out.setdefault(one, other)
        return out

    def _ghost(self, card: Card, gone: Sequence[int]) -> Card:
        scope = card.scope
        while scope not in self.scopes:
            scope = self.sides.before.graph.scopes[scope].parent
        stripes = tuple(stripe for stripe, node in zip(card.stripes, card.nodes[1:], strict=False) if node in gone)
        return replace(card, nodes=(), scope=self.scopes[scope], stripes=stripes, problems=(), mark="-")

    def _lost(self, card: Card, gone: Sequence[int]) -> None:
        """Write what is gone out of the middle of a card on the card that its head is now."""
        now = self.new.cards[self.card_of[self.partner[card.nodes[0]]]]
        if len(card.stripes) == len(card.nodes) - 1 and now.kind != "input":
            lost = [stripe for stripe, node in zip(card.stripes, card.nodes[1:], strict=True) if node in gone]
            now.stripes = (*now.stripes, *((f"− {text}", "other") for text, _ in lost))
        now.mark = now.mark if now.mark == "+" else "~"

    # -------------------------------------------------------------------- links

    def _below(self, index: int, ghosts: Mapping[int, tuple[int, Card]]) -> int:
        """Return the card after which a ghost stands: the last that it reads, -1 where it reads none."""
        places = [-1]
        for link in self.old.links:
            if link.target == index:
                known = ghosts.get(link.source)
                places.append(known[0] if known else self.card_of[self._now(link)])
        return max(places)

    def _now(self, link: Link) -> int:
        """Return the node after that a link comes from, or the nearest before it in its card that is still there."""
        nodes = self.old.cards[link.source].nodes
        kept = [node for node in nodes[: nodes.index(link.value.node) + 1] if node in self.partner]
        return self.partner[kept[-1]]

    def _ends(self, index: int) -> int | None:
        """Return the card after of an output before, by its place among the outputs."""
        was = [place for place, card in enumerate(self.old.cards) if card.kind == "output"].index(index)
        now = [place for place, card in enumerate(self.new.cards) if card.kind == "output"]
        return now[was] if was < len(now) else None

    def _broken(self, ghosts: Mapping[int, tuple[int, Card]], at: Mapping[int, int]) -> Iterator[Link]:
        """Yield the ways to and from ghosts that run downwards."""
        seen: set[tuple[int, int]] = set()
        for link in self.old.links:
            if link.source not in ghosts and link.target not in ghosts:
                continue
            source = at[~link.source] if link.source in ghosts else at[self.card_of[self._now(link)]]
            if link.target in ghosts:
                target = at[~link.target]
            else:
                place = self._target(link.target)
                if place is None:
                    continue
                target = at[place]
            if source < target and (source, target) not in seen:
                seen.add((source, target))
                yield replace(link, source=source, target=target, gone=True)

    def _target(self, index: int) -> int | None:
        nodes = self.old.cards[index].nodes
        if not nodes:
            return self._ends(index)
        return self.card_of[self.partner[nodes[0]]] if nodes[0] in self.partner else None


def _indices(graph: Graph) -> dict[int, int]:
    return {id(node): node.index for node in graph.nodes}


def _stripe(stripe: tuple[str, str], pair: Pair) -> tuple[str, str]:
    marked = pair.kind in (Kind.ADDED, Kind.CHANGED)
    return (f"{MARKS[pair.kind]} {stripe[0]}", stripe[1]) if marked else stripe


def _detail(card: Card, pair: Pair, sides: Sides) -> str:
    """Write below a card's title what is changed, or what it was called."""
    if pair.kind is Kind.CHANGED:
        words = visible(change(pair, sides))
        named = operator(pair) not in card.title
        return f"{visible(operator(pair))} {words}".strip() if named else words
    if pair.kind is Kind.RENAMED and pair.before is not None and pair.before.node.target:
        return f"{card.detail} was {visible(pair.before.node.name)}".strip()
    return card.detail


def _told(pair: Pair, sides: Sides) -> str:
    one, other = pair.before, pair.after
    name = " → ".join(dict.fromkeys(visible(side.node.name) for side in (one, other) if side is not None))
    return f"{MARKS[pair.kind]} {name}: {visible(operator(pair))} {visible(change(pair, sides))}".rstrip()
