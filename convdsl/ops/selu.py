"""SELU."""

from typing import final

from convdsl.argument import arg
from convdsl.op import Interval, Module
from convdsl.ops.activation import INPLACE, Pointwise, exponential, in_parts, monotone
from convdsl.ops.range import scaled
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.traits import Traits

_ALPHA = 1.6732632423543772  # the fixed point of mean 0 and variance 1, equation 14 of the paper
_SCALE = 1.0507009873554805


@final
@dataclass(frozen=True, slots=True)
class SELU(Pointwise):
    """Scale numbers by 1.0507, and bend negative ones towards -1.7581, so that activations normalise themselves.

    Meant for layers with weights of mean 0 and variance 1 / inputs, and for AlphaDropout.

    Source: PyTorch, torch.nn.SELU; Klambauer et al. 2017 (arXiv:1706.02515), section 2.
    Formula: 1.0507 * (x if x > 0 else 1.6733 * (exp(x) - 1))
    Example: [N, 8, 32, 32] -> SELU() -> [N, 8, 32, 32]
    """

    inplace: bool = arg(INPLACE, default=False)

    def values(self, *inputs: Interval) -> Interval:
        below = _SCALE * _ALPHA
        return in_parts(inputs[0], 0.0, lambda x: scaled(monotone(exponential, x), below), lambda x: scaled(x, _SCALE))

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, groups=None)

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.SELU", (), "F.selu({0})", "F.selu({0}, inplace=True)", saves_output=True)
