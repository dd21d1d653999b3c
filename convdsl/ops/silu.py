"""SiLU."""

from math import tanh
from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, dipped
from convdsl.record import dataclass
from convdsl.shape import Shape

_BOTTOM = -1.278464542761074  # where 1 + exp(-x) + x * exp(-x) is 0


@final
@dataclass(frozen=True, slots=True)
class SiLU(Pointwise):
    """Multiply each number by its sigmoid: x / (1 + exp(-x)); also called swish.

    Its least value is -0.2785, at -1.2785.

    Source: PyTorch, torch.nn.SiLU; Elfwing, Uchibe & Doya 2017 (arXiv:1702.03118).
    Formula: x / (1 + exp(-x))
    Example: [N, 8, 32, 32] -> SiLU() -> [N, 8, 32, 32]
    """

    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        return dipped(lambda x: x * 0.5 * (1.0 + tanh(x / 2.0)), _BOTTOM, inputs[0])

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.SiLU", (), "F.silu({0})", "F.silu({0}, inplace=True)")
