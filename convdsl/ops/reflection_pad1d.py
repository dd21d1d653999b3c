"""ReflectionPad1d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_1
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ReflectionPad1d(PaddingLayer):
    """Mirror the sequence at its borders, without repeating the border itself.

    Every size must be larger than its padding.

    Source: PyTorch, torch.nn.ReflectionPad1d.
    Example: [N, 8, 32] -> ReflectionPad1d((2, 1)) -> [N, 8, 35]
    Picture: [N, 1, 6] -> ReflectionPad1d((2, 1)) -> [N, 1, 9]
    """

    rank = 3
    mode = "reflect"
    value = 0.0

    padding: tuple[int, ...] = arg("pixels added: (left, right), or one number", kind=SIDES_OF_1)
