"""The graph: a network after blocks, loops and ifs are resolved; nodes in the order of the spec.

Plain data for every later phase. Nodes are appended only, and a node reads only earlier nodes, so list order is a
topological order.
"""

from collections.abc import Mapping

from convdsl.meaning import Meaning
from convdsl.op import Guard, Op
from convdsl.record import dataclass, field
from convdsl.shape import Shape
from convdsl.source import Span
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Value:
    """One output of one node."""

    node: int
    output: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """A named level of the network: the model (index 0), a block call, a group, a repeat's turn.

    kind: "model", "block", "group", "turn" or "layer" (a declared layer with a body). prefix: what weights' names
    inside start with, "" or ending in a dot. type: the block's name, "" else. label: what a picture writes on its box.
    """

    index: int
    parent: int  # -1 for the model
    kind: str
    label: str
    prefix: str
    type: str = ""
    span: Span = tree.NOWHERE


@dataclass(slots=True)
class Node:
    """One layer (or input) of the network.

    name: unique and readable, the key's prefix for layers with weights (`e1.0`, `conv1`), else the nearest name.
    key: the prefix of its weights' names, None for what takes no position (joins, slices) and for inputs.
    op: None for an input of the model. shapes: one for each output; None where a mistake upstream makes it unknown.
    owner: False where a declared layer is applied a second time: its weights belong to the first node of that key.
    span: the call in the text; trail: the block calls around it, outermost first. target: the name it was bound to.
    blanks: the arguments that are `?` or hold one; `op` has stand-ins there. waits: its shape is unknown until a `?`
    is solved, here or above; closing: the promise whose shape it was given meanwhile.
    turns: of the loops around each call in `trail`, and last around the layer itself.
    """

    index: int
    name: str
    key: str | None
    op: Op | None
    inputs: tuple[Value, ...]
    shapes: tuple[Shape, ...] | None
    guards: tuple[Guard, ...] = ()
    scope: int = 0
    owner: bool = True
    span: Span = tree.NOWHERE
    trail: tuple[Span, ...] = ()
    target: str = ""
    fed: tuple[Shape, ...] | None = None  # of a layer that is not run: the shapes that it would read
    blanks: Mapping[str, object] = field(default_factory=dict)
    waits: bool = False
    closing: "Promise | None" = None
    turns: tuple[tuple[str, ...], ...] = ()

    @property
    def category(self) -> str:
        """The family of the layer's operator, such as `conv` or `activation`; "" for an input."""
        return "" if self.op is None else self.op.category


@dataclass(frozen=True, slots=True)
class InputTensor:
    """A declared input of the model."""

    name: str
    node: int
    shape: Shape
    default: float | None
    meaning: Meaning | None
    where: tuple[tree.Expr, ...]
    declaration: tree.Input


@dataclass(frozen=True, slots=True)
class OutputTensor:
    """A declared output of the model: the value that carries it."""

    name: str
    value: Value
    meaning: Meaning | None
    declaration: tree.Output


@dataclass(frozen=True, slots=True)
class Promise:
    """A shape that the text claims of a value: `: [N, 64, H // 2, W // 2]` or an `output` line.

    guards say, in the model's symbols, what has to hold for the claim (besides rank and channels, already compared).
    """

    value: Value
    guards: tuple[Guard, ...]
    shape: Shape
    span: Span
    trail: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Shadow:
    """A parameter of a block that a call leaves at its default, where the caller has another value by the same name.

    span: the call. default: where the block says it. caller: the block, or the model, in which the call stands.
    """

    span: Span
    block: str
    parameter: str
    value: object
    default: Span
    caller: str
    outer: object


@dataclass(slots=True)
class Graph:
    """A whole network."""

    model: str
    nodes: list[Node] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    inputs: list[InputTensor] = field(default_factory=list)
    outputs: list[OutputTensor] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    expectations: list[tree.Expr] = field(default_factory=list)
    parameters: Mapping[str, object] = field(default_factory=dict)  # the values of the model's own
    has_blanks: bool = False  # whether an argument of a layer is `?`
    spare: list[Node] = field(default_factory=list)  # declared layers that are never applied: weights, no place
    shadows: dict[tuple[Span, str], Shadow] = field(default_factory=dict)  # by call and parameter, the first of each

    def shape(self, value: Value) -> Shape | None:
        """Return the shape of a value, None where it is unknown."""
        shapes = self.nodes[value.node].shapes
        return None if shapes is None else shapes[value.output]

    def input_shapes(self, node: Node) -> tuple[Shape, ...] | None:
        """Return the shapes of a node's inputs, None where one is unknown."""
        if node.fed is not None:
            return node.fed
        out = []
        for value in node.inputs:
            shape = self.shape(value)
            if shape is None:
                return None
            out.append(shape)
        return tuple(out)
