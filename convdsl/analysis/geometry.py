"""Receptive fields: which input pixels an output can see, for every node in one pass.

Exact fractions of input pixels. Where an output sees a whole axis (global pooling, flatten), or the grids of a join's
inputs differ, the field of that axis is None.
"""

from fractions import Fraction
from math import ceil

from convdsl.argument import signature
from convdsl.graph.graph import Graph
from convdsl.op import AxisMap, Op
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """What output 0 sees along one axis of the input, in input pixels from the centre of pixel 0.

    left, right: centres of the first and last pixel that it sees. jump: input pixels from one output to the next.
    start: centre of what it sees; behind a join, of the branch that sees most.
    """

    left: Fraction
    right: Fraction
    jump: Fraction
    start: Fraction

    @property
    def size(self) -> int:
        """The pixels that an output sees at most; upsampling makes outputs see unequally many."""
        return ceil(self.right - self.left + 1)

    def through(self, step: "_Step") -> "Field":
        """Look through one more layer.

        Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
        """
        jump = self.jump
        before, after = step.first * jump, step.last * jump
        return Field(self.left + before, self.right + after, step.jump * jump, self.start + step.start * jump)

    def union(self, other: "Field") -> "Field | None":
        """See what either sees; None where they step by different amounts."""
        if self == other:
            return self
        if self.jump != other.jump:
            return None
        wide = self if self.right - self.left >= other.right - other.left else other
        return Field(min(self.left, other.left), max(self.right, other.right), self.jump, wide.start)


@dataclass(frozen=True, slots=True)
class _Step:
    """One layer along one axis: where its taps lie, in input steps, and its own step. `same`: as on the axis before."""

    first: Fraction
    last: Fraction
    start: Fraction
    jump: Fraction
    same: bool


_IDENTITY = AxisMap()
_PIXEL = Field(Fraction(0), Fraction(0), Fraction(1), Fraction(0))
Fields = tuple[Field | None, ...]
_Steps = tuple[_Step | None, ...] | None  # of one layer: None where it changes nothing, None for an axis: seen whole


def receptive_fields(graph: Graph) -> list[Fields | None]:
    """Return for each node the field along each spatial axis; None for a node of unknown shape.

    A flat value keeps one entry, None, for each axis that it was flattened from.
    """
    out: list[Fields | None] = []
    steps: dict[tuple[int, ...], _Steps] = {}
    lent: dict[int, frozenset[int]] = {}
    for node in graph.nodes:
        op = node.op
        if op is None:
            out.append(None if node.shapes is None else (_PIXEL,) * len(node.shapes[0].spatial))
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
        if case not in steps:
            steps[case] = _steps(op.axes(*shapes), len(known[0]) if known else 0)
        out.append(_through(known, steps[case]))
    return out


def _lent(op: Op) -> frozenset[int]:
    """Return the positions of inputs that lend their size only: `like=`."""
    return frozenset(getattr(op, parameter.name) for parameter in signature(type(op)) if parameter.name == "like")


def _steps(maps: tuple[AxisMap | None, ...], seen: int) -> _Steps:
    """Prepare what a layer does to fields along `seen` axes."""
    if len(maps) != seen:
        return (None,) * (len(maps) or seen)  # flattened, or unflattened
    if all(step == _IDENTITY for step in maps):
        return None
    out: list[_Step | None] = []
    for axis, step in enumerate(maps):
        same = axis > 0 and step == maps[axis - 1]
        if step is None:
            out.append(None)
            continue
        reach = Fraction(step.extent - 1, 2)
        out.append(_Step(step.start - reach, step.start + reach, step.start, step.jump, same))
    return tuple(out)


def _through(inputs: list[Fields], steps: _Steps) -> Fields:
    joined = inputs[0] if inputs else ()
    for fields in inputs[1:]:
        if fields is not joined:
            joined = _union(joined, fields)
    if steps is None:
        return joined
    out: list[Field | None] = []
    for axis, step in enumerate(steps):
        field = joined[axis] if axis < len(joined) else None
        if step is not None and step.same and field is joined[axis - 1]:
            out.append(out[-1])
        else:
            out.append(None if field is None or step is None else field.through(step))
    return tuple(out)


def _union(left: Fields, right: Fields) -> Fields:
    if len(left) != len(right):
        return (None,) * max(len(left), len(right))
    out: list[Field | None] = []
    for axis, (one, two) in enumerate(zip(left, right, strict=True)):
        if axis and one is left[axis - 1] and two is right[axis - 1]:
            out.append(out[-1])
        else:
            out.append(None if one is None or two is None else one.union(two))
    return tuple(out)
