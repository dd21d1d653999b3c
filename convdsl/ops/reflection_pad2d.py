"""ReflectionPad2d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_2
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ReflectionPad2d(PaddingLayer):
    """Mirror the image at its borders, without repeating the border itself.

    Every size must be larger than its padding.

    Source: PyTorch, torch.nn.ReflectionPad2d.
    Example: [N, 8, 32, 32] -> ReflectionPad2d((2, 1, 0, 3)) -> [N, 8, 35, 35]
    Picture: [N, 1, 4, 4] -> ReflectionPad2d((2, 1, 0, 3)) -> [N, 1, 7, 7]
    """

    rank = 4
    mode = "reflect"
    value = 0.0

    padding: tuple[int, ...] = arg("pixels added: (left, right, top, bottom), or one number", kind=SIDES_OF_2)
