"""ConvTranspose1d."""

from typing import final

from convdsl.argument import INT, Single, arg, one_of, optional
from convdsl.ops.transposed import Transposed
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ConvTranspose1d(Transposed):
    """Paint a learned window for every input step and sum where windows overlap.

    The reverse of a convolution's sizes: `stride=2` doubles the sequence. A window of 2 with stride 2 never overlaps;
    4 with stride 2 and padding 1 overlaps evenly; 3 with stride 2 and padding 1 gives 2 * L - 1 steps unless
    output_padding=1 adds the last one.

    Source: PyTorch, torch.nn.ConvTranspose1d.
    Formula: each input number * weight, laid at stride * its place - padding, summed + bias
    Example: [N, 8, 16] -> ConvTranspose1d(4, 2, stride=2) -> [N, 4, 32]
    Picture: [N, 1, 4] -> ConvTranspose1d(1, 3, stride=2, padding=1, output_padding=1) -> [N, 1, 8]
    """

    rank = 3

    out_channels: int = arg("channels of the output", min=1)
    kernel_size: Single = arg("length of the window, in steps", min=1, solvable=True)
    stride: Single = arg("output steps from one window to the next", default=(1,), min=1, solvable=True)
    padding: Single = arg("output steps cut off on each side", default=(0,), min=0, solvable=True)
    output_padding: Single = arg("output steps added at the end", default=(0,), min=0, solvable=True)
    groups: int = arg("parts of the channels that do not see each other", default=1, min=1)
    bias: bool = arg("whether a learned number is added to each output channel", default=True)
    dilation: Single = arg("distance between the taps of a window, in steps", default=(1,), min=1, solvable=True)
    padding_mode: str = arg("PyTorch has only zeros here", default="zeros", kind=one_of("zeros"))
    in_channels: int | None = arg(
        "channels of the input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )
