"""Conv2d."""

from typing import final

from convdsl.argument import INT, Pair, arg, one_of, optional
from convdsl.ops.convolution import MODES, Convolution
from convdsl.ops.window import PADDING_2D
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class Conv2d(Convolution):
    """Slide learned windows over the image, one for each output channel.

    Every output pixel is a weighted sum of all input channels under the window, plus a bias. `padding=1` keeps the
    size of a 3x3 window; `stride=2` halves it; `dilation` spreads the taps; `groups` splits the channels.

    Source: PyTorch, torch.nn.Conv2d.
    Formula: sum of weight * window over the channels of a group + bias
    Example: [N, 3, 32, 32] -> Conv2d(8, 3, padding=1) -> [N, 8, 32, 32]
    Picture: [N, 1, 6, 6] -> Conv2d(1, 3, stride=2, padding=1) -> [N, 1, 3, 3]
    Picture: [N, 1, 7, 7] -> Conv2d(1, 3, padding=2, dilation=2) -> [N, 1, 7, 7]
    Picture: [N, 4, 3, 3] -> Conv2d(4, 3, padding=1, groups=2) -> [N, 4, 3, 3]
    """

    rank = 4

    out_channels: int = arg("channels of the output", min=1)
    kernel_size: Pair = arg("height and width of the window, in pixels", min=1, solvable=True)
    stride: Pair = arg("step between windows, in pixels", default=(1, 1), min=1, solvable=True)
    padding: tuple[int, int] | str = arg(
        "pixels added on each side, or `same` to keep the size", default=(0, 0), min=0, kind=PADDING_2D, solvable=True
    )
    dilation: Pair = arg("distance between the taps of a window, in pixels", default=(1, 1), min=1, solvable=True)
    groups: int = arg("parts of the channels that do not see each other", default=1, min=1)
    bias: bool = arg("whether a learned number is added to each output channel", default=True)
    padding_mode: str = arg("what the added pixels hold", default="zeros", kind=one_of(*MODES))
    in_channels: int | None = arg(
        "channels of the input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )
