"""AdaptiveAvgPool1d."""

from typing import final

from convdsl.argument import Single, arg
from convdsl.ops.adaptive import Adaptive
from convdsl.record import dataclass, replace
from convdsl.shape import Shape
from convdsl.traits import PICKS, Traits


@final
@dataclass(frozen=True, slots=True)
class AdaptiveAvgPool1d(Adaptive):
    """Cut the input into as many windows as the output has steps, and take the mean of each.

    `AdaptiveAvgPool1d(1)` takes it of the whole input, so that any size gives one number for each channel.

    Source: PyTorch, torch.nn.AdaptiveAvgPool1d.
    Formula: window i: floor(i * size / output_size) to before ceil((i + 1) * size / output_size)
    Example: [N, 8, 32] -> AdaptiveAvgPool1d(1) -> [N, 8, 1]
    Picture: [N, 1, 10] -> AdaptiveAvgPool1d(4) -> [N, 1, 4]
    """

    rank = 3

    output_size: Single = arg("length of the output, in steps", min=1)

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, averages=True)
