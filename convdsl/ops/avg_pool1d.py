"""AvgPool1d."""

from typing import final

from convdsl.argument import Single, arg
from convdsl.ops.means import Means
from convdsl.ops.window import SINGLE_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class AvgPool1d(Means):
    """Take the mean under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    Source: PyTorch, torch.nn.AvgPool1d.
    Formula: sum of the window / how many numbers it has
    Example: [N, 8, 32] -> AvgPool1d(2) -> [N, 8, 16]
    Picture: [N, 1, 8] -> AvgPool1d(3, 2, 1, ceil_mode=true) -> [N, 1, 5]
    """

    rank = 3

    kernel_size: Single = arg("length of the window, in steps", min=1, solvable=True)
    stride: tuple[int] | None = arg(
        "step between windows, in steps; none: the window's size",
        default=None,
        min=1,
        kind=SINGLE_OR_NONE,
        solvable=True,
    )
    padding: Single = arg("steps of 0 added on each side", default=(0,), min=0, solvable=True)
    ceil_mode: bool = arg("whether a window may reach over the far edge", default=False)
    count_include_pad: bool = arg("whether the added zeros count in the mean", default=True)
