"""Fold."""

from math import gcd, prod
from typing import final

from convdsl.argument import Invalid, Pair, arg
from convdsl.op import Equal, Guard, Interval, Module, NoGrid, ProductEquals, Reading, channels_of
from convdsl.ops.patches import Patches
from convdsl.ops.plan import arguments, written
from convdsl.ops.range import multiplied
from convdsl.record import dataclass
from convdsl.shape import Product, Shape
from convdsl.sizes import constant
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Fold(Patches):
    """Put columns back where their windows were, and sum where windows overlap: the reverse of Unfold.

    Source: PyTorch, torch.nn.Fold.
    Formula: sum of the columns' numbers that lie on a pixel
    Example: [N, 27, 20] -> Fold((8, 10), 3, padding=1, stride=2) -> [N, 3, 8, 10]
    Picture: [N, 4, 6] -> Fold((3, 4), 2) -> [N, 1, 3, 4]
    """

    rank = 3

    output_size: Pair = arg("height and width of the image, in pixels", min=1)
    kernel_size: Pair = arg("height and width of the window, in pixels", min=1)
    dilation: Pair = arg("distance between the taps of a window, in pixels", default=(1, 1), min=1)
    padding: Pair = arg("pixels around the image that are cut off", default=(0, 0), min=0)
    stride: Pair = arg("step between windows, in pixels", default=(1, 1), min=1)

    def _counts(self) -> tuple[int, ...]:
        places = self.places((constant(self.output_size[0]), constant(self.output_size[1])))
        return tuple(place.value or 0 for place in places)

    def check(self) -> None:
        self._counts()

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        channels, counts = channels_of(x), self._counts()
        if channels % self.taps:
            raise Invalid(
                "kernel_size",
                f"{channels} channels do not split into windows of {self.taps} pixels",
                f"the channels must be a multiple of {self.taps}",
                "E215",
            )
        columns = x.axes[2]
        if not isinstance(columns, Product) and columns.value not in (None, prod(counts)):
            raise Invalid(
                "output_size",
                f"the input has {columns} windows, and an image of {self.output_size} has "
                f"{' * '.join(map(str, counts))} = {prod(counts)}",
                "give the size, window, stride and padding that Unfold had",
                "E204",
            )
        height, width = self.output_size
        return Shape((x.axes[0], constant(channels // self.taps), constant(height), constant(width)))

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        columns, count = inputs[0].axes[2], prod(self._counts())
        if isinstance(columns, Product):
            return (ProductEquals(columns, count),)
        return (Equal(columns, constant(count)),) if columns.value is None else ()

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return (NoGrid.WHOLE, NoGrid.WHOLE)

    def values(self, *inputs: Interval) -> Interval:
        most = prod(
            -(-kernel * gcd(dilation, stride) // stride)  # taps of one phase, as in a transposed convolution
            for kernel, dilation, stride in zip(self.kernel_size, self.dilation, self.stride, strict=True)
        )
        return multiplied(inputs[0], Interval(0.0, float(most)))

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(affine=True, homogeneous=True, monotone=True)

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self)
        return Module("torch.nn.Fold", told, f"F.fold({{0}}{written(told, 2)})")
