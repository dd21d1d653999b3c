"""Softsign."""

from math import copysign, inf, prod
from typing import final

from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise, monotone
from convdsl.record import dataclass
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Softsign(Pointwise):
    """Squeeze every number into -1..1: x / (1 + |x|).

    Source: PyTorch, torch.nn.Softsign.
    Formula: x / (1 + abs(x))
    Example: [N, 8, 32, 32] -> Softsign() -> [N, 8, 32, 32]
    """

    def values(self, *inputs: Interval) -> Interval:
        return monotone(lambda x: copysign(1.0, x) if abs(x) == inf else x / (1.0 + abs(x)), inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, groups=None)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        return Saved(inputs=(0,), others=(Kept(prod(inputs[0].numbers)),))

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Softsign", (), "F.softsign({0})")
