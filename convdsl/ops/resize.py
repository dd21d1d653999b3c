"""Resize."""

from fractions import Fraction
from typing import final

from convdsl.argument import BOOL, Invalid, Operands, Value, arg, one_of, optional
from convdsl.op import AxisMap, Expression, Interval, NoGrid, Op, Reading, sizes
from convdsl.ops.agreement import require_one_value
from convdsl.ops.interpolate import MODES, axis_map, check_mode, check_rank, overshoot
from convdsl.ops.kinds import INT_PER_AXIS
from convdsl.record import dataclass, replace
from convdsl.shape import Shape
from convdsl.sizes import Size, constant
from convdsl.traits import PICKS, Traits


@final
@dataclass(frozen=True, slots=True)
class Resize(Op):
    """Interpolate an image to the size of another value, or to a fixed size.

    Source: PyTorch, torch.nn.functional.interpolate; ONNX, Resize.
    Example: [N, 8, 5, 5], [N, 4, 9, 12] -> Resize(like=1, mode=bilinear) -> [N, 8, 9, 12]
    Picture: [N, 1, 4, 4], [N, 1, 6, 7] -> Resize(like=1, mode=bilinear) -> [N, 1, 6, 7]
    """

    category = "resize"
    takes = (1, 2)
    takes_position = False

    operands: Operands = arg("the value to be resized", default=())
    like: Value = arg("the value whose height and width are taken", default=None, keyword_only=True)
    size: int | tuple[int, ...] | None = arg(
        "size of the output, in pixels", default=None, min=1, kind=optional(INT_PER_AXIS), keyword_only=True
    )
    mode: str = arg("how pixels between pixels are made", default="nearest", kind=one_of(*MODES), keyword_only=True)
    align_corners: bool | None = arg(
        "whether the corner pixels' centres keep their place; none: no",
        default=None,
        kind=optional(BOOL),
        keyword_only=True,
    )

    def check(self) -> None:
        require_one_value("Resize", self.operands, "such as Resize(x, like=y), or Resize(size=64)")
        if (self.like is None) == (self.size is None):
            raise Invalid("", "Resize needs like= or size=, one of them", "such as Resize(x, like=y) or size=64")
        check_mode(self.mode, self.align_corners)

    def shape(self, *inputs: Shape) -> Shape:
        x = inputs[0]
        check_rank(self.mode, x.rank)
        sizes(x)
        if self.like is not None:
            other = inputs[self.like]
            if other.rank != x.rank:
                raise Invalid("like", f"the values have {x.rank} and {other.rank} axes: {x} and {other}", "", "E204")
            return x.with_spatial(*sizes(other, "like"))
        axes = len(x.spatial)
        wanted = self.size if isinstance(self.size, tuple) else (self.size or 1,) * axes
        if len(wanted) != axes:
            raise Invalid("size", f"{len(wanted)} numbers for {axes} spatial axes", "give one number for each axis")
        return x.with_spatial(*(constant(size) for size in wanted))

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        before, after = sizes(inputs[0]), sizes(self.shape(*inputs))
        return tuple(self._axis(old, new) for old, new in zip(before, after, strict=True))

    def _axis(self, old: Size, new: Size) -> Reading:
        corners = bool(self.align_corners)
        if old == new:
            return AxisMap()
        if old.value is not None and new.value is not None:
            n, m = old.value, new.value
            scale = Fraction(m - 1, n - 1) if corners and m > 1 and n > 1 else Fraction(m, n)
        elif old.value is None and new.symbol == old.symbol:
            (p, a), (q, b) = old.period, new.period
            scale = Fraction(b * p, q * a)  # the growth of both, exact at the sizes where nothing was rounded away
        else:
            return NoGrid.UNKNOWN
        return axis_map(self.mode, scale, corners, new.value is not None)

    def values(self, *inputs: Interval) -> Interval:
        return overshoot(self.mode, 2, inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, monotone=self.mode != "bicubic", averages=True, corners=bool(self.align_corners))

    def call(self, *inputs: Shape) -> Expression:
        if self.like is not None:
            size = f"{{{self.like}}}.shape[2:]"
        else:
            size = repr(tuple(axis.value for axis in sizes(self.shape(*inputs))))
        mode = "" if self.mode == "nearest" else f", mode={self.mode!r}"
        corners = "" if self.align_corners is None else f", align_corners={self.align_corners}"
        return Expression(f"F.interpolate({{0}}, size={size}{mode}{corners})")
