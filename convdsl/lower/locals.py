"""Which local of `forward` each value lives in, and when it is let go.

The newest value is always in one local, the flow. A value that is read again later waits in a local of its own, named
after the line, the block or the output that it is in the spec; it is let go after its last reader.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from convdsl.graph.graph import Graph, Node, Value
from convdsl.lower.names import Locals

_NAMELESS = "skip"  # what a value without a name is called while it waits for its later readers
_NAMELESS_LOCAL = re.compile(rf"{_NAMELESS}(_[0-9]+)?\Z")
_NUMBERS = re.compile(r"(?:(?:^|\.)[0-9]+)+\Z")


class Assignment:
    """The locals of one forward, handed out step by step.

    flow: the local of the newest value. arguments: those of the model's inputs, in order.
    """

    def __init__(self, graph: Graph, nodes: list[Node], readers: Mapping[Value, Sequence[int]]) -> None:
        self._graph, self._readers = graph, readers
        self._newest: Value | None = None
        self._name: dict[Value, str] = {}
        self._free: list[str] = []
        self._outputs = {output.value: output.name for output in graph.outputs}
        waiting = (node for at, node in enumerate(nodes) if not node.target and self._waits(node, at))
        self._bases = Counter(self._base(node, "") for node in waiting)
        self._locals = Locals()
        for item in graph.inputs:
            self._name[Value(item.node)] = self._locals.take(item.name)
        self.arguments = tuple(self._name[Value(item.node)] for item in graph.inputs)
        kept = [value for value, name in self._name.items() if name == "x" and max(readers.get(value, (0,))) > 0]
        if kept:
            self.flow = self._locals.take("y")
        else:
            self.flow = "x" if "x" in self.arguments else self._locals.take("x")

    def read(self, value: Value) -> str:
        """Return the local that holds a value."""
        return self.flow if value == self._newest else self._name[value]

    def bind(self, node: Node, at: int) -> tuple[tuple[str, ...], str]:
        """Name a layer's results: the flow and those after it; and where the first one waits besides, or ""."""
        first = Value(node.index)
        count = len(node.shapes or (None,))
        words = node.target.split(", ") if count > 1 else [node.target]
        also = ""
        if self._waits(node, at):
            also = self._name[first] = self._take(node, words[0])
        others = []
        for output in range(1, count):
            word = words[output] if output < len(words) else ""
            name = self._name[Value(node.index, output)] = self._take(node, word)
            others.append(name)
        self._newest = first
        return (self.flow, *others), also

    def _take(self, node: Node, word: str) -> str:
        """Choose a local for a value that waits."""
        wanted = self._base(node, word)
        if self._bases[wanted] > 1 and not word:  # enc.0.2 and enc.1.2 are both the end of an `enc`
            wanted = self._graph.scopes[node.scope].prefix.rstrip(".") or node.key or ""
            wanted = "" if _NUMBERS.fullmatch(wanted) else wanted
        if wanted:
            return self._locals.take(wanted)
        return self._free.pop() if self._free else self._locals.take(_NAMELESS)

    def _base(self, node: Node, word: str) -> str:
        """Return the line's own name, else that of the block or group whose last layer it is (`e1` for `e1.2`)."""
        if Value(node.index) in self._outputs:
            return self._outputs[Value(node.index)]
        prefix = self._graph.scopes[node.scope].prefix
        return _NUMBERS.sub("", prefix + word if word else node.key or prefix.rstrip("."))

    def _waits(self, node: Node, at: int) -> bool:
        """Tell whether a layer's first result is read by any but the next step."""
        return any(reader != at + 1 for reader in self._readers.get(Value(node.index), ()))

    def dying(self, values: tuple[Value, ...], at: int) -> tuple[str, ...]:
        """Return the named values that no later step reads; the flow and the model's inputs are not deleted."""
        out = []
        for value in dict.fromkeys(values):
            last = max(self._readers.get(value, (at,)))
            if last == at and value in self._name and self._graph.nodes[value.node].op is not None:
                out.append(self._name.pop(value))
                if _NAMELESS_LOCAL.match(out[-1]):
                    self._free.append(out[-1])
        return tuple(out)
