"""MaxPool2d."""

from typing import final

from convdsl.argument import Pair, arg
from convdsl.ops.maxima import INDICES, Maxima
from convdsl.ops.window import PAIR_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class MaxPool2d(Maxima):
    """Keep the largest value under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    A window that sees padding only, as a dilated one can in a small image, is refused: PyTorch runs it forward, and on
    the way back it writes outside its memory.

    Source: PyTorch, torch.nn.MaxPool2d.
    Formula: largest number of the window; padding never wins
    Example: [N, 8, 32, 32] -> MaxPool2d(2) -> [N, 8, 16, 16]
    Picture: [N, 1, 7, 7] -> MaxPool2d(2) -> [N, 1, 3, 3]
    Picture: [N, 1, 6, 6] -> MaxPool2d(3, 2, ceil_mode=true) -> [N, 1, 3, 3]
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
    padding: Pair = arg("pixels of minus infinity added on each side", default=(0, 0), min=0, solvable=True)
    dilation: Pair = arg("distance between the taps of a window, in pixels", default=(1, 1), min=1, solvable=True)
    return_indices: bool = arg(INDICES, default=False)
    ceil_mode: bool = arg("whether a window may reach over the far edge", default=False)
