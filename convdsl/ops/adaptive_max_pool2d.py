"""AdaptiveMaxPool2d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.adaptive import AdaptiveMaxima
from convdsl.ops.kinds import SOME_OF_2
from convdsl.ops.maxima import INDICES
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class AdaptiveMaxPool2d(AdaptiveMaxima):
    """Cut the input into as many windows as the output has pixels, and take the largest value of each.

    `AdaptiveMaxPool2d(1)` takes it of the whole input, so that any size gives one number for each channel.

    Source: PyTorch, torch.nn.AdaptiveMaxPool2d.
    Formula: window i: floor(i * size / output_size) to before ceil((i + 1) * size / output_size)
    Example: [N, 8, 32, 32] -> AdaptiveMaxPool2d(1) -> [N, 8, 1, 1]
    Picture: [N, 1, 7, 7] -> AdaptiveMaxPool2d(3) -> [N, 1, 3, 3]
    """

    rank = 4

    output_size: tuple[int | None, int | None] = arg(
        "height and width of the output, in pixels; none keeps an axis", min=1, kind=SOME_OF_2
    )
    return_indices: bool = arg(INDICES, default=False)
