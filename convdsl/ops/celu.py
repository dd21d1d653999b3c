"""CELU."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, exponential, in_parts, monotone, unchanged
from convdsl.ops.plan import arguments
from convdsl.ops.range import scaled
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class CELU(Pointwise):
    """Bend negative numbers towards -alpha, with slope 1 at 0: alpha * (exp(x / alpha) - 1); keep the others.

    Source: PyTorch, torch.nn.CELU; Barron 2017 (arXiv:1704.07483).
    Formula: x if x > 0 else alpha * (exp(x / alpha) - 1)
    Example: [N, 8, 32, 32] -> CELU(0.5) -> [N, 8, 32, 32]
    """

    alpha: float = arg("what very negative numbers become, with its sign turned", default=1.0)
    inplace: bool = arg(INPLACE, default=False)

    def check(self) -> None:
        if self.alpha == 0:
            raise Invalid("alpha", "an alpha of 0 divides by 0: exp(x / alpha)", "ReLU is what it would become")

    def values(self, *inputs: Interval) -> Interval:
        return in_parts(inputs[0], 0.0, self._bent, unchanged)

    def _bent(self, x: Interval) -> Interval:
        return scaled(monotone(exponential, scaled(x, 1.0 / self.alpha)), self.alpha)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=self.alpha >= 0, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        alpha = self.alpha
        return Module(
            "torch.nn.CELU",
            arguments(self, "inplace"),
            f"F.celu({{0}}, {alpha!r})",
            # its backward pass in place divides by alpha
            f"F.celu({{0}}, {alpha!r}, inplace=True)" if alpha > 0 else "",
            saves_output=True,
        )
