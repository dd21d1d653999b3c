"""AdaptiveMaxPool1d."""

from typing import final

from convdsl.argument import Single, arg
from convdsl.ops.adaptive import AdaptiveMaxima
from convdsl.ops.maxima import INDICES
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class AdaptiveMaxPool1d(AdaptiveMaxima):
    """Cut the input into as many windows as the output has steps, and take the largest value of each.

    `AdaptiveMaxPool1d(1)` takes it of the whole input, so that any size gives one number for each channel.

    Source: PyTorch, torch.nn.AdaptiveMaxPool1d.
    Formula: window i: floor(i * size / output_size) to before ceil((i + 1) * size / output_size)
    Example: [N, 8, 32] -> AdaptiveMaxPool1d(1) -> [N, 8, 1]
    Picture: [N, 1, 10] -> AdaptiveMaxPool1d(4) -> [N, 1, 4]
    """

    rank = 3

    output_size: Single = arg("length of the output, in steps", min=1)
    return_indices: bool = arg(INDICES, default=False)
