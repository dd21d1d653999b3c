"""ConvTranspose3d."""

from typing import final

from convdsl.argument import INT, Triplet, arg, one_of, optional
from convdsl.ops.transposed import Transposed
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ConvTranspose3d(Transposed):
    """Paint a learned window for every input voxel and sum where windows overlap.

    The reverse of a convolution's sizes: `stride=2` doubles the volume. A window of 2 with stride 2 never overlaps;
    4 with stride 2 and padding 1 overlaps evenly; 3 with stride 2 and padding 1 gives 2 * H - 1 voxels unless
    output_padding=1 adds the last one.

    Source: PyTorch, torch.nn.ConvTranspose3d.
    Formula: each input number * weight, laid at stride * its place - padding, summed + bias
    Example: [N, 8, 4, 8, 8] -> ConvTranspose3d(4, 2, stride=2) -> [N, 4, 8, 16, 16]
    Picture: [N, 1, 2, 2, 2] -> ConvTranspose3d(1, 2, stride=2) -> [N, 1, 4, 4, 4]
    """

    rank = 5

    out_channels: int = arg("channels of the output", min=1)
    kernel_size: Triplet = arg("depth, height and width of the window, in voxels", min=1, solvable=True)
    stride: Triplet = arg("output voxels from one window to the next", default=(1, 1, 1), min=1, solvable=True)
    padding: Triplet = arg("output voxels cut off on each side", default=(0, 0, 0), min=0, solvable=True)
    output_padding: Triplet = arg(
        "output voxels added at the end of each axis", default=(0, 0, 0), min=0, solvable=True
    )
    groups: int = arg("parts of the channels that do not see each other", default=1, min=1)
    bias: bool = arg("whether a learned number is added to each output channel", default=True)
    dilation: Triplet = arg("distance between the taps of a window, in voxels", default=(1, 1, 1), min=1, solvable=True)
    padding_mode: str = arg("PyTorch has only zeros here", default="zeros", kind=one_of("zeros"))
    in_channels: int | None = arg(
        "channels of the input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )
