"""Sigmoid."""

from math import tanh
from typing import final

from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise, monotone
from convdsl.record import dataclass
from convdsl.saved import OUTPUT
from convdsl.shape import Shape
from convdsl.traits import Traits


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1.0 + tanh(x / 2.0))


@final
@dataclass(frozen=True, slots=True)
class Sigmoid(Pointwise):
    """Squeeze every number into 0..1: 1 / (1 + exp(-x)).

    Source: PyTorch, torch.nn.Sigmoid.
    Formula: 1 / (1 + exp(-x))
    Example: [N, 8, 32, 32] -> Sigmoid() -> [N, 8, 32, 32]
    """

    keeps = OUTPUT

    def values(self, *inputs: Interval) -> Interval:
        return monotone(sigmoid, inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Sigmoid", (), "torch.sigmoid({0})", "torch.sigmoid_({0})", saves_output=True)
