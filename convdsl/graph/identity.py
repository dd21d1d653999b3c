"""The identity of a network: what stays the same while only spelling, comments, files and training change.

An argument that has its default is left out, so that an operator may gain arguments within an edition and every network
keeps its identity, and with it its checkpoints; what means the same in two spellings counts in the plainest.
"""

import hashlib
import json

from convdsl.argument import signature
from convdsl.graph.graph import Graph, Node
from convdsl.graph.plainest import plainest
from convdsl.meaning import Meaning
from convdsl.op import Op
from convdsl.source import Span
from convdsl.syntax import tree


def architecture_hash(graph: Graph, *, as_written: bool = False) -> str:
    """Hash a graph: operators with their arguments, keys, wiring, inputs and outputs with their meanings.

    as_written: `(2, 2)` and `2` differ, as in the hashes of the first checkpoints.
    Returns sha256 in hexadecimal, over JSON with sorted keys.
    """
    keyed = {node.key for node in graph.nodes if node.key is not None}

    def layer(node: Node, applied: bool = True) -> list[object]:
        if node.op is None:
            return ["", {}]
        return _written(node.op) if as_written else [type(node.op).__name__, plainest(node.op, applied=applied)]

    record = {
        "inputs": [
            [tensor.name, str(tensor.shape), tensor.default, _meaning(tensor.meaning), *map(plain, tensor.where)]
            for tensor in graph.inputs
        ],
        "layers": [
            [*layer(node), node.key, [[value.node, value.output] for value in node.inputs]] for node in graph.nodes
        ],
        "spare": [[*layer(node, False), node.key] for node in graph.spare if node.key not in keyed],
        "outputs": [
            [output.name, [output.value.node, output.value.output], _meaning(output.meaning)]
            for output in graph.outputs
        ],
    }
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _written(op: Op) -> list[object]:
    """Return the name, and the arguments that are not the defaults, as they were given."""
    given = ((parameter, getattr(op, parameter.name)) for parameter in signature(type(op)))
    return [
        type(op).__name__,
        {one.name: _argument(value) for one, value in given if one.required or value != one.default},
    ]


def _argument(value: object) -> object:
    return _written(value) if isinstance(value, Op) else value


def _meaning(meaning: Meaning | None) -> object:
    return None if meaning is None else [meaning.kind, meaning.channels, meaning.scale, meaning.offset]


def plain(expr: object) -> object:
    """Turn a folded condition into plain data without spans."""
    if isinstance(expr, tuple):
        return [plain(item) for item in expr]
    if isinstance(expr, tree.Number):
        return expr.value
    if isinstance(expr, Span) or not hasattr(expr, "__dataclass_fields__"):
        return None if isinstance(expr, Span) else expr
    names = [name for name in expr.__dataclass_fields__ if "span" not in name and name not in ("brackets",)]
    return [type(expr).__name__, *(plain(getattr(expr, name)) for name in names)]
