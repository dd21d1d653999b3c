"""What Softmax, Softmin, Softmax2d and LogSoftmax share: shares along one axis that sum to 1."""

from typing import ClassVar

from convdsl.op import AxisMap, Interval, Module, NoGrid, Op, Reading
from convdsl.ops.dims import axis_index
from convdsl.saved import OUTPUT
from convdsl.shape import Shape
from convdsl.traits import Traits


class Shares(Op):
    """Shares along an axis; the field is declared by the subclasses. function: PyTorch's, over {0} and the axis."""

    __slots__ = ()
    category = "activation"
    keeps = OUTPUT
    function: ClassVar[str]

    dim: int

    def shape(self, *inputs: Shape) -> Shape:
        axis_index("dim", self.dim, inputs[0].rank, type(self).__name__)
        return inputs[0]

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        rank = inputs[0].rank
        return tuple(NoGrid.WHOLE if axis == self.dim % rank else AxisMap() for axis in range(2, rank))

    def values(self, *inputs: Interval) -> Interval:
        return Interval(0.0, 1.0)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(shares=self.dim % inputs[0].rank)

    def call(self, *inputs: Shape) -> Module:
        name = type(self).__name__
        return Module(f"torch.nn.{name}", (("dim", self.dim),), f"{self.function}({{0}}, {self.dim})", "", True)
