"""What AvgPool1d, AvgPool2d and AvgPool3d share."""

from math import prod

from convdsl.argument import Invalid
from convdsl.op import AtLeast, Guard, Interval, Module, sizes
from convdsl.ops.plan import arguments, written
from convdsl.ops.pooling import Pooling
from convdsl.ops.window import axis_name
from convdsl.record import replace
from convdsl.shape import Shape
from convdsl.traits import PICKS, Traits, Window


class Means(Pooling):
    """An average pool over any number of spatial axes; the fields are declared by the subclasses."""

    __slots__ = ()

    count_include_pad: bool

    @property
    def divisor(self) -> int | None:
        """The number that sums are divided by, where it is not the number of pixels."""
        return None

    def _least(self, index: int) -> int:
        """Return the smallest size of an axis: in three dimensions PyTorch asks for the window without the padding."""
        return self.kernel_size[index] if len(self.kernel_size) == 3 else 1

    def shape(self, *inputs: Shape) -> Shape:
        for i, size in enumerate(sizes(inputs[0], "kernel_size")):
            if size.value is not None and size.value < self._least(i):
                axis = axis_name(len(self.kernel_size), i)
                raise Invalid(
                    "kernel_size",
                    f"a window of {self.kernel_size[i]} is larger than a {axis} of {size}, padding aside",
                    "shrink kernel_size, or keep the volume larger before this layer",
                    "E216",
                )
        return Pooling.shape(self, *inputs)

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        pairs = ((size, self._least(i)) for i, size in enumerate(sizes(inputs[0])))
        return tuple(AtLeast(size, least) for size, least in pairs if least > 1 and size.value is None)

    def values(self, *inputs: Interval) -> Interval:
        low, high = inputs[0].low, inputs[0].high
        if self.divisor is not None:
            share = prod(self.kernel_size) / self.divisor  # a window at the edge may hold fewer pixels, even one
            low, high = min(low * share, low / self.divisor), max(high * share, high / self.divisor)
        if any(self.padding) and (self.count_include_pad or self.divisor is not None):
            low, high = min(low, 0.0), max(high, 0.0)
        return Interval(low, high)

    def windows(self) -> tuple[Window, ...]:
        fills = "zeros" if self.count_include_pad or self.divisor is not None else ""
        each = zip(self.kernel_size, self.steps, self.padding, strict=True)
        return tuple(Window(k, s, 1, p, p, fills=fills, ceil=self.ceil_mode) for k, s, p in each)

    def traits(self, *inputs: Shape) -> Traits:
        pads = any(self.padding) and self.count_include_pad
        return replace(PICKS, averages=self.divisor is None and not pads)

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self, defaults={"stride": self.kernel_size})
        function = f"F.avg_pool{len(self.kernel_size)}d({{0}}{written(told, 1)})"
        return Module(f"torch.nn.{type(self).__name__}", told, function)
