"""Where a network's values lie in memory, and what of it autograd keeps: plain numbers for one choice of sizes.

Values are laid into pieces of memory as in the emitted code: views and layers that work in place take no piece of their
own. It knows no time; memory.py walks through a run.
"""

from collections.abc import Iterable

from convdsl.analysis.cost import Concrete, Sizes
from convdsl.analysis.inplace import overwriting
from convdsl.analysis.strides import Ints, lies, regrouped, strides_in_order
from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import CallPlan, Op
from convdsl.record import dataclass, field
from convdsl.saved import Kept, Order, Saved, Sharing
from convdsl.shape import Places, Shape


@dataclass(frozen=True, slots=True)
class Keeping:
    """What autograd keeps of one layer: pieces of memory that hold values, and bytes of its own."""

    node: int
    pieces: tuple[int, ...]
    own: int


@dataclass(slots=True)
class Layout:
    """The pieces of memory of one run.

    pieces: in which piece each value lies. strides: how its numbers lie there, of views; all others lie in order.
    bytes, makers: of each piece, its size and the node that made it. values: the bytes of each value. learns: the
    values to which a gradient goes back. kept: in the order of the nodes. scratch: bytes that a node takes while it
    runs, in evaluation.
    """

    pieces: dict[Value, int] = field(default_factory=dict)
    strides: dict[Value, tuple[int, ...]] = field(default_factory=dict)
    bytes: list[int] = field(default_factory=list)
    makers: list[int] = field(default_factory=list)
    values: dict[Value, int] = field(default_factory=dict)
    learns: set[Value] = field(default_factory=set)
    kept: list[Keeping] = field(default_factory=list)
    scratch: dict[int, int] = field(default_factory=dict)

    def place(self, value: Value, size: int, piece: int | None) -> None:
        """Put a value into a piece, None for a new one; size: bytes."""
        if piece is None:
            piece = len(self.bytes)
            self.bytes.append(size)
            self.makers.append(value.node)
        self.pieces[value] = piece
        self.values[value] = size


def lay_out(graph: Graph, sizes: Sizes, width: int, *, training: bool) -> Layout:
    """Lay the values of a network out; all shapes are known.

    sizes: a value for each symbol. width: bytes of a number.
    """
    concrete = Concrete(sizes, width)
    plans = _plans(graph)
    inplace = overwriting(graph, plans, lambda node: node.key is not None)
    layout = Layout()
    saves: dict[tuple[Op, tuple[bool, ...], tuple[Shape, ...]], Saved] = {}
    for node in graph.nodes:
        outputs = [Value(node.index, position) for position in range(len(node.shapes or ()))]
        bytes_ = [concrete.bytes(shape) for shape in node.shapes or ()]
        inputs = tuple(concrete.shape(shape) for shape in graph.input_shapes(node) or ())
        if node.op is None:
            for value, size in zip(outputs, bytes_, strict=True):
                layout.place(value, size, None)
            continue
        first = node.inputs[0]
        sharing = Sharing.SAME if node.index in inplace else node.op.shares(training, *inputs)
        strides = None
        if sharing is not Sharing.FRESH:
            made = concrete.shape((node.shapes or ())[0])
            strides = _strides(node.op, sharing, layout.strides.get(first), inputs, made)
        for value, size in zip(outputs, bytes_, strict=True):
            layout.place(value, size, None if strides is None else layout.pieces[first])
            if strides is not None:
                layout.strides[value] = strides
        learns = tuple(value in layout.learns for value in node.inputs)
        if not training:
            layout.scratch[node.index] = _bytes(node.op.scratch(*inputs), width)
            continue
        if not (any(learns) or node.op.weights(*inputs)):
            continue
        shapes = node.shapes or ()
        layout.learns.update(
            value for value, shape in zip(outputs, shapes, strict=True) if not isinstance(shape, Places)
        )
        case = node.op, learns, inputs
        if case not in saves:
            saves[case] = node.op.saved(learns, *inputs)
        keeps = saves[case]
        kept = [(node.inputs[position], inputs[position]) for position in keeps.inputs]
        # a layer that works in place overwrites what it needs on the way back
        overwrites = node.index in inplace and not plans[node.index].saves_output
        copied = {value for value, _ in kept} if overwrites else _copied(layout, kept, keeps.order)
        layout.kept.append(_keeping(layout, node, keeps, copied, width))
    return layout


def _strides(op: Op, sharing: Sharing, before: Ints | None, inputs: tuple[Shape, ...], made: Shape) -> Ints | None:
    """Return how results lie in the first input's memory, None where they are copied from it.

    before: how that lies itself, None where it lies in order.
    """
    numbers = inputs[0].numbers
    strides = strides_in_order(numbers) if before is None else before
    return op.strides(strides, *inputs) if sharing is Sharing.PART else regrouped(numbers, strides, made.numbers)


def _copied(layout: Layout, values: Iterable[tuple[Value, Shape]], order: Order) -> set[Value]:
    """Return the values that do not lie as is asked of those that are kept."""
    return {
        value
        for value, shape in values
        if value in layout.strides and not lies(shape.numbers, layout.strides[value], order)
    }


def _plans(graph: Graph) -> dict[int, CallPlan]:
    """Return how PyTorch computes each layer; equal layers on equal shapes are asked once."""
    cases: dict[tuple[int, ...], CallPlan] = {}
    plans: dict[int, CallPlan] = {}
    for node in graph.nodes:
        shapes = graph.input_shapes(node)
        if node.op is None or shapes is None:
            continue
        case = (id(node.op), *map(id, shapes))
        if case not in cases:
            cases[case] = node.op.call(*shapes)
        plans[node.index] = cases[case]
    return plans


def _keeping(layout: Layout, node: Node, saved: Saved, copied: set[Value], width: int) -> Keeping:
    """Find the pieces that hold what is kept; copied: the inputs of which a copy is kept in their place."""
    inputs = dict.fromkeys(node.inputs[position] for position in saved.inputs)
    own = _bytes(saved.others, width) + sum(layout.values[value] for value in inputs if value in copied)
    outputs = (Value(node.index, position) for position in saved.outputs)
    values = (*(value for value in inputs if value not in copied), *outputs)
    return Keeping(node.index, tuple({layout.pieces[value]: None for value in values}), own)


def _bytes(tensors: Iterable[Kept], width: int) -> int:
    return sum(one.numbers * (width if one.width is None else one.width) for one in tensors)
