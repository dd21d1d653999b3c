"""When two axes are one size: what joins must prove, at once for numbers, as a guard for symbols."""

from convdsl.argument import Invalid
from convdsl.op import Equal, Guard, ProductEquals
from convdsl.ops.window import axis_name
from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size


def axis_word(rank: int, index: int) -> str:
    """Return the word for an axis of a whole shape: `batch`, `channels`, `height`."""
    if index < 2:
        return ("batch", "channels")[index]
    return axis_name(rank - 2, index - 2)


def require_equal(left: Axis, right: Axis, index: int, rank: int, ways: str = "") -> Guard | None:
    """Return what must hold for two axes to be equal; None where they are.

    ways: the way out for numbers that differ.
    Raises Invalid where they never are.
    """
    if left == right:
        return None
    if isinstance(left, Product) or isinstance(right, Product):
        return _products(left, right, index, rank, ways)
    symbols = {left.symbol, right.symbol} - {None}
    if len(symbols) != 1 or index == 0:  # nothing is proved of a batch: it may be any
        raise _differ(left, right, index, rank, ways)
    return Equal(left, right, index)


def _products(left: Axis, right: Axis, index: int, rank: int, ways: str) -> Guard:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Product) and isinstance(other, Size) and other.value is not None:
            return ProductEquals(one, other.value)
    raise _differ(left, right, index, rank, ways)


def _differ(left: Axis, right: Axis, index: int, rank: int, ways: str) -> Invalid:
    code = "E205" if index == 1 else "E204"
    word = axis_word(rank, index)
    if index == 1:
        return Invalid("", f"the inputs have {left} and {right} channels", ways or _same_channels(left, right), code)
    return Invalid("", f"the inputs differ in {word}: {left} and {right}", ways, code)


def _same_channels(left: Axis, right: Axis) -> str:
    if not (isinstance(left, Size) and isinstance(right, Size) and left.value and right.value):
        return ""
    return f"Conv2d({max(left.value, right.value)}, 1) on the narrower one gives it as many; Concat stacks them instead"


def require_ranks(inputs: tuple[Shape, ...]) -> None:
    """Refuse inputs with different numbers of axes.

    Raises Invalid.
    """
    for other in inputs[1:]:
        if other.rank != inputs[0].rank:
            raise Invalid(
                "",
                f"the inputs have {inputs[0].rank} and {other.rank} axes: {inputs[0]} and {other}",
                "Flatten or Unflatten one of them first",
                "E204",
            )


def require_one_value(op: str, operands: tuple[float | None, ...], ways: str) -> None:
    """Refuse numbers and further values where one value is wanted.

    Raises Invalid.
    """
    for number in operands:
        if number is not None:
            raise Invalid("operands", f"{op} does not say what the number {number:g} is for", ways)
    if len(operands) > 1:
        raise Invalid("operands", f"{op} takes one value, and here are {len(operands)}", ways)
