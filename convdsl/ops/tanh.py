"""Tanh."""

from math import tanh
from typing import final

from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise, monotone
from convdsl.record import dataclass
from convdsl.saved import OUTPUT
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Tanh(Pointwise):
    """Squeeze every number into -1..1 by the hyperbolic tangent.

    Source: PyTorch, torch.nn.Tanh.
    Formula: (exp(x) - exp(-x)) / (exp(x) + exp(-x))
    Example: [N, 8, 32, 32] -> Tanh() -> [N, 8, 32, 32]
    """

    keeps = OUTPUT

    def values(self, *inputs: Interval) -> Interval:
        return monotone(tanh, inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Tanh", (), "torch.tanh({0})", "torch.tanh_({0})", saves_output=True)
