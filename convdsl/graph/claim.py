"""Shapes as the text writes them: `[N, 4 * width, H / 8, W // 2 + 1]`.

A claim is exact sizes in the model's own symbols, and what must hold for it to make sense (`H / 8` needs 8 to divide
H). Inputs bind new symbols; promises and outputs may only use bound ones.
"""

from convdsl import codes
from convdsl.graph.budget import check_axes
from convdsl.graph.evaluate import Env, Word, bare_name, evaluate, number, unknown
from convdsl.graph.problem import Problem, Silent, did_you_mean
from convdsl.op import AtLeast, Divides, Equal, Guard
from convdsl.record import dataclass
from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size, constant, symbol
from convdsl.source import Span
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Claim:
    """A shape and the conditions under which it is one."""

    shape: Shape
    guards: tuple[Guard, ...]


def is_symbol(name: str) -> bool:
    """Tell whether a word in a shape is a size symbol: it begins with a capital letter."""
    return name[:1].isupper()


def declare(shape: tree.ShapeExpr, env: Env) -> tuple[Shape, dict[str, Size | int]]:
    """Read the shape of a model's input: its symbols are born here.

    Raises Problem.
    """
    if len(shape.axes) < 2:
        raise Problem(
            codes.RANK,
            "a shape needs at least a batch and a channel axis",
            shape.span,
            "[N, C, …]",
            helps=("write at least `[N, C]`; an image is `[N, C, H, W]`",),
        )
    check_axes(len(shape.axes), shape.span)
    symbols: dict[str, Size | int] = {}
    axes: list[Axis] = []
    for index, expr in enumerate(shape.axes):
        name = bare_name(expr)
        if name is not None and name not in env.variables and is_symbol(name):
            if index == 1:
                raise Problem(
                    codes.NOT_CONSTANT,
                    f"the channels of a model's input are a number, not the symbol `{name}`",
                    expr.span,
                    helps=("1 for gray, 3 for colour", "make it a parameter: `model Net(channels: int = 3)`"),
                )
            if index and name == "N":
                raise Problem(
                    codes.UNKNOWN_SYMBOL,
                    "`N` is the batch, the first axis",
                    expr.span,
                    helps=("name this axis otherwise, such as `H`",),
                )
            if name in symbols and index == 0:
                raise Problem(
                    codes.DUPLICATE_NAME,
                    f"`{name}` twice in one shape",
                    expr.span,
                    helps=("name each axis once; two axes that must be equal are said by `where`",),
                )
            known = env.symbols.get(name) or symbol(name)
            axes.append(known if isinstance(known, Size) else constant(known))
            symbols[name] = known
            continue
        value = evaluate(expr, env)
        if isinstance(value, Word):
            raise unknown(value, expr.span, env)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Problem(
                codes.WRONG_TYPE,
                "an input's axis is a symbol or a whole number of at least 1",
                expr.span,
                helps=("write a symbol such as `H`, and what has to hold of it after `where`",),
            )
        axes.append(constant(value))
    return Shape(tuple(axes)), symbols


def bind_input(shape: tree.ShapeExpr, actual: Shape, env: Env) -> tuple[dict[str, Size | int], tuple[Guard, ...]]:
    """Match a block's input line with the value that enters: bind new symbols, compare the rest.

    Returns the symbols (channels as ints) and the guards that the comparison of symbolic sizes leaves.
    Raises Problem.
    """
    if len(shape.axes) != actual.rank:
        raise Problem(
            codes.RANK,
            f"the block takes {len(shape.axes)} axes, the value has {actual.rank}: {actual}",
            shape.span,
            helps=("declare as many axes as the value has, or hand over another value",),
        )
    symbols: dict[str, Size | int] = {}
    guards: list[Guard] = []
    for index, (expr, axis) in enumerate(zip(shape.axes, actual.axes, strict=True)):
        name = bare_name(expr)
        if name is not None and name not in env.variables and is_symbol(name):
            if isinstance(axis, Product):
                raise Problem(
                    codes.NOT_CONSTANT,
                    f"`{name}` would be {axis}, which is not one size",
                    expr.span,
                    helps=("flatten later, or take the number from a fixed input",),
                )
            value: Size | int = axis.value if index == 1 and axis.value is not None else axis
            earlier = env.symbols.get(name) if index == 0 else symbols.get(name)
            if earlier is None:
                symbols[name] = value
                continue
            claimed = constant(earlier) if isinstance(earlier, int) else earlier
            guards.extend(_compare(axis, claimed, index, expr, "the block's input"))
            continue
        claimed, extra = _axis(expr, Env(env.variables, {**env.symbols, **symbols}, env.layer, env.is_value))
        guards.extend(extra)
        guards.extend(_compare(axis, claimed, index, expr, "the block's input"))
    return symbols, tuple(guards)


