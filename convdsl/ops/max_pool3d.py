"""MaxPool3d."""

from typing import final

from convdsl.argument import Triplet, arg
from convdsl.ops.maxima import INDICES, Maxima
from convdsl.ops.window import TRIPLET_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class MaxPool3d(Maxima):
    """Keep the largest value under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    A window that sees padding only, as a dilated one can in a small image, is refused: PyTorch runs it forward, and on
    the way back it writes outside its memory.

    Source: PyTorch, torch.nn.MaxPool3d.
    Formula: largest number of the window; padding never wins
    Example: [N, 8, 8, 32, 32] -> MaxPool3d(2) -> [N, 8, 4, 16, 16]
    Picture: [N, 1, 4, 4, 4] -> MaxPool3d(2) -> [N, 1, 2, 2, 2]
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
    padding: Triplet = arg("voxels of minus infinity added on each side", default=(0, 0, 0), min=0, solvable=True)
    dilation: Triplet = arg("distance between the taps of a window, in voxels", default=(1, 1, 1), min=1, solvable=True)
    return_indices: bool = arg(INDICES, default=False)
    ceil_mode: bool = arg("whether a window may reach over the far edge", default=False)
