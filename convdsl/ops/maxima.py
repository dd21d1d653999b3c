"""What MaxPool1d, MaxPool2d and MaxPool3d share."""

from convdsl.op import Interval, Module
from convdsl.ops.plan import arguments, written
from convdsl.ops.pooling import Pooling
from convdsl.shape import Shape


class Maxima(Pooling):
    """A max pool over any number of spatial axes; the fields are declared by the subclasses."""

    __slots__ = ()

    dilation: tuple[int, ...]

    @property
    def spread(self) -> tuple[int, ...]:
        return self.dilation

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self, defaults={"stride": self.kernel_size})
        function = f"F.max_pool{len(self.kernel_size)}d({{0}}{written(told, 1)})"
        return Module(f"torch.nn.{type(self).__name__}", told, function)
