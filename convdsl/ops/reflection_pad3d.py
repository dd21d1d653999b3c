"""ReflectionPad3d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_3
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ReflectionPad3d(PaddingLayer):
    """Mirror the volume at its borders, without repeating the border itself.

    Every size must be larger than its padding.

    Source: PyTorch, torch.nn.ReflectionPad3d.
    Example: [N, 4, 8, 8, 8] -> ReflectionPad3d((2, 1, 0, 3, 1, 1)) -> [N, 4, 10, 11, 11]
    Picture: [N, 1, 2, 3, 3] -> ReflectionPad3d((2, 1, 0, 1, 1, 1)) -> [N, 1, 4, 4, 6]
    """

    rank = 5
    mode = "reflect"
    value = 0.0

    padding: tuple[int, ...] = arg(
        "pixels added: (left, right, top, bottom, front, back), or one for all", kind=SIDES_OF_3
    )
