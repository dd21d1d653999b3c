"""Hardsigmoid."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, monotone
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Hardsigmoid(Pointwise):
    """Squeeze every number into 0..1 by straight lines: clip(x / 6 + 1 / 2, 0, 1).

    Source: PyTorch, torch.nn.Hardsigmoid; Courbariaux, Bengio & David 2015 (arXiv:1511.00363).
    Formula: min(max(x / 6 + 1 / 2, 0), 1)
    Example: [N, 8, 32, 32] -> Hardsigmoid() -> [N, 8, 32, 32]
    """

    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        return monotone(lambda x: min(max(x / 6.0 + 0.5, 0.0), 1.0), inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Hardsigmoid", (), "F.hardsigmoid({0})", "F.hardsigmoid({0}, inplace=True)")
