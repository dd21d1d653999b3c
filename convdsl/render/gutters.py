"""The space beside a column: side lanes and the edges of frames, stacked outwards so that none overlaps.

Shorter things lie nearer to the column, so nested skips nest, and a frame closes around the lanes inside it.
"""

from collections.abc import Iterable

from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Strip:
    """Something that runs along a column from `start` to `end` (quarters of a row, both included).

    size: its thickness with the space before it. order: 0 for lanes, then frames from the innermost outwards, for
    strips of equal length.
    """

    key: object
    start: int
    end: int
    size: int
    order: int = 0


def stack(strips: Iterable[Strip], length: int) -> tuple[dict[object, int], int]:
    """Return how far from the column the outer side of each strip is, and the thickness of all.

    length: how far strips reach, in quarters of a row.
    """
    ordered = sorted(strips, key=lambda strip: (strip.end - strip.start, strip.order, strip.start))
    tops = _Tops(length)
    places: dict[object, int] = {}
    for strip in ordered:
        place = tops.highest(strip.start, strip.end) + strip.size
        tops.raise_to(strip.start, strip.end, place)
        places[strip.key] = place
    return places, max(places.values(), default=0)


class _Tops:
    """The height of the stack at every quarter of a row: a tree over ranges, both operations in logarithmic time."""

    def __init__(self, length: int) -> None:
        self.size = 1 << max(1, (length + 4).bit_length())
        self.most = [0] * (2 * self.size)  # the highest point within a node's range
        self.floor = [0] * (2 * self.size)  # a height that the whole of a node's range has at least

    def raise_to(self, start: int, end: int, height: int) -> None:
        """Set the heights from start to end, which are lower, to this one."""
        left, right = start + 1 + self.size, end + 2 + self.size
        edges = (left, right - 1)
        while left < right:
            if left & 1:
                self.most[left] = self.floor[left] = height
                left += 1
            if right & 1:
                right -= 1
                self.most[right] = self.floor[right] = height
            left >>= 1
            right >>= 1
        for node in edges:
            node >>= 1
            while node:
                self.most[node] = max(self.most[2 * node], self.most[2 * node + 1], self.floor[node])
                node >>= 1

    def highest(self, start: int, end: int) -> int:
        """Return the highest point from start to end."""
        left, right = start + 1 + self.size, end + 2 + self.size
        edges = (left, right - 1)
        best = 0
        while left < right:
            if left & 1:
                best = max(best, self.most[left])
                left += 1
            if right & 1:
                right -= 1
                best = max(best, self.most[right])
            left >>= 1
            right >>= 1
        for node in edges:
            while node:
                best = max(best, self.floor[node])
                node >>= 1
        return best
