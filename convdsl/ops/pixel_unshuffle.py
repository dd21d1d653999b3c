"""PixelUnshuffle."""

from fractions import Fraction
from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import AxisMap, Divides, Guard, Interval, Module, Op, Reading, channels_of, sizes
from convdsl.ops.channels import divisors
from convdsl.ops.window import axis_name
from convdsl.record import dataclass, replace
from convdsl.shape import Shape
from convdsl.traits import MOVES, Traits


@final
@dataclass(frozen=True, slots=True)
class PixelUnshuffle(Op):
    """Make channels of the pixels of each square: a smaller image with `downscale_factor`² as many channels.

    The reverse of PixelShuffle; nothing is lost, and so every size must be a multiple of the factor.

    Source: PyTorch, torch.nn.PixelUnshuffle; Shi et al. 2016 (arXiv:1609.05158).
    Example: [N, 3, 32, 32] -> PixelUnshuffle(2) -> [N, 12, 16, 16]
    Picture: [N, 1, 6, 6] -> PixelUnshuffle(2) -> [N, 4, 3, 3]
    """

    rank = 4
    category = "resize"

    downscale_factor: int = arg("input pixels per output pixel, along each axis", min=1)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        factor, smaller = self.downscale_factor, []
        for i, size in enumerate(sizes(x, "downscale_factor")):
            if size.value is not None and size.value % factor:
                raise Invalid(
                    "downscale_factor",
                    f"a {axis_name(2, i)} of {size} does not split into squares of {factor} x {factor}",
                    f"the factor must divide {size}: {divisors(size.value)}",
                    "E215",
                )
            smaller.append(size.then(1, 0, factor))
        return x.with_channels(channels_of(x) * factor**2).with_spatial(*smaller)

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        if self.downscale_factor == 1:
            return ()
        return tuple(Divides(size, self.downscale_factor) for size in sizes(inputs[0]) if size.value is None)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        factor = self.downscale_factor
        return (AxisMap(Fraction(factor), Fraction(factor - 1, 2), range(factor)),) * 2

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return replace(MOVES, groups=None)

    def call(self, *inputs: Shape) -> Module:
        factor = self.downscale_factor
        told = (("downscale_factor", factor),)
        return Module("torch.nn.PixelUnshuffle", told, f"F.pixel_unshuffle({{0}}, {factor})", is_view=True)
