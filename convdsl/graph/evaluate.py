"""Expressions of arguments and conditions, evaluated at compile time to plain data.

Numbers, truth values, words, tuples and layers that are not yet applied. Size symbols are not numbers: what reads them
is `graph/claim.py`. Nothing here runs code of the user's.
"""

from collections.abc import Callable, Mapping

from convdsl import codes
from convdsl.graph.blanks import Blank, no_number
from convdsl.graph.problem import Problem, Silent, did_you_mean
from convdsl.record import dataclass, field
from convdsl.sizes import Size
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.limits import LARGEST

MOST_TURNS = 100_000


class Word(str):
    """A bare word that names nothing in scope: a string where one is wanted, else an unknown name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Env:
    """What an expression can see: parameters and loop variables, and the symbols bound at inputs.

    A symbol whose value is None belongs to a value of unknown shape.
    `layer` makes the value of a layer written as an argument; it is given by the caller that knows blocks. `is_value`
    tells the names of the network's values, which no expression can use.
    """

    variables: Mapping[str, object] = field(default_factory=dict)
    symbols: Mapping[str, Size | int | None] = field(default_factory=dict)
    layer: Callable[[tree.Call], object] | None = None
    is_value: Callable[[str], bool] | None = None

    def known(self) -> tuple[str, ...]:
        """Return every name that an expression may use."""
        return (*self.variables, *(name for name, value in self.symbols.items() if isinstance(value, int)))


def bare_name(expr: tree.Expr) -> str | None:
    """Return the name where an expression is a bare word of either case, else None."""
    if isinstance(expr, tree.Name):
        return expr.id
    if isinstance(expr, tree.Call) and not expr.parentheses and not expr.arguments and expr.key is None:
        return expr.callee
    return None


def evaluate(expr: tree.Expr, env: Env) -> object:
    """Evaluate to int, float, bool, str (`Word` for an unbound name), None, tuple, range or a layer.

    Raises Problem.
    """
    handler = _HANDLERS[type(expr)]
    return handler(expr, env)


def _name(expr: tree.Name, env: Env) -> object:
    return _look_up(expr.id, expr.span, env)


def _look_up(name: str, span: Span, env: Env) -> object:
    if name in env.variables:
        return env.variables[name]
    if name in env.symbols:
        value = env.symbols[name]
        if value is None:
            raise Silent
        if isinstance(value, int):
            return value
        raise Problem(
            codes.NOT_CONSTANT,
            f"`{name}` is a size of the picture, which is not known when the network is built",
            span,
            helps=("arguments and conditions may use parameters, numbers and channel counts",),
        )
    return Word(name)


def _call(expr: tree.Call, env: Env) -> object:
    name = bare_name(expr)
    if name is not None and (name in env.symbols or name in env.variables):
        return _look_up(name, expr.span, env)
    if env.layer is None:
        raise Problem(
            codes.WRONG_TYPE,
            f"a layer cannot stand here: `{expr.callee}`",
            expr.span,
            helps=("give the layer a line of its own, and name its value here",),
        )
    return env.layer(expr)


def _reference(expr: tree.Index | tree.Attribute, env: Env) -> object:
    if isinstance(expr, tree.Index):
        base = evaluate(expr.base, env)
        if isinstance(base, tuple):
            index = whole(expr.index, env)
            if not -len(base) <= index < len(base):
                raise Problem(
                    codes.INDEX_RANGE,
                    f"index {index} is outside a list of {len(base)}",
                    expr.index.span,
                    helps=(f"use an index from 0 to {len(base) - 1}",),
                )
            return base[index]
    raise _no_value(expr.span)


def _unary(expr: tree.Unary, env: Env) -> object:
    value = evaluate(expr.operand, env)
    if expr.operator == "not":
        return not truth(value, expr.operand)
    return -number(value, expr.operand, env)


def _binary(expr: tree.Binary, env: Env) -> object:
    operator = expr.operator
    left = evaluate(expr.left, env)
    if operator == "and":
        return truth(left, expr.left) and truth(evaluate(expr.right, env), expr.right)
    if operator == "or":
        return truth(left, expr.left) or truth(evaluate(expr.right, env), expr.right)
    right = evaluate(expr.right, env)
    if operator == "in":
        if isinstance(left, Blank):
            raise no_number(left)
        if not isinstance(right, tuple | range):
            raise Problem(
                codes.WRONG_TYPE,
                "`in` needs a list on its right",
                expr.right.span,
                "this is not a list",
                helps=("write a list: `x in [1, 2, 4]`",),
            )
        return left in right
    if operator in ("==", "!="):
        _refuse_unknown(left, expr.left, right, env)
        _refuse_unknown(right, expr.right, left, env)
        return (left == right) is (operator == "==")
    a, b = number(left, expr.left, env), number(right, expr.right, env)
    if operator in _COMPARE:
        return _COMPARE[operator](a, b)
    return _arithmetic(operator, a, b, expr)


def _refuse_unknown(value: object, expr: tree.Expr, other: object, env: Env) -> None:
    """A bare word may be compared with a word; against anything else it is a misspelt name."""
    if isinstance(value, Blank):
        raise no_number(value)
    if isinstance(value, Word) and not isinstance(other, str):
        raise unknown(value, expr.span, env)


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _arithmetic(operator: str, a: float, b: float, expr: tree.Binary) -> float:
    if operator in ("/", "//", "%") and b == 0:
        raise Problem(
            codes.ARITHMETIC, "division by zero", expr.span, f"{a:g} {operator} 0", helps=("divide by another number",)
        )
    if operator == "/" and isinstance(a, int) and isinstance(b, int):
        if a % b:
            raise Problem(
                codes.ARITHMETIC,
                f"{a} / {b} is not a whole number",
                expr.span,
                helps=("`//` rounds down, and says so",),
            )
        return a // b
    if operator == "**":
        if b < 0 and isinstance(a, int):
            raise Problem(
                codes.ARITHMETIC,
                f"{a} ** {b:g} is not a whole number",
                expr.span,
                helps=("use an exponent of at least 0",),
            )
        if abs(b) > 64 or abs(a) > LARGEST:
            raise Problem(
                codes.ARITHMETIC,
                "this power is too large",
                expr.span,
                helps=("stay within 2 ** 53, where every whole number is exact",),
            )
    try:
        out = _OPERATE[operator](a, b)
    except (OverflowError, ValueError):
        raise Problem(
            codes.ARITHMETIC,
            "this number is too large",
            expr.span,
            helps=("stay within 2 ** 53, where every whole number is exact",),
        ) from None
    if isinstance(out, complex) or abs(out) > LARGEST or out != out:
        raise Problem(
            codes.ARITHMETIC,
            "this number is too large",
            expr.span,
            "at most 2 ** 53",
            helps=("stay within 2 ** 53, where every whole number is exact",),
        )
    return out


_OPERATE: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
}


def _function(expr: tree.Function, env: Env) -> object:
    name = expr.name
    if any(argument.name is not None for argument in expr.arguments):
        raise Problem(
            codes.UNKNOWN_PARAMETER, f"`{name}` takes no keywords", expr.span, helps=("give the values by position",)
        )
    values = [argument.value for argument in expr.arguments]
    if name in ("min", "max") and values:
        numbers = [number(evaluate(value, env), value, env) for value in values]
        return min(numbers) if name == "min" else max(numbers)
    if name == "range" and 1 <= len(values) <= 3:
        bounds = [whole(value, env) for value in values]
        if len(bounds) == 3 and bounds[2] == 0:
            raise Problem(
                codes.ARITHMETIC, "the step of a range cannot be 0", values[2].span, helps=("count by 1 or -1",)
            )
        out = range(*bounds)
        if len(out) > MOST_TURNS:
            raise Problem(
                codes.TOO_MANY_LAYERS,
                f"a range of {len(out)} is too long",
                expr.span,
                "at most 100,000",
                helps=("stay within 100,000 turns",),
            )
        return out
    if name == "reversed" and len(values) == 1:
        items = evaluate(values[0], env)
        if isinstance(items, tuple | range):
            return items[::-1]
        raise Problem(
            codes.WRONG_TYPE,
            "`reversed` needs a list or a range",
            values[0].span,
            helps=("write `reversed(range(3))` or `reversed([1, 2, 4])`",),
        )
    hint = did_you_mean(name, ("min", "max", "range", "reversed", *env.variables))
    if name in ("min", "max", "range", "reversed"):
        raise Problem(
            codes.WRONG_TYPE,
            f"`{name}` got {len(values)} arguments",
            expr.span,
            helps=("`range` takes 1 to 3 values, `min` and `max` at least one, `reversed` one",),
        )
    raise Problem(
        codes.UNKNOWN_NAME,
        f"unknown function `{name}`",
        expr.name_span,
        helps=(hint or "the functions are `min`, `max`, `range` and `reversed`",),
    )


def _sequence(expr: tree.Sequence, env: Env) -> object:
    return tuple(evaluate(item, env) for item in expr.items)


_HANDLERS: dict[type, Callable[..., object]] = {
    tree.Number: lambda expr, env: expr.value,
    tree.String: lambda expr, env: expr.value,
    tree.Boolean: lambda expr, env: expr.value,
    tree.Nothing: lambda expr, env: None,
    tree.Hole: lambda expr, env: Blank(expr.span),
    tree.Name: _name,
    tree.Index: _reference,
    tree.Attribute: _reference,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Function: _function,
    tree.Sequence: _sequence,
    tree.Call: _call,
}


def _no_value(span: Span) -> Problem:
    way = "write a number, a parameter or a channel symbol; a value of the network is known only when it runs"
    return Problem(codes.WRONG_TYPE, "a value of the network cannot stand here", span, helps=(way,))


def unknown(word: str, span: Span, env: Env) -> Problem:
    """Make the message for a name that is nothing an expression can use."""
    if env.is_value is not None and env.is_value(word):
        return _no_value(span)
    return Problem(
        codes.UNKNOWN_NAME,
        f"unknown name `{word}`",
        span,
        helps=(did_you_mean(word, env.known(), span) or "declare it as a parameter, or write a number",),
    )


def number(value: object, expr: tree.Expr, env: Env) -> int | float:
    """Require an int or a float.

    Raises Problem.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, Word):
        raise unknown(value, expr.span, env)
    raise _expected("a number", value, expr, "write a number or a parameter that is one")


