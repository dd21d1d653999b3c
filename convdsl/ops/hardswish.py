"""Hardswish."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, dipped
from convdsl.record import dataclass
from convdsl.shape import Shape


@final
@dataclass(frozen=True, slots=True)
class Hardswish(Pointwise):
    """Multiply each number by a straight-lined sigmoid: x * clip(x + 3, 0, 6) / 6.

    Its least value is -0.375, at -1.5.

    Source: PyTorch, torch.nn.Hardswish; Howard et al. 2019 (arXiv:1905.02244), section 5.2.
    Formula: x * min(max(x + 3, 0), 6) / 6
    Example: [N, 8, 32, 32] -> Hardswish() -> [N, 8, 32, 32]
    """

    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        return dipped(lambda x: x * min(max(x + 3.0, 0.0), 6.0) / 6.0, -1.5, inputs[0])

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Hardswish", (), "F.hardswish({0})", "F.hardswish({0}, inplace=True)")
