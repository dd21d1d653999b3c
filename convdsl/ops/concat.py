"""Concat."""

from typing import final

from convdsl.argument import Invalid, Operands, arg
from convdsl.op import AxisMap, Expression, Guard, Interval, NoGrid, Op, Reading
from convdsl.ops.agreement import require_equal, require_ranks
from convdsl.ops.dims import axis_index
from convdsl.record import dataclass
from convdsl.shape import Axis, Shape
from convdsl.sizes import Size
from convdsl.traits import PICKS, Traits

_CHANNELS = "only the axis along which values are stacked may differ"


@final
@dataclass(frozen=True, slots=True)
class Concat(Op):
    """Stack values along an axis, the channels by default; all other axes must agree.

    The order of the channels is that of the inputs.

    Source: PyTorch, torch.cat; ONNX, Concat.
    Example: [N, 3, 8, 8], [N, 5, 8, 8] -> Concat() -> [N, 8, 8, 8]
    Picture: [N, 1, 3, 3], [N, 2, 3, 3] -> Concat() -> [N, 3, 3, 3]
    """

    category = "join"
    passes_gradient = True
    takes = (1, None)
    takes_position = False

    operands: Operands = arg("the values to be stacked, in order", default=())
    dim: int = arg("axis along which they are stacked; 1 is the channels", default=1)

    def check(self) -> None:
        for operand in self.operands:
            if operand is not None:
                raise Invalid("operands", f"Concat stacks values, not the number {operand:g}", "name values only")

    def shape(self, *inputs: Shape) -> Shape:
        require_ranks(inputs)
        first = inputs[0]
        dim = axis_index("dim", self.dim, first.rank, "Concat")
        self.guards(*inputs)
        total = first.axes[dim]
        for other in inputs[1:]:
            total = _sum(total, other.axes[dim])
        return first.with_axis(dim, total)

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        first = inputs[0]
        dim = self.dim % first.rank
        ways = "crop, pad or resize one of them first, such as Crop(x, like=y)"
        found = (
            require_equal(first.axes[i], other.axes[i], i, first.rank, ways if i > 1 else _CHANNELS)
            for other in inputs[1:]
            for i in range(first.rank)
            if i != dim
        )
        return tuple(guard for guard in found if guard is not None)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        # along an axis that is lengthened, each output reads one of the inputs
        rank = inputs[0].rank
        return tuple(NoGrid.UNKNOWN if axis == self.dim % rank else AxisMap() for axis in range(2, rank))

    def values(self, *inputs: Interval) -> Interval:
        out = inputs[0]
        for other in inputs[1:]:
            out = out.hull(other)
        return out

    def traits(self, *inputs: Shape) -> Traits:
        return PICKS

    def call(self, *inputs: Shape) -> Expression:
        names = ", ".join(f"{{{i}}}" for i in range(len(inputs)))
        return Expression(f"torch.cat(({names}{',' if len(inputs) == 1 else ''}), {self.dim})")


def _sum(left: Axis, right: Axis) -> Axis:
    if isinstance(left, Size) and isinstance(right, Size):
        try:
            return left.plus(right)
        except ValueError:
            pass  # two symbols
    raise Invalid("dim", f"sizes {left} and {right} cannot be added", "stack along another axis", "E204")
