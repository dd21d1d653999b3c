"""What the pointwise functions without weights share."""

from collections.abc import Callable
from math import expm1, inf, log1p

from convdsl.op import Interval, Op
from convdsl.saved import INPUT
from convdsl.shape import Shape
from convdsl.traits import Traits

INPLACE = "taken as PyTorch does, and without effect: the compiler works in place wherever that is safe"
_LARGEST_EXPONENT = 709.0  # exp of more is no float any more


class Pointwise(Op):
    """A function of each number by itself: the shape stays."""

    __slots__ = ()
    category = "activation"
    keeps = INPUT

    def shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(pointwise=True, groups=None)


def monotone(function: Callable[[float], float], x: Interval) -> Interval:
    """Map an interval through a function that never falls."""
    return Interval(function(x.low), function(x.high))


def dipped(function: Callable[[float], float], bottom: float, x: Interval) -> Interval:
    """Map an interval through a function that comes from 0, falls to its least value at `bottom`, and rises for ever.

    SiLU, GELU, Mish and Hardswish are such.
    """
    at = [0.0 if end == -inf else inf if end == inf else function(end) for end in (x.low, x.high)]
    if x.low <= bottom <= x.high:
        at.append(function(bottom))
    return Interval(min(at), max(at))


def in_parts(
    x: Interval, border: float, below: Callable[[Interval], Interval], above: Callable[[Interval], Interval]
) -> Interval:
    """Map an interval through a function that is another one up to `border` than beyond it; both are hulled."""
    parts = []
    if x.low <= border:
        parts.append(below(Interval(x.low, min(x.high, border))))
    if x.high > border:
        parts.append(above(Interval(max(x.low, border), x.high)))
    return parts[0] if len(parts) == 1 else parts[0].hull(parts[1])


def unchanged(x: Interval) -> Interval:
    """Map an interval to itself."""
    return x


def exponential(x: float) -> float:
    """Return exp(x) - 1, infinite where it is no float any more."""
    return inf if x > _LARGEST_EXPONENT else expm1(x)


def softplus(x: float) -> float:
    """Return log(1 + exp(x)) without overflow."""
    return max(x, 0.0) + (log1p(expm1(-abs(x)) + 1.0) if abs(x) < inf else 0.0)
