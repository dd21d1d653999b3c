"""What is known of the shapes behind a `?` that is not solved yet: rank, batch and channels, but no sizes."""

from convdsl.argument import Invalid
from convdsl.graph.blanks import unsized
from convdsl.graph.graph import Graph, Value
from convdsl.op import Op
from convdsl.shape import Shape


class Drafts:
    """The drafted shapes of nodes that wait for a `?`."""

    def __init__(self) -> None:
        self._shapes: dict[int, tuple[Shape, ...] | None] = {}

    def add(self, graph: Graph, op: Op, inputs: tuple[Value, ...]) -> bool:
        """Tell whether the next node's shape waits for nothing but a `?`, its own or one above, and draft it then."""
        shapes: list[Shape | None] = []
        for value in inputs:
            shape = graph.shape(value)
            if shape is None and not graph.nodes[value.node].waits:
                return False  # a mistake hides it
            shapes.append(self.of(value) if shape is None else shape)
        given = [shape for shape in shapes if shape is not None]
        if len(given) == len(shapes):
            self._shapes[len(graph.nodes)] = _drafted(op, given)
        return True

    def of(self, value: Value) -> Shape | None:
        """Return a value's drafted shape, None if there is none."""
        shapes = self._shapes.get(value.node)
        return None if shapes is None else shapes[value.output]

    def outputs(self, node: int) -> int:
        """Count the outputs of a node that waits, 1 where it is not known."""
        return len(self._shapes.get(node) or (None,))


def _drafted(op: Op, inputs: list[Shape]) -> tuple[Shape, ...] | None:
    try:
        return op.shapes(*map(unsized, inputs))
    except (Invalid, ValueError):
        return None
