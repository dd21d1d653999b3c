"""What the pointwise functions without weights share."""

from collections.abc import Callable

from convdsl.op import Interval, Op
from convdsl.shape import Shape

INPLACE = "taken as PyTorch does, and without effect: the compiler works in place wherever that is safe"


class Pointwise(Op):
    """A function of each number by itself: the shape stays."""

    __slots__ = ()
    category = "activation"

    def shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


def monotone(function: Callable[[float], float], x: Interval) -> Interval:
    """Map an interval through a function that never falls."""
    return Interval(function(x.low), function(x.high))
