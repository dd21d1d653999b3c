"""Where values lie relative to each other and to the input: a join adds what is in one place only if they agree.

Differences of starts, in input pixels and in cells of the join's grid, and the shift of an output against its input.
Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019, section
"Alignment issues and the receptive field of multiple paths"; docs/geometry.md.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from math import lcm

from convdsl.analysis.accepted import Accepted
from convdsl.analysis.geometry import Field, Fields, inputs_read
from convdsl.graph.graph import Graph
from convdsl.op import AxisMap, NoGrid
from convdsl.record import dataclass
from convdsl.sizes import Size

_TRIED = 4096  # accepted sizes of which the best is looked for; starts repeat with the strides, mostly within 64


@dataclass(frozen=True, slots=True)
class Join:
    """Several values that one operator puts together along one spatial axis (from 0).

    positions: the node's inputs on a grid, by position. fields: of each. The narrowest path of a value says where it
    lies itself, its widest where all that it is made of lies: behind a skip they can differ.
    """

    node: int
    axis: int
    positions: tuple[int, ...]
    fields: tuple[Field, ...]

    @property
    def jumps(self) -> tuple[Fraction, ...]:
        """Input pixels from one cell to the next, for each value."""
        return tuple(field.jump for field in self.fields)

    @property
    def has_unequal_jumps(self) -> bool:
        """Whether values of different steps meet: no shift could align them."""
        first, *others = self.fields
        return any(one.widest.pace != first.widest.pace and one.jump != first.jump for one in others)

    @property
    def approximate(self) -> bool:
        """Whether a start is that of the mean phase of what is not known exactly."""
        return any(field.approximate for field in self.fields)

    def offset(self, one: int, other: int) -> Fraction:
        """Return by how many input pixels a value lies further than another, along their narrowest paths.

        one, other: indices into `positions`.
        """
        return self.fields[one].narrowest.start - self.fields[other].narrowest.start

    def deepest_offset(self, one: int, other: int) -> Fraction:
        """Return the same along their widest paths: shifts of earlier joins add up."""
        return self.fields[one].start - self.fields[other].start

    def cells(self, pixels: Fraction) -> Fraction:
        """Count input pixels in cells of the finest value's grid."""
        return pixels / min(self.jumps)

    @property
    def largest(self) -> Fraction:
        """The largest offset between two values, in cells, along the narrowest paths; 0 where they agree."""
        first, *others = self.fields
        if all(first.narrowest.is_centred_as(other.narrowest) for other in others):
            return Fraction(0)
        starts = [field.narrowest.start for field in self.fields]
        apart = max(starts) - min(starts)
        return self.cells(apart)


def joins(graph: Graph, fields: Sequence[Fields | None]) -> list[Join]:
    """Return every meeting of two or more values on a grid, a node and axis each; fields: receptive_fields(graph).

    Values that see a whole axis (gates) lie nowhere, and where the operator reads the axis otherwise than one to one
    nothing is compared.
    """
    out: list[Join] = []
    same = AxisMap()
    kept: dict[tuple[int, ...], tuple[list[int], tuple[int, ...]]] = {}  # of equal layers: axes, positions of inputs
    for node in graph.nodes:
        if node.op is None or len(node.inputs) < 2 or node.shapes is None:
            continue
        shapes = graph.input_shapes(node)
        assert shapes is not None  # those of a node of known shape are known, and so is what its inputs see
        case = (id(node.op), *map(id, shapes))
        if case not in kept:
            axes = [axis for axis, reading in enumerate(node.op.axes(*shapes)) if reading == same]
            kept[case] = axes, inputs_read(node)
        axes, places = kept[case]
        read = [(place, fields[node.inputs[place].node]) for place in places]
        for axis in axes:
            met = [(place, seen[axis]) for place, seen in read if seen is not None]
            on_grid = [(place, field) for place, field in met if isinstance(field, Field)]
            if len(on_grid) > 1:
                positions, found = zip(*on_grid, strict=True)
                out.append(Join(node.index, axis, positions, found))
    return out


@dataclass(frozen=True, slots=True)
class Shift:
    """Where an output lies relative to the input it is made of, along one spatial axis (from 0).

    output: its index in graph.outputs. start, jump: of its field. offset: input pixels from the middle of the input to
    the middle of the output, at the accepted size that suits best; 0: the output lies in the middle, as it does behind
    symmetric padding, and behind none.
    """

    output: int
    axis: int
    start: Fraction
    jump: Fraction
    offset: Fraction


def shifts(graph: Graph, fields: Sequence[Fields | None], legal: Accepted) -> list[Shift]:
    """Return the shift of each output along each axis that has a grid and a size that comes from the first input's."""
    out: list[Shift] = []
    for index, output in enumerate(graph.outputs):
        image, shape, seen = graph.inputs[0].shape.spatial, graph.shape(output.value), fields[output.value.node]
        if seen is None or len(seen) != len(image):
            continue
        assert shape is not None  # what has fields has a shape
        for axis, (field, before, after) in enumerate(zip(seen, image, shape.spatial, strict=False)):
            if isinstance(field, NoGrid) or not isinstance(after, Size):
                continue
            assert isinstance(before, Size)  # an input has no flattened axis
            offset = _offset(field, before, after, legal)
            if offset is not None:
                out.append(Shift(index, axis, field.start, field.jump, offset))
    return out


def _offset(field: Field, before: Size, after: Size, legal: Accepted) -> Fraction | None:
    """Return the smallest distance of the middles at an accepted size; None where there is none to compare."""
    found = [
        field.start + field.jump * Fraction(after.at(size) - 1, 2) - Fraction(before.at(size) - 1, 2)
        for size in _sizes(before, after, legal)
    ]
    return min(found, key=abs, default=None)


def _sizes(before: Size, after: Size, legal: Accepted) -> list[int]:
    """Return accepted sizes, one for each case that the two sizes can be in."""
    symbol = before.symbol
    if symbol is None:
        return [0] if after.symbol is None else []
    if after.symbol not in (symbol, None):
        return []
    allowed = legal.axes[symbol]
    if allowed.start is None:
        return list(allowed.finite[:_TRIED])
    last = allowed.start + lcm(allowed.period, after.period[0])
    return list(islice(allowed.within(1, last), _TRIED))
