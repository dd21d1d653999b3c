"""ConstantPad3d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_3
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ConstantPad3d(PaddingLayer):
    """Put a number around the volume; negative numbers of pixels cut off.

    Source: PyTorch, torch.nn.ConstantPad3d.
    Example: [N, 4, 8, 8, 8] -> ConstantPad3d((2, 1, 0, 3, 1, 1), 0.5) -> [N, 4, 10, 11, 11]
    Picture: [N, 1, 2, 3, 3] -> ConstantPad3d((2, 1, 0, 1, 1, 1), 0.5) -> [N, 1, 4, 4, 6]
    """

    rank = 5
    mode = "constant"

    padding: tuple[int, ...] = arg(
        "pixels added: (left, right, top, bottom, front, back), or one for all", kind=SIDES_OF_3
    )
    value: float = arg("the number that is put there")
