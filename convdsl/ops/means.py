"""What AvgPool1d, AvgPool2d and AvgPool3d share."""

from math import prod

from convdsl.op import Interval, Module
from convdsl.ops.plan import arguments, written
from convdsl.ops.pooling import Pooling
from convdsl.shape import Shape


class Means(Pooling):
    """An average pool over any number of spatial axes; the fields are declared by the subclasses."""

    __slots__ = ()

    count_include_pad: bool

    @property
    def divisor(self) -> int | None:
        """The number that sums are divided by, where it is not the number of pixels."""
        return None

    def values(self, *inputs: Interval) -> Interval:
        low, high = inputs[0].low, inputs[0].high
        if self.divisor is not None:
            share = prod(self.kernel_size) / self.divisor  # a window at the edge may hold fewer pixels, even one
            low, high = min(low * share, low / self.divisor), max(high * share, high / self.divisor)
        if any(self.padding) and (self.count_include_pad or self.divisor is not None):
            low, high = min(low, 0.0), max(high, 0.0)
        return Interval(low, high)

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self, defaults={"stride": self.kernel_size})
        function = f"F.avg_pool{len(self.kernel_size)}d({{0}}{written(told, 1)})"
        return Module(f"torch.nn.{type(self).__name__}", told, function)
