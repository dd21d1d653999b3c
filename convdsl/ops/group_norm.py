"""GroupNorm."""

from typing import final

from convdsl.argument import INT, arg, optional
from convdsl.op import Guard, Module, Op, Weights, channels_of
from convdsl.ops.channels import require_channels, require_groups
from convdsl.ops.normalize import SHIFT, check_eps, require_several, scale_and_shift
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.saved import Kept, Order, Saved
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class GroupNorm(Op):
    """Shift and scale groups of channels to mean 0 and variance 1, each image by itself.

    The same in training and evaluation, and independent of the batch's size.

    Source: PyTorch, torch.nn.GroupNorm; Wu & He 2018 (arXiv:1803.08494).
    Formula: (x - mean) / sqrt(variance + eps) * weight + bias
    Example: [N, 8, 32, 32] -> GroupNorm(4) -> [N, 8, 32, 32]
    Picture: [N, 6, 2, 3] -> GroupNorm(3) -> [N, 6, 2, 3]
    """

    category = "norm"

    num_groups: int = arg("number of groups; it divides the channels", min=1)
    eps: float = arg("number added to the variance before its root", default=1e-5, min=0)
    affine: bool = arg("whether each channel has a learned scale and shift", default=True)
    bias: bool = arg(SHIFT, default=True, keyword_only=True)
    num_channels: int | None = arg(
        "channels of the input, checked if given", default=None, min=1, kind=optional(INT), keyword_only=True
    )

    def check(self) -> None:
        check_eps(self.eps)

    def shape(self, *inputs: Shape) -> Shape:
        channels = require_channels("num_channels", self.num_channels, channels_of(inputs[0]))
        require_groups(self.num_groups, channels, "channels", "num_groups")
        self.guards(*inputs)
        return inputs[0]

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        if channels_of(inputs[0]) > self.num_groups:
            return ()
        return require_several(inputs[0], "GroupNorm with one channel in a group")

    def weights(self, *inputs: Shape) -> Weights:
        return scale_and_shift(channels_of(inputs[0]), self.affine, self.bias)

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(groups=self.num_groups, statistics="group")

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        # mean and deviation of each group
        statistics = (Kept(inputs[0].numbers[0] * self.num_groups),) * 2
        return Saved(inputs=(0,), others=statistics, order=Order.CHANNELS_LAST)

    def call(self, *inputs: Shape) -> Module:
        told = dict(arguments(self, "num_channels"))
        groups = told.pop("num_groups")
        leading = (("num_groups", groups), ("num_channels", channels_of(inputs[0])))
        return Module("torch.nn.GroupNorm", (*leading, *told.items()))
