"""Values as the language writes them: an operator's arguments back to expressions, sizes back to shapes."""

from collections.abc import Mapping

from convdsl.argument import OPERANDS, VALUE, Parameter, signature
from convdsl.graph.evaluate import Env, fold
from convdsl.graph.problem import Problem
from convdsl.meaning import MEANING_WORDS
from convdsl.op import Divides, Guard, Op
from convdsl.shape import Shape
from convdsl.sizes import Size
from convdsl.syntax import tree
from convdsl.syntax.expression import parse_fragment


def literal(value: object) -> tree.Expr:
    """Write plain data: int, float, bool, str, None, tuple; or a layer that another one wraps."""
    if value is None:
        return tree.Nothing()
    if isinstance(value, bool):
        return tree.Boolean(value)
    if isinstance(value, int | float):
        number = tree.Number(abs(value), repr(abs(value)))
        return tree.Unary("-", number) if repr(value).startswith("-") else number
    if isinstance(value, Op):
        return tree.Call(type(value).__name__, arguments(value))
    if isinstance(value, tuple):
        return tree.Sequence(tuple(map(literal, value)), "(" if len(value) > 1 else "[")
    return tree.String(str(value))


def number(value: float) -> tree.Expr:
    """Write a number as a person would: 0 for 0.0."""
    return literal(int(value) if value.is_integer() and abs(value) < 2**53 else value)


def arguments(op: Op) -> tuple[tree.Argument, ...]:
    """Write the arguments that differ from their defaults, those that have none first and by position.

    Values of the network are not among them.
    """
    out: list[tree.Argument] = []
    by_position = True
    for parameter in signature(type(op)):
        if parameter.kind in (OPERANDS, VALUE):
            continue
        value = getattr(op, parameter.name)
        by_position = by_position and parameter.required and not parameter.keyword_only
        if by_position or parameter.required or repr(value) != repr(parameter.default):
            plain = short(parameter, value)
            out.append(tree.Argument(None if by_position else parameter.name, literal(plain)))
    return tuple(out)


def short(parameter: Parameter, value: object) -> object:
    """Return what a person would write: 3 for the pair (3, 3), 1 for the float 1.0, where it reads as the same."""
    shorter: object = value
    if isinstance(value, tuple) and value and len(set(map(repr, value))) == 1:
        shorter = value[0]
    elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        shorter = int(value)
    try:
        return shorter if repr(parameter.read(shorter)) == repr(value) else value
    except ValueError:
        return value


def shape(actual: Shape, guards: tuple[Guard, ...] = ()) -> tree.ShapeExpr | None:
    """Write a shape in the model's symbols, None for a flattened one; `/` where a guard says that it divides."""
    exact = {guard.size.then(1, 0, guard.divisor): guard for guard in guards if isinstance(guard, Divides)}
    axes: list[tree.Expr] = []
    for axis in actual.axes:
        if not isinstance(axis, Size):
            return None
        guard = exact.get(axis)
        size = _size(axis if guard is None else guard.size)
        axes.append(size if guard is None else tree.Binary("/", size, literal(guard.divisor)))
    return tree.ShapeExpr(tuple(axes))


def _size(size: Size) -> tree.Expr:
    written, mistakes = parse_fragment(str(size), "expr", lambda start, end: tree.NOWHERE)
    assert isinstance(written, tree.Expr) and not mistakes
    return written


def settled(expr: tree.Expr, parameters: Mapping[str, object]) -> tree.Expr:
    """Put values in for parameters and work out what follows from them; symbols and colour words stay."""
    env = Env({name: value for name, value in parameters.items() if isinstance(value, int | float)})
    try:
        return fold(expr, env)
    except Problem:  # a division that is none of whole numbers: it may stand as it is
        return substituted(expr, parameters)


def meant(expr: tree.Expr, parameters: Mapping[str, object]) -> tree.Expr:
    """Put values in for the parameters of a `means`, where the words of colours come before parameters' names."""
    return substituted(expr, {name: value for name, value in parameters.items() if name not in MEANING_WORDS})


def substituted(expr: tree.Expr, parameters: Mapping[str, object]) -> tree.Expr:
    """Put values in for parameters, and nothing else: the arithmetic stays that of the text, to the last bit."""
    match expr:
        case tree.Name() if isinstance(parameters.get(expr.id), int | float):
            return literal(parameters[expr.id])
        case tree.Unary():
            return tree.Unary(expr.operator, substituted(expr.operand, parameters))
        case tree.Binary():
            left, right = substituted(expr.left, parameters), substituted(expr.right, parameters)
            return tree.Binary(expr.operator, left, right)
        case tree.Sequence():
            return tree.Sequence(tuple(substituted(item, parameters) for item in expr.items), expr.brackets)
    return expr
