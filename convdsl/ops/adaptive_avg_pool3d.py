"""AdaptiveAvgPool3d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.adaptive import Adaptive
from convdsl.ops.kinds import SOME_OF_3
from convdsl.record import dataclass, replace
from convdsl.shape import Shape
from convdsl.traits import PICKS, Traits


@final
@dataclass(frozen=True, slots=True)
class AdaptiveAvgPool3d(Adaptive):
    """Cut the input into as many windows as the output has voxels, and take the mean of each.

    `AdaptiveAvgPool3d(1)` takes it of the whole input, so that any size gives one number for each channel.

    Source: PyTorch, torch.nn.AdaptiveAvgPool3d.
    Formula: window i: floor(i * size / output_size) to before ceil((i + 1) * size / output_size)
    Example: [N, 8, 8, 32, 32] -> AdaptiveAvgPool3d(1) -> [N, 8, 1, 1, 1]
    Picture: [N, 1, 4, 5, 5] -> AdaptiveAvgPool3d(2) -> [N, 1, 2, 2, 2]
    """

    rank = 5

    output_size: tuple[int | None, int | None, int | None] = arg(
        "depth, height and width of the output, in voxels; none keeps an axis", min=1, kind=SOME_OF_3
    )

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, averages=True)
