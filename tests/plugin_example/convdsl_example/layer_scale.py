"""LayerScale."""

from dataclasses import dataclass
from typing import final

from convdsl.argument import arg
from convdsl.op import Module, Op, Weights, channels_of
from convdsl.shape import Shape
from convdsl.traits import Traits

NAME = "convdsl_example__LayerScale"
SOURCE = f'''\
class {NAME}(nn.Module):
    """Multiply each channel by a number that is learned."""

    def __init__(self, channels: int, init: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((channels,), init))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma.view(-1, *[1] * (x.dim() - 2))
'''


@final
@dataclass(frozen=True, slots=True)
class LayerScale(Op):
    """Multiply each channel by a number that is learned, and small at first.

    Source: Touvron et al. 2021, section 2.1 (arXiv:2103.17239).
    Formula: gamma[c] * x
    Example: [N, 8, H, W] -> LayerScale() -> [N, 8, H, W]
    """

    category = "regularise"

    init: float = arg("what each number begins with", default=0.0001)

    def shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def weights(self, *inputs: Shape) -> Weights:
        return {"gamma": (channels_of(inputs[0]),)}

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(affine=True, homogeneous=True, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        told = (("channels", channels_of(inputs[0])), ("init", self.init))
        return Module(NAME, told, helper=NAME, source=SOURCE)
