"""ChannelShuffle."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module, Op, channels_of
from convdsl.ops.channels import require_groups
from convdsl.record import dataclass, replace
from convdsl.shape import Shape
from convdsl.traits import MOVES, Traits


@final
@dataclass(frozen=True, slots=True)
class ChannelShuffle(Op):
    """Deal the channels of each group out among the groups, so that grouped convolutions hear of each other.

    Source: PyTorch, torch.nn.ChannelShuffle; Zhang et al. 2017 (arXiv:1707.01083).
    Formula: channel c becomes channel c % (C // groups) * groups + c // (C // groups)
    Example: [N, 8, 32, 32] -> ChannelShuffle(2) -> [N, 8, 32, 32]
    Picture: [N, 6, 2, 2] -> ChannelShuffle(2) -> [N, 6, 2, 2]
    """

    category = "shape"

    groups: int = arg("parts of the channels; they divide the channels", min=1)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        if x.rank < 3:
            raise Invalid("", f"an image has 3 axes or more, and the input has {x.rank}", "Unflatten it first")
        require_groups(self.groups, channels_of(x), "channels")
        return x

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return replace(MOVES, groups=None)

    def call(self, *inputs: Shape) -> Module:
        told = (("groups", self.groups),)
        return Module("torch.nn.ChannelShuffle", told, f"F.channel_shuffle({{0}}, {self.groups})", is_view=True)
