"""Take norms out of a network for evaluation: each goes into the weights of the layer before it.

A layer that slides or is dense, followed by a norm with remembered numbers, is one such layer with other weights. The
result is a graph like any other, so that the module that runs is still the file that can be read. It knows which
numbers go where (`Fold`), and no numbers.
"""

from collections.abc import Mapping, Sequence

from convdsl.graph.graph import Graph, Node, Value
from convdsl.lower.hierarchy import inputs_of
from convdsl.op import Absorbing, Op
from convdsl.ops.catalogue import find_own
from convdsl.record import dataclass, is_dataclass, replace


@dataclass(frozen=True, slots=True)
class Fold:
    """The norm with the key `norm` goes into the layer with the key `layer`; `how` is that layer's answer."""

    layer: str
    norm: str
    how: Absorbing
    eps: float


def fuse(graph: Graph) -> tuple[Graph, tuple[Fold, ...]]:
    """Return the network without the norms that can go, and what has to be folded, in order.

    A norm goes where it alone reads the layer before it, and, where that layer's weights are used several times, where
    the same norm follows every time. The keys stay, less those of norms that are gone; a layer that had no bias has
    one. In an nn.Sequential an nn.Identity holds the place.
    """
    folds: list[Fold] = []
    while found := _found(graph):  # again, for a norm may follow a norm
        graph = _without(graph, found)
        folds.extend(dict.fromkeys(found.values()))  # once, however often the pair is applied
    return graph, tuple(folds)


def _found(graph: Graph) -> Mapping[int, Fold]:
    """Return the folds by the index of the norm's node."""
    readers = _readers(graph)
    spare = {node.key for node in graph.spare}
    layers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if node.key is not None and node.op is not None and node.key not in spare:
            layers.setdefault(node.key, []).append(node)
    out: dict[int, Fold] = {}
    for key, uses in layers.items():
        norms = [_norm_behind(graph, use, readers) for use in uses]
        ways = {_absorbing(graph, use) for use in uses}
        first, how = norms[0], ways.pop()
        if first is None or first.key is None or how is None or ways:
            continue
        eps = first.op.remembered_eps() if first.op is not None else None
        if eps is not None and all(norm is not None and norm.key == first.key for norm in norms):
            out |= {norm.index: Fold(key, first.key, how, eps) for norm in norms if norm is not None}
    return out


def _absorbing(graph: Graph, node: Node) -> Absorbing | None:
    return node.op.absorbing(*inputs_of(graph, node)) if node.op is not None and node.inputs else None


def _norm_behind(graph: Graph, node: Node, readers: Mapping[Value, Sequence[Node | None]]) -> Node | None:
    """Return the norm that alone reads a layer's output; None where there is none."""
    alone = readers.get(Value(node.index), ())
    reader = alone[0] if len(alone) == 1 else None
    return reader if reader is not None and reader.op is not None and reader.op.remembered_eps() is not None else None


def _readers(graph: Graph) -> dict[Value, list[Node | None]]:
    """Return who reads each value, once for each time; None stands for the model's outputs."""
    out: dict[Value, list[Node | None]] = {}
    for node in graph.nodes:
        for value in node.inputs:
            out.setdefault(value, []).append(node)
    for output in graph.outputs:
        out.setdefault(output.value, []).append(None)
    return out


def _without(graph: Graph, folds: Mapping[int, Fold]) -> Graph:
    moved = {Value(index): graph.nodes[index].inputs[0] for index in folds}
    behind = {graph.nodes[index].inputs[0].node: graph.nodes[index] for index in folds}
    staying = {node.key for node in graph.nodes if node.index not in folds and node.fed is None}
    orphaned = {fold.norm for fold in folds.values()} & staying  # a norm that other layers still need
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.index in folds:
            nodes.append(_gone(graph, node, holds=node.owner and node.key not in staying))
            continue
        now = replace(node, inputs=tuple(moved.get(value, value) for value in node.inputs))
        if node.key in orphaned:
            orphaned.remove(node.key)
            now = replace(now, owner=True)
        if norm := behind.get(node.index):
            now = replace(now, op=_biased(node.op), target=node.target or norm.target)
        nodes.append(now)
    outputs = [replace(output, value=moved.get(output.value, output.value)) for output in graph.outputs]
    return replace(graph, nodes=nodes, outputs=outputs, promises=[], expectations=[])


def _biased(op: Op | None) -> Op:
    assert op is not None
    assert is_dataclass(op)  # every operator is one
    return replace(op, bias=True)


def _gone(graph: Graph, node: Node, *, holds: bool) -> Node:
    """Return what is left of a norm: a layer that nobody runs; holds: its place among the modules, else nothing."""
    nothing = find_own("Identity")
    assert nothing is not None
    still: Op = nothing()
    return replace(node, op=still, inputs=(), fed=inputs_of(graph, node), key=node.key if holds else None, owner=holds)
