"""Split."""

from typing import final

from convdsl.argument import Invalid, arg
from convdsl.op import Equal, Expression, Guard
from convdsl.ops.kinds import INT_PER_AXIS
from convdsl.ops.parts import MOST_PARTS, Parts
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.sizes import Size, constant


@final
@dataclass(frozen=True, slots=True)
class Split(Parts):
    """Cut a value into parts of given lengths along an axis, the channels by default: `l, ab = Split((1, 2))`.

    One number is the length of every part; the last may be shorter.

    Source: PyTorch, torch.split.
    Formula: each part begins along dim where the one before ends
    Example: [N, 3, 8, 8] -> Split((1, 2)) -> [N, 1, 8, 8], [N, 2, 8, 8]
    Picture: [N, 3, 3, 3] -> Split((1, 2)) -> [N, 1, 3, 3], [N, 2, 3, 3]
    """

    split_size_or_sections: int | tuple[int, ...] = arg(
        "length of every part, or the lengths of all", min=1, kind=INT_PER_AXIS
    )
    dim: int = arg("axis that is cut; 1 is the channels", default=1)

    def lengths(self, size: Size) -> tuple[Size, ...]:
        wanted = self.split_size_or_sections
        if isinstance(wanted, tuple):
            if size.value is not None and size.value != sum(wanted):
                raise Invalid(
                    "split_size_or_sections",
                    f"the parts {wanted} add up to {sum(wanted)}, and axis {self.dim} has {size.value}",
                    f"make them add up to {size.value}",
                )
            return tuple(constant(length) for length in wanted)
        if size.value is None:
            raise Invalid(
                "split_size_or_sections",
                f"parts of {wanted} are a different number of parts at every size of axis {self.dim}",
                "give the lengths of all parts, or use Chunk",
            )
        full, rest = divmod(size.value, wanted)
        if full > MOST_PARTS:
            raise Invalid(
                "split_size_or_sections",
                f"{size.value} in parts of {wanted} are {full} parts, more than {MOST_PARTS:,}",
                "make the parts longer",
            )
        return (constant(wanted),) * full + ((constant(rest),) if rest else ())

    def needs(self, size: Size, axis: int) -> tuple[Guard, ...]:
        wanted = self.split_size_or_sections
        return (Equal(size, constant(sum(wanted)), axis),) if isinstance(wanted, tuple) else ()

    def call(self, *inputs: Shape) -> Expression:
        return Expression(f"torch.split({{0}}, {self.split_size_or_sections}, {self.dim})", is_view=True)
