"""Receptive fields: which input pixels an output can see, for every node in one pass.

Exact fractions of input pixels. Where an output sees a whole axis (global pooling, flatten), or the grids of a join's
inputs differ, the field of that axis is None.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

from convdsl.argument import signature
from convdsl.graph.graph import Graph, Node
from convdsl.op import AxisMap
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

    def through(self, step: AxisMap) -> "Field":
        """Look through one more layer.

        Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
        """
        if step == _IDENTITY:
            return self
        jump = self.jump
        reach = (step.extent - 1) * jump / 2
        shift = step.start * jump
        return Field(self.left + shift - reach, self.right + shift + reach, step.jump * jump, self.start + shift)

    def union(self, other: "Field") -> "Field | None":
        """See what either sees; None where they step by different amounts."""
        if self == other:
            return self
        if self.jump != other.jump:
            return None
        wide = self if self.right - self.left >= other.right - other.left else other
        return Field(min(self.left, other.left), max(self.right, other.right), self.jump, wide.start)


_IDENTITY = AxisMap()
_PIXEL = Field(Fraction(0), Fraction(0), Fraction(1), Fraction(0))
Fields = tuple[Field | None, ...]


def receptive_fields(graph: Graph) -> list[Fields | None]:
    """Return for each node the field along each spatial axis; None for a node of unknown shape.

    A flat value keeps one entry, None, for each axis that it was flattened from.
    """
    out: list[Fields | None] = []
    maps: dict[tuple[int, ...], tuple[AxisMap | None, ...]] = {}
    for node in graph.nodes:
        if node.op is None:
            out.append(None if node.shapes is None else (_PIXEL,) * len(node.shapes[0].spatial))
            continue
        shapes = graph.input_shapes(node)
        read = [out[node.inputs[i].node] for i in _read(node)]
        if shapes is None or node.shapes is None or any(fields is None for fields in read):
            out.append(None)
            continue
        case = (id(node.op), *map(id, shapes))
        if case not in maps:
            maps[case] = node.op.axes(*shapes)
        known = [fields for fields in read if fields is not None]
        out.append(_step(known, maps[case]))
    return out


def _read(node: Node) -> Sequence[int]:
    """Return the positions of the inputs whose values are read; `like=` lends its size only."""
    op = node.op
    lent = {getattr(op, p.name) for p in signature(type(op)) if p.name == "like"} if op is not None else set()
    return [i for i in range(len(node.inputs)) if i not in lent]


def _step(inputs: list[Fields], steps: tuple[AxisMap | None, ...]) -> Fields:
    seen = max((len(fields) for fields in inputs), default=0)
    if len(steps) != seen:
        return (None,) * (len(steps) or seen)
    out: list[Field | None] = []
    for axis, step in enumerate(steps):
        if axis and step == steps[axis - 1] and all(f[axis] == f[axis - 1] for f in inputs if len(f) == seen):
            out.append(out[-1])
            continue
        fields = [fields[axis] if len(fields) == seen else None for fields in inputs]
        total = fields[0]
        for field in fields[1:]:
            total = None if total is None or field is None else total.union(field)
        out.append(None if total is None or step is None else total.through(step))
    return tuple(out)
