"""CircularPad1d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_1
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class CircularPad1d(PaddingLayer):
    """Continue the sequence with its opposite side, as if it were a ring.

    Every size must be at least its padding.

    Source: PyTorch, torch.nn.CircularPad1d.
    Example: [N, 8, 32] -> CircularPad1d((2, 1)) -> [N, 8, 35]
    Picture: [N, 1, 6] -> CircularPad1d((2, 1)) -> [N, 1, 9]
    """

    rank = 3
    mode = "circular"
    value = 0.0

    padding: tuple[int, ...] = arg("pixels added: (left, right), or one number", kind=SIDES_OF_1)
