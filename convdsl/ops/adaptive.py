"""What the adaptive pools share: the output's size is given, the windows follow."""

from fractions import Fraction
from math import prod

from convdsl.op import MOST_PHASES, AxisMap, Interval, Module, NoGrid, Op, Reading, phased, sizes
from convdsl.ops.plan import arguments, written
from convdsl.saved import INPUT, NOTHING, PLACE_BYTES, Kept, Saved
from convdsl.shape import Places, Shape
from convdsl.sizes import Size, constant
from convdsl.traits import Traits


class Adaptive(Op):
    """A pool with as many windows as the output has pixels; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "pool"

    output_size: tuple[int | None, ...]

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        return x.with_spatial(
            *(
                size if wanted is None else constant(wanted)
                for size, wanted in zip(sizes(x, "output_size"), self.output_size, strict=True)
            )
        )

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return tuple(map(_axis, sizes(inputs[0]), self.output_size))

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(homogeneous=True, monotone=True, groups=None)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # a mean over everything is computed as such, and needs no image on the way back
        return NOTHING if set(self.shape(*inputs).numbers[2:]) == {1} else INPUT

    def call(self, *inputs: Shape) -> Module:
        name = type(self).__name__
        told = arguments(self)
        function = name.replace("Adaptive", "adaptive_").replace("Pool", "_pool").lower()
        return Module(f"torch.nn.{name}", told, f"F.{function}({{0}}{written(told, 1)})")


class AdaptiveMaxima(Adaptive):
    """An adaptive pool of the largest values; the fields are declared by the subclasses."""

    __slots__ = ()

    return_indices: bool

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        out = self.shape(*inputs)
        return (out, Places(out.axes, inputs[0].spatial)) if self.return_indices else (out,)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # the places are kept even where they do not come out
        if self.return_indices:
            return Saved(inputs=(0,), outputs=(1,))
        return Saved(inputs=(0,), others=(Kept(prod(self.shape(*inputs).numbers), PLACE_BYTES),))


def _axis(size: Size, wanted: int | None) -> Reading:
    """Map outputs to inputs: output o reads from floor(o * size / wanted) to before ceil((o + 1) * size / wanted).

    Source: PyTorch, torch.nn.AdaptiveAvgPool2d (ATen, AdaptivePooling.h).
    """
    if wanted is None or size.value == wanted:
        return AxisMap()
    if wanted == 1:
        return NoGrid.WHOLE
    if size.value is None:
        return NoGrid.UNKNOWN
    jump = Fraction(size.value, wanted)
    step, period = jump.numerator, jump.denominator
    if period > MOST_PHASES:
        return AxisMap(jump, (jump - 1) / 2, range(-(-step // period) + 1))
    phases = tuple(range(o * step // period, -(-(o + 1) * step // period)) for o in range(period))
    return phased(jump, (jump - 1) / 2, phases)
