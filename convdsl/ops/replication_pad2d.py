"""ReplicationPad2d."""

from typing import final

from convdsl.argument import arg
from convdsl.ops.kinds import SIDES_OF_2
from convdsl.ops.padding_layer import PaddingLayer
from convdsl.record import dataclass


@final
@dataclass(frozen=True, slots=True)
class ReplicationPad2d(PaddingLayer):
    """Repeat the border of the image outwards.

    Source: PyTorch, torch.nn.ReplicationPad2d.
    Example: [N, 8, 32, 32] -> ReplicationPad2d((2, 1, 0, 3)) -> [N, 8, 35, 35]
    Picture: [N, 1, 4, 4] -> ReplicationPad2d((2, 1, 0, 3)) -> [N, 1, 7, 7]
    """

    rank = 4
    mode = "replicate"
    value = 0.0

    padding: tuple[int, ...] = arg("pixels added: (left, right, top, bottom), or one number", kind=SIDES_OF_2)
