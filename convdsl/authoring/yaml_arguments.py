"""A call's arguments as YAML: every one by its name, one value alone without.

Names come from the operator's signature or from the block's declaration in the same file; of a layer that neither
knows, positional arguments stay in a list of `inputs`.
"""

import re
from collections.abc import Collection, Sequence

from convdsl.authoring.callees import ANY_WORD, Callees, Slot
from convdsl.authoring.print_expression import expression
from convdsl.authoring.yaml_node import Listed, Node, Pairs, Text
from convdsl.record import dataclass
from convdsl.syntax import tree
from convdsl.syntax.tokens import RESERVED, WORDS
from convdsl.syntax.yaml_values import JOINS

_WORD = re.compile(r"[a-z_][A-Za-z0-9_]*")
_TAKEN = frozenset(word for word, kind in WORDS.items() if kind in RESERVED)


@dataclass(frozen=True, slots=True)
class Calls:
    """What is known where calls are printed: all types of the file, and the names that a bare word would mean."""

    callees: Callees
    scope: Collection[str] = ()

    def node(self, call: tree.Call) -> Node | None:
        """Return what stands behind a type's name: None where nothing does."""
        if not call.arguments:
            return None
        callee = self.callees.find(call.callee) if call.callee[:1].isupper() else None
        if callee is None or callee.slots is None:
            return self._unnamed(call, ())
        return self._joined(call, callee.slots) if callee.joins else self.named(call, callee.slots)

    def default(self, call: tree.Call) -> Node | None:
        """Return what stands behind the type of a `default`, which has its arguments by name; no other is changed."""
        callee = self.callees.find(call.callee)
        return self._unnamed(call, callee.slots or ()) if call.arguments else None

    def named(self, call: tree.Call, slots: Sequence[Slot]) -> Node:
        """Return arguments by their names; one that was given without stands alone."""
        places = [slot for slot in slots if slot.positional]
        count = sum(1 for item in call.arguments if item.name is None)
        if count > len(places):
            return self._unnamed(call, slots)
        names = [places[at].name if item.name is None else item.name for at, item in enumerate(call.arguments)]
        if len(set(names)) < len(names):
            return self._unnamed(call, slots)  # one by position and by name: a mistake, to be kept
        if count == len(names) == 1 and _stands_alone(call.arguments[0].value):
            return self.value(call.arguments[0].value, places[0].words)
        words = {slot.name: slot.words for slot in slots}
        values = [self.value(item.value, words.get(name, ())) for name, item in zip(names, call.arguments, strict=True)]
        return Pairs(tuple(zip(map(_name, names), values, strict=True)))

    def value(self, value: tree.Expr, words: tuple[str, ...] = ()) -> Node:
        """Return an argument's value; words: those that stand without quotes."""
        match value:
            case tree.String(value=text) if self._is_word(text, words):
                return Text(text)
            case tree.Call(key=None) if value.callee[:1].isupper():
                return Text(value.callee) if self.is_bare(value) else Pairs(((value.callee, self.node(value)),))
            case tree.Sequence():
                return Listed(tuple(map(self._part, value.items)))
        return Text(expression(value))

    def is_bare(self, call: tree.Call) -> bool:
        """Tell whether a type's name alone is read as this call: of an unknown type it would be any word."""
        known = len(call.callee) > 1 and self.callees.find(call.callee).is_type and call.callee not in self.scope
        return known and not call.arguments and call.key is None and call.callee[0].isupper()

    def _part(self, value: tree.Expr) -> Node:
        """Return a part of a list, in which a bare word is never a layer."""
        if isinstance(value, tree.Call) and value.callee[:1].isupper() and value.key is None:
            return Pairs(((value.callee, self.node(value)),))
        return self.value(value)

    def _joined(self, call: tree.Call, slots: Sequence[Slot]) -> Node:
        """Return the inputs of a join, beside its other arguments."""
        inputs = [item.value for item in call.arguments if item.name is None]
        alone = len(inputs) == 1 and _stands_alone(inputs[0])
        if len(inputs) < len(call.arguments) or not (alone or _is_list(call.callee, inputs)):
            return self._unnamed(call, slots)
        return self.value(inputs[0]) if alone else Listed(tuple(map(self.value, inputs)))

    def _unnamed(self, call: tree.Call, slots: Sequence[Slot]) -> Node:
        """Return arguments whose positions have no names: those are the `inputs`, but one value can stand alone."""
        words = {slot.name: slot.words for slot in slots}
        inputs = [self.value(item.value) for item in call.arguments if item.name is None]
        if len(inputs) == len(call.arguments) == 1 and not isinstance(inputs[0], Listed):
            return inputs[0]
        given: list[tuple[str, Node | None]] = []
        if inputs:
            alone = len(inputs) == 1 and isinstance(inputs[0], Text)
            given.append(("inputs", inputs[0] if alone else Listed(tuple(inputs))))
        for item in call.arguments:
            if item.name is not None:
                given.append((_name(item.name), self.value(item.value, words.get(item.name, ()))))
        return Pairs(tuple(given))

    def _is_word(self, text: str, words: tuple[str, ...]) -> bool:
        if not _WORD.fullmatch(text) or text in _TAKEN or text in self.scope:
            return False
        return text in words or ANY_WORD[0] in words


def _name(name: str) -> str:
    """Print an argument's name; one that means something else in this place stands in parentheses."""
    return f"({name})" if name in ("inputs", "from", "as", "do") else name


def _stands_alone(value: tree.Expr) -> bool:
    """Tell whether a value can follow a type's name: a list would be several values."""
    return not isinstance(value, tree.Sequence)


def _is_list(callee: str, inputs: Sequence[tree.Expr]) -> bool:
    """Tell whether a list behind the type is read as its inputs."""
    references = all(isinstance(value, tree.Name | tree.Index | tree.Attribute) for value in inputs)
    return len(inputs) > 1 and (references or callee in JOINS)
