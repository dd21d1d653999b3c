"""Softmax."""

from typing import final

from convdsl.argument import arg
from convdsl.op import AxisMap, Interval, Module, Op
from convdsl.ops.dims import axis_index
from convdsl.record import dataclass
from convdsl.shape import Shape


@final
@dataclass(frozen=True, slots=True)
class Softmax(Op):
    """Turn the numbers along an axis into shares that are positive and sum to 1.

    `dim=1` gives each pixel's shares of the channels. PyTorch's default, a guess with a warning, is not taken over.

    Source: PyTorch, torch.nn.Softmax.
    Example: [N, 10, 8, 8] -> Softmax(1) -> [N, 10, 8, 8]
    """

    category = "activation"

    dim: int = arg("axis along which the shares sum to 1; 1 is the channels")

    def shape(self, *inputs: Shape) -> Shape:
        axis_index("dim", self.dim, inputs[0].rank, "Softmax")
        return inputs[0]

    def axes(self, *inputs: Shape) -> tuple[AxisMap | None, ...]:
        rank = inputs[0].rank
        return tuple(None if axis == self.dim % rank else AxisMap() for axis in range(2, rank))

    def values(self, *inputs: Interval) -> Interval:
        return Interval(0.0, 1.0)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Softmax", (("dim", self.dim),), f"F.softmax({{0}}, {self.dim})", saves_output=True)
