"""WeightNorm."""

from math import prod
from typing import final

from convdsl.argument import INT, LAYER, arg, optional
from convdsl.op import Op, Weights
from convdsl.ops.plan import Arguments, arguments
from convdsl.ops.wrapped import Wrapped
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class WeightNorm(Wrapped):
    """Learn a layer's weight as lengths and directions: weight = g * v / |v|, with a length for each place of an axis.

    PyTorch reads checkpoints with the older names into the newer ones by itself, and warns of those that ask for
    `legacy=true`.

    Source: PyTorch, torch.nn.utils.parametrizations.weight_norm; Salimans & Kingma 2016 (arXiv:1602.07868).
    Example: [N, 3, 32, 32] -> WeightNorm(Conv2d(64, 3, padding=1)) -> [N, 64, 32, 32]
    Picture: [N, 1, 5, 5] -> WeightNorm(Conv2d(1, 3, padding=1)) -> [N, 1, 5, 5]
    """

    layer: Op = arg("the convolution or dense layer whose weight is normalised", kind=LAYER)
    dim: int | None = arg(
        "axis of the weight with a length a place; none: one length for all",
        default=0,
        min=0,
        kind=optional(INT),
    )
    legacy: bool = arg("whether the weights have the older names: weight_g, weight_v", default=False)

    def parts(self, weight: tuple[int, ...]) -> tuple[Weights, Weights]:
        lengths = () if self.dim is None else tuple(n if i == self.dim else 1 for i, n in enumerate(weight))
        if self.legacy:
            return {"weight_g": lengths, "weight_v": weight}, {}
        inside = "parametrizations.weight"
        return {f"{inside}.original0": lengths, f"{inside}.original1": weight}, {}

    def wrapper(self) -> tuple[str, Arguments]:
        place = "torch.nn.utils" if self.legacy else "torch.nn.utils.parametrizations"
        return f"{place}.weight_norm", arguments(self, "layer", "legacy")

    def normalised(self, weight: tuple[int, ...]) -> tuple[int, ...]:
        count = prod(weight)
        if self.dim is None:
            return count, 1, 1  # the length, and the scale over it
        length = weight[self.dim]
        if self.dim in (0, len(weight) - 1):  # PyTorch has a kernel for these
            return count, length
        # PyTorch turns the weight so that each row has one length, which copies it where the order changes
        turned = [axis for axis in (self.dim, *range(1, self.dim), 0) if weight[axis] > 1]
        return (count, length, length) if turned == sorted(turned) else (count, count, length, length)
