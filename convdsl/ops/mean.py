"""Mean."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import AxisMap, Expression, Interval, NoGrid, Op, Reading
from convdsl.ops.dims import axis_index
from convdsl.ops.kinds import INT_OR_LIST
from convdsl.record import dataclass, replace
from convdsl.shape import Shape
from convdsl.sizes import constant
from convdsl.traits import PICKS, Traits


@final
@dataclass(frozen=True, slots=True)
class Mean(Op):
    """Take the mean over axes: `Mean((2, 3))` gives one number for each channel, whatever the image's size.

    `keepdim=true` keeps the axes with size 1; without it they are gone.

    Source: PyTorch, torch.mean; ONNX, ReduceMean.
    Formula: sum of x over dim / how many they are
    Example: [N, 8, 32, 32] -> Mean((2, 3)) -> [N, 8]
    Picture: [N, 3, 3, 3] -> Mean((2, 3)) -> [N, 3]
    """

    category = "pool"
    takes_position = False

    dim: int | tuple[int, ...] = arg("axes that the mean is taken over; 1 is the channels", kind=INT_OR_LIST)
    keepdim: bool = arg("whether the axes are kept, with size 1", default=False)

    def _gone(self, rank: int) -> tuple[int, ...]:
        dims = self.dim if isinstance(self.dim, tuple) else (self.dim,)
        gone = tuple(axis_index("dim", dim, rank, "Mean") for dim in dims)
        if len(set(gone)) != len(gone):
            raise Invalid("dim", f"an axis is named twice in {dims}", "name each once")
        if len(gone) == rank - 1 and not self.keepdim:
            raise Invalid("dim", "nothing but the batch would be left", "write keepdim=true")
        return gone

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        gone = self._gone(x.rank)
        if self.keepdim:
            return Shape(tuple(constant(1) if axis in gone else size for axis, size in enumerate(x.axes)))
        return Shape(tuple(size for axis, size in enumerate(x.axes) if axis not in gone))

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        rank = inputs[0].rank
        gone = self._gone(rank)
        left = range(rank) if self.keepdim else [axis for axis in range(rank) if axis not in gone]
        same = (axis == place and axis not in gone for place, axis in enumerate(left))
        return tuple(AxisMap() if kept else NoGrid.WHOLE for kept in list(same)[2:])

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        spatial = 1 not in self._gone(inputs[0].rank)
        return replace(PICKS, averages=True) if spatial else replace(PICKS, groups=1)

    def call(self, *inputs: Shape) -> Expression:
        dims = self._gone(inputs[0].rank)
        keep = ", keepdim=True" if self.keepdim else ""
        return Expression(f"{{0}}.mean({dims if len(dims) > 1 else dims[0]}{keep})")
