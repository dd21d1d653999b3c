"""PReLU."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Interval, Module, Weights, channels_of
from convdsl.ops.activation import Pointwise
from convdsl.ops.plan import arguments
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class PReLU(Pointwise):
    """Multiply negative numbers by a learned slope, one for all channels or one for each.

    Source: PyTorch, torch.nn.PReLU; He et al. 2015 (arXiv:1502.01852).
    Formula: x if x > 0 else weight * x
    Example: [N, 8, 32, 32] -> PReLU(8) -> [N, 8, 32, 32]
    """

    num_parameters: int = arg("number of slopes: 1, or the channels of the input", default=1, min=1)
    init: float = arg("what the slopes are before training", default=0.25)

    def shape(self, *inputs: Shape) -> Shape:
        if self.num_parameters != 1 and self.num_parameters != channels_of(inputs[0]):
            raise Invalid(
                "num_parameters",
                f"{self.num_parameters} slopes for {channels_of(inputs[0])} channels",
                f"write num_parameters={channels_of(inputs[0])}, or leave it out: one slope for all",
                "E205",
            )
        return inputs[0]

    def weights(self, *inputs: Shape) -> Weights:
        return {"weight": (self.num_parameters,)}

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0] if inputs[0].low >= 0 else Interval()

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(homogeneous=True, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.PReLU", arguments(self))
