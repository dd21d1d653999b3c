"""MaxPool1d."""

from typing import final

from convdsl.argument import Single, arg
from convdsl.ops.maxima import INDICES, Maxima
from convdsl.ops.window import SINGLE_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class MaxPool1d(Maxima):
    """Keep the largest value under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    A window that sees padding only, as a dilated one can in a small image, is refused: PyTorch runs it forward, and on
    the way back it writes outside its memory.

    Source: PyTorch, torch.nn.MaxPool1d.
    Formula: largest number of the window; padding never wins
    Example: [N, 8, 32] -> MaxPool1d(2) -> [N, 8, 16]
    Picture: [N, 1, 8] -> MaxPool1d(3, 2, 1, ceil_mode=true) -> [N, 1, 5]
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
    padding: Single = arg("steps of minus infinity added on each side", default=(0,), min=0, solvable=True)
    dilation: Single = arg("distance between the taps of a window, in steps", default=(1,), min=1, solvable=True)
    return_indices: bool = arg(INDICES, default=False)
    ceil_mode: bool = arg("whether a window may reach over the far edge", default=False)
