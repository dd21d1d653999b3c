"""Draw equal neighbours once."""

from convdsl.graph.graph import Graph
from convdsl.render.cards import Picture


def fold(graph: Graph, shown: Picture) -> Picture:
    """Fold runs of equal blocks and cards."""
    return shown
