"""What a statement with a mistake takes with it, so that nobody complains of what only follows from it.

Such a statement is thought to read all that it mentions; its value is unknown, and so is whatever reads that. One that
could not even be read may bind any word in it.
"""

import re
from collections.abc import Set
from itertools import chain

from convdsl import codes
from convdsl.diagnostics import Diagnostic
from convdsl.graph.graph import Graph, Node, Value
from convdsl.record import fields, is_dataclass, replace
from convdsl.syntax import tree
from convdsl.syntax.parsed import Parsed

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# mistakes that a line which could not be read can leave behind
_NAMED = frozenset({codes.UNKNOWN_NAME, codes.UNKNOWN_LAYER, codes.UNKNOWN_SYMBOL})
_UNNAMED = frozenset({codes.NO_FLOW, codes.NO_OUTPUT, codes.DEAD_NODE, codes.UNUSED_INPUT})


def is_unread(part: object) -> bool:
    """Tell whether a reader put this statement in the place of one that it could not read."""
    return isinstance(part, tree.Flow) and part.source is None and not part.calls


def words(statement: tree.Statement, file: tree.File) -> frozenset[str]:
    """Return the names that a statement mentions; of one that could not be read all its words."""
    out: set[str] = set()
    todo: list[object] = [statement]
    while todo:
        item = todo.pop()
        if isinstance(item, tree.Flow) and is_unread(item):
            span = item.span
            out.update(_WORD.findall(file.source.text[span.start : span.end] if not span.file else ""))
        if isinstance(item, tree.Name):
            out.add(item.id)
        elif isinstance(item, tree.Input | tree.Output):
            out.add(item.name)
        if isinstance(item, tuple):
            todo.extend(item)
        elif is_dataclass(item):
            todo.extend(getattr(item, part.name) for part in fields(item))
    return frozenset(out)


def without(graph: Graph, unknown: Set[int]) -> None:
    """Take the unknown values, and all nodes that read one, out of a graph."""
    if not unknown:
        return
    kept: list[Node] = []
    new: dict[int, int] = {}
    for node in graph.nodes:
        if node.index in unknown or any(value.node not in new for value in node.inputs):
            continue
        new[node.index] = len(kept)
        kept.append(node)
    for node in kept:
        node.index = new[node.index]
        node.inputs = tuple(_moved(value, new) for value in node.inputs)
        if node.closing is not None:
            node.closing = replace(node.closing, value=_moved(node.closing.value, new))
    graph.nodes = kept
    graph.inputs = [replace(tensor, node=new[tensor.node]) for tensor in graph.inputs]
    graph.outputs = [replace(out, value=_moved(out.value, new)) for out in graph.outputs if out.value.node in new]
    graph.promises = [replace(one, value=_moved(one.value, new)) for one in graph.promises if one.value.node in new]


def _moved(value: Value, new: dict[int, int]) -> Value:
    return Value(new[value.node], value.output)


def follows(item: Diagnostic, parsed: Parsed) -> bool:
    """Tell whether a finding may follow from what the reader has lost: an item, a section, a brace."""
    if item.code is codes.NO_FLOW and any(found.code is codes.MISPLACED for found in parsed.diagnostics):
        return True
    if item.code in _UNNAMED:
        return bool(parsed.lost) or not parsed.whole
    if item.code not in _NAMED:
        return False
    text = parsed.file.source.text
    said = set(re.findall(r"\w+", text[item.where.span.start : item.where.span.end].lower()))
    lost = (re.findall(r"\w+", text[at.start : at.end].lower()) for at in parsed.lost)
    return not parsed.whole or not said.isdisjoint(chain.from_iterable(lost))
