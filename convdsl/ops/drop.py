"""What Dropout, Dropout1d, Dropout2d, Dropout3d, AlphaDropout and FeatureAlphaDropout share."""

from dataclasses import replace
from typing import ClassVar

from convdsl.op import Interval, Module, Op
from convdsl.ops.plan import arguments
from convdsl.shape import Shape
from convdsl.traits import SAME, Traits


class Drop(Op):
    """Dropout of numbers or of whole channels; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "regularise"
    function: ClassVar[str]

    p: float
    inplace: bool

    def shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def values(self, *inputs: Interval) -> Interval:
        """Bound the result in evaluation, where nothing is dropped."""
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return replace(SAME, random=True)

    def call(self, *inputs: Shape) -> Module:
        name = type(self).__name__
        function = f"{self.function}({{0}}, {self.p!r}, {{training}}"
        told = arguments(self, "inplace")
        return Module(f"torch.nn.{name}", told, f"{function})", f"{function}, inplace=True)", is_view=True)