def promise(shape: tree.ShapeExpr, actual: Shape | None, env: Env, what: str, sized: bool = True) -> Claim:
    """Compare a promised shape with the actual one: what cannot be is a Problem, what depends on sizes a guard.

    what: the subject of the message, such as "`e1`" or "the output `ab`". Without an actual shape nothing is compared;
    with one of which the sizes are not known yet, sized is false, and they are not.
    """
    if actual is None:
        actual = Shape((symbol("N"),) * len(shape.axes))
        compared = 0
    else:
        compared = actual.rank if sized else 2
    if len(shape.axes) != actual.rank:
        raise Problem(
            codes.PROMISE,
            f"{what} has {actual.rank} axes, {len(shape.axes)} were promised",
            shape.span,
            f"it is {actual}",
            helps=(f"promise what it is, `{actual}`, or change the layer that makes it",),
        )
    axes: list[Axis] = []
    guards: list[Guard] = []
    for index, (expr, axis) in enumerate(zip(shape.axes, actual.axes, strict=True)):
        claimed, extra = _axis(expr, env)
        axes.append(claimed)
        guards.extend(extra)
        if index < compared:
            guards.extend(_compare(axis, claimed, index, expr, what))
    return Claim(Shape(tuple(axes)), tuple(guards))


_AXIS_NAMES = {0: "batch", 1: "channels"}


def _compare(axis: Axis, claimed: Size, index: int, expr: tree.Expr, what: str) -> tuple[Guard, ...]:
    if axis == claimed:
        return ()
    noun = _AXIS_NAMES.get(index, "size")
    if isinstance(axis, Product):
        raise Problem(
            codes.PROMISE,
            f"{what} is flattened: its axis is {axis}, which cannot be compared with {claimed}",
            expr.span,
            helps=("promise the number that it has at a fixed size, or leave the promise away",),
        )
    decided = axis.value is not None and claimed.value is not None
    foreign = axis.symbol is not None and claimed.symbol is not None and axis.symbol != claimed.symbol
    if index < 2 or decided or foreign:
        raise Problem(
            codes.PROMISE,
            f"{what}: {noun} {claimed} was promised, it is {axis}",
            expr.span,
            f"is {axis}",
            helps=(f"promise `{axis}`, or change the layer that makes it",),
        )
    return (Equal(axis, claimed, index),)


def _axis(expr: tree.Expr, env: Env) -> tuple[Size, tuple[Guard, ...]]:
    """Read one axis: one symbol under + - * // / with integers, or a number."""
    guards: list[Guard] = []
    size = _size(expr, env, guards)
    if size.value is not None and size.value < 1:
        raise Problem(codes.ZERO_SIZE, f"a size of {size.value} is no size", expr.span, helps=("a size is at least 1",))
    return size, tuple(guards)


def _size(expr: tree.Expr, env: Env, guards: list[Guard]) -> Size:
    name = bare_name(expr)
    if name is not None and name not in env.variables and is_symbol(name):
        bound = env.symbols.get(name)
        if bound is None and name in env.symbols:
            raise Silent
        if bound is None:
            raise Problem(
                codes.UNKNOWN_SYMBOL,
                f"`{name}` is not bound by an input",
                expr.span,
                helps=(did_you_mean(name, env.symbols, expr.span), f"bound here: {', '.join(env.symbols)}")
                if len(env.symbols) > 1
                else ("symbols are bound by an input line: `input x: [N, C, H, W]`",),
            )
        return bound if isinstance(bound, Size) else constant(bound)
    if isinstance(expr, tree.Binary) and expr.operator in ("+", "-", "*", "/", "//"):
        left, right = _size(expr.left, env, guards), _size(expr.right, env, guards)
        return _combine(expr, left, right, guards)
    value = evaluate(expr, env)
    return constant(_whole(value, expr, env))


