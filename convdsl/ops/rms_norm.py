"""RMSNorm."""

from math import prod
from typing import final

from convdsl.argument import FLOAT, arg, optional
from convdsl.ops.kinds import ONE_OR_MORE
from convdsl.ops.normalize import check_eps
from convdsl.ops.trailing import Trailing
from convdsl.record import dataclass
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape


@final
@dataclass(frozen=True, slots=True)
class RMSNorm(Trailing):
    """Divide the last axes of each image by their root mean square, then scale each place by a learned number.

    Source: PyTorch, torch.nn.RMSNorm; Zhang & Sennrich 2019 (arXiv:1910.07467).
    Formula: x / sqrt(mean of x² + eps) * weight
    Example: [N, 32, 32, 96] -> RMSNorm(96) -> [N, 32, 32, 96]
    Picture: [N, 3, 3, 4] -> RMSNorm((3, 3, 4)) -> [N, 3, 3, 4]
    Picture: [N, 2, 2, 4] -> RMSNorm(4) -> [N, 2, 2, 4]
    """

    normalized_shape: tuple[int, ...] = arg("sizes of the last axes, normalised together", min=1, kind=ONE_OR_MORE)
    eps: float | None = arg(
        "number added to the mean square before its root; none: the smallest step of the number's type",
        default=None,
        min=0,
        kind=optional(FLOAT),
    )
    elementwise_affine: bool = arg("whether each place has a learned scale", default=True)

    def check(self) -> None:
        if self.eps is not None:
            check_eps(self.eps)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # the root of each group of numbers, and what is multiplied by the weight
        numbers = inputs[0].numbers
        rows = Kept(prod(numbers[: self._first(inputs[0])]))
        return Saved(inputs=(0,), others=(rows, Kept(prod(numbers))) if self.elementwise_affine else (rows,))
