"""The canonical form of a call's arguments and of the expressions in them (rule 6 of the language).

What cannot be told, because the callee is not known or an argument is wrong, stays as it was written.
"""

from collections.abc import Sequence

from convdsl.argument import signature
from convdsl.authoring.callees import Callee, Layers, Slot, slots_of
from convdsl.recipe import CHOICES, Recipe
from convdsl.record import replace
from convdsl.syntax import tree

Plan = tuple[tuple[int, str | None, tuple[str, ...]], ...]  # which argument, under which name, what words it takes
_ATOMS = (tree.Number, tree.String, tree.Boolean, tree.Nothing, tree.Hole, tree.Name)
LONG = 5  # items of a list that is no pair, triple or shape


class Arguments:
    """Calls and expressions of one block or model."""

    def __init__(self, layers: Layers, plans: dict[tuple[object, ...], Plan | None]) -> None:
        self.layers = layers
        self._plans = plans

    def call(self, call: tree.Call, names: frozenset[str], *, keywords_only: bool = False) -> tree.Call:
        """Return a call with its arguments in canonical order and form.

        names: parameters, loop variables and sizes in scope. keywords_only: no argument is positional.
        """
        if not call.arguments:
            return call if call.parentheses else replace(call, parentheses=True)
        plan = self._plan(call, keywords_only)
        arguments = []
        if plan is None:
            for argument in call.arguments:
                arguments.append(self._argument(argument, argument.name, (), names))
        else:
            for index, name, words in plan:
                arguments.append(self._argument(call.arguments[index], name, words, names))
        return tree.Call(call.callee, tuple(arguments), call.key, True, call.span, call.name_span)

    def _plan(self, call: tree.Call, keywords_only: bool) -> Plan | None:
        given = tuple([argument.name for argument in call.arguments])
        lone = len(given) == 1 and not isinstance(call.arguments[0].value, tree.Sequence)
        key = (
            (call.callee, given, keywords_only, lone) if call.callee[:1].isupper() else (self, call.callee, given, lone)
        )
        if key not in self._plans:
            callee = self.layers.find(call.callee)
            self._plans[key] = _plan(callee, given, keywords_only, lone)
        return self._plans[key]

    def _argument(
        self, argument: tree.Argument, name: str | None, words: tuple[str, ...], names: frozenset[str]
    ) -> tree.Argument:
        value = self.value(argument.value, words, names, "(")
        if value is argument.value and name == argument.name:
            return argument
        return tree.Argument(name, value, argument.span, argument.name_span)

    def value(self, value: tree.Expr, words: tuple[str, ...], names: frozenset[str], brackets: str = "[") -> tree.Expr:
        """Return the canonical form of an expression.

        words: what its place takes besides values; a bare word is a string there if nothing in scope has its name.
        A bare type is a call where it names a layer, else a name. brackets: those of a short list, "(" in arguments.
        """
        if words and isinstance(value, tree.Name):
            word = value.id
            wanted = word in words or ("" in words and not word[0].isupper())
            return tree.String(word, value.span) if wanted and word not in names else value
        if isinstance(value, _ATOMS):
            return value
        if isinstance(value, tree.Call):
            if not value.parentheses and (value.callee in names or not self.layers.find(value.callee).is_type):
                return tree.Name(value.callee, value.span)
            return self.call(value, names)
        return self._inside(value, names, brackets)

    def _inside(self, value: tree.Expr, names: frozenset[str], brackets: str) -> tree.Expr:
        match value:
            case tree.Binary(operator=operator, left=left, right=right):
                new_left, new_right = self.value(left, (), names, brackets), self.value(right, (), names, brackets)
                if new_left is left and new_right is right:
                    return value
                return tree.Binary(operator, new_left, new_right, value.span)
            case tree.Unary(operator=operator, operand=operand):
                new = self.value(operand, (), names, brackets)
                return value if new is operand else tree.Unary(operator, new, value.span)
            case tree.Sequence(items=items):
                items = tuple([self.value(item, (), names, "(") for item in items])
                return tree.Sequence(items, "[" if _is_list(items) else brackets, value.span)
            case tree.Function(arguments=given):
                arguments = [
                    tree.Argument(a.name, self.value(a.value, (), names, brackets), a.span, a.name_span) for a in given
                ]
                return replace(value, arguments=tuple(arguments))
            case tree.Index(base=base, index=index):
                new_base, new = self.value(base, (), names), self.value(index, (), names)
                return value if new is index and new_base is base else tree.Index(new_base, new, value.span)
            case tree.Attribute(base=base, name=name):
                new = self.value(base, (), names)
                return value if new is base else tree.Attribute(new, name, value.span)
        return value

    def values(self, values: Sequence[tree.Expr], names: frozenset[str]) -> tuple[tree.Expr, ...]:
        """Return expressions outside of arguments in canonical form."""
        return tuple([self.value(value, (), names) for value in values])


def _is_list(items: Sequence[tree.Expr]) -> bool:
    """Tell whether a list is no pair or triple: empty, long or nested."""
    return not items or len(items) >= LONG or any(isinstance(item, tree.Sequence) for item in items)


