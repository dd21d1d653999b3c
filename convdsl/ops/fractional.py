"""What FractionalMaxPool2d and FractionalMaxPool3d share: as many windows as the output has pixels, at random."""

from math import prod

from convdsl.argument import Invalid
from convdsl.op import AtLeast, Guard, Interval, Module, NoGrid, Op, Reading, sizes
from convdsl.ops.plan import arguments, written
from convdsl.ops.window import axis_name
from convdsl.saved import PLACE_BYTES, Kept, Saved
from convdsl.shape import Places, Shape
from convdsl.sizes import constant
from convdsl.traits import Traits


class Fractional(Op):
    """A pool with random steps; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "pool"

    kernel_size: tuple[int, ...]
    output_size: tuple[int, ...]
    return_indices: bool

    def _least(self) -> tuple[int, ...]:
        """Return the smallest sizes that hold as many windows, one pixel apart; in 3-d PyTorch asks for one more."""
        less = 0 if len(self.kernel_size) == 3 else 1
        return tuple(out + kernel - less for out, kernel in zip(self.output_size, self.kernel_size, strict=True))

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        for i, (size, least) in enumerate(zip(sizes(x, "output_size"), self._least(), strict=True)):
            if size.value is not None and size.value < least:
                raise Invalid(
                    "output_size",
                    f"{self.output_size[i]} windows of {self.kernel_size[i]} need a "
                    f"{axis_name(len(x.spatial), i)} of at least {least}, and it is {size}",
                    "ask for fewer windows or smaller ones, or keep the image larger before this layer",
                    "E216",
                )
        return x.with_spatial(*map(constant, self.output_size))

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        out = self.shape(*inputs)
        return (out, Places(out.axes, inputs[0].spatial)) if self.return_indices else (out,)

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        pairs = zip(sizes(inputs[0]), self._least(), strict=True)
        return tuple(AtLeast(size, least) for size, least in pairs if size.value is None)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return (NoGrid.UNKNOWN,) * len(self.kernel_size)

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(groups=None, random=True)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # the places are kept even where they do not come out
        if self.return_indices:
            return Saved(inputs=(0,), outputs=(1,))
        return Saved(inputs=(0,), others=(Kept(prod(self.shape(*inputs).numbers), PLACE_BYTES),))

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self)
        function = f"F.fractional_max_pool{len(self.kernel_size)}d({{0}}{written(told, 1)})"
        return Module(f"torch.nn.{type(self).__name__}", told, function)
