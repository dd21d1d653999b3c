"""MaxUnpool1d."""

from typing import final

from convdsl.argument import Single, Value, arg
from convdsl.ops.unpooling import LIKE, Unpooling
from convdsl.ops.window import SINGLE_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class MaxUnpool1d(Unpooling):
    """Put maxima back where a max pool found them, and 0 everywhere else.

    `y, places = MaxPool1d(2, return_indices=true)`, later `(y, places) -> MaxUnpool1d(2)`. A size that the pool did
    not divide evenly comes back one short (5 gives 4), and the places would be wrong in it; `like=x` gives the size
    that was pooled.

    Source: PyTorch, torch.nn.MaxUnpool1d; Zeiler & Fergus 2013 (arXiv:1311.2901), section 2.1.
    Formula: size: (size - 1) * stride - 2 * padding + kernel_size, or that of like
    Example: [N, 8, 16], [N, 8, 16] -> MaxUnpool1d(2) -> [N, 8, 32]
    Picture: [N, 1, 4], [N, 1, 4] -> MaxUnpool1d(2) -> [N, 1, 8]
    """

    rank = 3

    kernel_size: Single = arg("length of the pool's window, in steps", min=1)
    stride: tuple[int] | None = arg(
        "step between the pool's windows, in steps; none: the window's size", default=None, min=1, kind=SINGLE_OR_NONE
    )
    padding: Single = arg("the pool's padding, in steps", default=(0,), min=0)
    like: Value = arg(LIKE, default=None, keyword_only=True)
