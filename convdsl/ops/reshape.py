"""Reshape."""

from typing import final

from convdsl.argument import Ints, Invalid, arg
from convdsl.op import Expression, Guard, Interval, NoGrid, Op, Reading
from convdsl.ops.regroup import check_sizes, regrouped
from convdsl.record import dataclass
from convdsl.saved import Sharing
from convdsl.shape import Shape
from convdsl.traits import MOVES, Traits


@final
@dataclass(frozen=True, slots=True)
class Reshape(Op):
    """Give the numbers of each image new axes, in the same order; the batch stays.

    One of the sizes may be -1: it is what the others leave.

    Source: PyTorch, torch.reshape; ONNX, Reshape.
    Formula: the same numbers in the same order
    Example: [N, 4096] -> Reshape((256, 4, 4)) -> [N, 256, 4, 4]
    Picture: [N, 12] -> Reshape((3, 2, 2)) -> [N, 3, 2, 2]
    """

    category = "shape"
    passes_gradient = True
    takes_position = False

    # not called `shape`, which is what an operator answers with
    sizes: Ints = arg("sizes of the axes after the batch; one may be -1", min=-1)

    def check(self) -> None:
        check_sizes("sizes", self.sizes)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if x.rank < 2:
            raise Invalid("", f"the input has no axis besides the batch: {x}")
        return Shape((x.axes[0], *regrouped(x.axes[1:], self.sizes, "sizes")[0]))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        return regrouped(inputs[0].axes[1:], self.sizes, "sizes")[1]

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return (NoGrid.WHOLE,) * (len(self.sizes) - 1)

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return MOVES

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.REGROUPED

    def call(self, *inputs: Shape) -> Expression:
        inside = ", ".join(str(size) for size in self.sizes)
        return Expression(f"{{0}}.reshape({{0}}.shape[0], {inside})", is_view=True)