def whole(expr: tree.Expr, env: Env) -> int:
    """Evaluate to an int.

    Raises Problem.
    """
    value = evaluate(expr, env)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Word):
        raise unknown(value, expr.span, env)
    raise _expected("an int", value, expr, "write a whole number or a parameter that is one")


def truth(value: object, expr: tree.Expr) -> bool:
    """Require true or false.

    Raises Problem.
    """
    if isinstance(value, bool):
        return value
    compared = expr.id if isinstance(expr, tree.Name) else "width"
    raise _expected("true or false", value, expr, f"write a comparison, such as `{compared} > 0`")


def describe(value: object) -> str:
    """Name a value for a message: "the number 3", "the word `same`", "a list of 2"."""
    if value is None:
        return "none"
    if isinstance(value, Blank):
        return "`?`"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the word `{value}`"
    if isinstance(value, tuple | range):
        return f"a list of {len(value)}"
    return "a layer"


def fold(expr: tree.Expr, env: Env) -> tree.Expr:
    """Put numbers in for the parameters of an expression that keeps its symbols (`where`, `expect`)."""
    if isinstance(expr, tree.Name):
        value = env.variables.get(expr.id)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return tree.Number(value, str(value), expr.span)
        return expr
    if isinstance(expr, tree.Unary):
        return tree.Unary(expr.operator, fold(expr.operand, env), expr.span)
    if isinstance(expr, tree.Binary):
        left, right = fold(expr.left, env), fold(expr.right, env)
        out = tree.Binary(expr.operator, left, right, expr.span)
        if isinstance(left, tree.Number) and isinstance(right, tree.Number) and expr.operator in _OPERATE:
            value = _arithmetic(expr.operator, left.value, right.value, out)
            return tree.Number(value, str(value), expr.span)
        return out
    if isinstance(expr, tree.Sequence):
        return tree.Sequence(tuple(fold(item, env) for item in expr.items), expr.brackets, expr.span)
    if isinstance(expr, tree.Function):
        arguments = tuple(tree.Argument(a.name, fold(a.value, env), a.span, a.name_span) for a in expr.arguments)
        return tree.Function(expr.name, arguments, expr.span, expr.name_span)
    return expr


def _expected(what: str, value: object, expr: tree.Expr, way: str) -> Problem:
    if isinstance(value, Blank):
        return no_number(value)
    return Problem(codes.WRONG_TYPE, f"expected {what}, found {describe(value)}", expr.span, helps=(way,))
