"""Sub."""

from typing import final

from convdsl.argument import Operands, arg
from convdsl.op import Interval
from convdsl.ops.arithmetic import BROADCAST, Arithmetic
from convdsl.ops.range import subtracted
from convdsl.record import dataclass
from convdsl.traits import Traits


@final
@dataclass(frozen=True, slots=True)
class Sub(Arithmetic):
    """Subtract the later values or numbers from the first, pixel by pixel.

    All values have one shape; `broadcast=true` repeats axes of size 1, which PyTorch does unasked.

    Source: PyTorch, torch.sub; ONNX, Sub.
    Formula: a - b
    Example: [N, 8, 8, 8], [N, 8, 8, 8] -> Sub() -> [N, 8, 8, 8]
    Picture: [N, 2, 3, 3], [N, 2, 3, 3] -> Sub() -> [N, 2, 3, 3]
    """

    sign = "-"

    operands: Operands = arg("values and numbers, in order", default=())
    broadcast: bool = arg(BROADCAST, default=False)

    def combine(self, left: Interval, right: Interval) -> Interval:
        return subtracted(left, right)

    def joins(self, leads: bool, constants: tuple[float, ...], values: int) -> Traits:
        return Traits(affine=True, homogeneous=not any(constants), monotone=leads and values == 1)
