"""Div."""

from math import prod
from typing import final

from convdsl.argument import Invalid, Operands, arg
from convdsl.op import Interval
from convdsl.ops.arithmetic import BROADCAST, Arithmetic
from convdsl.ops.range import divided
from convdsl.record import dataclass
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Div(Arithmetic):
    """Divide the first value or number by the later ones, pixel by pixel.

    All values have one shape; `broadcast=true` repeats axes of size 1, which PyTorch does unasked.

    Source: PyTorch, torch.div; ONNX, Div.
    Formula: a / b
    Example: [N, 8, 8, 8] -> Div(110) -> [N, 8, 8, 8]
    Picture: [N, 2, 3, 3] -> Div(110) -> [N, 2, 3, 3]
    """

    sign = "/"

    operands: Operands = arg("values and numbers, in order", default=())
    broadcast: bool = arg(BROADCAST, default=False)

    def check(self) -> None:
        if 0 in self.operands[1:]:
            raise Invalid("operands", "a division by 0", "divide by another number")

    def kept(self, left: bool, right: bool) -> tuple[bool, bool]:
        return right, True

    def reciprocal(self) -> bool:
        return True

    def combine(self, left: Interval, right: Interval) -> Interval:
        return divided(left, right)

    def joins(self, leads: bool, constants: tuple[float, ...], values: int) -> Traits:
        alone = leads and values == 1
        return Traits(affine=alone, homogeneous=alone, monotone=alone and prod(constants) > 0)
