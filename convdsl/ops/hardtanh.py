"""Hardtanh."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise
from convdsl.ops.plan import arguments
from convdsl.ops.range import clipped
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Hardtanh(Pointwise):
    """Clip every number to min_val..max_val.

    Source: PyTorch, torch.nn.Hardtanh.
    Formula: min(max(x, min_val), max_val)
    Example: [N, 8, 32, 32] -> Hardtanh(-2, 2) -> [N, 8, 32, 32]
    """

    min_val: float = arg("the least value", default=-1.0)
    max_val: float = arg("the greatest value", default=1.0)
    inplace: bool = arg(INPLACE, default=False)

    def check(self) -> None:
        if self.min_val >= self.max_val:
            raise Invalid(
                "max_val",
                f"a max_val of {self.max_val:g} is not above the min_val of {self.min_val:g}",
                "exchange them, or widen the range",
            )

    def values(self, *inputs: Interval) -> Interval:
        return clipped(inputs[0], self.min_val, self.max_val)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, idempotent=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        function = f"F.hardtanh({{0}}, {self.min_val!r}, {self.max_val!r}"
        # the backward pass of the form in place reads its output
        return Module(
            "torch.nn.Hardtanh",
            arguments(self, "inplace"),
            f"{function})",
            f"{function}, inplace=True)",
            saves_output=True,
        )
