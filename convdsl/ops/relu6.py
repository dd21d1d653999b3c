"""ReLU6."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, monotone
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class ReLU6(Pointwise):
    """Clip every number to 0..6.

    Source: PyTorch, torch.nn.ReLU6.
    Formula: min(max(x, 0), 6)
    Example: [N, 8, 32, 32] -> ReLU6() -> [N, 8, 32, 32]
    """

    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        return monotone(lambda x: min(max(x, 0.0), 6.0), inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, idempotent=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        # the backward pass of the form in place reads its output
        return Module("torch.nn.ReLU6", (), "F.relu6({0})", "F.relu6({0}, inplace=True)", saves_output=True)
