"""Who made a size: names, places and the way of a value through the graph, for messages.

Reads the graph only; decides nothing.
"""

import re
from collections.abc import Iterable

from convdsl.diagnostics import Label
from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import AnyAtLeast, AtLeast, Divides, Equal, Guard, NotLess, ProductEquals
from convdsl.ops.agreement import axis_word
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.sizes import Size
from convdsl.source import Span


@dataclass(frozen=True, slots=True)
class End:
    """One input of a join along the axis that disagrees: its value and the size of it."""

    value: Value
    size: Size


def op_name(node: Node) -> str:
    """Return the operator's name, `input` for an input of the model."""
    return "input" if node.op is None else type(node.op).__name__


def value_name(graph: Graph, value: Value, reader: Node) -> str:
    """Name a value as the reader's line would: in backticks, or "the output of `ReLU`" where it has no name."""
    node = graph.nodes[value.node]
    around = set(_scopes(graph, reader.scope))
    name = node.target
    for index in _scopes(graph, node.scope):
        if index in around:
            break
        scope = graph.scopes[index]
        outside = graph.scopes[scope.parent].prefix if scope.parent >= 0 else ""
        told = (scope.label, scope.prefix.removeprefix(outside).removesuffix("."))
        label = next((text for text in told if _NAME.fullmatch(text)), "")
        if scope.kind == "group" and label and name:
            name = f"{label}.{name}"  # all names of a group can be read, those of a block are private
        elif scope.kind != "turn":
            name = label
    spelt = _INDEX.sub(r"[\1]", name)
    return f"`{spelt}`" if name else f"the output of `{op_name(node)}`"


_NAME = re.compile(r"[A-Za-z_]\w*(\.\d+)*")
_INDEX = re.compile(r"\.(\d+)")  # enc.2 is the key of what the text calls enc[2]


def _scopes(graph: Graph, index: int) -> list[int]:
    """List a scope and those around it, innermost first."""
    out = []
    while 0 <= index < len(graph.scopes):
        out.append(index)
        index = graph.scopes[index].parent
    return out


def place(graph: Graph, node: Node, reader: Node | None = None) -> Span:
    """Return where a node stands as its reader sees it: its call, or the block call around it."""
    if node.op is None:
        for tensor in graph.inputs:
            if tensor.node == node.index:
                return tensor.declaration.name_span
    shared = () if reader is None else reader.trail
    depth = 0
    while depth < min(len(shared), len(node.trail)) and shared[depth] == node.trail[depth]:
        depth += 1
    return node.trail[depth] if depth < len(node.trail) else node.span


def changer(graph: Graph, value: Value, axis: int) -> Value:
    """Follow a value back through nodes that keep its size along an axis, to the one that gave it that size."""
    while True:
        node = graph.nodes[value.node]
        shape = graph.shape(value)
        if shape is None or axis >= shape.rank:
            return value
        for source in node.inputs:
            before = graph.shape(source)
            if before is not None and before.rank == shape.rank and before.axes[axis] == shape.axes[axis]:
                value = source
                break
        else:
            return value


def descendants(graph: Graph, roots: Iterable[int]) -> set[int]:
    """Return the nodes that depend on the roots, the roots among them."""
    found = set(roots)
    for node in graph.nodes:
        if any(value.node in found for value in node.inputs):
            found.add(node.index)
    return found


def ends(graph: Graph, node: Node, guard: Equal | NotLess) -> tuple[End, ...]:
    """Return the two inputs of a join that a guard compares; fewer where they cannot be told."""
    out: list[End] = []
    for size in (guard.left, guard.right):
        for value in node.inputs:
            shape = graph.shape(value)
            taken = any(end.value == value for end in out)
            if not taken and shape is not None and guard.axis < shape.rank and shape.axes[guard.axis] == size:
                out.append(End(value, size))
                break
    return tuple(out)


def axis_of(graph: Graph, node: Node, guard: Guard) -> tuple[int, int] | None:
    """Return the axis that a guard is about and the rank of the shape that it is counted in, None if unclear."""
    inputs = [shape for shape in map(graph.shape, node.inputs) if shape is not None]
    shapes: list[Shape] = [*(node.shapes or ()), *inputs]
    if isinstance(guard, Equal | NotLess):
        if len(node.inputs) > 1:
            return (guard.axis, shapes[0].rank) if shapes else None
        free = [size for size in (guard.left, guard.right) if size.value is None]
        compared = (shape for shape in (*inputs, *shapes) if guard.axis < shape.rank and shape.axes[guard.axis] in free)
        return next(((guard.axis, shape.rank) for shape in compared), None)
    if isinstance(guard, AtLeast | Divides):
        for shape in shapes:
            if guard.size in shape.axes[2:]:
                return shape.axes.index(guard.size, 2), shape.rank
    return None


def axis_word_of(shape: Shape, axis: int) -> str:
    """Return the word for an axis of a shape: `batch`, `channels`, `height`, or `size` where it has no such axis."""
    return axis_word(shape.rank, axis) if axis < shape.rank else "size"


def axis_noun(graph: Graph, node: Node, guard: Guard) -> str:
    """Return `height`, `width` or another word for the axis that a guard is about."""
    if isinstance(guard, ProductEquals | AnyAtLeast):
        return "size"
    found = axis_of(graph, node, guard)
    return "size" if found is None else axis_word(found[1], found[0])


def call_label(node: Node, primary: Span) -> tuple[Label, ...]:
    """Point at the outermost block call around a node that lies inside a block."""
    if not node.trail or node.trail[0] == primary:
        return ()
    return (Label(node.trail[0], "in this call"),)
