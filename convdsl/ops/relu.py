"""ReLU."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, monotone
from convdsl.record import dataclass
from convdsl.saved import OUTPUT
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class ReLU(Pointwise):
    """Replace negative numbers by 0.

    Source: PyTorch, torch.nn.ReLU.
    Formula: max(x, 0)
    Example: [N, 8, 32, 32] -> ReLU() -> [N, 8, 32, 32]
    """

    keeps = OUTPUT

    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        return monotone(lambda x: max(x, 0.0), inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(homogeneous=True, monotone=True, pointwise=True, idempotent=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.ReLU", (), "F.relu({0})", "F.relu({0}, inplace=True)", saves_output=True)
