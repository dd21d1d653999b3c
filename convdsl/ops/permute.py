"""Permute."""

from typing import final

from convdsl.argument import Ints, Invalid, arg
from convdsl.op import AxisMap, Expression, Interval, NoGrid, Op, Reading
from convdsl.record import dataclass
from convdsl.saved import Sharing
from convdsl.shape import Shape
from convdsl.traits import MOVES, Traits


@final
@dataclass(frozen=True, slots=True)
class Permute(Op):
    """Exchange axes: `Permute((0, 2, 3, 1))` puts the channels last.

    The batch stays in front.

    Source: PyTorch, torch.permute; ONNX, Transpose.
    Example: [N, 8, 16, 32] -> Permute((0, 2, 3, 1)) -> [N, 16, 32, 8]
    Picture: [N, 3, 2, 4] -> Permute((0, 2, 3, 1)) -> [N, 2, 4, 3]
    """

    category = "shape"
    passes_gradient = True
    takes_position = False

    dims: Ints = arg("for each axis of the output, the axis of the input; 0 is the batch, 1 the channels")

    def _order(self, rank: int) -> tuple[int, ...]:
        ways = "such as (0, 2, 3, 1) for four axes: each axis once, the batch first"
        if len(self.dims) != rank:
            raise Invalid("dims", f"{len(self.dims)} axes are named, and the input has {rank}", ways)
        for dim in self.dims:
            if not -rank <= dim < rank:
                raise Invalid("dims", f"the input has {rank} axes, there is no axis {dim}", ways)
        order = tuple(dim % rank for dim in self.dims)
        if len(set(order)) != rank:
            raise Invalid("dims", f"an axis is named twice in {self.dims}", ways)
        if order[0]:
            raise Invalid("dims", f"axis {self.dims[0]} would take the place of the batch", ways)
        return order

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return Shape(tuple(x.axes[dim] for dim in self._order(x.rank)))

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        order = self._order(inputs[0].rank)
        return tuple(AxisMap() if order[axis] == axis else NoGrid.UNKNOWN for axis in range(2, len(order)))

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return MOVES

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.PART

    def strides(self, strides: tuple[int, ...], *inputs: Shape) -> tuple[int, ...]:
        return tuple(strides[dim] for dim in self._order(len(strides)))

    def call(self, *inputs: Shape) -> Expression:
        order = ", ".join(str(dim) for dim in self._order(inputs[0].rank))
        return Expression(f"{{0}}.permute({order})", is_view=True)
