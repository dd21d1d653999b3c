"""MaxUnpool3d."""

from typing import final

from convdsl.argument import Triplet, Value, arg
from convdsl.ops.unpooling import LIKE, Unpooling
from convdsl.ops.window import TRIPLET_OR_NONE
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class MaxUnpool3d(Unpooling):
    """Put maxima back where a max pool found them, and 0 everywhere else.

    `y, places = MaxPool3d(2, return_indices=true)`, later `(y, places) -> MaxUnpool3d(2)`. A size that the pool did
    not divide evenly comes back one short (5 gives 4), and the places would be wrong in it; `like=x` gives the size
    that was pooled.

    Source: PyTorch, torch.nn.MaxUnpool3d; Zeiler & Fergus 2013 (arXiv:1311.2901), section 2.1.
    Formula: size: (size - 1) * stride - 2 * padding + kernel_size, or that of like
    Example: [N, 8, 4, 8, 8], [N, 8, 4, 8, 8] -> MaxUnpool3d(2) -> [N, 8, 8, 16, 16]
    Picture: [N, 1, 2, 2, 2], [N, 1, 2, 2, 2] -> MaxUnpool3d(2) -> [N, 1, 4, 4, 4]
    """

    rank = 5

    kernel_size: Triplet = arg("depth, height and width of the pool's window, in voxels", min=1)
    stride: tuple[int, int, int] | None = arg(
        "step between the pool's windows, in voxels; none: the window's size", default=None, min=1, kind=TRIPLET_OR_NONE
    )
    padding: Triplet = arg("the pool's padding, in voxels", default=(0, 0, 0), min=0)
    like: Value = arg(LIKE, default=None, keyword_only=True)
