"""RReLU."""

from math import prod
from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, in_parts, unchanged
from convdsl.ops.plan import arguments
from convdsl.ops.range import multiplied
from convdsl.record import dataclass
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class RReLU(Pointwise):
    """Multiply negative numbers by a small slope, drawn anew for each number while training; keep the others.

    In evaluation the slope is (lower + upper) / 2.

    Source: PyTorch, torch.nn.RReLU; Xu et al. 2015 (arXiv:1505.00853).
    Formula: x if x > 0 else slope * x
    Example: [N, 8, 32, 32] -> RReLU() -> [N, 8, 32, 32]
    """

    lower: float = arg("least slope", default=0.125)
    upper: float = arg("greatest slope", default=1.0 / 3.0)
    inplace: bool = arg(INPLACE, default=False)

    def check(self) -> None:
        if self.lower > self.upper:
            raise Invalid(
                "upper",
                f"an upper of {self.upper:g} is below the lower of {self.lower:g}: no slope can be drawn",
                "exchange them",
            )

    def values(self, *inputs: Interval) -> Interval:
        slopes = Interval(self.lower, self.upper)
        return in_parts(inputs[0], 0.0, lambda x: multiplied(x, slopes), unchanged)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(homogeneous=True, monotone=self.lower + self.upper >= 0, pointwise=True, groups=None, random=True)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        return Saved(inputs=(0,), others=(Kept(prod(inputs[0].numbers)),))

    def scratch(self, *inputs: Shape) -> tuple[Kept, ...]:
        return ()

    def call(self, *inputs: Shape) -> Module:
        function = f"F.rrelu({{0}}, {self.lower!r}, {self.upper!r}, {{training}}"
        return Module(
            "torch.nn.RReLU",
            arguments(self, "inplace"),
            f"{function})",
            # its backward pass in place divides by the slope's sign
            f"{function}, inplace=True)" if self.lower > 0 else "",
            saves_output=True,
        )
