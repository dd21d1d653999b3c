"""Unflatten."""

from typing import final

from convdsl.argument import Ints, arg
from convdsl.op import AxisMap, Guard, Interval, Module, NoGrid, Op, Reading
from convdsl.ops.dims import axis_index
from convdsl.ops.regroup import check_sizes, regrouped
from convdsl.record import dataclass
from convdsl.saved import Sharing
from convdsl.shape import Shape
from convdsl.traits import MOVES, Traits


@final
@dataclass(frozen=True, slots=True)
class Unflatten(Op):
    """Split one axis into several: the reverse of Flatten.

    One of the sizes may be -1: it is what the others leave.

    Source: PyTorch, torch.nn.Unflatten.
    Formula: the same numbers in the same order
    Example: [N, 256] -> Unflatten(1, (16, 4, 4)) -> [N, 16, 4, 4]
    Picture: [N, 12] -> Unflatten(1, (3, 2, 2)) -> [N, 3, 2, 2]
    """

    category = "shape"
    passes_gradient = True

    dim: int = arg("axis that is split; 1 is the channels")
    unflattened_size: Ints = arg("sizes of the new axes; one may be -1", min=-1)

    def check(self) -> None:
        check_sizes("unflattened_size", self.unflattened_size)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        index = axis_index("dim", self.dim, x.rank, "Unflatten")
        axes, _ = regrouped((x.axes[index],), self.unflattened_size, "unflattened_size")
        return Shape((*x.axes[:index], *axes, *x.axes[index + 1 :]))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        (x,) = inputs
        index = self.dim % x.rank
        return regrouped((x.axes[index],), self.unflattened_size, "unflattened_size", index)[1]

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        (x,) = inputs
        index = self.dim % x.rank
        new: tuple[Reading, ...] = (NoGrid.WHOLE,) * len(self.unflattened_size)
        rest: tuple[Reading, ...] = (AxisMap(),) * x.rank
        return (*rest[:index], *new, *rest[index + 1 :])[2:]

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return MOVES

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.SAME

    def call(self, *inputs: Shape) -> Module:
        told = (("dim", self.dim), ("unflattened_size", self.unflattened_size))
        function = f"torch.unflatten({{0}}, {self.dim}, {self.unflattened_size})"
        return Module("torch.nn.Unflatten", told, function, is_view=True)
