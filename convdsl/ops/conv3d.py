"""Conv3d."""

from typing import final

from convdsl.argument import INT, Triplet, arg, one_of, optional
from convdsl.ops.convolution import MODES, Convolution
from convdsl.ops.window import PADDING_3D
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class Conv3d(Convolution):
    """Slide learned windows over the volume, one for each output channel.

    Every output voxel is a weighted sum of all input channels under the window, plus a bias. With a window of 3,
    `padding=1` keeps the size; `stride=2` halves it; `dilation` spreads the taps; `groups` splits the channels.

    Source: PyTorch, torch.nn.Conv3d.
    Formula: sum of weight * window over the channels of a group + bias
    Example: [N, 3, 8, 16, 16] -> Conv3d(8, 3, padding=1) -> [N, 8, 8, 16, 16]
    Picture: [N, 1, 3, 4, 4] -> Conv3d(1, 3, padding=1) -> [N, 1, 3, 4, 4]
    """

    rank = 5

    out_channels: int = arg("channels of the output", min=1)
    kernel_size: Triplet = arg("depth, height and width of the window, in voxels", min=1, solvable=True)
    stride: Triplet = arg("step between windows, in voxels", default=(1, 1, 1), min=1, solvable=True)
    padding: tuple[int, int, int] | str = arg(
        "voxels added on each side, or `same` to keep the size",
        default=(0, 0, 0),
        min=0,
        kind=PADDING_3D,
        solvable=True,
    )
    dilation: Triplet = arg("distance between the taps of a window, in voxels", default=(1, 1, 1), min=1, solvable=True)
    groups: int = arg("parts of the channels that do not see each other", default=1, min=1)
    bias: bool = arg("whether a learned number is added to each output channel", default=True)
    padding_mode: str = arg("what the added voxels hold", default="zeros", kind=one_of(*MODES))
    in_channels: int | None = arg(
        "channels of the input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )
