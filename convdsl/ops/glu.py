"""GLU."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import AtLeast, AxisMap, Divides, Guard, Interval, Module, NoGrid, Op, Reading
from convdsl.ops.activation import monotone
from convdsl.ops.dims import axis_index
from convdsl.ops.plan import arguments
from convdsl.ops.range import multiplied
from convdsl.ops.sigmoid import sigmoid
from convdsl.record import dataclass
from convdsl.saved import INPUT
from convdsl.shape import Product, Shape
from convdsl.sizes import Size


@final
@dataclass(frozen=True, slots=True)
class GLU(Op):
    """Cut an axis in two halves, and multiply the first by the sigmoid of the second.

    `dim=1` halves the channels; PyTorch's default is the last axis, the width of an image.

    Source: PyTorch, torch.nn.GLU; Dauphin et al. 2016 (arXiv:1612.08083).
    Formula: first half / (1 + exp(-second half))
    Example: [N, 8, 32, 32] -> GLU(dim=1) -> [N, 4, 32, 32]
    Picture: [N, 4, 2, 2] -> GLU(dim=1) -> [N, 2, 2, 2]
    """

    category = "activation"
    keeps = INPUT

    dim: int = arg("axis that is halved; 1 is the channels, -1 the last", default=-1)

    def _halved(self, x: Shape) -> tuple[int, Size]:
        index = axis_index("dim", self.dim, x.rank, "GLU")
        axis = x.axes[index]
        if isinstance(axis, Product):
            raise Invalid("dim", f"axis {self.dim} is a flattened map of size {axis}", "halve it before Flatten")
        if axis.value is not None and axis.value % 2:
            raise Invalid(
                "dim",
                f"axis {self.dim} of {x} has {axis.value} numbers, which have no two halves",
                "GLU(dim=1) halves the channels; make them even",
            )
        return index, axis

    def shape(self, *inputs: Shape) -> Shape:
        index, axis = self._halved(inputs[0])
        return inputs[0].with_axis(index, axis.then(1, 0, 2))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        _, axis = self._halved(inputs[0])
        return (Divides(axis, 2), AtLeast(axis, 2)) if axis.value is None else ()

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        rank = inputs[0].rank
        return tuple(NoGrid.UNKNOWN if axis == self.dim % rank else AxisMap() for axis in range(2, rank))

    def values(self, *inputs: Interval) -> Interval:
        return multiplied(inputs[0], monotone(sigmoid, inputs[0]))

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.GLU", arguments(self), f"F.glu({{0}}, {self.dim})")
