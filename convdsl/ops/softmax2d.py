"""Softmax2d."""

from typing import final

from convdsl.op import Interval, Module, Op
from convdsl.record import dataclass
from convdsl.saved import OUTPUT
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Softmax2d(Op):
    """Turn the channels of each pixel into shares that are positive and sum to 1.

    Source: PyTorch, torch.nn.Softmax2d.
    Formula: exp(x) / sum of exp(x) over the channels
    Example: [N, 10, 8, 8] -> Softmax2d() -> [N, 10, 8, 8]
    Picture: [N, 4, 2, 3] -> Softmax2d() -> [N, 4, 2, 3]
    """

    rank = 4
    category = "activation"
    keeps = OUTPUT

    def shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def values(self, *inputs: Interval) -> Interval:
        return Interval(0.0, 1.0)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(shares=1)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Softmax2d", (), "F.softmax({0}, 1)", saves_output=True)
