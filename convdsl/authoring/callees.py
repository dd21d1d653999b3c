"""What the canonical form must know of a call: its parameters, how many values it takes and leaves.

Operators are looked up in the catalogue, blocks and layer parameters in the file itself; an imported block is a name
and no more. Nothing is evaluated here.
"""

from collections.abc import Iterator, Sequence
from functools import cache

from convdsl.argument import OPERANDS, Parameter, signature
from convdsl.authoring.order import bodies_in
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.record import dataclass
from convdsl.syntax import tree

ANY_WORD = ("",)  # what a kind says that takes every word
_ATTACHES = frozenset({"norm", "activation", "regularise"})


@dataclass(frozen=True, slots=True)
class Slot:
    """One parameter of a callee: whether it must be given and may be positional, and which words it takes."""

    name: str
    required: bool
    positional: bool
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Callee:
    """What is known of a name that is called.

    slots: the parameters, None where they are not known. joins: positional arguments are values, and they do not take
    the flow's place where a value was handed over before an arrow. single: it leaves one value for certain. takes_one:
    it takes one value at most. attaches: it stays on the line of the layer before it. is_type: the name is a layer's or
    a block's.
    """

    slots: tuple[Slot, ...] | None
    joins: bool
    single: bool
    takes_one: bool
    attaches: bool
    is_type: bool


_UNKNOWN_TYPE = Callee(None, True, False, False, False, False)
_IMPORTED = Callee(None, False, True, False, False, True)


class Callees:
    """The callees of one file: its blocks, and operators as they are asked for."""

    def __init__(self, file: tree.File) -> None:
        self._known: dict[str, Callee] = {}
        for item in file.items:
            if isinstance(item, tree.Block):
                if catalogue.find_own(item.name) is None:
                    self._known.setdefault(item.name, _block(item))
            elif isinstance(item, tree.Import):
                for name in item.names:
                    self._known.setdefault(name, _IMPORTED)

    def find(self, name: str) -> Callee:
        """Return what is known of a type's name."""
        found = self._known.get(name)
        if found is None:
            op = catalogue.find(name)
            found = self._known[name] = _UNKNOWN_TYPE if op is None else _operator(op)
        return found


class Layers:
    """The layer parameters and declared layers of one block or model, by name; two of one name are not known."""

    def __init__(self, item: tree.Block | tree.Model, callees: Callees) -> None:
        self._callees = callees
        self._known: dict[str, Callee] = {}
        for parameter in item.parameters:
            if parameter.kind == "layer":
                default = parameter.default
                attaches = isinstance(default, tree.Call) and self._type(default.callee).attaches
                self._add(parameter.name, Callee(None, False, False, False, attaches, False))
        for declared in _declared(item.body.statements):
            calls = declared.calls
            attaches = bool(calls) and self._type(calls[0].callee).attaches
            single = not calls or self._type(calls[-1].callee).single
            self._add(declared.name, Callee(None, False, single, False, attaches, False))

    def _add(self, name: str, callee: Callee) -> None:
        self._known[name] = NO_LAYER if name in self._known else callee

    def _type(self, name: str) -> Callee:
        return self._callees.find(name) if name[:1].isupper() else NO_LAYER

    def find(self, name: str) -> Callee:
        """Return what is known of a callee of either case."""
        return self._callees.find(name) if name[:1].isupper() else self._known.get(name, NO_LAYER)


NO_LAYER = Callee(None, False, False, False, False, False)
SUM = Callee(None, False, True, False, False, False)  # arithmetic at a line's head: one value


def splits(before: Callee, call: tree.Call, callee: Callee, constants: frozenset[str]) -> bool:
    """Tell whether `before -> call` means the same on two lines.

    A line leaves one value; and a join that names its inputs takes what is handed to it by an arrow besides, but not
    what flows from the line above. constants: the names that are parameters or sizes.
    """
    if not (before.single or callee.takes_one):
        return False
    return not callee.joins or all(
        argument.name is not None or is_constant(argument.value, constants) for argument in call.arguments
    )


def attaches(call: tree.Call, callee: Callee, constants: frozenset[str]) -> bool:
    """Tell whether a call stays on the line of the layer before it: a norm, an activation, `Mul(110)`."""
    if callee.attaches:
        return True
    arguments = call.arguments
    return (
        callee.joins
        and callee.slots is not None
        and len(arguments) == 1
        and arguments[0].name is None
        and is_constant(arguments[0].value, constants)
    )


def is_constant(value: tree.Expr, constants: frozenset[str]) -> bool:
    """Tell whether an operand is a number, with a sign or not, or the name of a parameter or a size."""
    if isinstance(value, tree.Unary) and value.operator == "-":
        value = value.operand
    return isinstance(value, tree.Number) or (isinstance(value, tree.Name) and value.id in constants)


def names_of(item: tree.Block | tree.Model) -> Iterator[str]:
    """Find the parameters of a block or model, and the sizes that its inputs bind."""
    yield from (parameter.name for parameter in item.parameters)
    waiting: list[tree.Expr] = []
    for statement in item.body.statements:
        if isinstance(statement, tree.Input):
            waiting.extend(statement.shape.axes)
    while waiting:
        match waiting.pop():
            case tree.Name(id=name):
                yield name
            case tree.Binary(left=left, right=right):
                waiting += (left, right)
            case tree.Unary(operand=operand):
                waiting.append(operand)
            case _:
                pass


@cache
def _operator(op: type[Op]) -> Callee:
    parameters = signature(op)
    joins = bool(parameters) and parameters[0].kind is OPERANDS
    most = op.takes[1]
    return Callee(
        slots_of(parameters),
        joins,
        op.shapes is Op.shapes,
        most is not None and most <= 1,
        op.category in _ATTACHES,
        True,
    )


def slots_of(parameters: Sequence[Parameter]) -> tuple[Slot, ...]:
    """Return the slots of a declared signature; a join's operands are no slot."""
    return tuple(
        Slot(p.name, p.required, not p.keyword_only, p.kind.words) for p in parameters if p.kind is not OPERANDS
    )


def _block(block: tree.Block) -> Callee:
    slots = tuple(Slot(p.name, p.default is None, True, ANY_WORD if p.kind == "str" else ()) for p in block.parameters)
    inputs = sum(1 for statement in block.body.statements if isinstance(statement, tree.Input))
    return Callee(slots, False, True, inputs <= 1, False, True)


def _declared(statements: Sequence[tree.Statement]) -> Iterator[tree.LayerDeclaration]:
    """Find the declared layers in a body and in the bodies inside it."""
    waiting = [statements]
    while waiting:
        for statement in waiting.pop():
            if isinstance(statement, tree.LayerDeclaration):
                yield statement
            waiting.extend(body.statements for body in bodies_in(statement))
