"""Unfold."""

from typing import final

from convdsl.argument import Pair, arg
from convdsl.op import AtLeast, Guard, Interval, Module, NoGrid, Reading, channels_of, sizes
from convdsl.ops.patches import Patches
from convdsl.ops.plan import arguments, written
from convdsl.record import dataclass
from convdsl.shape import Shape, product
from convdsl.sizes import constant
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Unfold(Patches):
    """Lay each window of the image out as a column: [N, channels * pixels of a window, windows].

    A convolution is Unfold, a dense layer over the columns, and Reshape.

    Source: PyTorch, torch.nn.Unfold.
    Formula: windows along an axis: (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
    Example: [N, 3, 8, 10] -> Unfold(3, padding=1, stride=2) -> [N, 27, 20]
    Picture: [N, 1, 3, 4] -> Unfold(2) -> [N, 4, 6]
    """

    rank = 4

    kernel_size: Pair = arg("height and width of the window, in pixels", min=1)
    dilation: Pair = arg("distance between the taps of a window, in pixels", default=(1, 1), min=1)
    padding: Pair = arg("zeros added on each side, in pixels", default=(0, 0), min=0)
    stride: Pair = arg("step between windows, in pixels", default=(1, 1), min=1)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        columns = product(1, self.places(sizes(x, "kernel_size")))
        return Shape((x.axes[0], constant(channels_of(x) * self.taps), columns))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        return tuple(AtLeast(count, 1) for count in self.places(sizes(inputs[0])) if count.value is None)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return (NoGrid.WHOLE,)

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0].hull(Interval(0.0, 0.0)) if any(self.padding) else inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(affine=True, homogeneous=True, monotone=True)

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self)
        return Module("torch.nn.Unfold", told, f"F.unfold({{0}}{written(told, 1)})")
