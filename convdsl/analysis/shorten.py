"""A network with fewer of its equal turns: what repeats is left out, but for a few times, and wired up again.

Whether a deep network has something at all is mostly the same in the short one, and looked for in a small part of the
time. What repeats is found in the graph, not in the text: loops, blocks in a row and lines written out are alike.
"""

from collections import Counter
from collections.abc import Sequence
from operator import and_, eq

from convdsl.graph.graph import Graph, Node, Value
from convdsl.record import dataclass, replace

KEPT = 4  # turns: one that begins, one that ends, and two that see nothing but equal ones
_PERIODS = 8  # turns of so many different lengths are looked for


@dataclass(frozen=True, slots=True)
class Short:
    """A network without some of its turns.

    times: for how many nodes of the whole network each of this one stands. turns: first nodes and lengths of the last
    turns that were kept, each before a cut; the turn before is as long.
    """

    graph: Graph
    times: Sequence[int]
    turns: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """Nodes that are left out: from `first` up to `end`, a whole number of turns of `length` nodes each."""

    first: int
    end: int
    length: int


def shortened(graph: Graph) -> Short | None:
    """Leave equal turns out of a network whose shapes are all known; None where there are none.

    Turns are equal if their layers are the same operators of the same shapes, wired alike, and nothing but the next
    turn reads what they make. Weights that are shared make a turn like no other.
    """
    cuts = cuts_of(graph)
    return _without(graph, cuts) if cuts else None


def cuts_of(graph: Graph) -> list[Cut]:
    """Find what can be left out, in order."""
    kinds, reaches = _kinds(graph)
    found: list[Cut] = []
    for length in _periods(kinds):
        # a byte for each node: whether it is as the one a turn before, and is read within a turn
        like = bytes(map(and_, map(eq, kinds[length:], kinds), map(length.__ge__, reaches[length:])))
        least = b"\1" * (KEPT * length)
        begin = like.find(least)
        while begin >= 0:
            end = like.find(b"\0", begin)
            end = len(like) if end < 0 else end
            first = begin + KEPT * length
            found.append(Cut(first, first + (end + length - first) // length * length, length))
            begin = like.find(least, end)
    found.sort(key=lambda cut: (cut.first - cut.end, cut.length))
    kept: list[Cut] = []
    for cut in found:  # the longest first; what is kept before a cut may not be cut itself
        if all(_are_apart(cut, other) for other in kept):
            kept.append(cut)
    return sorted(kept, key=lambda cut: cut.first)


def _are_apart(one: Cut, other: Cut) -> bool:
    return one.end <= other.first - KEPT * other.length or other.end <= one.first - KEPT * one.length


def _kinds(graph: Graph) -> tuple[list[int], list[int]]:
    """Number the nodes, those alike that are wired alike; and say how far on each is read for the last time.

    What leaves the network is read behind its end, further on than any turn is long.
    """
    nodes = graph.nodes
    seen: dict[tuple[int, ...], int] = {}
    kinds: list[int] = []
    last = list(range(len(nodes)))
    for index, node in enumerate(nodes):
        inputs, shapes = node.inputs, node.shapes
        assert shapes is not None
        # equal operators and shapes are one object in a graph (graph/nodes.py)
        if len(inputs) == 1:
            value = inputs[0]
            made = value.node
            last[made] = index
            key: tuple[int, ...] = (id(node.op), id(shapes[0]), index - made, value.output)
        else:
            parts = [id(node.op), id(shapes[0])]
            for value in inputs:
                last[value.node] = index
                parts += (index - value.node, value.output)
            key = tuple(parts)
        kinds.append(seen.setdefault(key, index) if node.owner and inputs else -1 - index)
    for output in graph.outputs:
        last[output.value.node] = 2 * len(nodes)
    return kinds, [read - index for index, read in enumerate(last)]


def _periods(kinds: Sequence[int]) -> list[int]:
    """Return lengths that a turn may have: how far apart nodes alike often are."""
    latest: dict[int, int] = {}
    apart = [0] * len(kinds)  # how far back the last one alike is, 0 where there is none
    for index, kind in enumerate(kinds):
        apart[index] = index - latest.get(kind, index)
        latest[kind] = index
    return [length for length, _ in Counter(filter(None, apart)).most_common(_PERIODS)]


def _without(graph: Graph, cuts: Sequence[Cut]) -> Short:
    moved: list[int] = []  # new places of the nodes; of those left out, the place of the one like it that stays last
    nodes: list[Node] = []
    times: list[int] = []
    turns: list[tuple[int, int]] = []
    at = 0
    for cut in (*cuts, Cut(len(graph.nodes), len(graph.nodes), 0)):
        gone = at - len(nodes)
        moved.extend(range(at - gone, cut.first - gone))
        nodes.extend(graph.nodes[at : cut.first] if not gone else _moved(graph.nodes[at : cut.first], moved))
        times.extend([1] * (cut.first - at))
        if cut.length:
            turn = range(len(nodes) - cut.length, len(nodes))
            moved.extend([*turn] * ((cut.end - cut.first) // cut.length))
            # those left out are in the midst, as the turn before the last one is
            times[turn.start - cut.length : turn.start] = [1 + (cut.end - cut.first) // cut.length] * cut.length
            turns.append((turn.start, cut.length))
        at = cut.end
    outputs = [replace(one, value=_value(one.value, moved)) for one in graph.outputs]
    short = replace(graph, nodes=nodes, outputs=outputs)
    return Short(short, times, tuple(turns))


def _moved(nodes: Sequence[Node], moved: Sequence[int]) -> list[Node]:
    """Put nodes in other places."""
    return [
        Node(
            moved[node.index],
            node.name,
            node.key,
            node.op,
            tuple(_value(value, moved) for value in node.inputs),
            node.shapes,
            node.guards,
            node.scope,
            node.owner,
            node.span,
            node.trail,
            node.target,
            turns=node.turns,
        )
        for node in nodes
    ]


def _value(value: Value, moved: Sequence[int]) -> Value:
    return Value(moved[value.node], value.output)
