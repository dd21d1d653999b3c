"""ELU."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, exponential, in_parts, monotone, unchanged
from convdsl.ops.plan import arguments
from convdsl.ops.range import scaled
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class ELU(Pointwise):
    """Bend negative numbers towards -alpha: alpha * (exp(x) - 1); keep the others.

    Source: PyTorch, torch.nn.ELU; Clevert, Unterthiner & Hochreiter 2015 (arXiv:1511.07289).
    Formula: x if x > 0 else alpha * (exp(x) - 1)
    Example: [N, 8, 32, 32] -> ELU() -> [N, 8, 32, 32]
    """

    alpha: float = arg("what very negative numbers become, with its sign turned", default=1.0)
    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        return in_parts(inputs[0], 0.0, lambda x: scaled(monotone(exponential, x), self.alpha), unchanged)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=self.alpha >= 0, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        alpha = self.alpha
        return Module(
            "torch.nn.ELU",
            arguments(self, "inplace"),
            f"F.elu({{0}}, {alpha!r})",
            # its backward pass in place divides by alpha
            f"F.elu({{0}}, {alpha!r}, inplace=True)" if alpha > 0 else "",
            saves_output=True,
        )
