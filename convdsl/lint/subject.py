"""What a rule may ask of a network: each answer is worked out once, when it is first asked for, in linear time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from convdsl.analysis import cost
from convdsl.analysis.accepted import Accepted
from convdsl.analysis.alignment import Join, Shift, joins, shifts
from convdsl.analysis.cost import Parts
from convdsl.analysis.geometry import Fields, receptive_fields
from convdsl.analysis.memory import inference
from convdsl.analysis.ranges import intervals
from convdsl.analysis.taps import Found, taps
from convdsl.argument import signature
from convdsl.diagnostics import Code, Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Graph, Node, OutputTensor, Value
from convdsl.lint.sites import Site, sites
from convdsl.op import Interval, Op, Weights
from convdsl.recipe import Recipe
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.source import Source, Span
from convdsl.syntax import tree
from convdsl.traits import SAME, Traits, Window

USUAL_SIZE = 256  # pixels a side, what most networks that paint pictures are trained and judged at


@dataclass(frozen=True, slots=True)
class Case:
    """An operator on inputs of certain shapes, and all nodes that are such: one judgement does for all of them."""

    op: Op
    shapes: tuple[Shape, ...]
    nodes: tuple[Node, ...]


class Subject:
    """A network whose shapes are all known, with the spec that it was written in.

    accepted: the sizes at which PyTorch runs it; legal: those of them where every promise holds. recipe: of the
    `train` section, None where the spec has none. numbers: thresholds that the project overrides, by rule and name.
    """

    def __init__(
        self,
        graph: Graph,
        accepted: Accepted,
        legal: Accepted,
        recipe: Recipe | None,
        file: tree.File,
        sources: Sequence[Source],
        numbers: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self.graph, self.accepted, self.legal, self.recipe = graph, accepted, legal, recipe
        self.file, self.sources = file, tuple(sources)
        self.numbers = numbers or {}
        self._traits: dict[int, Traits] = {}
        self._weights: dict[int, Weights] = {}
        self._windows: dict[int, tuple[Window, ...]] = {}
        self._concrete: dict[Shape, Shape] = {}

    # ------------------------------------------------------------- the layers

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
        if node.op is None:
            return SAME
        case = self._case(node)
        if case not in self._traits:
            self._traits[case] = node.op.traits(*self.inputs(node))
        return self._traits[case]

    def windows(self, node: Node) -> tuple[Window, ...]:
        """Return the window of a layer along each spatial axis; () where it has none."""
        if node.op is None:
            return ()
        if id(node.op) not in self._windows:
            self._windows[id(node.op)] = node.op.windows()
        return self._windows[id(node.op)]

    def weights(self, node: Node) -> Weights:
        """Return a layer's trained tensors by name; {} for one without."""
        if node.op is None:
            return {}
        case = self._case(node)
        if case not in self._weights:
            self._weights[case] = node.op.weights(*self.inputs(node))
        return self._weights[case]

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

    # ---------------------------------------------------------------- the numbers

    @cached_property
    def fields(self) -> Sequence[Fields | None]:
        """The receptive field of every node along each spatial axis (analysis/geometry.py)."""
        return receptive_fields(self.graph)

    @cached_property
    def joins(self) -> Sequence[Join]:
        """Every meeting of values on a grid, with where each lies (analysis/alignment.py)."""
        return joins(self.graph, self.fields)

    @cached_property
    def shifts(self) -> Sequence[Shift]:
        """Where each output lies relative to the input, along each axis (analysis/alignment.py)."""
        return shifts(self.graph, self.fields, self.legal)

    def taps(self, value: Value, axis: int, origin: Value | None = None) -> Found:
        """Return exactly the pixels of an earlier value, or of the inputs, that a value reads (analysis/taps.py).

        axis: from 0. It is worked out anew for each question, so ask for the last value of a path, not for each.
        """
        return taps(self.graph, value, axis, origin)

    @cached_property
    def intervals(self) -> Sequence[tuple[Interval, ...]]:
        """The values that every output of every node can take (analysis/ranges.py)."""
        return intervals(self.graph)

    @cached_property
    def size(self) -> Mapping[str, int]:
        """The sizes to count at: legal ones, nearest to the training crop, or to 256 pixels where nothing is trained.

        Without a legal size {}: then nothing can be counted. The batch `N` is 1.
        """
        if self.legal.is_empty:
            return {}
        wanted = USUAL_SIZE if self.recipe is None else self.recipe.crop
        return {**self.legal.nearest(dict.fromkeys(self.legal.axes, wanted))[0], "N": 1}

    def at_size(self, shape: Shape) -> tuple[int, ...]:
        """Return a shape in numbers, at `size`."""
        if shape not in self._concrete:
            self._concrete[shape] = shape.at(self.size)
        return self._concrete[shape].numbers

    @cached_property
    def parameters(self) -> Mapping[int, int]:
        """The trained numbers of each node, by its index; nodes without are left out."""
        return {node.index: number for node, number in cost.parameters(self.graph).parts}

    @cached_property
    def macs(self) -> Mapping[int, int]:
        """The multiply-accumulates of each node at `size`, by its index; nodes without are left out."""
        return {node.index: number for node, number in cost.macs(self.graph, self.size).parts}

    @cached_property
    def memory(self) -> Parts:
        """The most bytes that values occupy at one time of a run at `size`, without gradients (analysis/memory.py)."""
        return inference(self.graph, self.size)

    # ---------------------------------------------------------------- the text

    @cached_property
    def _sites(self) -> Mapping[Span, Site]:
        return sites(self.file)

    def site(self, node: Node) -> Site | None:
        """Return where a layer's call stands; None for arithmetic, for a layer that was handed over, in other files."""
        site = self._sites.get(node.span) if node.span.file == 0 else None
        return site if site is not None and site.call.callee == type(node.op).__name__ else None

    def written(self, node: Node, argument: str) -> tree.Argument | None:
        """Return an argument of a layer as it is written in its call; None where it is not written there."""
        site = self.site(node)
        if site is None or node.op is None:
            return None
        names = [parameter.name for parameter in signature(type(node.op)) if not parameter.keyword_only]
        for position, one in enumerate(site.call.arguments):
            if (one.name or (names[position] if position < len(names) else "")) == argument:
                return one
        return None

    @cached_property
    def _twins(self) -> Mapping[Span, list[Node]]:
        found: dict[Span, list[Node]] = {}
        for node, _ in self.layers:
            found.setdefault(node.span, []).append(node)
        return found

    def twins(self, node: Node) -> Sequence[Node]:
        """Return all layers that were made by the same call in the text, by loops and blocks: a fix edits them all."""
        return self.at(node.span)

    def at(self, span: Span) -> Sequence[Node]:
        """Return all layers that a call in the text made."""
        return self._twins.get(span, ())

    @cached_property
    def named(self) -> Mapping[str, Node]:
        """The nodes by name."""
        return {node.name: node for node in self.graph.nodes}

    # ---------------------------------------------------------------- findings

    def finding(
        self,
        code: Code,
        node: Node,
        message: str,
        *,
        label: str = "",
        argument: str = "",
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        helps: tuple[Help, ...] = (),
        severity: Severity | None = None,
    ) -> Diagnostic:
        """Make a finding about a layer, marked at its call, or at one of its arguments where that is written.

        label: a few words under the mark. labels: other places. The block call around the layer is added by itself.
        """
        one = self.written(node, argument) if argument else None
        span = node.span if one is None else one.span
        if node.trail and all(other.span != node.trail[0] for other in labels):
            labels = (*labels, Label(node.trail[0], "in this call"))
        return Diagnostic(
            code, message, Label(span, label), labels, notes, helps, severity or code.severity, (node.name,)
        )

    def place(self, node: Node, text: str) -> Label:
        """Point at another layer."""
        return Label(node.span, text)

    def walk(self, nodes: Sequence[Node]) -> Iterator[Node]:
        """Run through everything that the nodes are made of, each once, the latest first."""
        seen = {node.index for node in nodes}
        for index in range(max(seen, default=-1), -1, -1):
            if index in seen:
                node = self.graph.nodes[index]
                yield node
                seen.update(value.node for value in node.inputs)
