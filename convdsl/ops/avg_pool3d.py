"""AvgPool3d."""

from typing import final

from convdsl.argument import INT, Triplet, arg, optional
from convdsl.ops.means import Means
from convdsl.ops.window import TRIPLET_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class AvgPool3d(Means):
    """Take the mean under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    Source: PyTorch, torch.nn.AvgPool3d.
    Formula: sum of the window / how many numbers it has
    Example: [N, 8, 8, 32, 32] -> AvgPool3d(2) -> [N, 8, 4, 16, 16]
    Picture: [N, 1, 4, 4, 4] -> AvgPool3d(2) -> [N, 1, 2, 2, 2]
    """

    rank = 5

    kernel_size: Triplet = arg("depth, height and width of the window, in voxels", min=1, solvable=True)
    stride: tuple[int, int, int] | None = arg(
        "step between windows, in voxels; none: the window's size",
        default=None,
        min=1,
        kind=TRIPLET_OR_NONE,
        solvable=True,
    )
    padding: Triplet = arg("voxels of 0 added on each side", default=(0, 0, 0), min=0, solvable=True)
    ceil_mode: bool = arg("whether a window may reach over the far edge", default=False)
    count_include_pad: bool = arg("whether the added zeros count in the mean", default=True)
    divisor_override: int | None = arg(
        "number that the sum is divided by; none: the number of voxels", default=None, min=1, kind=optional(INT)
    )

    @property
    def divisor(self) -> int | None:
        return self.divisor_override
