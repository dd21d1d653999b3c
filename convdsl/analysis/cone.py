"""The layers between known values and a promised shape, of which some have `?`: their sizes along one axis.

Sizes of different axes never meet in an operator that `?` may stand in, so each axis is looked at alone: the others get
a size that means nothing, and an axis of fixed size gets a symbol, FIXED, so that nothing is refused before it is
compared.
"""

from collections.abc import Callable, Mapping
from typing import cast

from convdsl.analysis.guards import symbols_of
from convdsl.analysis.recompute import positive
from convdsl.argument import Invalid, signature
from convdsl.graph.blanks import UNSIZED, Blank, blanks_in, unsized
from convdsl.graph.graph import Graph, Node, Promise, Value
from convdsl.op import Guard, Op
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.sizes import Size, constant, symbol
from convdsl.source import Span

FIXED = "="  # no symbol of a spec has this name

Solution = Mapping[Span, int]  # for each `?`, its number on one axis


class Unfit(Exception):
    """The sizes cannot be followed: an axis is flattened, or two kinds of sizes meet."""


@dataclass(frozen=True, slots=True)
class Cone:
    """The nodes whose shapes wait for `?` and that lead to one promise, in order; the last one is promised."""

    nodes: tuple[Node, ...]
    known: Mapping[Value, Shape]
    promise: Promise

    @property
    def gaps(self) -> tuple[Node, ...]:
        """The nodes that have a `?`."""
        return tuple(node for node in self.nodes if node.blanks)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where its `?` stand."""
        values = (value for node in self.gaps for value in node.blanks.values())
        return tuple(blank.span for value in values for blank in blanks_in(value))

    @property
    def rank(self) -> int:
        """The number of axes, batch and channels included."""
        return self.promise.shape.rank

    def base(self, axis: int) -> int:
        """Return the fixed size that FIXED stands for on an axis; 1 where sizes are free."""
        for shape in self.known.values():
            size = shape.spatial[axis] if axis < len(shape.spatial) else None
            if isinstance(size, Size) and size.value is not None:
                return size.value
        return 1

    def symbol(self, axis: int) -> str:
        """Return the symbol that the sizes entering along an axis depend on.

        Raises Unfit where they have none, or several.
        """
        found = {_axis(shape, axis).symbol or FIXED for shape in self.known.values()}
        if len(found) != 1:
            raise Unfit
        return found.pop()


@dataclass(frozen=True, slots=True)
class Along:
    """What comes out along one axis, and under which conditions."""

    size: Size
    guards: tuple[Guard, ...]


def cones(graph: Graph) -> list[Cone]:
    """Return a cone for each promise that `?` are to be solved from, in the order of the network."""
    out: list[Cone] = []
    for last in graph.nodes:
        if last.closing is None:
            continue
        found: dict[int, Node] = {last.index: last}
        known: dict[Value, Shape] = {}
        todo = [last]
        while todo:
            for value in todo.pop().inputs:
                node, shape = graph.nodes[value.node], graph.shape(value)
                if shape is not None:
                    known[value] = shape
                elif node.index not in found:
                    found[node.index] = node
                    todo.append(node)
        out.append(Cone(tuple(found[index] for index in sorted(found)), known, last.closing))
    return out


def along(cone: Cone, axis: int, solution: Solution, checked: bool = True) -> Along:
    """Follow the sizes along one axis (0 is the first after the channels) with numbers in place of `?`.

    checked: whether operators are asked what they refuse and when they run; the size comes out alike.
    Raises Invalid where one does, Unfit.
    """
    base = cone.base(axis)
    shapes = {value: _lone(shape, axis, base) for value, shape in cone.known.items()}
    guards: list[Guard] = []
    for node in cone.nodes:
        assert node.op is not None
        given = [shapes[value] for value in node.inputs]
        if node.blanks:
            op = at_axis(node.op, node.blanks, axis, solution)
            if checked:
                op.check()
            size = _axis(given[0], axis)
            given = [given[0].with_spatial(*(size for _ in given[0].spatial))]
            outs = tuple(_lone(shape, axis, None) for shape in op.shapes(*given))
        else:
            op = node.op
            try:
                outs = op.shapes(*given)
            except Invalid:
                raise Unfit from None  # it minds sizes of other axes
        if any(shape.rank != given[0].rank for shape in outs):
            raise Unfit
        shapes.update((Value(node.index, output), shape) for output, shape in enumerate(outs))
        if checked:
            asked = (*op.guards(*given), *positive(outs))
            guards.extend(guard for guard in asked if UNSIZED not in symbols_of(guard))
    return Along(_axis(shapes[cone.promise.value], axis), tuple(dict.fromkeys(guards)))


def _axis(shape: Shape, axis: int) -> Size:
    size = shape.spatial[axis] if axis < len(shape.spatial) else None
    if not isinstance(size, Size):
        raise Unfit
    return size


def _lone(shape: Shape, axis: int, base: int | None) -> Shape:
    """Take the meaning from all sizes but one; base: the fixed size that FIXED stands for."""
    size = _axis(shape, axis)
    if base is not None and size.value is not None:
        size = symbol(FIXED).plus(constant(size.value - base))
    return unsized(shape).with_axis(axis + 2, size)


def at_axis(op: Op, blanks: Mapping[str, object], axis: int, solution: Solution) -> Op:
    """Make an operator whose window has on all axes what the given one has on one axis, with numbers for `?`."""
    fields: dict[str, object] = {}
    for parameter in signature(type(op)):
        value = blanks.get(parameter.name, getattr(op, parameter.name))
        if parameter.solvable:
            stand_in = getattr(op, parameter.name)
            if isinstance(value, tuple):
                value = value[axis]
            if isinstance(value, Blank):
                value = solution[value.span]
            if isinstance(stand_in, tuple):
                value = (value,) * len(stand_in)
        fields[parameter.name] = value
    return cast(Callable[..., Op], type(op))(**fields)
