"""The memory that a network's values take while it runs and while it trains, gradients and optimizer included.

A piece of memory is free after its last use, as in the emitted code; what autograd keeps is what each operator says
(`saved` in op.py), every piece once. Not counted: what a kernel needs while it works, the loss and its target, and what
the allocator wastes.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from itertools import islice

from convdsl.analysis.cost import FLOAT_BYTES, Parts, Sizes, buffers, parameters
from convdsl.analysis.layout import Layout, lay_out
from convdsl.graph.graph import Graph, Node, Value
from convdsl.record import dataclass

WIDTHS: Mapping[str, int] = {"float32": 4, "float64": 8, "float16": 2, "bfloat16": 2}  # bytes of a number

Changes = Iterator[tuple[int, int]]  # the node to blame, and the bytes that it takes (or gives back, less than 0)


@dataclass(frozen=True, slots=True)
class Training:
    """The most memory that a step of training takes, in bytes, and what it is made of.

    parameters, buffers: the state. gradients: of the parameters. optimizer: what it remembers of them. saved: what
    autograd keeps from the forward to the backward pass. passing: what lives besides when most is taken, values on
    their way forward and gradients on their way back. blame: all of these, by layer. discriminator: what a second
    network adds, 0 where there is none, None where there is one and it is not counted (judged.py).
    """

    parameters: int
    buffers: int
    gradients: int
    optimizer: int
    saved: int
    passing: int
    blame: Parts
    discriminator: int | None = 0

    @property
    def total(self) -> int:
        """The sum of the parts."""
        return self.blame.total + (self.discriminator or 0)


def inference(graph: Graph, sizes: Sizes, width: int = FLOAT_BYTES) -> Parts:
    """Return the most bytes that values occupy at one time of a run without gradients, and the layers that made them.

    sizes: a value for each symbol, the batch `N` is 1 if not given. width: bytes of a number. Inputs and outputs belong
    to the caller and live throughout; weights are not counted.
    """
    layout = lay_out(graph, sizes, width, training=False)
    return _peak(graph, lambda: _forward(graph, layout))


def alive(graph: Graph, sizes: Sizes, width: int = FLOAT_BYTES) -> list[int]:
    """Return for each node the most bytes that values occupy while it runs, without gradients; as in `inference`."""
    out, now = [0] * len(graph.nodes), 0
    for index, changes in _turns(graph, lay_out(graph, sizes, width, training=False)):
        for _, change in changes:
            now += change
            out[index] = max(out[index], now)
    return out


def saved(graph: Graph, sizes: Sizes, width: int = FLOAT_BYTES) -> Parts:
    """Return the bytes that autograd keeps from the forward to the backward pass, by the layers that made them."""
    return _saved(graph, lay_out(graph, sizes, width, training=True))


def held(graph: Graph, sizes: Sizes, width: int = FLOAT_BYTES) -> int:
    """Return the bytes of values that live between the forward and the backward pass: kept ones, inputs and outputs."""
    return sum(change for _, change in _forward(graph, lay_out(graph, sizes, width, training=True)))


def training(graph: Graph, sizes: Sizes, width: int = FLOAT_BYTES, states: int = 2) -> Training:
    """Return the most memory that a step of training takes.

    states: how many numbers the optimizer remembers of each parameter: 2 of Adam and AdamW, 1 of SGD with momentum.
    """
    layout = lay_out(graph, sizes, width, training=True)
    values, keeps = _peak(graph, lambda: _step(graph, layout)), _saved(graph, layout).total
    trained, state = parameters(graph), buffers(graph)
    shares: dict[int, tuple[Node, int]] = {}
    for parts, each in ((trained, width * (2 + states)), (state, width), (values, 1)):
        for node, number in parts.parts:
            before = shares.get(id(node), (node, 0))[1]
            shares[id(node)] = node, before + number * each
    blame = Parts(sum(number for _, number in shares.values()), tuple(shares.values()))
    weights = trained.total * width
    return Training(weights, state.total * width, weights, weights * states, keeps, values.total - keeps, blame)


# ----------------------------------------------------------------------- runs


def _peak(graph: Graph, changes: Callable[[], Iterable[tuple[int, int]]]) -> Parts:
    """Find the moment at which most is taken, and by which nodes."""
    now = most = moment = 0
    for index, (_, change) in enumerate(changes()):
        now += change
        if now > most:
            most, moment = now, index + 1
    counts: dict[int, int] = {}
    for node, change in islice(changes(), moment):
        counts[node] = counts.get(node, 0) + change
    return _parts(graph, counts)


def _parts(graph: Graph, counts: Mapping[int, int]) -> Parts:
    parts = tuple((graph.nodes[index], counts[index]) for index in sorted(counts) if counts[index])
    return Parts(sum(number for _, number in parts), parts)


def _saved(graph: Graph, layout: Layout) -> Parts:
    counts: dict[int, int] = {}
    for piece in {piece for keeping in layout.kept for piece in keeping.pieces}:
        maker = layout.makers[piece]
        counts[maker] = counts.get(maker, 0) + layout.bytes[piece]
    for keeping in layout.kept:
        counts[keeping.node] = counts.get(keeping.node, 0) + keeping.own
    return _parts(graph, counts)


def _forward(graph: Graph, layout: Layout) -> Changes:
    for _, changes in _turns(graph, layout):
        yield from changes


def _turns(graph: Graph, layout: Layout) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Go forward, layer by layer; what is kept stays, and so do the model's inputs and outputs."""
    staying = {piece for keeping in layout.kept for piece in keeping.pieces}
    staying |= {layout.pieces[Value(tensor.node)] for tensor in graph.inputs}
    staying |= {layout.pieces[tensor.value] for tensor in graph.outputs}
    last = dict(enumerate(layout.makers))
    for node in graph.nodes:
        for value in node.inputs:
            last[layout.pieces[value]] = node.index
    made: dict[int, list[int]] = {}
    ending: dict[int, list[int]] = {}
    for piece, maker in enumerate(layout.makers):
        made.setdefault(maker, []).append(piece)
        if piece not in staying:
            ending.setdefault(last[piece], []).append(piece)
    inputs = {tensor.node for tensor in graph.inputs}
    own = {keeping.node: keeping.own for keeping in layout.kept}
    order = [*sorted(inputs), *(node.index for node in graph.nodes if node.index not in inputs)]
    for index in order:
        changes = [(index, layout.bytes[piece]) for piece in made.get(index, ())]
        scratch = layout.scratch.get(index, 0)
        changes += [(index, own.get(index, 0)), (index, scratch), (index, -scratch)]
        changes += [(layout.makers[piece], -layout.bytes[piece]) for piece in ending.get(index, ())]
        yield index, changes


