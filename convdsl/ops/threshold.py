"""Threshold."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, in_parts, unchanged
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Threshold(Pointwise):
    """Replace numbers that are not above a threshold by a value.

    Source: PyTorch, torch.nn.Threshold.
    Formula: x if x > threshold else value
    Example: [N, 8, 32, 32] -> Threshold(0.1, 0) -> [N, 8, 32, 32]
    """

    threshold: float = arg("numbers above it are kept")
    value: float = arg("what the others become")
    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        return in_parts(inputs[0], self.threshold, lambda x: Interval(self.value, self.value), unchanged)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=self.value <= self.threshold, pointwise=True, idempotent=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        function = f"F.threshold({{0}}, {self.threshold!r}, {self.value!r}"
        # the backward pass of the form in place reads its output
        return Module(
            "torch.nn.Threshold",
            arguments(self, "inplace"),
            f"{function})",
            f"{function}, inplace=True)",
            saves_output=True,
        )
