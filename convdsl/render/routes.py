"""The ways of edges, at right angles, never through a card.

Straight down a column; out of a card's side to a branch, and back into a join's side; in a side lane past other
cards; and, where another card stands in the way, through the gap between two rows. Points are (main, cross).
"""

from collections.abc import Mapping, Sequence

from convdsl.record import dataclass, field
from convdsl.render.lanes import Grid, Way
from convdsl.render.plan import PORT, TRACK, Item, Lane, Plan

Point = tuple[int, int]
TOP_PORT = 14  # from a card's middle to the next port at its head


@dataclass(slots=True)
class Router:
    """Decides how every link leaves, runs and arrives, first in cells, then in pixels.

    exits, entries: the links at a card's side (-1 or 1), by (card, side). outward, inward: the side at which a link
    leaves or arrives, 0 for the foot and the head. runs: the gaps that it crosses, as (row below the gap, track).
    """

    grid: Grid
    links: Sequence[tuple[int, int]]
    items: Sequence[Item]
    lanes: Mapping[int, Lane]
    plan: Plan
    outward: list[int] = field(default_factory=list)
    inward: list[int] = field(default_factory=list)
    exits: set[tuple[int, int]] = field(default_factory=set)
    entries: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    heads: dict[int, list[int]] = field(default_factory=dict)
    runs: dict[tuple[int, str], int] = field(default_factory=dict)
    tracks: dict[int, list[list[tuple[int, int]]]] = field(default_factory=dict)

    def choose(self) -> None:
        """Choose sides for all links, and tracks for those that cross a gap; needs the places across."""
        grid = self.grid
        cells = set(zip(grid.row, grid.column, strict=True))
        for index, (source, target) in enumerate(self.links):
            here, there = grid.column[source], grid.column[target]
            way = grid.way[index]
            outward = inward = 0
            if way is Way.FORK and _clear(cells, grid.row[source], here, there):
                outward = 1 if there > here else -1
            elif way is Way.MERGE and _clear(cells, grid.row[target], there, here):
                inward = 1 if here > there else -1
            elif way is Way.SKIP:
                gutter = self.lanes[index].gutter
                outward = _side_towards(cells, grid.row[source], here, gutter)
                inward = _side_towards(cells, grid.row[target], there, gutter)
            self.outward.append(outward)
            self.inward.append(inward)
            if outward:
                self.exits.add((source, outward))
            if inward:
                self.entries.setdefault((target, inward), []).append(index)
            elif way is not Way.STRAIGHT and way is not Way.FORK:
                self.heads.setdefault(target, []).append(index)
        for key, indices in self.entries.items():
            indices.sort(key=lambda index: self._distance(index, key[1]))
        self._lay_tracks()

    def grow(self) -> None:
        """Make cards long enough for the ports at their sides."""
        sizes = [item.main for item in self.items]
        for card, side in {*self.exits, *self.entries}:
            sizes[card] = max(sizes[card], PORT * (self._ports(card, side) + 1))
        self.plan.mains = sizes

    def points(self, index: int) -> tuple[Point, ...]:
        """Return a link's corners from its source to its target; needs all places."""
        grid, plan = self.grid, self.plan
        source, target = self.links[index]
        here, there = plan.centre[grid.column[source]], plan.centre[grid.column[target]]
        if grid.way[index] is Way.STRAIGHT:
            foot = plan.middle(grid.row[source]) + (plan.mains[source] + 1) // 2
            return (foot, here), (plan.middle(grid.row[target]) - plan.mains[target] // 2, there)
        out, into = self.outward[index], self.inward[index]
        if out:
            leave = (self._port(source, out, None), here + out * _side(self.items[source].cross, out))
        else:
            leave = (plan.middle(grid.row[source]) + (plan.mains[source] + 1) // 2, here)
        if into:
            arrive = (self._port(target, into, index), there + into * _side(self.items[target].cross, into))
        else:
            arrive = (plan.middle(grid.row[target]) - plan.mains[target] // 2, self._head(index))
        way = grid.way[index]
        lane = plan.lanes[self.lanes[index].source, self.lanes[index].gutter] if way is Way.SKIP else arrive[1]
        corners = [leave]
        at = leave[1]
        if way is Way.SKIP and not out:
            corners += [(self._track(index, "out"), at), (self._track(index, "out"), lane)]
        elif out:
            corners.append((leave[0], lane))
        if way is Way.SKIP:
            if into:
                corners.append((arrive[0], lane))
            else:
                corners += [(self._track(index, "in"), lane), (self._track(index, "in"), arrive[1])]
        elif way is Way.MERGE and into:
            corners.append((arrive[0], at))
        elif (index, "in") in self.runs:
            corners += [(self._track(index, "in"), at), (self._track(index, "in"), arrive[1])]
        corners.append(arrive)
        return _simplify(corners)

    # ---------------------------------------------------------------- inside

    def _distance(self, index: int, side: int) -> tuple[int, int]:
        """Order the entries at one side from the nearest to the farthest way."""
        if index in self.lanes:
            lane = self.lanes[index]
            return 0, side * self.plan.lanes[lane.source, lane.gutter]
        return 1, abs(self.grid.column[self.links[index][0]] - self.grid.column[self.links[index][1]])

    def _ports(self, card: int, side: int) -> int:
        return len(self.entries.get((card, side), ())) + ((card, side) in self.exits)

    def _port(self, card: int, side: int, index: int | None) -> int:
        """Return where a link touches a card's side, along; the exit is the last port."""
        entries = self.entries.get((card, side), [])
        place = len(entries) if index is None else entries.index(index)
        size = self.plan.mains[card]
        first = self.plan.middle(self.grid.row[card]) - size // 2
        return first + size * (place + 1) // (self._ports(card, side) + 1)

    def _head(self, index: int) -> int:
        """Return where a link touches a card's head, across: the middle, or beside the way that comes straight."""
        target = self.links[index][1]
        centre = self.plan.centre[self.grid.column[target]]
        others = self.heads.get(target, [])
        if index not in others:
            return centre
        side = self._comes_from(index)
        same = [other for other in others if self._comes_from(other) == side]
        room = self.items[target].cross // 2 - 3
        step = min(TOP_PORT, room // len(same)) if room >= len(same) else 0
        return centre + side * (step * (same.index(index) + 1))

    def _comes_from(self, index: int) -> int:
        """Return the side of its target from which a link comes: -1 or 1."""
        source, target = self.links[index]
        return -1 if self.grid.column[source] < self.grid.column[target] else 1

    def _track(self, index: int, end: str) -> int:
        source, target = self.links[index]
        row = self.grid.row[source] + 1 if end == "out" else self.grid.row[target]
        return self.plan.gap_start[row] + TRACK * self.runs[index, end] + TRACK // 2

    def _lay_tracks(self) -> None:
        """Give every run across a gap the first track in which it meets no other."""
        grid, centre = self.grid, self.plan.centre
        for index, (source, target) in enumerate(self.links):
            way = grid.way[index]
            here, there = centre[grid.column[source]], centre[grid.column[target]]
            if way is Way.SKIP:
                lane = self.plan.lanes[self.lanes[index].source, self.lanes[index].gutter]
                if not self.outward[index]:
                    self._lay(index, "out", grid.row[source] + 1, here, lane)
                if not self.inward[index]:
                    self._lay(index, "in", grid.row[target], lane, self._head(index))
            elif (way is Way.FORK and not self.outward[index]) or (way is Way.MERGE and not self.inward[index]):
                self._lay(index, "in", grid.row[target], here, self._head(index) if way is Way.MERGE else there)

    def _lay(self, index: int, end: str, row: int, one: int, other: int) -> None:
        low, high = min(one, other) - 4, max(one, other) + 4
        tracks = self.tracks.setdefault(row, [])
        for number, track in enumerate(tracks):
            if all(high < begin or stop < low for begin, stop in track):
                track.append((low, high))
                self.runs[index, end] = number
                return
        self.runs[index, end] = len(tracks)
        tracks.append([(low, high)])


def _clear(cells: set[tuple[int, int]], row: int, one: int, other: int) -> bool:
    """Tell whether no card stands in a row between two columns."""
    return not any((row, column) in cells for column in range(min(one, other) + 1, max(one, other)))


def _side_towards(cells: set[tuple[int, int]], row: int, column: int, gutter: int) -> int:
    """Return the side at which a card is reached from the gutter after a column, 0 where a card is between."""
    if column <= gutter:
        return 1 if _clear(cells, row, column, gutter + 1) else 0
    return -1 if _clear(cells, row, gutter, column) else 0


def _side(cross: int, side: int) -> int:
    """Return the distance from a card's middle to its side; odd sizes have their extra pixel after the middle."""
    return cross // 2 if side < 0 else cross - cross // 2


def _simplify(corners: Sequence[Point]) -> tuple[Point, ...]:
    """Drop points that repeat, or that lie on the line between their neighbours."""
    out: list[Point] = []
    for point in corners:
        if out and point == out[-1]:
            continue
        if len(out) > 1 and (out[-2][0] == out[-1][0] == point[0] or out[-2][1] == out[-1][1] == point[1]):
            out[-1] = point
        else:
            out.append(point)
    return tuple(out)
