"""Softplus."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise, in_parts, monotone, softplus, unchanged
from convdsl.ops.plan import arguments
from convdsl.ops.range import scaled
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Softplus(Pointwise):
    """Smooth ReLU's corner: log(1 + exp(beta * x)) / beta, and x itself where beta * x is above the threshold.

    Source: PyTorch, torch.nn.Softplus.
    Formula: log(1 + exp(beta * x)) / beta
    Example: [N, 8, 32, 32] -> Softplus() -> [N, 8, 32, 32]
    """

    beta: float = arg("how sharp the corner is", default=1.0)
    threshold: float = arg("beta * x above which the result is x itself", default=20.0)

    def check(self) -> None:
        if self.beta == 0:
            raise Invalid("beta", "a beta of 0 divides by 0: log(1 + exp(beta * x)) / beta", "such as beta=1")

    def values(self, *inputs: Interval) -> Interval:
        curve = in_parts(scaled(inputs[0], self.beta), self.threshold, lambda x: monotone(softplus, x), unchanged)
        return scaled(curve, 1.0 / self.beta)

    def traits(self, *inputs: Shape) -> Traits:
        # where it turns into the identity, PyTorch falls by log(1 + exp(-threshold)): 2e-9 at 20
        return Traits(monotone=self.beta > 0 and self.threshold >= 20, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        function = f"F.softplus({{0}}, {self.beta!r}, {self.threshold!r})"
        return Module("torch.nn.Softplus", arguments(self), function)
