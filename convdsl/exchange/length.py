"""What a traced program knows of tensors: values of the network, weights, and lengths of axes.

A length is exact where the program's arithmetic stays within what a size can be, and known at a few probed sizes
always: enough to recognise `x.view(x.size(0), -1)`, padding by the difference of two sizes, or a crop to the middle.
"""

from collections.abc import Callable
from operator import add, floordiv, mod, mul, sub

import torch

from convdsl.graph.graph import Value
from convdsl.record import dataclass
from convdsl.shape import Axis, Product, product
from convdsl.sizes import Size, constant


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value of the network. expanded: the program has repeated its axes of size 1, which a join does as well."""

    value: Value
    expanded: bool = False


@dataclass(frozen=True, slots=True)
class Weight:
    """A parameter or buffer that the program reads directly; name: its key in the `state_dict`."""

    name: str
    tensor: torch.Tensor


@dataclass(frozen=True, slots=True)
class Unknown:
    """What comes out of something that cannot be expressed; whatever reads it is passed over in silence."""


class Length:
    """The length of an axis, or a number made of lengths.

    axis: exact, None where it is no size (a difference). at: its value at each probe. of: the values that it was read
    from.
    """

    __slots__ = ("at", "axis", "of")

    def __init__(self, axis: Axis | None, at: tuple[int, ...], of: frozenset[Value]) -> None:
        self.axis, self.at, self.of = axis, at, of

    @property
    def number(self) -> int | None:
        """The value of a length that is one at every size."""
        return self.axis.value if isinstance(self.axis, Size) else None

    def __add__(self, other: object) -> object:
        return self._with(other, add, _plus)

    def __radd__(self, other: object) -> object:
        return self._with(other, add, _plus)

    def __sub__(self, other: object) -> object:
        return self._with(other, sub, _minus)

    def __rsub__(self, other: object) -> object:
        return self._with(other, lambda left, right: right - left, lambda left, right: None)

    def __mul__(self, other: object) -> object:
        return self._with(other, mul, _times)

    def __rmul__(self, other: object) -> object:
        return self._with(other, mul, _times)

    def __floordiv__(self, other: object) -> object:
        return self._with(other, floordiv, _divided)

    def __truediv__(self, other: object) -> object:
        return self._with(other, floordiv, _divided)  # whole where the network runs; `int(h / 2)` is its floor

    def __mod__(self, other: object) -> object:
        return self._with(other, mod, lambda left, right: None)

    def __neg__(self) -> object:
        return self * -1

    def _with(
        self, other: object, function: Callable[[int, int], int], exact: Callable[[Axis, Axis], Axis | None]
    ) -> object:
        if isinstance(other, float) and other.is_integer():
            other = int(other)
        if isinstance(other, int) and not isinstance(other, bool):
            other = Length(constant(other), (other,) * len(self.at), frozenset())
        if not isinstance(other, Length) or (function in (floordiv, mod) and 0 in other.at):
            return NotImplemented
        axis = None if self.axis is None or other.axis is None else exact(self.axis, other.axis)
        at = tuple(map(function, self.at, other.at))
        if axis is None and not any(at):  # a difference of sizes that are equal wherever the network runs
            axis = constant(0)
        return Length(axis, at, self.of | other.of)


def _plus(left: Axis, right: Axis) -> Axis | None:
    if isinstance(left, Product) or isinstance(right, Product):
        return None
    try:
        return left.plus(right)
    except ValueError:
        return None


def _minus(left: Axis, right: Axis) -> Axis | None:
    if left == right:
        return constant(0)
    if isinstance(left, Size) and isinstance(right, Size) and right.value is not None:
        return left.then(1, -right.value)
    return None


def _times(left: Axis, right: Axis) -> Axis | None:
    numbers = [axis.value for axis in (left, right) if isinstance(axis, Size) and axis.value is not None]
    return None if any(number < 0 for number in numbers) else product(1, (left, right))


def _divided(left: Axis, right: Axis) -> Axis | None:
    if isinstance(left, Size) and isinstance(right, Size) and right.value is not None and right.value > 0:
        return left.then(1, 0, right.value)
    if isinstance(left, Product) and isinstance(right, Size) and right.value and left.coefficient % right.value == 0:
        return product(left.coefficient // right.value, left.factors)
    return None
