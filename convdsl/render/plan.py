"""Where everything stands: from faces and a grid to coordinates along two axes.

`main` runs with the flow (down, or to the right), `cross` across it, so one plan serves both directions. The parts:
gutters beside columns are stacked first, then columns get their places across, horizontal runs their tracks in the
gaps between rows, and at last rows their places along.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from convdsl.record import dataclass, field
from convdsl.render.gutters import Strip, stack
from convdsl.render.lanes import Grid, Way

LANE = 13  # from one side lane to the next
LANE_MARGIN = 6  # more before the first lane beside a column
FRAME_SIDE = 9  # from a frame's edge to what it holds, across
FRAME_FOOT = 9  # the same at its end
TITLE = 22  # room for a frame's title at its head
GUTTER = 26  # least space between two columns
PORT = 11  # between two ports on one side
TRACK = 10  # between two runs in one gap
ARROW = 15  # for the arrow at a card


@dataclass(frozen=True, slots=True)
class Extent:
    """A rectangle of cells that a frame covers: rows and columns, both ends included; deeper frames lie inside."""

    key: int
    row: int
    last_row: int
    column: int
    last_column: int
    parent: int | None
    depth: int
    title: int  # the length of its title, in pixels


@dataclass(frozen=True, slots=True)
class Item:
    """A card's size along and across, and the room that the label of its tensor takes (0, 0: no label)."""

    main: int
    cross: int
    label_main: int = 0
    label_cross: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """A side lane: the tensor of `source` beside a column (in the gutter after it), down to row `last`."""

    source: int
    gutter: int
    last: int


@dataclass(slots=True)
class Plan:
    """Coordinates of everything; `head` and `tail` of frames by key."""

    start: list[int] = field(default_factory=list)  # along: where each row begins
    size: list[int] = field(default_factory=list)  # along: the size of each row
    label_zone: list[int] = field(default_factory=list)
    centre: dict[int, int] = field(default_factory=dict)  # across: the middle of each column
    half: dict[int, int] = field(default_factory=dict)  # across: half the width of each column
    lanes: dict[tuple[int, int], int] = field(default_factory=dict)  # across: by (source, gutter)
    frames: dict[int, tuple[int, int, int, int]] = field(default_factory=dict)  # main, cross, last main, last cross
    gap_start: list[int] = field(default_factory=list)  # along: where the tracks above each row begin
    mains: list[int] = field(default_factory=list)  # the size along of each card, grown for its ports
    total: int = 0

    def middle(self, row: int) -> int:
        """Return the middle of a row, along."""
        return self.start[row] + self.size[row] // 2


def lanes_of(grid: Grid, links: Sequence[tuple[int, int]], frames: Sequence[Extent]) -> dict[int, Lane]:
    """Choose the gutter of every skip; skips of one tensor in one gutter share a lane. Keys: indices of links.

    A lane runs beside the column of its ends, but outside of everything where it would cut through a frame.
    """
    wide = sorted((frame for frame in frames if frame.column < frame.last_column), key=lambda frame: frame.row)
    starts = [frame.row for frame in wide]
    rightmost = [0] * grid.rows
    for row, column in zip(grid.row, grid.column, strict=True):
        rightmost[row] = max(rightmost[row], column)
    last: dict[tuple[int, int], int] = {}
    chosen: dict[int, tuple[int, int]] = {}
    for index, (source, target) in enumerate(links):
        if grid.way[index] is not Way.SKIP:
            continue
        gutter = min(grid.column[source], grid.column[target])
        first, end = grid.row[source], grid.row[target]
        for frame in wide[bisect_right(starts, first) : bisect_left(starts, end)]:
            if frame.last_row < end and frame.column <= gutter < frame.last_column:
                gutter = max(rightmost[first : end + 1])
                break
        chosen[index] = (source, gutter)
        last[source, gutter] = max(last.get((source, gutter), 0), end)
    return {index: Lane(*key, last[key]) for index, key in chosen.items()}


