"""The exact set of pixels that one output reads along an axis, as bits of one big number; on demand.

A reach (reach.py) knows first and last pixel; here are the holes between them. Cost: for each layer and phase between
the origin and the value, the bits of its set.
Source: the gridding of dilated convolutions, Wang et al. 2018 (arXiv:1702.08502), section 3.2.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from math import gcd, lcm, prod

from convdsl.analysis.geometry import inputs_read
from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import MOST_PHASES, NoGrid, Reading, Taps
from convdsl.record import dataclass

MOST_PIXELS = 1 << 20  # from the first to the last of a set; a wider one is not followed


@dataclass(frozen=True)
class Footprint:
    """The pixels that one output reads: first + i for each bit i of mask.

    Bit 0 is set; or the mask is 0, and nothing is read.
    """

    first: int
    mask: int

    @cached_property
    def count(self) -> int:
        """The pixels that are read."""
        return self.mask.bit_count()

    @property
    def extent(self) -> int:
        """The pixels from the first to the last."""
        return self.mask.bit_length()

    @property
    def has_holes(self) -> bool:
        """Whether a pixel between the first and the last is not read."""
        return self.count < self.extent

    @property
    def places(self) -> tuple[int, ...]:
        """The pixels that are read, ascending."""
        return tuple(self.first + place for place in range(self.extent) if self.mask >> place & 1)

    @property
    def holes(self) -> tuple[int, ...]:
        """The pixels between the first and the last that are not read, ascending."""
        return tuple(self.first + place for place in range(self.extent) if not self.mask >> place & 1)

    @property
    def reads_centre(self) -> bool:
        """Whether the middle of the extent is read; of an even one, either of the two pixels there."""
        middle = self.extent - 1
        return bool((self.mask >> middle // 2 | self.mask >> (middle + 1) // 2) & 1)


NOTHING = Footprint(0, 0)


@dataclass(frozen=True, slots=True)
class Footprints:
    """What outputs 0 .. q - 1 read; output q * m + r reads what r reads, step * m further."""

    step: int
    phases: tuple[Footprint, ...]

    @property
    def has_holes(self) -> bool:
        """Whether an output leaves out a pixel between those it reads."""
        return any(phase.has_holes for phase in self.phases)

    @property
    def reads_centre(self) -> bool:
        """Whether each output that reads anything reads the middle of it."""
        return all(phase.reads_centre for phase in self.phases if phase.mask)

    @property
    def widest(self) -> Footprint:
        """The phase of the largest extent."""
        return max(self.phases, key=lambda phase: phase.extent)


_PIXEL = Footprints(1, (Footprint(0, 1),))
Found = Footprints | NoGrid


def taps(graph: Graph, value: Value, axis: int, origin: Value | None = None) -> Found:
    """Return the pixels of the origin that the outputs of a value read along a spatial axis, over all paths.

    axis: 0 for the first spatial axis. origin: an earlier value; None: the inputs of the model, all together. NoGrid:
    everything is read, or sets do not repeat within MOST_PHASES or are wider than MOST_PIXELS. Where no path leads from
    the origin to the value, nothing is read.
    """
    found: dict[int, Found] = {}  # a node that no path leads to has no entry
    for node in _between(graph, value, origin):
        if node.op is None if origin is None else node.index == origin.node:
            found[node.index] = _PIXEL
        read = [found[node.inputs[i].node] for i in inputs_read(node) if node.inputs[i].node in found]
        shapes = graph.input_shapes(node)
        if not read or shapes is None or node.shapes is None:
            continue
        assert node.op is not None  # an input of the network reads nothing
        joined = reduce(_union, read)
        readings = node.op.axes(*shapes)
        kept = len(readings) == len(shapes[0].spatial) and axis < len(readings)
        found[node.index] = _look(joined, readings[axis]) if kept else NoGrid.WHOLE
    return found.get(value.node, Footprints(1, (NOTHING,)))


def spread(axes: Sequence[Footprint]) -> tuple[int, int]:
    """Count what is read along several axes together, and the places that it spans: 49 of 169 for 7 of 13 twice.

    Exact where every path has the same taps along one axis, whatever it has along the others; a bound above elsewhere.
    """
    return prod(axis.count for axis in axes), prod(axis.extent for axis in axes)


def _between(graph: Graph, value: Value, origin: Value | None) -> Iterator[Node]:
    """Yield what the value is made of, from the origin on, in the order of the graph."""
    first = 0 if origin is None else origin.node
    wanted = {value.node}
    for index in range(value.node, first, -1):
        if index in wanted:
            wanted.update(before.node for before in graph.nodes[index].inputs)
    yield from (graph.nodes[index] for index in sorted(wanted))


def _look(seen: Found, reading: Reading) -> Found:
    """Read the footprints through one more layer."""
    if isinstance(seen, NoGrid):
        return seen
    if isinstance(reading, NoGrid):
        return reading
    own, reads = len(seen.phases), reading.reads
    if not reads:
        return NoGrid.UNKNOWN
    cells = int(reading.jump * len(reads))
    turns = own // gcd(cells, own)
    if turns * len(reads) > MOST_PHASES:
        return NoGrid.UNKNOWN
    out = [_read(seen, turn * cells, window) for turn in range(turns) for window in reads]
    phases = [phase for phase in out if phase is not None]
    return Footprints(cells * turns // own * seen.step, tuple(phases)) if len(phases) == len(out) else NoGrid.UNKNOWN


def _read(seen: Footprints, base: int, window: Taps) -> Footprint | None:
    """Unite what the taps of a window read, counted from cell `base`; None where it is too wide.

    Evenly spaced taps that come back to one phase make an evenly spaced row of its set, doubled bit by bit.
    """
    own = len(seen.phases)
    cycle, onward = len(window), seen.step  # taps until a phase is visited again, pixels between two visits
    if isinstance(window, range):
        cycle = own // gcd(window.step, own)
        onward = window.step * cycle // own * seen.step
    parts: list[Footprint] = []
    for index, tap in enumerate(window[:cycle]):
        turn, phase = divmod(base + tap, own)
        cell, visits = seen.phases[phase], (len(window) - index - 1) // cycle + 1
        if cell.extent + (visits - 1) * onward > MOST_PIXELS:
            return None
        parts.append(Footprint(cell.first + turn * seen.step, row(cell.mask, visits, onward)))
    return _all(parts)


def row(mask: int, count: int, distance: int) -> int:
    """Unite `count` copies of a set, each `distance` further."""
    out, done = mask, 1
    while done < count:
        more = min(done, count - done)
        out |= out << more * distance
        done += more
    return out


def _all(parts: Sequence[Footprint]) -> Footprint | None:
    """Unite sets; None where they lie too far apart."""
    some = [part for part in parts if part.mask]
    if not some:
        return NOTHING
    first = min(part.first for part in some)
    if max(part.first + part.extent for part in some) - first > MOST_PIXELS:
        return None
    return Footprint(first, reduce(int.__or__, (part.mask << part.first - first for part in some)))


def _union(one: Found, two: Found) -> Found:
    if one == two:
        return one
    if isinstance(one, NoGrid) or isinstance(two, NoGrid):
        return NoGrid.WHOLE if NoGrid.WHOLE in (one, two) else one if isinstance(one, NoGrid) else two
    if one.step * len(two.phases) != two.step * len(one.phases):
        return NoGrid.UNEQUAL
    count = lcm(len(one.phases), len(two.phases))
    if count > MOST_PHASES:
        return NoGrid.UNKNOWN
    pairs = zip(_repeated(one, count), _repeated(two, count), strict=True)
    out = [_all(pair) for pair in pairs]
    phases = tuple(phase for phase in out if phase is not None)
    return Footprints(one.step * (count // len(one.phases)), phases) if len(phases) == count else NoGrid.UNKNOWN


def _repeated(seen: Footprints, count: int) -> Iterator[Footprint]:
    """Write several periods out as `count` phases."""
    for turn in range(count // len(seen.phases)):
        yield from (Footprint(phase.first + turn * seen.step, phase.mask) for phase in seen.phases)
