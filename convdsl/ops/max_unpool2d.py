"""MaxUnpool2d."""

from typing import final

from convdsl.argument import Pair, Value, arg
from convdsl.ops.unpooling import LIKE, Unpooling
from convdsl.ops.window import PAIR_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class MaxUnpool2d(Unpooling):
    """Put maxima back where a max pool found them, and 0 everywhere else.

    `y, places = MaxPool2d(2, return_indices=true)`, later `(y, places) -> MaxUnpool2d(2)`. A size that the pool did
    not divide evenly comes back one short (5 gives 4), and the places would be wrong in it; `like=x` gives the size
    that was pooled.

    Source: PyTorch, torch.nn.MaxUnpool2d; Zeiler & Fergus 2013 (arXiv:1311.2901), section 2.1.
    Formula: size: (size - 1) * stride - 2 * padding + kernel_size, or that of like
    Example: [N, 8, 16, 16], [N, 8, 16, 16] -> MaxUnpool2d(2) -> [N, 8, 32, 32]
    Picture: [N, 1, 3, 3], [N, 1, 3, 3] -> MaxUnpool2d(2) -> [N, 1, 6, 6]
    """

    rank = 4

    kernel_size: Pair = arg("height and width of the pool's window, in pixels", min=1)
    stride: tuple[int, int] | None = arg(
        "step between the pool's windows, in pixels; none: the window's size", default=None, min=1, kind=PAIR_OR_NONE
    )
    padding: Pair = arg("the pool's padding, in pixels", default=(0, 0), min=0)
    like: Value = arg(LIKE, default=None, keyword_only=True)
