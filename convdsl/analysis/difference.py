"""What differs between two networks: layers added, removed, changed and renamed, with all numbers before and after.

Networks are compared, not texts: spelling, comments, blocks and loops do not matter, nor does the `train` section.
"""

from collections.abc import Mapping
from enum import Enum
from math import prod

from convdsl.analysis.cost import Sizes, macs
from convdsl.analysis.effective import arguments, title
from convdsl.analysis.matching import match
from convdsl.analysis.memory import inference, training
from convdsl.graph.graph import Graph, InputTensor, Node, Value
from convdsl.graph.identity import architecture_hash, plain
from convdsl.graph.plainest import flat, plainest
from convdsl.op import Weights
from convdsl.record import dataclass
from convdsl.shape import Shape


class Kind(Enum):
    """What became of a layer.

    CHANGED: its operator, its arguments, or what it reads. RENAMED: its name or key alone. FOLLOWS: shapes or weights
    alone, because of a layer before it.
    """

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RENAMED = "renamed"
    FOLLOWS = "follows"


@dataclass(frozen=True, slots=True)
class Facts:
    """One layer of one side.

    title: the operator's name, "input" for an input. arguments: their effective values. reads: the names of its inputs.
    shapes: of its outputs, None where they are not known. state: the shapes of its tensors by name, buffers too, empty
    where they belong to another layer. parameters: how many trained numbers. macs: at the sizes asked for, None where
    they are not known.
    """

    node: Node
    title: str
    arguments: Mapping[str, object]
    reads: tuple[str, ...]
    shapes: tuple[Shape, ...] | None
    state: Weights
    parameters: int
    macs: int | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One layer before and after; None where there is none. Every layer of either network is in exactly one pair.

    arguments: the names of those whose values differ. rewired: whether it reads another value, where what was added and
    removed on the way does not explain it.
    """

    kind: Kind
    before: Facts | None
    after: Facts | None
    arguments: tuple[str, ...] = ()
    rewired: bool = False
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole network weighs and costs; macs and the two amounts of memory, in bytes of float32 and for one image,
    are None where no size was asked for or a shape is unknown. training: with AdamW.
    """

    parameters: int
    buffers: int
    macs: int | None
    run: int | None
    training: int | None


