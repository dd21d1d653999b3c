"""What Dropout, Dropout1d, Dropout2d, Dropout3d, AlphaDropout and FeatureAlphaDropout share."""

from math import prod
from typing import ClassVar

from convdsl.op import Interval, Module, Op
from convdsl.ops.plan import arguments
from convdsl.record import replace
from convdsl.saved import NOTHING, Kept, Saved, Sharing
from convdsl.shape import Shape
from convdsl.traits import SAME, Traits


class Drop(Op):
    """Dropout of numbers or of whole channels; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "regularise"
    function: ClassVar[str]
    by_channel: ClassVar[bool] = False  # whether whole channels are dropped
    keeps_variance: ClassVar[bool] = False  # for inputs of mean 0 and variance 1; else what stays is divided by 1 - p

    p: float
    inplace: bool

    def shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def values(self, *inputs: Interval) -> Interval:
        """Bound the result in evaluation, where nothing is dropped."""
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        grows = 0 < self.p < 1 and not self.keeps_variance
        return replace(SAME, random=True, inflation=1 / (1 - self.p) if grows else 1.0)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        """Keep the mask: on CPU as wide as the values are, on CUDA a byte for each of Dropout's numbers."""
        if self.p in (0, 1):
            return Saved(others=(Kept(1),)) if self.p else NOTHING
        numbers = inputs[0].numbers
        return Saved(others=(Kept(prod(numbers[:2] if self.by_channel else numbers)),))

    def scratch(self, *inputs: Shape) -> tuple[Kept, ...]:
        return ()

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.SAME if self.p == 0 or not training else Sharing.FRESH

    def call(self, *inputs: Shape) -> Module:
        name = type(self).__name__
        function = f"{self.function}({{0}}, {self.p!r}, {{training}}"
        told = arguments(self, "inplace")
        return Module(f"torch.nn.{name}", told, f"{function})", f"{function}, inplace=True)", is_view=True)
