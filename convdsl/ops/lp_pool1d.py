"""LPPool1d."""

from typing import final

from convdsl.argument import Single, arg
from convdsl.ops.powers import Powers
from convdsl.ops.window import SINGLE_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class LPPool1d(Powers):
    """Take the p-norm under each window, channel by channel: (sum of x ** p) ** (1 / p).

    A norm_type of 1 is the sum; the larger it is, the nearer is the largest number. Negative numbers have a root only
    where it is even.

    Source: PyTorch, torch.nn.LPPool1d.
    Formula: (sum of x ** norm_type over the window) ** (1 / norm_type)
    Example: [N, 8, 32] -> LPPool1d(2, 2) -> [N, 8, 16]
    Picture: [N, 1, 7] -> LPPool1d(2, 2) -> [N, 1, 3]
    """

    rank = 3
    padding = (0,)

    norm_type: float = arg("the power p")
    kernel_size: Single = arg("length of the window, in steps", min=1, solvable=True)
    stride: tuple[int] | None = arg(
        "step between windows, in steps; none: the window's size",
        default=None,
        min=1,
        kind=SINGLE_OR_NONE,
        solvable=True,
    )
    ceil_mode: bool = arg("whether a window may reach over the far edge", default=False)
