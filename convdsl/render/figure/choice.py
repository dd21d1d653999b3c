"""How much of a network a figure shows: all that it can take, or what a person asks for."""

from collections.abc import Iterator, Mapping, Sequence

from convdsl.graph.graph import Graph
from convdsl.render.cards import picture
from convdsl.render.facts import Network
from convdsl.render.figure.closing import closings
from convdsl.render.figure.digest import digest
from convdsl.render.figure.resolution import levels
from convdsl.render.figure.stages import Story, story
from convdsl.render.fold import fold
from convdsl.render.grouping import closed_scopes, fuse
from convdsl.render.wish import Wish

MOST = 30  # stages; more are closed into blocks and runs
LEAST = 5  # stages; no block is closed if fewer were left
MANY = 600  # cards before folding: where blocks can be closed, so many are not looked at


def choice(network: Network, wish: Wish, drawn: Mapping[str, int]) -> Story:
    """Tell a network in at most MOST stages, unless the wish says how far blocks are opened.

    drawn: values of the size symbols.
    """
    fine = levels(network, drawn)
    if wish.depth is not None or not wish.folded:
        return _told(network, wish, fine, None)
    best: Story | None = None
    for closed in _worthwhile(network.graph, fine, wish.collapse):
        told = _told(network, wish, fine, closed)
        if best is not None and len(told.stages) < LEAST:
            break
        best = told
        if len(told.stages) <= MOST:
            break
    assert best is not None, "there is always a way to close blocks: not at all"
    return digest(best, MOST)


def _worthwhile(graph: Graph, fine: Sequence[float | None], collapse: Sequence[str]) -> Iterator[dict[int, int]]:
    """Yield the ways to close blocks, without those of MANY cards that a coarser one can stand for."""
    last: dict[int, int] | None = None
    for closed in closings(graph, fine, {*closed_scopes(graph, None, collapse).values()}):
        count = len(fuse(graph, closed))
        if last is not None and count < LEAST:
            yield last
        last = closed if count > MANY else None
        if last is None:
            yield closed
    if last is not None:
        yield last


def _told(network: Network, wish: Wish, fine: Sequence[float | None], closed: dict[int, int] | None) -> Story:
    graph = network.graph
    shown = picture(network, wish.depth, wish.collapse, closed)
    if wish.folded:
        # what is drawn once has one size, and no name of its own
        shapes = [graph.nodes[card.nodes[-1]].shapes if card.nodes else None for card in shown.cards]
        names = [card.title if card.block else "" for card in shown.cards]
        shown = fold(graph, shown, list(zip(shapes, names, strict=True)))
    return story(graph, shown, fine)
