"""What a network costs: trained numbers, multiply-accumulates, memory for its values.

Counts are derived from the shapes of weights and values, never written down. 1 MAC is one multiply and one add; biases
are not counted, padding is counted in full.
"""

from collections.abc import Mapping
from math import prod

from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import Op, Weights
from convdsl.record import dataclass
from convdsl.shape import Places, Shape

FLOAT_BYTES = 4  # PyTorch's default type, float32
PLACE_BYTES = 8  # the places of maxima are int64

Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Parts:
    """A sum and what it is made of: the nodes that add to it, with their numbers, in order."""

    total: int
    parts: tuple[tuple[Node, int], ...]

    def largest(self, count: int) -> tuple[tuple[Node, int], ...]:
        """Return the nodes that add most, the largest first."""
        return tuple(sorted(self.parts, key=lambda part: -part[1])[:count])


def parameters(graph: Graph) -> Parts:
    """Count the trained numbers; shared weights count once, declared layers that are never applied count too."""
    return _count(graph, trained=True)


def buffers(graph: Graph) -> Parts:
    """Count the numbers of the state that are not trained."""
    return _count(graph, trained=False)


def _count(graph: Graph, trained: bool) -> Parts:
    cache: dict[tuple[int, ...], int] = {}
    parts: list[tuple[Node, int]] = []
    for node in (*graph.nodes, *graph.spare):
        shapes = graph.input_shapes(node)
        if node.op is None or not node.owner or node.key is None or shapes is None:
            continue
        case = (id(node.op), *map(id, shapes))
        if case not in cache:
            tensors: Weights = node.op.weights(*shapes) if trained else node.op.buffers(*shapes)
            cache[case] = sum(map(prod, tensors.values()))
        if cache[case]:
            parts.append((node, cache[case]))
    return Parts(sum(number for _, number in parts), tuple(parts))


def macs(graph: Graph, sizes: Sizes) -> Parts:
    """Count multiply-accumulates of one run; sizes: a value for each symbol, the batch `N` is 1 if not given."""
    concrete = _Concrete(sizes)
    cache: dict[tuple[Op, tuple[Shape, ...]], int] = {}
    parts: list[tuple[Node, int]] = []
    for node in graph.nodes:
        shapes = graph.input_shapes(node)
        if node.op is None or shapes is None:
            continue
        case = node.op, tuple(map(concrete.shape, shapes))
        if case not in cache:
            cache[case] = node.op.macs(*case[1])
        if cache[case]:
            parts.append((node, cache[case]))
    return Parts(sum(number for _, number in parts), tuple(parts))


def memory(graph: Graph, sizes: Sizes) -> Parts:
    """Return the most bytes that values occupy at one time of a run without gradients, and which values these are.

    Every value is float32 (the places of a max pool int64), lives from the layer that makes it to the last that reads
    it, and shares its memory with no other: views and in-place activations would save, so this is an upper bound on the
    values. Inputs and outputs belong to the caller and live throughout. Weights and workspace of the kernels are not
    counted.
    """
    concrete = _Concrete(sizes)
    last: dict[Value, int] = {}
    for node in graph.nodes:
        for value in node.inputs:
            last[value] = node.index
    for output in graph.outputs:
        last[output.value] = len(graph.nodes)
    inputs = {tensor.node for tensor in graph.inputs}
    ending: dict[int, list[Value]] = {}
    live: dict[Value, int] = {}
    for tensor in graph.inputs:
        shape = graph.shape(Value(tensor.node))
        live[Value(tensor.node)] = 0 if shape is None else concrete.bytes(shape)
    now = best = sum(live.values())
    at_best = dict(live)
    for node in graph.nodes:
        if node.index not in inputs:
            for position, shape in enumerate(node.shapes or ()):
                value = Value(node.index, position)
                live[value] = concrete.bytes(shape)
                now += live[value]
                ending.setdefault(last.get(value, node.index), []).append(value)
        if now > best:
            best, at_best = now, dict(live) if len(live) < 1000 else at_best
        for value in ending.pop(node.index, ()):
            now -= live.pop(value)
    grouped: dict[int, int] = {}
    for value, size in at_best.items():
        grouped[value.node] = grouped.get(value.node, 0) + size
    return Parts(best, tuple((graph.nodes[index], size) for index, size in grouped.items()))


class _Concrete:
    """Shapes with numbers put in for the symbols, each made once."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._shapes: dict[Shape, Shape] = {}
        self._bytes: dict[Shape, int] = {}

    def shape(self, shape: Shape) -> Shape:
        found = self._shapes.get(shape)
        if found is None:
            found = self._shapes[shape] = shape.at(self._sizes)
        return found

    def bytes(self, shape: Shape) -> int:
        """Return the memory of a value."""
        found = self._bytes.get(shape)
        if found is None:
            each = PLACE_BYTES if isinstance(shape, Places) else FLOAT_BYTES
            found = self._bytes[shape] = prod(self.shape(shape).numbers) * each
        return found
