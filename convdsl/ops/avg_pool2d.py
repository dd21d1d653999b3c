"""AvgPool2d."""

from typing import final

from convdsl.argument import INT, Pair, arg, optional
from convdsl.ops.means import Means
from convdsl.ops.window import PAIR_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class AvgPool2d(Means):
    """Take the mean under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    Source: PyTorch, torch.nn.AvgPool2d.
    Formula: sum of the window / how many numbers it has
    Example: [N, 8, 32, 32] -> AvgPool2d(2) -> [N, 8, 16, 16]
    Picture: [N, 1, 7, 7] -> AvgPool2d(2) -> [N, 1, 3, 3]
    Picture: [N, 1, 6, 6] -> AvgPool2d(3, 2, ceil_mode=true) -> [N, 1, 3, 3]
    """

    rank = 4

    kernel_size: Pair = arg("height and width of the window, in pixels", min=1, solvable=True)
    stride: tuple[int, int] | None = arg(
        "step between windows, in pixels; none: the window's size",
        default=None,
        min=1,
        kind=PAIR_OR_NONE,
        solvable=True,
    )
    padding: Pair = arg("pixels of 0 added on each side", default=(0, 0), min=0, solvable=True)
    ceil_mode: bool = arg("whether a window may reach over the far edge", default=False)
    count_include_pad: bool = arg("whether the added zeros count in the mean", default=True)
    divisor_override: int | None = arg(
        "number that the sum is divided by; none: the number of pixels", default=None, min=1, kind=optional(INT)
    )

    @property
    def divisor(self) -> int | None:
        return self.divisor_override
