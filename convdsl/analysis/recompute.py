"""The guards of a network with one layer changed: what a repair would do, tried before it is offered.

Only what lies downstream of the change is computed again.
"""

from collections.abc import Mapping

from convdsl.argument import Invalid
from convdsl.graph.graph import Graph, Value
from convdsl.op import AtLeast, Equal, Guard, NotLess, Op
from convdsl.record import dataclass, field
from convdsl.shape import Product, Shape
from convdsl.sizes import Size


@dataclass(frozen=True, slots=True)
class Change:
    """A repair: other arguments for some nodes, or inputs of a node cropped to the size of another value.

    ops: node -> operator. crops: (node, position of an input) -> the value whose sizes it is cropped to.
    """

    ops: Mapping[int, Op] = field(default_factory=dict)
    crops: Mapping[tuple[int, int], Value] = field(default_factory=dict)


Pairs = list[tuple[Guard, int]]


def guards_after(graph: Graph, change: Change) -> Pairs | None:
    """Return all guards with their nodes, and those of the promises with -1; None where a layer would refuse."""
    changed: dict[Value, Shape] = {}
    cache: dict[tuple[Op, tuple[Shape, ...]], tuple[tuple[Shape, ...], tuple[Guard, ...]]] = {}
    touched = {*change.ops, *(node for node, _ in change.crops)}
    out: Pairs = []
    for node in graph.nodes:
        fresh = node.index in touched or any(value in changed for value in node.inputs)
        shapes = [changed.get(value) or graph.shape(value) for value in node.inputs]
        given = [shape for shape in shapes if shape is not None]
        if not fresh or node.op is None or len(given) != len(shapes):
            out.extend((guard, node.index) for guard in node.guards)
            continue
        op = change.ops.get(node.index, node.op)
        for (reader, position), value in change.crops.items():
            target = changed.get(value) or graph.shape(value)
            if reader == node.index and target is not None:
                out.extend((guard, node.index) for guard in _fits(given[position], target))
                given[position] = given[position].with_spatial(*target.spatial)
        case = op, tuple(given)
        try:
            if case not in cache:
                op.check()
                cache[case] = op.shapes(*given), op.guards(*given)
        except (Invalid, ValueError):
            return None
        results, guards = cache[case]
        changed.update((Value(node.index, i), shape) for i, shape in enumerate(results))
        out.extend((guard, node.index) for guard in (*guards, *positive(results)))
    return out if _promises(graph, changed, out) else None


def _fits(shape: Shape, target: Shape) -> list[Guard]:
    """Return what a crop needs: no axis may be smaller than the target's."""
    pairs = zip(shape.spatial, target.spatial, strict=True)
    return [NotLess(a, b) for a, b in pairs if isinstance(a, Size) and isinstance(b, Size)]


def positive(shapes: tuple[Shape, ...]) -> list[Guard]:
    """Return what every result has to satisfy: sizes of at least 1."""
    return [AtLeast(axis, 1) for shape in shapes for axis in shape.axes[1:] if not isinstance(axis, Product)]


def _promises(graph: Graph, changed: Mapping[Value, Shape], out: Pairs) -> bool:
    """Add what the shape promises ask of the new sizes; False where one can no longer be compared."""
    for promise in graph.promises:
        shape = changed.get(promise.value)
        if shape is None:
            out.extend((guard, -1) for guard in promise.guards)
            continue
        if shape.rank != promise.shape.rank:
            return False
        out.extend((guard, -1) for guard in promise.guards if not isinstance(guard, Equal))
        for axis, claimed in zip(shape.axes[2:], promise.shape.axes[2:], strict=True):
            if axis == claimed:
                continue
            if not isinstance(axis, Size) or not isinstance(claimed, Size):
                return False
            if len({axis.symbol, claimed.symbol} - {None}) > 1:
                return False
            out.append((Equal(axis, claimed), -1))
    return True
