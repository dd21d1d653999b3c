"""ReplicationPad3d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_3
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ReplicationPad3d(PaddingLayer):
    """Repeat the border of the volume outwards.

    Source: PyTorch, torch.nn.ReplicationPad3d.
    Example: [N, 4, 8, 8, 8] -> ReplicationPad3d((2, 1, 0, 3, 1, 1)) -> [N, 4, 10, 11, 11]
    Picture: [N, 1, 2, 3, 3] -> ReplicationPad3d((2, 1, 0, 1, 1, 1)) -> [N, 1, 4, 4, 6]
    """

    rank = 5
    mode = "replicate"
    value = 0.0

    padding: tuple[int, ...] = arg(
        "pixels added: (left, right, top, bottom, front, back), or one for all", kind=SIDES_OF_3
    )
