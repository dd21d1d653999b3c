"""Places in an architecture figure. Every stage has columns of pixels of its own, so that nothing lies over another.

Wires to the next stage run along the axes; all others rise from the top of a volume, run in a lane above everything
between, and come down on the top of another. Lanes of a row lie above its volumes and below those of the row above.
"""

from collections.abc import Sequence
from itertools import pairwise

from convdsl.record import dataclass, field
from convdsl.render.canvas import Point
from convdsl.render.figure.rows import is_skip
from convdsl.render.figure.stages import Story, Wire
from convdsl.render.figure.volumes import SMALL, Volume
from convdsl.render.metrics import text_width

GAP, STEP, APART = 12, 19, 7  # between stages: joined by an arrow, on another row, not joined
LANE, LABELLED = 9, 18  # from a lane to what is below it
LIFT = 11  # from the volumes of a row to its lowest lane
FALL = 10  # least pixels between the tops of two rows


@dataclass(slots=True)
class Arc:
    """A wire that passes over stages. label: what is written on it, "" for nothing; x: the middle of that."""

    wire: Wire
    row: int
    label: str
    lane: int = 0
    y: int = 0
    x: int = 0


@dataclass(slots=True)
class Plan:
    """middle: of each front; left, right: the columns of a stage; axis: of each row. bottom: of all that stands."""

    middle: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    axis: list[int] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)
    straight: list[Wire] = field(default_factory=list)
    bottom: int = 0


def plan(told: Story, volumes: Sequence[Volume], row: Sequence[int], labels: Sequence[str], x: int, y: int) -> Plan:
    """Place everything below and right of a point; labels: of each wire, if it is one that is labelled."""
    out = Plan()
    for wire, label in zip(told.wires, labels, strict=True):
        if wire.target == wire.source + 1:
            out.straight.append(wire)
        else:
            top = min(row[wire.source : wire.target + 1])
            out.arcs.append(Arc(wire, top, label if is_skip(told.stages, wire) else ""))
    _place_across(out, volumes, row, x)
    _choose_lanes(out)
    _place_down(out, volumes, row, y)
    _place_labels(out, volumes, row)
    return out


def foot_of(out: Plan, volume: Volume, index: int, arriving: bool) -> int:
    """Return where an arc leaves or reaches the top of a volume, across."""
    both = {arc.wire.source for arc in out.arcs} & {arc.wire.target for arc in out.arcs}
    off = (-3 if arriving else 3) if index in both else 0
    return out.middle[index] + volume.extent.back // 2 + off


def _place_across(out: Plan, volumes: Sequence[Volume], row: Sequence[int], x: int) -> None:
    """Give each stage its columns; where the label of an arc finds no room, what is below it moves apart."""
    joined = {wire.target for wire in out.straight}
    gaps = [0] if volumes else []
    for index in range(1, len(volumes)):
        gaps.append(APART if index not in joined else GAP if row[index] == row[index - 1] else STEP)

    def lay() -> None:
        out.left, out.middle, out.right = [], [], []
        at = x
        for volume, gap in zip(volumes, gaps, strict=True):
            at += gap
            out.left.append(at)
            out.middle.append(at + volume.left)
            at += volume.left + volume.right
            out.right.append(at)

    lay()
    for arc in sorted(out.arcs, key=lambda arc: arc.wire.target - arc.wire.source):
        if arc.label:
            source, target = arc.wire.source, arc.wire.target
            room = out.middle[target] - out.middle[source] - 24
            lack = text_width(arc.label, SMALL) - room
            if lack > 0:
                lowest = max(range(source + 1, target + 1), key=lambda index: row[index])
                gaps[lowest] += (lack + 1) // 2
                gaps[min(lowest + 1, target)] += (lack + 1) // 2
                lay()


def _choose_lanes(out: Plan) -> None:
    """Give arcs lanes, the short ones below; those that touch in one row have different ones."""
    for index, arc in enumerate(sorted(out.arcs, key=_span)):
        lanes = {
            other.lane
            for other in sorted(out.arcs, key=_span)[:index]
            if other.row == arc.row and _touch(arc.wire, other.wire)
        }
        arc.lane = max(lanes, default=-1) + 1


def _span(arc: Arc) -> tuple[int, int]:
    return arc.wire.target - arc.wire.source, arc.wire.source


def _touch(one: Wire, other: Wire) -> bool:
    return one.source <= other.target and other.source <= one.target


def _place_down(out: Plan, volumes: Sequence[Volume], row: Sequence[int], y: int) -> None:
    top = y
    for here in range(max(row, default=0) + 1):
        arcs = [arc for arc in out.arcs if arc.row == here]
        lanes: dict[int, int] = {}
        for arc in arcs:
            lanes[arc.lane] = max(lanes.get(arc.lane, 0), LABELLED if arc.label else LANE)
        high = sum(lanes.values()) + LIFT if lanes else 0
        above = max((volume.above for volume, r in zip(volumes, row, strict=True) if r == here), default=8)
        first = top + high if here == 0 else max(top + high + FALL, out.axis[-1])
        at = first - LIFT
        for lane in sorted(lanes):
            for arc in arcs:
                if arc.lane == lane:
                    arc.y = at
            at -= lanes[lane]
        out.axis.append(first + above)
        top = first
    out.bottom = max((out.axis[r] + volume.below for volume, r in zip(volumes, row, strict=True)), default=y)


def _place_labels(out: Plan, volumes: Sequence[Volume], row: Sequence[int]) -> None:
    """Put each label in the widest stretch of its lane that no upright wire cuts; drop it where it does not fit."""
    uprights = list(_uprights(out, volumes, row))
    for arc in out.arcs:
        if not arc.label:
            continue
        source, target = arc.wire.source, arc.wire.target
        start = foot_of(out, volumes[source], source, False)
        end = foot_of(out, volumes[target], target, True)
        cuts = sorted(x for x, top, bottom in uprights if start < x < end and top < arc.y and bottom > arc.y - LABELLED)
        edges = [start, *cuts, end]
        wide, left = max((after - before, before) for before, after in pairwise(edges))
        if text_width(arc.label, SMALL) + 8 > wide:
            arc.label = ""
        arc.x = left + wide // 2


def _uprights(out: Plan, volumes: Sequence[Volume], row: Sequence[int]) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    for arc in out.arcs:
        for index, arriving in ((arc.wire.source, False), (arc.wire.target, True)):
            top = out.axis[row[index]] - volumes[index].above
            found.append((foot_of(out, volumes[index], index, arriving), arc.y, top + volumes[index].extent.back // 2))
    for wire in out.straight:
        if row[wire.source] != row[wire.target]:
            ends = (out.axis[row[wire.source]], out.axis[row[wire.target]])
            found.append((turn(out, wire), min(ends), max(ends)))
    return found


def turn(out: Plan, wire: Wire) -> int:
    """Return where a wire to the next stage changes its row, across."""
    return (out.right[wire.source] + out.left[wire.target]) // 2


def way(out: Plan, volumes: Sequence[Volume], row: Sequence[int], wire: Wire) -> tuple[Point, ...]:
    """Return the points of a wire to the next stage."""
    source, target = volumes[wire.source], volumes[wire.target]
    here, there = out.axis[row[wire.source]], out.axis[row[wire.target]]
    x0 = out.middle[wire.source] + source.extent.width // 2 + source.extent.back + source.peeks
    x1 = out.middle[wire.target] - target.extent.width // 2 - (3 if target.is_text else 0)
    if here == there:
        return (x0, here), (x1, here)
    at = turn(out, wire)
    return (x0, here), (at, here), (at, there), (x1, there)
