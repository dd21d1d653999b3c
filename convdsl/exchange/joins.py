"""Sums, products and what stacks values: the signs of Python, `torch.add`, `torch.cat`."""

from collections.abc import Callable, Mapping

from convdsl.exchange.length import Tensor, Weight
from convdsl.exchange.operators import Mismatch, make, plain
from convdsl.exchange.work import Call, Work, bind, named
from convdsl.graph.graph import Value
from convdsl.op import Op
from convdsl.ops.catalogue import find
from convdsl.shape import Shape
from convdsl.sizes import constant

Function = Callable[[Work, Call], object]

JOINS = {
    **dict.fromkeys(("add", "iadd", "add_", "__add__", "__radd__"), "Add"),
    **dict.fromkeys(("sub", "isub", "sub_", "subtract"), "Sub"),
    **dict.fromkeys(("mul", "imul", "mul_", "multiply"), "Mul"),
    **dict.fromkeys(("truediv", "itruediv", "div", "div_", "divide", "true_divide"), "Div"),
}


def _join(work: Work, call: Call) -> object:
    name = JOINS[call.name]
    if call.kwargs.get("alpha", 1) != 1 or call.kwargs.get("rounding_mode") is not None:
        raise Mismatch("no layer scales one side of a sum, or rounds a quotient")
    left, right = (*call.args, *(call.kwargs[word] for word in ("other",) if word in call.kwargs))[:2]
    sides = [work.number(plain(side)) for side in (left, right)]
    operands = tuple(map(_operand, sides))
    values = work.values(side for side in sides if isinstance(side, Tensor | Weight))
    operator = find(name)
    assert operator is not None
    shapes = [work.draft.shape(value) for value in values]
    if call.grows is not None and values[0] == call.grows and operands[0] is None:
        before = work.draft.graph.nodes[call.grows.node]
        grown, all_values = _grown(work, before.op, operator, operands, (*before.inputs, *values[1:]))
        if grown is not None:
            return Tensor(work.draft.replace(call.grows, grown, all_values)[0])
    broadcast = len(shapes) == 2 and _broadcasts(work, *shapes)
    return work.put(call, name, {"operands": operands, "broadcast": broadcast}, *values)


def _operand(side: object) -> float | None:
    """Return a number, None for a value."""
    if isinstance(side, Tensor | Weight):
        return None
    if isinstance(side, bool) or not isinstance(side, int | float):
        raise Mismatch(f"{named(side)} cannot be joined with a value")
    return float(side)


def _grown(
    work: Work, before: Op | None, operator: type[Op], operands: tuple[float | None, ...], values: tuple[Value, ...]
) -> tuple[Op | None, tuple[Value, ...]]:
    """Make `a + b + c` one layer where it is one expression, and nothing is repeated."""
    if type(before) is not operator or getattr(before, "broadcast", True):
        return None, ()
    shapes = [work.draft.shape(value) for value in values]
    if any(_broadcasts(work, shapes[0], shape) for shape in shapes[1:]):
        return None, ()
    earlier: tuple[float | None, ...] = getattr(before, "operands", ())
    return make(operator, {"operands": (*earlier, *operands[1:])}), values


def _broadcasts(work: Work, left: Shape, right: Shape) -> bool:
    if left.rank != right.rank:
        raise Mismatch(f"it joins {left} and {right}, which differ in their number of axes", "reshape one of them")
    pairs = zip(left.axes[1:], right.axes[1:], strict=True)
    return any(a != b and constant(1) in (a, b) for a, b in pairs)


def _cat(work: Work, call: Call) -> object:
    bound = bind(call)
    parts = bound.get("tensors")
    if not isinstance(parts, list | tuple):
        raise Mismatch("it does not say what is stacked")
    values = work.values(parts)
    dim = bound.get("dim", 0)
    rank = work.draft.shape(values[0]).rank
    if not isinstance(dim, int) or dim % rank == 0:
        raise Mismatch("it stacks along the batch", "layers work on each image by itself")
    return work.put(call, "Concat", {"operands": (None,) * len(values), "dim": dim}, *values)


def _negative(work: Work, call: Call) -> object:
    return work.put(call, "Mul", {"operands": (None, -1.0)}, work.value(call.args[0]))


def _power(work: Work, call: Call) -> object:
    exponent = call.args[1]
    if not isinstance(exponent, int | float) or exponent not in (2, 3, 4):
        raise Mismatch(f"no layer raises to the power {named(exponent)}", "powers of 2, 3 and 4 are products")
    return _product(work, call, int(exponent))


def _product(work: Work, call: Call, times: int) -> object:
    value = work.value(call.args[0])
    return work.put(call, "Mul", {"operands": (None,) * times}, *(value,) * times)


FUNCTIONS: Mapping[str, Function] = {
    **dict.fromkeys(JOINS, _join),
    **dict.fromkeys(("cat", "concat", "concatenate"), _cat),
    "neg": _negative,
    "pow": _power,
    "square": lambda work, call: _product(work, call, 2),
}
