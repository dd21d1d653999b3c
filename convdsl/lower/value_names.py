"""Names for the values of an expanded network: the output's, the key's where it is a word, or one made of the key."""

import re
from collections.abc import Set

from convdsl.graph.graph import Graph, Node, Value

# words that mean something where a value's name may stand
_OF_LINES = ("input", "output", "layer", "default", "repeat", "for", "if", "else", "expect")
_OF_EXPRESSIONS = ("as", "in", "and", "or", "not", "true", "false", "none", "min", "max", "range", "reversed")
_OF_FILES = ("convdsl", "from", "import", "block", "model", "train")
_OF_YAML = ("do", "then", "use", "shape")
TAKEN = frozenset((*_OF_LINES, *_OF_EXPRESSIONS, *_OF_FILES, *_OF_YAML))
LONGEST = 24  # letters of a name made of a key; of deeper ones it is a number of the layer's kind
_WORD = re.compile(r"[a-z]\w*", re.ASCII)


class ValueNames:
    """Who is called what. aliases: outputs whose value has another name already: (output, value)."""

    def __init__(self, graph: Graph, unnamed: Set[Value]) -> None:
        """Name all values but `unnamed`; inputs and outputs keep their names, keys that are words come next."""
        self._names: dict[Value, str] = {Value(tensor.node): tensor.name for tensor in graph.inputs}
        self._taken = set(TAKEN) | set(self._names.values())
        self._numbers: dict[str, int] = {}
        self.aliases: list[tuple[str, Value]] = []
        for output in graph.outputs:
            if self._names.get(output.value) == output.name:
                continue
            if output.value in self._names:
                self.aliases.append((output.name, output.value))
            else:
                self._names[output.value] = output.name
            self._taken.add(output.name)
        nodes = [node for node in graph.nodes if node.op is not None]
        words = {key: None for node in (*nodes, *graph.spare) if (key := _top(node)) and key not in self._taken}
        outside = _read_outside(graph)
        for node in nodes:
            values = [Value(node.index, output) for output in range(len(node.shapes or (None,)))]
            for value in values:
                if value in self._names or value in unnamed:
                    continue
                if self.is_free(node, words) and len(values) == 1:
                    self._names[value] = node.key or ""
                    self._taken.add(node.key or "")
                else:
                    end = f"_{value.output}" if len(values) > 1 else ""
                    wish = outside.get(value, node.name)
                    short = wish if len(wish) <= LONGEST else type(node.op).__name__
                    self._names[value] = self.fresh(short + end, words)
        for node in nodes:
            value = Value(node.index)
            if value not in self._names and len(node.shapes or (None,)) == 1 and self.is_free(node, words):
                self._names[value] = node.key or ""  # shorter than `as`
                self._taken.add(node.key or "")

    def is_free(self, node: Node, words: dict[str, None]) -> bool:
        """Tell whether a layer's line can bear the layer's key for its name."""
        return node.key in words and node.key not in self._taken and node.owner

    def of(self, value: Value) -> str:
        """Return the name of a value that has one."""
        return self._names[value]

    def get(self, value: Value) -> str | None:
        """Return the name of a value, None where it needs none."""
        return self._names.get(value)

    def fresh(self, wish: str, kept: "Set[str] | dict[str, None]" = frozenset()) -> str:
        """Take a name that nobody has: the wish as a word, with a number where that is taken or kept for another."""
        word = re.sub(r"\W+", "_", wish, flags=re.ASCII).lower().strip("_")
        word = word if _WORD.fullmatch(word) else f"v{word}" if word[:1].isdigit() else "value"
        name = word
        while name in self._taken or name in kept:
            self._numbers[word] = self._numbers.get(word, 1) + 1
            name = f"{word}_{self._numbers[word]}"
        self._taken.add(name)
        return name


def _read_outside(graph: Graph) -> dict[Value, str]:
    """Return what a block or group of the model is called, for its values that are read outside of it."""
    top: list[int] = []
    for scope in graph.scopes:
        top.append(scope.index if scope.parent <= 0 else top[scope.parent])
    out: dict[Value, str] = {}
    for node in graph.nodes:
        for value in node.inputs:
            index = top[graph.nodes[value.node].scope]
            if index and index != top[node.scope] and _WORD.fullmatch(graph.scopes[index].label):
                out[value] = graph.scopes[index].label
    return out


def _top(node: Node) -> str:
    """Return a key that can be a name as it stands."""
    key = node.key or ""
    return key if _WORD.fullmatch(key) else ""
