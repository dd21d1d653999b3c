"""Conv1d."""

from typing import final

from convdsl.argument import INT, Single, arg, one_of, optional
from convdsl.ops.convolution import MODES, Convolution
from convdsl.ops.window import PADDING_1D
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class Conv1d(Convolution):
    """Slide learned windows over the sequence, one for each output channel.

    Every output step is a weighted sum of all input channels under the window, plus a bias. With a window of 3,
    `padding=1` keeps the size; `stride=2` halves it; `dilation` spreads the taps; `groups` splits the channels.

    Source: PyTorch, torch.nn.Conv1d.
    Formula: sum of weight * window over the channels of a group + bias
    Example: [N, 3, 32] -> Conv1d(8, 3, padding=1) -> [N, 8, 32]
    Picture: [N, 1, 9] -> Conv1d(1, 3, stride=2, padding=1) -> [N, 1, 5]
    """

    rank = 3

    out_channels: int = arg("channels of the output", min=1)
    kernel_size: Single = arg("length of the window, in steps", min=1, solvable=True)
    stride: Single = arg("step between windows, in steps", default=(1,), min=1, solvable=True)
    padding: tuple[int] | str = arg(
        "steps added on each side, or `same` to keep the size", default=(0,), min=0, kind=PADDING_1D, solvable=True
    )
    dilation: Single = arg("distance between the taps of a window, in steps", default=(1,), min=1, solvable=True)
    groups: int = arg("parts of the channels that do not see each other", default=1, min=1)
    bias: bool = arg("whether a learned number is added to each output channel", default=True)
    padding_mode: str = arg("what the added steps hold", default="zeros", kind=one_of(*MODES))
    in_channels: int | None = arg(
        "channels of the input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )
