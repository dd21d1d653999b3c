"""What a network costs: trained numbers and multiply-accumulates; memory.py has the memory.

Counts are derived from the shapes of weights and values, never written down. 1 MAC is one multiply and one add; biases
are not counted, padding is counted in full.
"""

from collections.abc import Callable, Iterable, Mapping
from math import prod

from convdsl.graph.graph import Graph, Node
from convdsl.op import Op, Weights
from convdsl.record import dataclass
from convdsl.saved import PLACE_BYTES
from convdsl.shape import Places, Shape

FLOAT_BYTES = 4  # PyTorch's default type, float32

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
    def numbers(op: Op, *shapes: Shape) -> int:
        tensors: Weights = op.weights(*shapes) if trained else op.buffers(*shapes)
        return sum(map(prod, tensors.values()))

    return _sum(graph, (node for node in (*graph.nodes, *graph.spare) if node.owner), numbers)


def macs(graph: Graph, sizes: Sizes) -> Parts:
    """Count multiply-accumulates of one run; sizes: a value for each symbol, the batch `N` is 1 if not given."""
    concrete = Concrete(sizes)
    return _sum(graph, graph.nodes, lambda op, *shapes: op.macs(*map(concrete.shape, shapes)))


def _sum(graph: Graph, nodes: Iterable[Node], numbers: Callable[..., int]) -> Parts:
    """Ask every layer for a number, equal layers on equal shapes once; numbers: of an operator and its inputs."""
    cache: dict[tuple[int, ...], int] = {}
    parts: list[tuple[Node, int]] = []
    for node in nodes:
        shapes = graph.input_shapes(node)
        if node.op is None or shapes is None:
            continue
        case = (id(node.op), *map(id, shapes))
        if case not in cache:
            cache[case] = numbers(node.op, *shapes)
        if cache[case]:
            parts.append((node, cache[case]))
    return Parts(sum(number for _, number in parts), tuple(parts))


class Concrete:
    """Shapes with numbers put in for the symbols, each made once; width: bytes of a number."""

    def __init__(self, sizes: Sizes, width: int = FLOAT_BYTES) -> None:
        self._sizes, self._width = sizes, width
        self._shapes: dict[Shape, Shape] = {}
        self._bytes: dict[Shape, int] = {}

    def shape(self, shape: Shape) -> Shape:
        """Return a shape of numbers."""
        found = self._shapes.get(shape)
        if found is None:
            found = self._shapes[shape] = shape.at(self._sizes)
        return found

    def bytes(self, shape: Shape) -> int:
        """Return the memory of a value."""
        found = self._bytes.get(shape)
        if found is None:
            each = PLACE_BYTES if isinstance(shape, Places) else self._width
            found = self._bytes[shape] = prod(self.shape(shape).numbers) * each
        return found
