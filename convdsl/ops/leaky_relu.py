"""LeakyReLU."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise
from convdsl.ops.plan import arguments
from convdsl.ops.range import scaled
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import SAME, Traits


@final
@dataclass(frozen=True, slots=True)
class LeakyReLU(Pointwise):
    """Multiply negative numbers by a small slope, keep the others.

    Source: PyTorch, torch.nn.LeakyReLU; Maas, Hannun & Ng 2013.
    Formula: x if x > 0 else negative_slope * x
    Example: [N, 8, 32, 32] -> LeakyReLU(0.2) -> [N, 8, 32, 32]
    """

    negative_slope: float = arg("factor of the negative numbers", default=0.01)
    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        (x,) = inputs
        parts = []
        if x.high >= 0:
            parts.append(Interval(max(x.low, 0.0), x.high))
        if x.low < 0:
            parts.append(scaled(Interval(x.low, min(x.high, 0.0)), self.negative_slope))
        return parts[0] if len(parts) == 1 else parts[0].hull(parts[1])

    def traits(self, *inputs: Shape) -> Traits:
        slope = self.negative_slope
        if slope == 1:
            return SAME
        return Traits(homogeneous=True, monotone=slope >= 0, pointwise=True, idempotent=slope == 0, groups=None)

    def call(self, *inputs: Shape) -> Module:
        slope = self.negative_slope
        return Module(
            "torch.nn.LeakyReLU",
            arguments(self, "inplace"),
            f"F.leaky_relu({{0}}, {slope!r})",
            # its backward pass in place divides by the slope's sign
            f"F.leaky_relu({{0}}, {slope!r}, inplace=True)" if slope > 0 else "",
            saves_output=True,
        )