def place_across(
    plan: Plan, grid: Grid, items: Sequence[Item], lanes: Mapping[int, Lane], frames: Sequence[Extent], head: bool
) -> None:
    """Give columns, lanes and the sides of frames their places across.

    head: a frame's title stands across (in a picture from left to right), else along.
    """
    length = 4 * grid.rows + 4
    columns = range(min(grid.column, default=0), max(grid.column, default=0) + 1)
    after: dict[int, list[Strip]] = {column: [] for column in columns}
    before: dict[int, list[Strip]] = {column: [] for column in columns}
    for lane in dict.fromkeys(lanes.values()):
        # a lane leaves from the lower part of a card and arrives at the upper part: two may meet at one card
        start, end = 4 * grid.row[lane.source] + 1, 4 * lane.last - 1
        after[lane.gutter].append(Strip((lane.source, lane.gutter), start, end, LANE))
    for frame in frames:
        start, end = 4 * frame.row - 1, 4 * frame.last_row + 1
        order = 1000 - frame.depth
        after[frame.last_column].append(Strip(frame.key, start, end, FRAME_SIDE, order))
        size = TITLE if head else FRAME_SIDE
        before[frame.column].append(Strip(frame.key, start, end, size, order))
    half = dict.fromkeys(columns, 20)
    for index, item in enumerate(items):
        need = item.cross - item.cross // 2
        half[grid.column[index]] = max(half[grid.column[index]], need, item.label_cross if head else 0)
    if not head:
        for index, item in enumerate(items):
            over = item.label_cross - half[grid.column[index]]
            if over > 0:
                # a label that is wider than its column pushes lanes and frames outwards where it stands, only there
                at = 4 * grid.row[index]
                after[grid.column[index]].append(Strip(-1 - index, at + 1, at + 2, over, -1))
        for frame in frames:
            half[frame.column] = max(half[frame.column], min(frame.title + 8, 150))
    at = 0
    sides: dict[int, list[int]] = {frame.key: [0, 0] for frame in frames}
    for column in columns:
        places, thick = stack(before[column], length)
        at += thick
        for frame in frames:
            if frame.column == column:
                sides[frame.key][0] = at - places[frame.key]
        plan.half[column] = half[column]
        plan.centre[column] = at + half[column]
        at += 2 * half[column]
        places, thick = stack(after[column], length)
        margin = LANE_MARGIN if thick else 0
        for key, place in places.items():
            if isinstance(key, tuple):
                plan.lanes[key] = at + margin + place
            elif isinstance(key, int) and key in sides:
                sides[key][1] = at + margin + place
        at += thick + margin + GUTTER
    plan.total = at - GUTTER
    for key, (low, high) in sides.items():
        plan.frames[key] = (0, low, 0, high)


def place_along(
    plan: Plan, grid: Grid, items: Sequence[Item], frames: Sequence[Extent], tracks: Mapping[int, int], head: bool
) -> int:
    """Give rows, gaps and the ends of frames their places along; return the length of all.

    tracks: how many runs share the gap above each row. plan.mains holds the sizes of the cards.
    """
    rows = grid.rows
    plan.size = [0] * rows
    plan.label_zone = [0] * rows
    for index, item in enumerate(items):
        row = grid.row[index]
        plan.size[row] = max(plan.size[row], plan.mains[index])
        plan.label_zone[row] = max(plan.label_zone[row], item.label_main)
    step = FRAME_FOOT if head else TITLE
    above, below = _nesting(frames)
    tops, feet = [0] * rows, [0] * rows
    for frame in frames:
        tops[frame.row] = max(tops[frame.row], above[frame.key])
        feet[frame.last_row] = max(feet[frame.last_row], below[frame.key])
    at = 0
    plan.start, plan.gap_start = [0] * rows, [0] * rows
    for row in range(rows):
        if row:
            at += plan.label_zone[row - 1] + FRAME_FOOT * feet[row - 1]
        plan.gap_start[row] = at + 4
        at += TRACK * tracks.get(row, 0) + (ARROW if row else 0)
        at += step * tops[row]
        plan.start[row] = at
        at += plan.size[row]
    at += FRAME_FOOT * feet[rows - 1] + plan.label_zone[rows - 1] if rows else 0
    for frame in frames:
        _, low, _, high = plan.frames[frame.key]
        first = plan.start[frame.row] - step * above[frame.key]
        end = plan.start[frame.last_row] + plan.size[frame.last_row] + plan.label_zone[frame.last_row]
        last = end + FRAME_FOOT * below[frame.key]
        plan.frames[frame.key] = (first, low, last, high)
    return at


def _nesting(frames: Sequence[Extent]) -> tuple[dict[int, int], dict[int, int]]:
    """Count, for each frame, it and the frames inside it that begin in its first row, and that end in its last."""
    above = {frame.key: 1 for frame in frames}
    below = {frame.key: 1 for frame in frames}
    known = {frame.key: frame for frame in frames}
    for frame in sorted(frames, key=lambda frame: -frame.depth):
        outer = None if frame.parent is None else known.get(frame.parent)
        if outer is None:
            continue
        if outer.row == frame.row:
            above[outer.key] = max(above[outer.key], above[frame.key] + 1)
        if outer.last_row == frame.last_row:
            below[outer.key] = max(below[outer.key], below[frame.key] + 1)
    return above, below