def _whole(value: object, expr: tree.Expr, env: Env) -> int:
    out = number(value, expr, env)
    if not isinstance(out, int):
        raise Problem(
            codes.WRONG_TYPE,
            f"a size is a whole number, not {out:g}",
            expr.span,
            helps=("write a whole number, or `//` where `/` does not divide",),
        )
    return out


def _combine(expr: tree.Binary, left: Size, right: Size, guards: list[Guard]) -> Size:
    operator, a, b = expr.operator, left.value, right.value
    if operator in ("/", "//"):
        if b is None or b < 1:
            raise Problem(
                codes.ARITHMETIC,
                "a size can be divided by a positive number only",
                expr.right.span,
                helps=("divide by a number of at least 1",),
            )
        if operator == "/":
            if a is not None and a % b:
                raise Problem(
                    codes.ARITHMETIC, f"{a} / {b} is not a whole number", expr.span, helps=("`//` rounds down",)
                )
            if a is None:
                guards.append(Divides(left, b))
        return left.then(1, 0, b)
    if a is not None and b is not None:
        return constant({"+": a + b, "-": a - b, "*": a * b}[operator])
    if operator == "+":
        try:
            return left.plus(right)
        except ValueError:
            raise _two_symbols(expr.span) from None
    if operator == "-":
        if b is None:
            raise Problem(
                codes.ARITHMETIC,
                "a size may not shrink as its symbol grows",
                expr.span,
                helps=("write the symbol with a plus and a positive factor",),
            )
        return left.then(1, -b, 1)
    size, factor = (left, b) if b is not None else (right, a)
    if factor is None or factor < 0:
        raise (
            _two_symbols(expr.span)
            if factor is None
            else Problem(
                codes.ARITHMETIC,
                "a size may not shrink as its symbol grows",
                expr.span,
                helps=("write the symbol with a plus and a positive factor",),
            )
        )
    return size.then(factor, 0, 1)


def _two_symbols(span: Span) -> Problem:
    return Problem(
        codes.UNKNOWN_SYMBOL,
        "an axis may use one size symbol, once",
        span,
        helps=("write it as one symbol under + - * // with numbers, such as `2 * H + 1`",),
    )


def requirement(expr: tree.Expr, env: Env) -> tuple[Guard, ...]:
    """Read the `where` of a block's input: `H % 2 == 0`, `H >= 4`, `H == 8`, joined by `and`.

    Raises Problem for anything else.
    """
    if isinstance(expr, tree.Binary) and expr.operator == "and":
        return (*requirement(expr.left, env), *requirement(expr.right, env))
    if isinstance(expr, tree.Binary):
        guards: list[Guard] = []
        left, right = expr.left, evaluate_or_none(expr.right, env)
        if expr.operator == "==" and isinstance(left, tree.Binary) and left.operator == "%" and right == 0:
            divisor = _whole(evaluate(left.right, env), left.right, env)
            if divisor >= 1:
                size = _size(left.left, env, guards)
                return (*guards, Divides(size, divisor))
        if isinstance(right, int) and expr.operator in (">=", ">", "=="):
            size = _size(left, env, guards)
            if expr.operator == "==":
                return (*guards, Equal(size, constant(right)))
            return (*guards, AtLeast(size, right + (expr.operator == ">")))
    raise Problem(
        codes.WHERE,
        "a block's `where` can say `H % n == 0`, `H >= n` and `H == n`",
        expr.span,
        helps=("join several with commas; the model's own `where` takes any condition",),
    )


def evaluate_or_none(expr: tree.Expr, env: Env) -> object:
    """Evaluate, with None in place of a Problem."""
    try:
        return evaluate(expr, env)
    except Problem:
        return None
