"""Identity."""

from typing import final

from convdsl.op import Interval, Module
from convdsl.ops.activation import Pointwise
from convdsl.record import dataclass
from convdsl.saved import NOTHING, Sharing
from convdsl.shape import Shape
from convdsl.traits import SAME, Traits


@final
@dataclass(frozen=True, slots=True)
class Identity(Pointwise):
    """Hand the input on unchanged; it keeps a place in the numbering of layers.

    Source: PyTorch, torch.nn.Identity.
    Formula: x
    Example: [N, 8, 32, 32] -> Identity() -> [N, 8, 32, 32]
    Picture: [N, 2, 3, 3] -> Identity() -> [N, 2, 3, 3]
    """

    category = "other"
    passes_gradient = True
    keeps = NOTHING

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return SAME

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.SAME

    def call(self, *inputs: Shape) -> Module:
        return Module("torch.nn.Identity", (), "{0}", is_view=True)
