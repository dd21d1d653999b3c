"""ConstantPad1d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_1
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ConstantPad1d(PaddingLayer):
    """Put a number around the sequence; negative numbers of pixels cut off.

    Source: PyTorch, torch.nn.ConstantPad1d.
    Example: [N, 8, 32] -> ConstantPad1d((2, 1), 0.5) -> [N, 8, 35]
    Picture: [N, 1, 6] -> ConstantPad1d((2, 1), 0.5) -> [N, 1, 9]
    """

    rank = 3
    mode = "constant"

    padding: tuple[int, ...] = arg("pixels added: (left, right), or one number", kind=SIDES_OF_1)
    value: float = arg("the number that is put there")
