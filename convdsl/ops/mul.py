"""Mul."""

from math import prod
from typing import final

from convdsl.argument import Operands, arg
from convdsl.op import Interval
from convdsl.ops.arithmetic import BROADCAST, Arithmetic
from convdsl.ops.range import multiplied
from convdsl.record import dataclass
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Mul(Arithmetic):
    """Multiply values and numbers, pixel by pixel.

    All values have one shape; `broadcast=true` repeats axes of size 1, which PyTorch does unasked.

    Source: PyTorch, torch.mul; ONNX, Mul.
    Formula: a * b
    Example: [N, 8, 8, 8], [N, 8, 1, 1] -> Mul(broadcast=true) -> [N, 8, 8, 8]
    Picture: [N, 2, 3, 3], [N, 2, 1, 1] -> Mul(broadcast=true) -> [N, 2, 3, 3]
    """

    sign = "*"

    operands: Operands = arg("values and numbers, in order", default=())
    broadcast: bool = arg(BROADCAST, default=False)

    def kept(self, left: bool, right: bool) -> tuple[bool, bool]:
        return right, left

    def combine(self, left: Interval, right: Interval) -> Interval:
        return multiplied(left, right)

    def joins(self, leads: bool, constants: tuple[float, ...], values: int) -> Traits:
        alone = values == 1
        return Traits(affine=alone, homogeneous=alone, monotone=alone and prod(constants) >= 0)
