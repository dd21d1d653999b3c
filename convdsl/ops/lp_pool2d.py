"""LPPool2d."""

from typing import final

from convdsl.argument import Pair, arg
from convdsl.ops.powers import Powers
from convdsl.ops.window import PAIR_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class LPPool2d(Powers):
    """Take the p-norm under each window, channel by channel: (sum of x ** p) ** (1 / p).

    A norm_type of 1 is the sum; the larger it is, the nearer is the largest number. Negative numbers have a root only
    where it is even.

    Source: PyTorch, torch.nn.LPPool2d.
    Formula: (sum of x ** norm_type over the window) ** (1 / norm_type)
    Example: [N, 8, 32, 32] -> LPPool2d(2, 2) -> [N, 8, 16, 16]
    Picture: [N, 1, 6, 6] -> LPPool2d(2, 3, 2) -> [N, 1, 2, 2]
    """

    rank = 4
    padding = (0, 0)

    norm_type: float = arg("the power p")
    kernel_size: Pair = arg("height and width of the window, in pixels", min=1, solvable=True)
    stride: tuple[int, int] | None = arg(
        "step between windows, in pixels; none: the window's size",
        default=None,
        min=1,
        kind=PAIR_OR_NONE,
        solvable=True,
    )
    ceil_mode: bool = arg("whether a window may reach over the far edge", default=False)
