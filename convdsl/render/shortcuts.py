"""Edges of a wrapped picture that need not run down to the foot of their strip to come to the next.

An edge that leaves a card to the right goes on to the space between the strips, where nothing is in its way, and one
that only passes a strip stays above it. Of the edges that are cut at one place these are the first from the right, so
that none of them crosses another.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from convdsl.record import dataclass
from convdsl.render.body import Body, Wire
from convdsl.render.theme import SIZES

NEAR = 4  # pixels between a shortcut and what lies beside it
MOST = 200  # edges at one cut that are looked at


@dataclass(slots=True)
class Piece:
    """A straight piece of an edge, and its place in it. (x0, y0) and (x1, y1): its ends."""

    edge: Wire
    index: int
    x0: int
    y0: int
    x1: int
    y1: int

    def is_cut(self, place: int) -> bool:
        """Tell whether it runs down past a place."""
        return self.y0 <= place < self.y1


def pieces_by_strip(body: Body, cuts: Sequence[int]) -> list[list[Piece]]:
    """Sort the pieces of all edges by the strips that they lie in or pass."""
    out: list[list[Piece]] = [[] for _ in range(len(cuts) + 1)]
    for edge in body.wires:
        for index, ((x0, y0), (x1, y1)) in enumerate(pairwise(edge.points)):
            piece = Piece(edge, index, x0, y0, x1, y1)
            for strip in range(bisect_right(cuts, min(y0, y1)), bisect_right(cuts, max(y0, y1)) + 1):
                out[strip].append(piece)
    return out


def shortcuts(
    body: Body, cuts: Sequence[int], strips: Sequence[Sequence[Piece]], crossings: Sequence[Sequence[int]]
) -> list[tuple[int, int]]:
    """Count the edges that pass each strip, and those that leave it, so; both before the first strip are none.

    strips: the pieces of edges in each. crossings: where edges come into each strip, from the right to the left. The
    first of them are shortcuts: those that pass, and then those that leave.
    """
    obstacles = _obstacles(body, cuts)
    out = [(0, 0)]
    for number, cut in enumerate(cuts, 1):
        here = strips[number - 1]
        start = cuts[number - 2] if number > 1 else -1
        by_place: dict[int, list[Piece]] = {}
        for piece in here:
            if piece.is_cut(cut):
                by_place.setdefault(piece.x0, []).append(piece)
        ahead = _Ahead([*obstacles[number - 1], *_ways(here, cut)])
        passing = leaving = 0
        last = start
        for rank, place in enumerate(crossings[number][:MOST]):
            found = by_place[place]
            before = crossings[number - 1]
            if not leaving and rank < len(before) and before[rank] == place and all(p.y0 < start for p in found):
                passing += 1
                continue
            height = found[0].y0
            if height <= last + NEAR or not all(_leaves(piece, height, found[0].edge.source) for piece in found):
                break
            if ahead.is_taken(place, height - NEAR, height + NEAR):
                break
            leaving, last = leaving + 1, height
        out.append((passing, leaving))
    return out


def _leaves(piece: Piece, height: int, source: int) -> bool:
    """Tell whether a piece that runs down comes from the left, from one card at one height."""
    if piece.edge.source != source or piece.y0 != height or piece.index == 0:
        return False
    x, y = piece.edge.points[piece.index - 1]
    return y == height and x < piece.x0


def _obstacles(body: Body, cuts: Sequence[int]) -> list[list[tuple[int, int, int]]]:
    """Sort what no edge may run through by the strips: right side, top and bottom of each."""
    out: list[list[tuple[int, int, int]]] = [[] for _ in range(len(cuts) + 1)]
    for spot in body.spots:
        place = (spot.x + spot.width, spot.y - NEAR, spot.y + spot.height + NEAR)
        out[bisect_right(cuts, spot.y)].append(place)
    for text in (*body.labels, *(text for frame in body.frames for text in frame.texts)):
        out[bisect_right(cuts, text.y)].append((text.x + text.width, text.y - SIZES[text.style], text.y + 3))
    return out


def _ways(here: Sequence[Piece], cut: int) -> Iterator[tuple[int, int, int]]:
    """Yield right side, top and bottom of the edges' pieces that end in a strip."""
    for piece in here:
        if not piece.is_cut(cut):
            yield max(piece.x0, piece.x1), min(piece.y0, piece.y1), max(piece.y0, piece.y1) + 1


class _Ahead:
    """The heights at which something lies to the right of a place; places are asked for from the right to the left.

    Ranges of heights that overlap are one, so tops and bottoms ascend.
    """

    def __init__(self, obstacles: Sequence[tuple[int, int, int]]) -> None:
        self._waiting = sorted(obstacles)
        self._tops: list[int] = []
        self._bottoms: list[int] = []

    def is_taken(self, place: int, low: int, high: int) -> bool:
        """Tell whether something to the right of a place lies between two heights."""
        while self._waiting and self._waiting[-1][0] > place:
            _, top, bottom = self._waiting.pop()
            first, last = bisect_left(self._bottoms, top), bisect_right(self._tops, bottom)
            if first < last:
                top, bottom = min(top, self._tops[first]), max(bottom, self._bottoms[last - 1])
            self._tops[first:last], self._bottoms[first:last] = [top], [bottom]
        at = bisect_left(self._tops, high)
        return at > 0 and self._bottoms[at - 1] > low
