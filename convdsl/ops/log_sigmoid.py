"""LogSigmoid."""

from math import prod
from typing import final

from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise, monotone, softplus
from convdsl.record import dataclass
from convdsl.saved import Kept, Saved
from convdsl.shape import Shape
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class LogSigmoid(Pointwise):
    """Take the logarithm of the sigmoid: -log(1 + exp(-x)).

    Source: PyTorch, torch.nn.LogSigmoid.
    Formula: -log(1 + exp(-x))
    Example: [N, 8, 32, 32] -> LogSigmoid() -> [N, 8, 32, 32]
    """

    def values(self, *inputs: Interval) -> Interval:
        return monotone(lambda x: -softplus(-x), inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return Traits(monotone=True, pointwise=True, groups=None)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        return Saved(inputs=(0,), others=(Kept(prod(inputs[0].numbers)),))

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.LogSigmoid", (), "F.logsigmoid({0})")
