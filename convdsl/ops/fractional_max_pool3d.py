"""FractionalMaxPool3d."""

from typing import final

from convdsl.argument import Triplet, arg
from convdsl.ops.fractional import Fractional
from convdsl.ops.maxima import INDICES
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class FractionalMaxPool3d(Fractional):
    """Keep the largest value under windows whose steps are drawn at random, so that they fill a given size.

    They are drawn in evaluation too: two runs differ.

    Source: PyTorch, torch.nn.FractionalMaxPool3d; Graham 2014 (arXiv:1412.6071).
    Formula: window i begins at floor((i + u) * a) - floor(u * a), u drawn, a = (size - kernel_size) / (output_size - 1)
    Example: [N, 8, 8, 32, 32] -> FractionalMaxPool3d(2, (5, 20, 20)) -> [N, 8, 5, 20, 20]
    Picture: [N, 1, 5, 5, 5] -> FractionalMaxPool3d(2, 3) -> [N, 1, 3, 3, 3]
    """

    rank = 5

    kernel_size: Triplet = arg("depth, height and width of the window, in voxels", min=1)
    output_size: Triplet = arg("depth, height and width of the output, in voxels", min=1)
    return_indices: bool = arg(INDICES, default=False, keyword_only=True)
