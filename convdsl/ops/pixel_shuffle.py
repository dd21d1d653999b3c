"""PixelShuffle."""

from fractions import Fraction
from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import MOST_PHASES, AxisMap, Interval, Module, Op, Reading, channels_of, phased, sizes
from convdsl.record import dataclass, replace
from convdsl.shape import Shape
from convdsl.traits import MOVES, Traits


@final
@dataclass(frozen=True, slots=True)
class PixelShuffle(Op):
    """Lay `upscale_factor`² channels out as the pixels of a square: fewer channels, a larger image.

    A convolution before it learns the enlargement (sub-pixel convolution).

    Source: PyTorch, torch.nn.PixelShuffle; Shi et al. 2016 (arXiv:1609.05158).
    Example: [N, 12, 16, 16] -> PixelShuffle(2) -> [N, 3, 32, 32]
    Picture: [N, 4, 3, 3] -> PixelShuffle(2) -> [N, 1, 6, 6]
    """

    rank = 4
    category = "resize"

    upscale_factor: int = arg("output pixels per input pixel, along each axis", min=1)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        channels, square = channels_of(x), self.upscale_factor**2
        if channels % square:
            raise Invalid(
                "upscale_factor",
                f"{channels} channels do not split into squares of {self.upscale_factor} x {self.upscale_factor}",
                f"the channels must be a multiple of {square}, such as {-(-channels // square) * square}",
                "E215",
            )
        larger = (size.then(self.upscale_factor, 0) for size in sizes(x, "upscale_factor"))
        return x.with_channels(channels // square).with_spatial(*larger)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        factor = self.upscale_factor
        jump, start = Fraction(1, factor), Fraction(1 - factor, 2 * factor)
        if factor > MOST_PHASES:
            return (AxisMap(jump, start),) * 2
        return (phased(jump, start, (range(1),) * factor),) * 2

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return replace(MOVES, groups=self.shape(*inputs).channels)

    def call(self, *inputs: Shape) -> Module:
        factor = self.upscale_factor
        told = (("upscale_factor", factor),)
        return Module("torch.nn.PixelShuffle", told, f"F.pixel_shuffle({{0}}, {factor})", is_view=True)
