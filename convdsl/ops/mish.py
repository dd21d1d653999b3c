"""Mish."""

from math import tanh
from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, dipped, softplus
from convdsl.record import dataclass
from convdsl.shape import Shape

_BOTTOM = -1.1924312145154952  # where the derivative is 0


@final
@dataclass(frozen=True, slots=True)
class Mish(Pointwise):
    """Multiply each number by tanh(log(1 + exp(x))).

    Its least value is -0.3088, at -1.1924.

    Source: PyTorch, torch.nn.Mish; Misra 2019 (arXiv:1908.08681).
    Formula: x * tanh(log(1 + exp(x)))
    Example: [N, 8, 32, 32] -> Mish() -> [N, 8, 32, 32]
    """

    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        return dipped(lambda x: x * tanh(softplus(x)), _BOTTOM, inputs[0])

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Mish", (), "F.mish({0})", "F.mish({0}, inplace=True)")
