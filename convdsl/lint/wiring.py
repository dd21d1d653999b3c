"""What a rule may ask of the layers of a network: what they are, and who reads whom."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from convdsl.argument import signature
from convdsl.graph.graph import Graph, Node, OutputTensor, Value
from convdsl.op import AxisMap, Op, Weights
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import SAME, Traits, Window


@dataclass(frozen=True, slots=True)
class Case:
    """An operator on inputs of certain shapes, and all nodes that are such: one judgement does for all of them."""

    op: Op
    shapes: tuple[Shape, ...]
    nodes: tuple[Node, ...]

    @property
    def jumps(self) -> list[Fraction]:
        """Cells of the input from one output to the next, along each axis that lies on a grid."""
        return [axis.jump for axis in self.op.axes(*self.shapes) if isinstance(axis, AxisMap)]


class Wiring:
    """A network whose shapes are all known; part of `Subject`.

    times: for how many layers of the network that is meant each node stands; more than one where turns were left out
    (lint/short.py).
    """

    def __init__(self, graph: Graph, times: Sequence[int] | None = None) -> None:
        self.graph = graph
        self.times: Sequence[int] = [1] * len(graph.nodes) if times is None else times
        self._windows: dict[int, tuple[Window, ...]] = {}

    @property
    def nodes(self) -> Sequence[Node]:
        """All layers and inputs, each after those that it reads."""
        return self.graph.nodes

    @cached_property
    def layers(self) -> Sequence[tuple[Node, Op]]:
        """Every node that is a layer, with its operator."""
        return [(node, node.op) for node in self.graph.nodes if node.op is not None]

    @cached_property
    def cases(self) -> Sequence[Case]:
        """The layers, those of one operator and one shape of inputs together: judge one, report all."""
        found: dict[int, list[Node]] = {}
        for node, _ in self.layers:
            found.setdefault(self._case(node), []).append(node)
        out = []
        for nodes in found.values():
            op = nodes[0].op
            assert op is not None
            out.append(Case(op, self.inputs(nodes[0]), tuple(nodes)))
        return out

    def _case(self, node: Node) -> int:
        return self._numbers[node.index]

    @cached_property
    def _numbers(self) -> Sequence[int]:
        """For every node the number of its operator with its inputs' shapes."""
        # equal operators and shapes are one object in a graph (graph/nodes.py)
        shapes = [node.shapes or () for node in self.graph.nodes]
        seen: dict[tuple[int, ...], int] = {}
        return [
            seen.setdefault((id(node.op), *[id(shapes[v.node][v.output]) for v in node.inputs]), len(seen))
            for node in self.graph.nodes
        ]

    def shape(self, value: Value) -> Shape:
        """Return the shape of a value."""
        shapes = self.graph.nodes[value.node].shapes
        assert shapes is not None
        return shapes[value.output]

    def inputs(self, node: Node) -> tuple[Shape, ...]:
        """Return the shapes that a layer reads."""
        return tuple(map(self.shape, node.inputs))

    def output(self, node: Node) -> Shape:
        """Return the shape of a layer's first output."""
        return self.shape(Value(node.index))

    def traits(self, node: Node) -> Traits:
        """Return what is true of a layer as a function; of an input of the network, of the identity."""
        return self._traits[node.index]

    @cached_property
    def _traits(self) -> Sequence[Traits]:
        out = [SAME] * len(self.graph.nodes)
        for case in self.cases:
            known = case.op.traits(*case.shapes)
            for node in case.nodes:
                out[node.index] = known
        return out

    def argument(self, node: Node, name: str) -> object:
        """Return the value in force of a layer's argument, as `align_corners`; None where it has no such argument."""
        names = () if node.op is None else signature(type(node.op))
        return getattr(node.op, name) if any(parameter.name == name for parameter in names) else None

    def windows(self, node: Node) -> tuple[Window, ...]:
        """Return the window of a layer along each spatial axis; () where it has none."""
        if node.op is None:
            return ()
        if id(node.op) not in self._windows:
            self._windows[id(node.op)] = node.op.windows()
        return self._windows[id(node.op)]

    def weights(self, node: Node) -> Weights:
        """Return a layer's trained tensors by name; {} for one without."""
        return self._weights[node.index]

    @cached_property
    def _weights(self) -> Sequence[Weights]:
        out: list[Weights] = [{}] * len(self.graph.nodes)
        for case in self.cases:
            known = case.op.weights(*case.shapes)
            for node in case.nodes:
                out[node.index] = known
        return out

    # ---------------------------------------------------------------- the wiring

    def maker(self, value: Value) -> Node:
        """Return the node that makes a value."""
        return self.graph.nodes[value.node]

    @cached_property
    def _readers(self) -> Mapping[Value, list[tuple[Node, int]]]:
        found: dict[Value, list[tuple[Node, int]]] = {}
        for node in self.graph.nodes:
            for position, value in enumerate(node.inputs):
                found.setdefault(value, []).append((node, position))
        return found

    def readers(self, value: Value) -> Sequence[tuple[Node, int]]:
        """Return the layers that read a value, each with the position among its inputs."""
        return self._readers.get(value, ())

    def outputs_of(self, value: Value) -> Sequence[OutputTensor]:
        """Return the network's outputs that are this value."""
        return [output for output in self.graph.outputs if output.value == value]

    @cached_property
    def alive(self) -> frozenset[int]:
        """The indices of the nodes that an output is made of."""
        ends = [self.graph.nodes[output.value.node] for output in self.graph.outputs]
        return frozenset(node.index for node in self.walk(ends))

    @cached_property
    def weights_ahead(self) -> Sequence[bool]:
        """Tell for each node, by its index, whether a layer with weights is made of it."""
        ahead = [False] * len(self.nodes)
        for node in reversed(self.nodes):
            for value in node.inputs:
                ahead[value.node] |= ahead[node.index] or bool(self.weights(node))
        return ahead

    @cached_property
    def learned(self) -> Sequence[bool]:
        """Tell for each node, by its index, whether it has weights or is made of one that has."""
        out: list[bool] = []
        for node in self.nodes:
            out.append(bool(self.weights(node)) or any(out[value.node] for value in node.inputs))
        return out

    def only_reader(self, node: Node) -> Node | None:
        """Return the one layer that reads a node, None where there are none, several, or an output is made of it."""
        value = Value(node.index)
        readers = self.readers(value)
        return readers[0][0] if len(readers) == 1 and value not in self._outputs else None

    @cached_property
    def _outputs(self) -> frozenset[Value]:
        return frozenset(output.value for output in self.graph.outputs)

    def back(self, node: Node, through: Callable[[Node], bool]) -> Node:
        """Go up by first inputs from a node's first input, past the layers that `through` is true of."""
        here = self.maker(node.inputs[0])
        while here.inputs and through(here):
            here = self.maker(here.inputs[0])
        return here

    def forward(self, node: Node, through: Callable[[Node], bool]) -> Node | None:
        """Go down by only readers, past the layers that `through` is true of; None where the way forks or ends."""
        here = self.only_reader(node)
        while here is not None and through(here):
            here = self.only_reader(here)
        return here

    def walk(self, nodes: Sequence[Node]) -> Iterator[Node]:
        """Run through everything that the nodes are made of, each once, the latest first."""
        seen = {node.index for node in nodes}
        for node in reversed(self.graph.nodes):
            if node.index in seen:
                yield node
                seen.update(value.node for value in node.inputs)
