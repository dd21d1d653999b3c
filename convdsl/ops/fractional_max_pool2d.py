"""FractionalMaxPool2d."""

from typing import final

from convdsl.argument import Pair, arg
from convdsl.ops.fractional import Fractional
from convdsl.ops.maxima import INDICES
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class FractionalMaxPool2d(Fractional):
    """Keep the largest value under windows whose steps are drawn at random, so that they fill a given size.

    They are drawn in evaluation too: two runs differ.

    Source: PyTorch, torch.nn.FractionalMaxPool2d; Graham 2014 (arXiv:1412.6071).
    Formula: window i begins at floor((i + u) * a) - floor(u * a), u drawn, a = (size - kernel_size) / (output_size - 1)
    Example: [N, 8, 32, 32] -> FractionalMaxPool2d(3, 20) -> [N, 8, 20, 20]
    Picture: [N, 1, 7, 7] -> FractionalMaxPool2d(2, 4) -> [N, 1, 4, 4]
    """

    rank = 4

    kernel_size: Pair = arg("height and width of the window, in pixels", min=1)
    output_size: Pair = arg("height and width of the output, in pixels", min=1)
    return_indices: bool = arg(INDICES, default=False, keyword_only=True)
