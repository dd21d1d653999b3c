"""Softshrink."""

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
class Softshrink(Pointwise):
    """Draw every number towards 0 by lambd; smaller ones become 0.

    Source: PyTorch, torch.nn.Softshrink.
    Formula: x - lambd if x > lambd else x + lambd if x < -lambd else 0
    Example: [N, 8, 32, 32] -> Softshrink(0.2) -> [N, 8, 32, 32]
    """

    lambd: float = arg("how far numbers are drawn towards 0", default=0.5, min=0)

    def values(self, *inputs: Interval) -> Interval:
        return monotone(lambda x: max(x - self.lambd, 0.0) + min(x + self.lambd, 0.0), inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Softshrink", arguments(self), f"F.softshrink({{0}}, {self.lambd!r})")