@dataclass(frozen=True, slots=True)
class Keys:
    """The state's tensors. renamed: old and new key. reshaped: new key, old shape, new shape."""

    renamed: tuple[tuple[str, str], ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    reshaped: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Port:
    """An output whose name, meaning or source differ; "" is no output, or one that means nothing."""

    before: str
    after: str
    means: bool  # whether its numbers mean something else
    rewired: bool  # whether it is another value


@dataclass(frozen=True, slots=True)
class Difference:
    """Two networks beside each other. same: they have one architecture hash. sizes: at which costs were counted."""

    same: bool
    pairs: tuple[Pair, ...]
    ports: tuple[Port, ...]
    keys: Keys
    before: Totals
    after: Totals
    sizes: Sizes | None

    def count(self, kind: Kind) -> int:
        """Count the layers to which this happened."""
        return sum(pair.kind is kind for pair in self.pairs)

    @property
    def only_names(self) -> bool:
        """Tell whether nothing but names and keys differ."""
        kinds = {pair.kind for pair in self.pairs} - {Kind.SAME}
        return kinds == {Kind.RENAMED} and not any(port.means or port.rewired for port in self.ports)


def difference(before: Graph, after: Graph, sizes: Sizes | None = None) -> Difference:
    """Compare two networks.

    sizes: a value for each size symbol of both, for MACs and memory. Broken networks are compared as far as they go.
    """
    left, right = _facts(before, sizes), _facts(after, sizes)
    matches = match(before, after)
    compare = _Comparison(before, after, {i: j for i, j in matches if i is not None and j is not None})
    pairs = tuple(
        compare.pair(None if i is None else left[i], None if j is None else right[j], i, j) for i, j in matches
    )
    same = architecture_hash(before) == architecture_hash(after)
    return Difference(
        same, pairs, compare.ports(), _keys(pairs), _totals(before, left, sizes), _totals(after, right, sizes), sizes
    )


# ---------------------------------------------------------------------- layers


def _facts(graph: Graph, sizes: Sizes | None) -> list[Facts]:
    known = {id(node): number for node, number in (macs(graph, sizes).parts if sizes is not None else ())}
    cache: dict[tuple[int, ...], tuple[Weights, int]] = {}
    out = []
    for node in (*graph.nodes, *graph.spare):
        op, shapes = node.op, graph.input_shapes(node) if node.shapes is not None else None
        state: Weights = {}
        parameters = 0
        if op is not None and shapes is not None and node.owner and node.key is not None:
            case = (id(op), *map(id, shapes))
            if case not in cache:
                weights = op.weights(*shapes)
                cache[case] = {**weights, **op.buffers(*shapes)}, sum(map(prod, weights.values()))
            state, parameters = cache[case]
        reads = tuple(_reading(graph, value) for value in node.inputs)
        cost = known.get(id(node), 0) if sizes is not None and node.shapes is not None else None
        name = "input" if op is None else title(op)
        given = {} if op is None else arguments(op)
        out.append(Facts(node, name, given, reads, node.shapes, state, parameters, cost))
    return out


def _plainest(node: Node) -> dict[str, object]:
    return {} if node.op is None else flat(plainest(node.op, applied=bool(node.inputs)))


def _reading(graph: Graph, value: Value) -> str:
    node = graph.nodes[value.node]
    several = node.shapes is not None and len(node.shapes) > 1
    return f"{node.name}[{value.output}]" if several else node.name


def _totals(graph: Graph, facts: list[Facts], sizes: Sizes | None) -> Totals:
    parameters = sum(one.parameters for one in facts)
    buffers = sum(sum(map(prod, one.state.values())) for one in facts) - parameters
    if sizes is None or any(node.shapes is None for node in graph.nodes):
        return Totals(parameters, buffers, None, None, None)
    cost = sum(one.macs or 0 for one in facts)
    return Totals(parameters, buffers, cost, inference(graph, sizes).total, training(graph, sizes).total)


class _Comparison:
    """Judges pairs of layers; partner: the node after of each node before that has one."""

    def __init__(self, before: Graph, after: Graph, partner: Mapping[int, int]) -> None:
        self.before, self.after, self.partner = before, after, partner
        self.back = {j: i for i, j in partner.items()}
        self._sources: tuple[dict[int, frozenset[Value]], ...] = ({}, {})

    def pair(self, one: Facts | None, other: Facts | None, i: int | None, j: int | None) -> Pair:
        """Say what became of a layer; i, j: its places."""
        if one is None or other is None or i is None or j is None:
            return Pair(Kind.ADDED if one is None else Kind.REMOVED, one, other)
        names = dict.fromkeys((*one.arguments, *other.arguments)) if one.title == other.title else {}
        left, right = _plainest(one.node), _plainest(other.node)
        differing = tuple(
            name
            for name in names
            if one.arguments.get(name) != other.arguments.get(name) and left.get(name) != right.get(name)
        )
        rewired = self._is_rewired(one.node.inputs, other.node.inputs)
        renamed = _is_renamed(one.node, other.node)
        changed = one.title != other.title or differing or rewired or one.node.owner != other.node.owner
        if changed or self._declaration(i, j) or (one.node.fed is None) != (other.node.fed is None):
            kind = Kind.CHANGED
        elif renamed:
            kind = Kind.RENAMED
        elif one.shapes != other.shapes or one.state != other.state:
            kind = Kind.FOLLOWS
        else:
            kind = Kind.SAME
        return Pair(kind, one, other, differing, rewired, renamed)

    def ports(self) -> tuple[Port, ...]:
        """Compare the outputs, in order."""
        out = []
        ends = self.before.outputs, self.after.outputs
        for index in range(max(map(len, ends))):
            one, other = (side[index] if index < len(side) else None for side in ends)
            if one is None or other is None:
                out.append(Port(one.name if one else "", other.name if other else "", False, True))
                continue
            rewired = self._is_rewired((one.value,), (other.value,))
            port = Port(one.name, other.name, one.meaning != other.meaning, rewired)
            if port.before != port.after or port.means or port.rewired:
                out.append(port)
        return tuple(out)

    def _declaration(self, i: int, j: int) -> bool:
        """Tell whether an input is declared otherwise: its shape, meaning, default or conditions."""
        one, other = _declared(self.before, i), _declared(self.after, j)
        if one is None or other is None:
            return one is not other
        asked = plain(one.where), plain(other.where)
        return (one.shape, one.meaning, one.default, asked[0]) != (other.shape, other.meaning, other.default, asked[1])

    def _is_rewired(self, before: tuple[Value, ...], after: tuple[Value, ...]) -> bool:
        if len(before) != len(after):
            return True
        return any(not self._origin(0, one) & self._origin(1, other) for one, other in zip(before, after, strict=True))

    def _origin(self, side: int, value: Value) -> frozenset[Value]:
        """Return the values of layers in both networks that a value comes from, as values after.

        What is in one network only is passed through to what it reads.
        """
        graph, has = (self.before, self.partner) if side == 0 else (self.after, self.back)
        if value.node in has:
            return frozenset((Value(self.partner[value.node], value.output) if side == 0 else value,))
        known = self._sources[side]
        waiting = [value.node]
        while waiting:  # not by recursion: a thousand layers may have been added in a row
            node = waiting[-1]
            inputs = graph.nodes[node].inputs
            unknown = [one.node for one in inputs if one.node not in has and one.node not in known]
            if unknown:
                waiting += unknown
                continue
            waiting.pop()
            parts = (self._origin(side, one) for one in inputs)
            known[node] = frozenset().union(*parts)
        return known[value.node]


def _declared(graph: Graph, index: int) -> InputTensor | None:
    return next((tensor for tensor in graph.inputs if tensor.node == index), None)


def _is_renamed(one: Node, other: Node) -> bool:
    """Tell whether a name or key differs; the name that a join gets without being asked is none."""
    if one.key is not None or other.key is not None:
        return one.key != other.key
    return one.name != other.name and bool(one.target or other.target)


# ------------------------------------------------------------------------ keys


def _keys(pairs: tuple[Pair, ...]) -> Keys:
    renamed: list[tuple[str, str]] = []
    added: list[str] = []
    removed: list[str] = []
    reshaped: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
    for pair in pairs:
        old, new = _state(pair.before), _state(pair.after)
        for name, (key, shape) in new.items():
            if name not in old:
                added.append(key)
                continue
            was, before = old[name]
            if was != key:
                renamed.append((was, key))
            if before != shape:
                reshaped.append((key, before, shape))
        removed += (key for name, (key, _) in old.items() if name not in new)
    return Keys(tuple(renamed), tuple(added), tuple(removed), tuple(reshaped))


def _state(facts: Facts | None) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the key and shape of each tensor by its name in the layer."""
    if facts is None:
        return {}
    return {name: (f"{facts.node.key}.{name}", tuple(shape)) for name, shape in facts.state.items()}