def _step(graph: Graph, layout: Layout) -> Changes:
    """Go forward and back; a piece that is kept is free when the first layer that needed it has had it back."""
    yield from _forward(graph, layout)
    callers = {layout.pieces[Value(tensor.node)] for tensor in graph.inputs}
    callers |= {layout.pieces[tensor.value] for tensor in graph.outputs}
    kept = {keeping.node: keeping for keeping in layout.kept}
    freed_at: dict[int, int] = {}
    for keeping in reversed(layout.kept):
        freed_at |= dict.fromkeys(keeping.pieces, keeping.node)
    gradients = _Gradients(layout)
    for tensor in graph.outputs:
        if tensor.value in layout.learns:
            piece = yield from gradients.new(tensor.value)
            yield from gradients.arrive(tensor.value, piece)
    for node in reversed(graph.nodes):
        if node.index not in kept:
            continue
        assert node.shapes is not None
        outputs = [Value(node.index, position) for position in range(len(node.shapes))]
        arriving = yield from gradients.of_inputs(node, [value for value in outputs if value in gradients.pieces])
        # what was kept is dropped before gradients of one value are added
        yield node.index, -kept[node.index].own
        for piece in kept[node.index].pieces:
            if freed_at[piece] == node.index and piece not in callers:
                yield layout.makers[piece], -layout.bytes[piece]
        for value, piece in arriving:
            yield from gradients.arrive(value, piece)


class _Gradients:
    """The gradients of values on their way back: which piece of memory each lies in, and how many lie in a piece."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.pieces: dict[Value, int] = {}
        self._bytes: list[int] = []
        self._makers: list[int] = []
        self._users: list[int] = []

    def new(self, value: Value) -> Generator[tuple[int, int], None, int]:
        """Take memory for a gradient of a value; return its piece."""
        self._bytes.append(self._layout.values[value])
        self._makers.append(value.node)
        self._users.append(1)
        yield value.node, self._bytes[-1]
        return len(self._bytes) - 1

    def arrive(self, value: Value, piece: int) -> Changes:
        """Take in a gradient of a value; a second one is added to the first."""
        before = self.pieces.get(value)
        if before is None:
            self.pieces[value] = piece
            return
        if self._users[before] > 1 or self._bytes[before] != self._layout.values[value]:
            # others read the first one: the sum takes new memory
            self.pieces[value] = yield from self.new(value)
            yield from self._leave(before)
        yield from self._leave(piece)

    def of_inputs(self, node: Node, outputs: list[Value]) -> Generator[tuple[int, int], None, list[tuple[Value, int]]]:
        """Turn the gradients of a layer's outputs into those of its inputs; return the piece of each."""
        arriving: list[tuple[Value, int]] = []
        assert node.op is not None  # an input of the network keeps nothing
        for value in dict.fromkeys(node.inputs) if outputs else ():
            if value not in self._layout.learns:
                continue
            if node.op.passes_gradient and self._fits(node, value, outputs[0]):
                piece = self.pieces[outputs[0]]
                self._users[piece] += 1
            else:
                piece = yield from self.new(value)
            arriving.append((value, piece))
        for value in outputs:
            yield from self._leave(self.pieces.pop(value))
        return arriving

    def _fits(self, node: Node, value: Value, output: Value) -> bool:
        """Tell whether an input is not repeated on its way to the output, as a broadcast one is."""
        values = self._layout.values
        return values[value] == values[output] or sum(values[one] for one in node.inputs) == values[output]

    def _leave(self, piece: int) -> Changes:
        self._users[piece] -= 1
        if self._users[piece] == 0:
            yield self._makers[piece], -self._bytes[piece]
