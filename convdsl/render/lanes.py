"""Rows and columns for a layered graph whose order is given: the discrete half of the layout, in linear time.

The order of the spec is the rank. The longest way is the main column; every branch takes a column beside it for as
long as it lives; whatever jumps over rows runs in a side lane. It knows numbers only: nodes, links, no sizes.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from enum import Enum

from convdsl.record import dataclass

LONG = 4  # rows: a branch that joins later than this runs in a side lane, so that its column is free again


class Way(Enum):
    """How a link runs: down its column, out to a new branch, back from one, or past others in a side lane."""

    STRAIGHT = "straight"
    FORK = "fork"
    MERGE = "merge"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Grid:
    """A cell for each node, and a way for each link; columns may be negative, the main one is 0."""

    row: tuple[int, ...]
    column: tuple[int, ...]
    way: tuple[Way, ...]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return max(self.row, default=-1) + 1


def grid(count: int, links: Sequence[tuple[int, int]]) -> Grid:
    """Place nodes 0..count-1, given in an order in which every link (source, target) goes forward, without doubles."""
    into: list[list[int]] = [[] for _ in range(count)]
    out_of: list[list[int]] = [[] for _ in range(count)]
    for source, target in links:
        into[target].append(source)
        out_of[source].append(target)
    row = _rows(into, out_of)
    onward = _onward(out_of)
    before = _before(into, onward, row)
    chains = _chains(before)
    column = _columns(chains, row, into, onward)
    heads = {chain[0] for chain in chains}
    way = []
    for source, target in links:
        if before[target] == source:
            way.append(Way.STRAIGHT)
        elif target in heads and len(into[target]) == 1:
            way.append(Way.FORK)
        elif _merges(source, target, onward, before, row):
            way.append(Way.MERGE)
        else:
            way.append(Way.SKIP)
    return Grid(tuple(row), tuple(column), tuple(way))


def _rows(into: Sequence[Sequence[int]], out_of: Sequence[Sequence[int]]) -> list[int]:
    """Rank by the longest way; what nothing leads to stands just above its first reader."""
    row = [0] * len(into)
    for node, sources in enumerate(into):
        row[node] = max((row[source] + 1 for source in sources), default=0)
    for node, sources in enumerate(into):
        if not sources and out_of[node]:
            row[node] = min(row[target] for target in out_of[node]) - 1
    return row


def _onward(out_of: Sequence[Sequence[int]]) -> list[int]:
    """Choose the reader through which each node's way goes on: the one with the longest way after it; -1 for none."""
    height = [0] * len(out_of)
    onward = [-1] * len(out_of)
    for node in range(len(out_of) - 1, -1, -1):
        for target in out_of[node]:
            if onward[node] < 0 or height[target] > height[onward[node]]:
                onward[node] = target
        if onward[node] >= 0:
            height[node] = height[onward[node]] + 1
    return onward


def _before(into: Sequence[Sequence[int]], onward: Sequence[int], row: Sequence[int]) -> list[int]:
    """Choose the node above each: of those whose way goes on here the one with the longest way behind it; -1: none."""
    before = [-1] * len(into)
    for node, sources in enumerate(into):
        for source in sources:
            if onward[source] == node and (before[node] < 0 or row[source] > row[before[node]]):
                before[node] = source
    return before


def _chains(before: Sequence[int]) -> list[list[int]]:
    chain_of: list[int] = []
    chains: list[list[int]] = []
    for node, source in enumerate(before):
        if source < 0:
            chain_of.append(len(chains))
            chains.append([node])
        else:
            chain_of.append(chain_of[source])
            chains[chain_of[source]].append(node)
    return chains


def _merges(source: int, target: int, onward: Sequence[int], before: Sequence[int], row: Sequence[int]) -> bool:
    """Tell whether a branch ends here by turning into its join."""
    return onward[source] == target and before[target] != source and row[target] - row[source] <= LONG


def _columns(
    chains: Sequence[Sequence[int]], row: Sequence[int], into: Sequence[Sequence[int]], onward: Sequence[int]
) -> list[int]:
    """Give each chain the free column nearest to the one that it leaves, left and right in turn.

    Time is counted in half rows: a branch occupies its column from half a row after its fork to half a row before its
    join, so one may begin where another ends.
    """
    column = [0] * len(row)
    taken: dict[int, list[tuple[int, int]]] = {}
    main = max(range(len(chains)), key=lambda index: (len(chains[index]), -index), default=0)
    order = sorted(range(len(chains)), key=lambda index: (index != main, row[chains[index][0]], index))
    for index in order:
        chain = chains[index]
        first, last = chain[0], chain[-1]
        start, end = 2 * row[first] - 1, 2 * row[last] + 1
        home = 0
        if len(into[first]) == 1:
            start = 2 * row[into[first][0]] + 1
            home = column[into[first][0]]
        goal = onward[last]
        if goal >= 0:
            if row[goal] - row[last] <= LONG:
                end = 2 * row[goal] - 1
            if not into[first]:
                home = column[goal]
        place = _nearest(taken, home, start, end) if index != main else 0
        insort(taken.setdefault(place, []), (start, end))
        for node in chain:
            column[node] = place
    return column


def _nearest(taken: dict[int, list[tuple[int, int]]], home: int, start: int, end: int) -> int:
    distance = 1
    while True:
        for place in (home - distance, home + distance):
            if _free(taken.get(place, ()), start, end):
                return place
        distance += 1


def _free(intervals: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Tell whether closed intervals, disjoint and in order, leave [start, end] free."""
    at = bisect_left(intervals, (start, end))
    return (at == 0 or intervals[at - 1][1] < start) and (at == len(intervals) or intervals[at][0] > end)
