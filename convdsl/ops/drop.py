"""What Dropout, Dropout1d, Dropout2d and Dropout3d share."""

from convdsl.op import Interval, Module, Op
from convdsl.ops.plan import arguments
from convdsl.shape import Shape


class Drop(Op):
    """Dropout of numbers or of whole channels; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "regularise"

    p: float
    inplace: bool

    def shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def call(self, *inputs: Shape) -> Module:
        name = type(self).__name__
        function = f"F.{name.lower()}({{0}}, {self.p!r}, {{training}}"
        told = arguments(self, "inplace")
        return Module(f"torch.nn.{name}", told, f"{function})", f"{function}, inplace=True)", is_view=True)
