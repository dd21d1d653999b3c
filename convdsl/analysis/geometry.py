"""Receptive fields: which input pixels an output can see, for every node and spatial axis in one pass.

What a layer reads is said by its axis map, what a path sees by a Reach; here paths meet. Formulas: docs/geometry.md.
"""

from fractions import Fraction

from convdsl.analysis.reach import PIXEL, Reach, Step, step_of
from convdsl.argument import signature
from convdsl.graph.graph import Graph, Node
from convdsl.op import AxisMap, NoGrid, Op, Reading
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """What the outputs of a node see along one axis of the input, borders aside, in input pixels.

    widest: first and last pixel over all paths from the input, centred like the path that sees most.
    narrowest: the same of the path that sees least, such as a skip. whole: another path sees the whole axis, such as
    the gate of a squeeze-and-excitation block; `widest` is then what the others see.
    """

    widest: Reach
    narrowest: Reach
    whole: bool = False

    @property
    def size(self) -> int | None:
        """The pixels that an output sees at most, over all paths and phases; None for the whole axis."""
        return None if self.whole else self.widest.size

    @property
    def smallest(self) -> int:
        """The pixels that an output sees at most through the path that sees least."""
        return self.narrowest.size

    @property
    def jump(self) -> Fraction:
        """Input pixels from one output to the next."""
        return self.widest.jump

    @property
    def start(self) -> Fraction:
        """The centre of output 0 from the centre of pixel 0, the mean over the phases; of the path that sees most."""
        return self.widest.start

    @property
    def starts(self) -> tuple[Fraction | None, ...]:
        """The centre of each phase; None for one that sees nothing."""
        return self.widest.starts

    @property
    def approximate(self) -> bool:
        """Whether the sizes are bounds, and the starts those of the mean phase."""
        return not (self.widest.exact and self.narrowest.exact)

    def through(self, step: Step) -> "Field":
        """Look through one more layer."""
        wide = self.widest.through(step)
        return Field(wide, wide if self.narrowest is self.widest else self.narrowest.through(step), self.whole)

    def union(self, other: "Field") -> "Field | NoGrid":
        """Join two paths."""
        if self is other:
            return self
        wide = self.widest.union(other.widest)
        if wide is None:
            return NoGrid.UNEQUAL
        narrow = self.narrowest if self.narrowest.size <= other.narrowest.size else other.narrowest
        return Field(wide, narrow, self.whole or other.whole)

    def seeing_all(self) -> "Field":
        """Join a path that sees the whole axis."""
        return Field(self.widest, self.narrowest, whole=True)


Seen = Field | NoGrid
Fields = tuple[Seen, ...]

_IDENTITY = AxisMap()
OWN_PIXEL = Field(PIXEL, PIXEL)


@dataclass(frozen=True, slots=True)
class _Layer:
    """What a layer does along each axis, and which axes do what the one before does.

    steps: () if it does nothing. flat: the axes of a value that is flattened, or no longer is; 0 for all others.
    """

    steps: tuple[Step | NoGrid, ...] = ()
    repeats: tuple[bool, ...] = ()
    flat: int = 0


def receptive_fields(graph: Graph) -> list[Fields | None]:
    """Return for each node the field along each spatial axis; None for a node of unknown shape.

    A flat value keeps one entry, NoGrid.WHOLE, for each axis that it was flattened from.
    """
    out: list[Fields | None] = []
    layers: dict[tuple[int, ...], _Layer] = {}
    lent: dict[int, frozenset[int]] = {}
    for node in graph.nodes:
        op = node.op
        if op is None:
            assert node.shapes is not None  # an input says its shape
            out.append((OWN_PIXEL,) * len(node.shapes[0].spatial))
            continue
        shapes = graph.input_shapes(node)
        if id(op) not in lent:
            lent[id(op)] = _lent(op)
        read = [out[value.node] for i, value in enumerate(node.inputs) if i not in lent[id(op)]]
        known = [fields for fields in read if fields is not None]
        if shapes is None or node.shapes is None or len(known) != len(read):
            out.append(None)
            continue
        case = (id(op), *map(id, shapes))
        if case not in layers:
            layers[case] = _layer(op.axes(*shapes), len(known[0]))
        out.append(_through(known, layers[case]))
    return out


def inputs_read(node: Node) -> tuple[int, ...]:
    """Return the positions of the inputs that a node computes with; `like=` lends its size only."""
    if node.op is None:
        return ()
    lent = _lent(node.op)
    return tuple(place for place in range(len(node.inputs)) if place not in lent)


def _lent(op: Op) -> frozenset[int]:
    return frozenset(getattr(op, parameter.name) for parameter in signature(type(op)) if parameter.name == "like")


def _layer(readings: tuple[Reading, ...], seen: int) -> _Layer:
    """Prepare what a layer does to fields along `seen` axes."""
    if len(readings) != seen:
        return _Layer(flat=len(readings) or seen)
    if all(reading == _IDENTITY for reading in readings):
        return _Layer()
    repeats = tuple(axis > 0 and reading == readings[axis - 1] for axis, reading in enumerate(readings))
    return _Layer(tuple(r if isinstance(r, NoGrid) else step_of(r) for r in readings), repeats)


def _through(inputs: list[Fields], layer: _Layer) -> Fields:
    joined, *others = inputs
    for fields in others:
        if fields is not joined:
            joined = _union(joined, fields)
    if layer.flat:
        return (NoGrid.WHOLE,) * layer.flat
    if not layer.steps:
        return joined
    out: list[Seen] = []
    for axis, step in enumerate(layer.steps):
        sight = joined[axis]
        if layer.repeats[axis] and sight is joined[axis - 1]:
            out.append(out[-1])
        else:
            out.append(_look(sight, step))
    return tuple(out)


def _look(sight: Seen, step: Step | NoGrid) -> Seen:
    """Look through a layer along one axis; what sees everything goes on doing so."""
    if step is NoGrid.WHOLE:
        return NoGrid.WHOLE
    if isinstance(sight, NoGrid):
        return sight
    if isinstance(step, NoGrid):
        return NoGrid.WHOLE if sight.whole else step
    return sight.through(step)


def _union(left: Fields, right: Fields) -> Fields:
    if len(left) != len(right):
        return (NoGrid.WHOLE,) * max(len(left), len(right))
    out: list[Seen] = []
    for axis, (one, two) in enumerate(zip(left, right, strict=True)):
        if axis and one is left[axis - 1] and two is right[axis - 1]:
            out.append(out[-1])
        else:
            out.append(_join(one, two))
    return tuple(out)


def _join(one: Seen, two: Seen) -> Seen:
    """Join two values along one axis: one that sees everything leaves the other's grid as it is."""
    if isinstance(one, Field) and isinstance(two, Field):
        return one.union(two)
    for first, second in ((one, two), (two, one)):
        if first is NoGrid.WHOLE:
            return second.seeing_all() if isinstance(second, Field) else NoGrid.WHOLE
    return one if isinstance(one, NoGrid) else two
