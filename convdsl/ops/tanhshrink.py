"""Tanhshrink."""

from math import prod, tanh
from typing import final

from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise, monotone
from convdsl.record import dataclass
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Tanhshrink(Pointwise):
    """Take its tanh from each number: x - tanh(x).

    Source: PyTorch, torch.nn.Tanhshrink.
    Formula: x - tanh(x)
    Example: [N, 8, 32, 32] -> Tanhshrink() -> [N, 8, 32, 32]
    """

    def values(self, *inputs: Interval) -> Interval:
        return monotone(lambda x: x - tanh(x), inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, groups=None)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        return Saved(others=(Kept(prod(inputs[0].numbers)),))

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Tanhshrink", (), "F.tanhshrink({0})")
