"""Hardshrink."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise, monotone
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Hardshrink(Pointwise):
    """Replace numbers from -lambd to lambd by 0, keep the others.

    Source: PyTorch, torch.nn.Hardshrink.
    Formula: x if abs(x) > lambd else 0
    Example: [N, 8, 32, 32] -> Hardshrink(0.2) -> [N, 8, 32, 32]
    """

    lambd: float = arg("the size up to which numbers become 0", default=0.5)

    def values(self, *inputs: Interval) -> Interval:
        return monotone(lambda x: 0.0 if -self.lambd <= x <= self.lambd else x, inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, idempotent=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Hardshrink", arguments(self), f"F.hardshrink({{0}}, {self.lambd!r})")
