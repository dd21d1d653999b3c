"""Add."""

from typing import final

from convdsl.argument import Operands, arg
from convdsl.op import Interval
from convdsl.ops.arithmetic import BROADCAST, Arithmetic
from convdsl.ops.range import added
from convdsl.record import dataclass
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Add(Arithmetic):
    """Add values and numbers, pixel by pixel.

    All values have one shape; `broadcast=true` repeats axes of size 1, which PyTorch does unasked.

    Source: PyTorch, torch.add; ONNX, Add.
    Formula: a + b
    Example: [N, 8, 8, 8], [N, 8, 8, 8] -> Add() -> [N, 8, 8, 8]
    Picture: [N, 2, 3, 3], [N, 2, 3, 3] -> Add() -> [N, 2, 3, 3]
    """

    passes_gradient = True
    sign = "+"

    operands: Operands = arg("values and numbers, in order", default=())
    broadcast: bool = arg(BROADCAST, default=False)

    def combine(self, left: Interval, right: Interval) -> Interval:
        return added(left, right)

    def joins(self, leads: bool, constants: tuple[float, ...], values: int) -> Traits:
        return Traits(affine=True, homogeneous=not any(constants), monotone=True)
