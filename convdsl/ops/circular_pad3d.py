"""CircularPad3d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_3
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class CircularPad3d(PaddingLayer):
    """Continue the volume with its opposite side, as if it were a ring.

    Every size must be at least its padding.

    Source: PyTorch, torch.nn.CircularPad3d.
    Example: [N, 4, 8, 8, 8] -> CircularPad3d((2, 1, 0, 3, 1, 1)) -> [N, 4, 10, 11, 11]
    Picture: [N, 1, 2, 3, 3] -> CircularPad3d((2, 1, 0, 1, 1, 1)) -> [N, 1, 4, 4, 6]
    """

    rank = 5
    mode = "circular"
    value = 0.0

    padding: tuple[int, ...] = arg(
        "pixels added: (left, right, top, bottom, front, back), or one for all", kind=SIDES_OF_3
    )