def _plan(callee: Callee, given: tuple[str | None, ...], keywords_only: bool, lone: bool) -> Plan | None:
    """Put a call's arguments in order: required ones from the first on by position, the others by name.

    A positional argument alone stays one: `LeakyReLU(0.2)`. given: the arguments' names, None for those by position;
    lone: there is one, and it is no list. Returns None where they do not fit the callee.
    """
    slots = callee.slots
    count = given.count(None)
    if slots is None or any(name is not None for name in given[:count]):
        return None
    named = [name for name in given[count:] if name is not None]
    ordered = [slot for slot in slots if slot.positional]
    if callee.joins:
        operands = [(index, None, ()) for index in range(count)]
        found = {name: count + index for index, name in enumerate(named)}
        by_position: list[tuple[int, str | None, tuple[str, ...]]] = list(operands)
        by_position.extend(_by_name(slots, found))
        return tuple(by_position) if len(found) == len(named) else None
    if count > len(ordered) or (keywords_only and count):
        return None
    places = [*(slot.name for slot in ordered[:count]), *named]
    found = {name: index for index, name in enumerate(places)}
    if len(found) != len(places):
        return None  # one is given twice
    out: list[tuple[int, str | None, tuple[str, ...]]] = []
    for slot in () if keywords_only else ordered:
        alone = lone and count and not out
        if slot.name not in found or not (slot.required or alone):
            break
        out.append((found.pop(slot.name), None, slot.words))
    out.extend(_by_name(slots, found))
    return tuple(out)


def _by_name(slots: Sequence[Slot], found: dict[str, int]) -> list[tuple[int, str | None, tuple[str, ...]]]:
    """Return the arguments by name in the signature's order, those that it has not in theirs."""
    out: list[tuple[int, str | None, tuple[str, ...]]] = []
    for slot in slots:
        if slot.name in found:
            out.append((found[slot.name], slot.name, slot.words))
    known = {slot.name for slot in slots}
    out.extend((index, name, ()) for name, index in found.items() if name not in known)
    return out


# ------------------------------------------------------------ the train section


def setting(setting: tree.Setting) -> tree.Setting:
    """Return a line of the `train` section in canonical form: a bare choice is a call, a word a string."""
    value = setting.value
    if isinstance(value, tree.Name):
        words = next((slot.words for slot in slots_of(signature(Recipe)) if slot.name == setting.name), ())
        if value.id in words:
            return replace(setting, value=tree.String(value.id, value.span))
    if isinstance(value, tree.Call):
        return replace(setting, value=_choice(setting.name, value))
    if setting.name in CHOICES and isinstance(value, tree.Binary | tree.Unary):
        return replace(setting, value=_added(setting.name, value))
    return replace(setting, value=_settled(value))


def _added(name: str, value: tree.Expr) -> tree.Expr:
    """Return a sum of choices in canonical form: a bare one is a call here too."""
    match value:
        case tree.Binary(left=left, right=right):
            return replace(value, left=_added(name, left), right=_added(name, right))
        case tree.Unary(operand=operand):
            return replace(value, operand=_added(name, operand))
        case tree.Call():
            return _choice(name, value)
        case tree.Name(id=word) if word[0].isupper() and len(word) > 1:
            return _choice(name, tree.Call(word, (), None, True, value.span, value.span))
    return _settled(value)


def _settled(value: tree.Expr) -> tree.Expr:
    """Return a setting's value with the brackets and parentheses of the canonical form; no name is in scope there."""
    match value:
        case tree.Sequence(items=items):
            kept = tuple(map(_settled, items))
            return tree.Sequence(kept, "[" if _is_list(kept) else "(", value.span)
        case tree.Call(arguments=given) | tree.Function(arguments=given):
            arguments = tuple([replace(one, value=_settled(one.value)) for one in given])
            called = replace(value, arguments=arguments)
            return replace(called, parentheses=True) if isinstance(called, tree.Call) else called
        case tree.Binary(left=left, right=right):
            return replace(value, left=_settled(left), right=_settled(right))
        case tree.Unary(operand=operand):
            return replace(value, operand=_settled(operand))
        case tree.Index(base=base, index=index):
            return replace(value, base=_settled(base), index=_settled(index))
        case tree.Attribute(base=base):
            return replace(value, base=_settled(base))
    return value


def _choice(name: str, call: tree.Call) -> tree.Call:
    choice = next((kind for kind in CHOICES.get(name, ()) if kind.__name__ == call.callee), None)
    slots = None if choice is None else slots_of(signature(choice))
    callee = Callee(slots, False, True, True, False, True)
    lone = len(call.arguments) == 1 and not isinstance(call.arguments[0].value, tree.Sequence)
    plan = _plan(callee, tuple(argument.name for argument in call.arguments), False, lone)
    arguments = tuple([replace(one, value=_settled(one.value)) for one in call.arguments])
    if plan is not None:
        arguments = tuple(replace(arguments[index], name=name) for index, name, _ in plan)
    return replace(call, arguments=arguments, parentheses=True)
