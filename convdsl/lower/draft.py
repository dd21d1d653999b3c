"""A network in the making, layer by layer: what an importer adds comes out as the graph that a spec would give.

Besides the graph it keeps where in the original each layer was called, so that `spell` can fold what repeats. It knows
no operator and no PyTorch.
"""

from collections import Counter
from collections.abc import Mapping

from convdsl.argument import Invalid
from convdsl.graph.graph import Graph, InputTensor, Node, OutputTensor, Scope, Value
from convdsl.op import Op
from convdsl.record import dataclass, field, replace
from convdsl.shape import Shape
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a module that calls others.

    path: where it stands, "layer1.0". kind: its class's name, "" for an nn.Sequential and the like. call: tells two
    calls of one module apart.
    """

    path: str
    kind: str
    call: int = 0


@dataclass(slots=True)
class Draft:
    """The graph so far; frames: the calls around each node, outermost first, without the model's own.

    exact: the keys of layers without weights are known too; one without has lost its key to an equal one.
    """

    graph: Graph
    frames: dict[int, tuple[Frame, ...]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    exact: bool = False

    def input(self, name: str, shape: Shape, declaration: tree.Input) -> Value:
        """Declare an input of the network."""
        node = Node(len(self.graph.nodes), name, None, None, (), (shape,))
        self.graph.nodes.append(node)
        self.graph.inputs.append(InputTensor(name, node.index, shape, None, None, (), declaration))
        return Value(node.index)

    def add(
        self, op: Op, inputs: tuple[Value, ...], *, key: str | None = None, frames: tuple[Frame, ...] = ()
    ) -> tuple[Value, ...]:
        """Append a layer and return its results.

        key: the prefix of its weights' names, None for a layer that has no module of its own.
        Raises Invalid where the operator refuses its arguments or inputs.
        """
        fewest, most = type(op).takes
        if len(inputs) < fewest or (most is not None and len(inputs) > most):
            raise Invalid("", f"{type(op).__name__} takes {fewest} values, and here are {len(inputs)}")
        shapes = tuple(self.shape(value) for value in inputs)
        op.check()
        if op.rank is not None and shapes[0].rank != op.rank:
            said = f"{type(op).__name__} takes {op.rank} axes, and the input has {shapes[0].rank}: {shapes[0]}"
            raise Invalid("", said)
        index = len(self.graph.nodes)
        results, guards = op.shapes(*shapes), op.guards(*shapes)
        self.graph.nodes.append(
            Node(index, key or f"v{index}", key, op, inputs, results, guards, owner=key is None or key not in self.keys)
        )
        if key is not None:
            self.keys.add(key)
        self.frames[index] = frames
        return tuple(Value(index, output) for output in range(len(results)))

    def shape(self, value: Value) -> Shape:
        """Return the shape of a value, known for everything that was added."""
        shape = self.graph.shape(value)
        assert shape is not None
        return shape

    def replace(self, value: Value, op: Op, inputs: tuple[Value, ...]) -> tuple[Value, ...]:
        """Put another layer in the place of the last one, as where `a + b` grows to `a + b + c`."""
        assert value.node == len(self.graph.nodes) - 1
        frames = self.frames.pop(value.node)
        self.graph.nodes.pop()
        return self.add(op, inputs, frames=frames)

    def output(self, name: str, value: Value) -> None:
        """Declare an output of the network."""
        self.graph.outputs.append(OutputTensor(name, value, None, tree.Output(name, tree.ShapeExpr(()))))


def draft(model: str) -> Draft:
    """Begin a network."""
    return Draft(Graph(model, scopes=[Scope(0, -1, "model", model, "")]))


def pruned(made: Draft) -> tuple[Draft, tuple[Node, ...]]:
    """Return the network without the layers that reach no output, and those of them that own weights."""
    graph = made.graph
    needed = {output.value.node for output in graph.outputs} | {tensor.node for tensor in graph.inputs}
    for node in reversed(graph.nodes):
        if node.index in needed:
            needed.update(value.node for value in node.inputs)
    place: Mapping[int, int] = {old: new for new, old in enumerate(sorted(needed))}
    out = draft(graph.model)
    seen: set[str] = set()
    for node in graph.nodes:
        if node.index not in needed:
            continue
        inputs = tuple(Value(place[value.node], value.output) for value in node.inputs)
        owner = node.key is None or node.key not in seen
        out.graph.nodes.append(replace(node, index=place[node.index], inputs=inputs, owner=owner))
        if node.key is not None:
            seen.add(node.key)
        out.frames[place[node.index]] = made.frames.get(node.index, ())
    out.keys = seen
    out.graph.inputs = [replace(tensor, node=place[tensor.node]) for tensor in graph.inputs]
    out.graph.outputs = [
        replace(output, value=Value(place[output.value.node], output.value.output)) for output in graph.outputs
    ]
    out.exact = made.exact
    if not out.exact:
        _drop_idle_keys(out.graph)
    left = (node for node in graph.nodes if node.index not in needed and node.key is not None and node.key not in seen)
    return out, tuple({node.key: node for node in left if has_state(graph, node)}.values())


def _drop_idle_keys(graph: Graph) -> None:
    """Leave layers without weights their place in an nn.Sequential; other names of theirs say nothing."""
    times = Counter(node.key for node in graph.nodes)
    for node in graph.nodes:
        if node.key is None or has_state(graph, node):
            continue
        if times[node.key] > 1 or not node.key.rpartition(".")[2].isdigit():
            node.key, node.owner = None, True


def has_state(graph: Graph, node: Node) -> bool:
    """Tell whether a layer owns tensors of the state."""
    shapes = graph.input_shapes(node)
    return node.op is not None and shapes is not None and bool(node.op.weights(*shapes) or node.op.buffers(*shapes))
