"""Slice."""

from fractions import Fraction
from typing import final

from convdsl.argument import INT, Invalid, arg, optional
from convdsl.op import AtLeast, AxisMap, Expression, Guard, Interval, NoGrid, Op, Reading
from convdsl.ops.dims import axis_index
from convdsl.record import dataclass, replace
from convdsl.saved import Sharing
from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size, constant
from convdsl.traits import PICKS, Traits


@final
@dataclass(frozen=True, slots=True)
class Slice(Op):
    """Keep every `step`-th pixel from `start` to before `stop`, as Python's slices do.

    Without `dim` all spatial axes are sliced alike: `Slice(step=2)` is `[:, :, ::2, ::2]`. Negative numbers count from
    the end. A `start` or `stop` outside the image is an error, where Python would silently give less.

    Source: Python, slices; ONNX, Slice.
    Formula: ceil((stop - start) / step) numbers: x[start + step * i]
    Example: [N, 3, 32, 33] -> Slice(step=2) -> [N, 3, 16, 17]
    Picture: [N, 1, 6, 7] -> Slice(step=2) -> [N, 1, 3, 4]
    """

    category = "resize"
    takes_position = False

    start: int = arg("first pixel that is kept", default=0)
    stop: int | None = arg("first pixel that is not; none: all to the end", default=None, kind=optional(INT))
    step: int = arg("distance between kept pixels", default=1, min=1)
    dim: int | None = arg("axis that is sliced; none: every spatial axis", default=None, kind=optional(INT))

    def check(self) -> None:
        if self.stop is None:
            return
        if (self.start < 0) == (self.stop < 0) and self.stop <= self.start:
            raise Invalid("stop", f"nothing lies from {self.start} to before {self.stop}", "stop is larger than start")
        if self.start < 0 <= self.stop:
            raise Invalid(
                "stop",
                f"from {self.start} (from the end) to before {self.stop} (from the beginning) has no fixed length",
                "count both from one end",
            )

    def _dims(self, rank: int) -> tuple[int, ...]:
        if self.dim is None:
            return tuple(range(2, rank))
        return (axis_index("dim", self.dim, rank, "Slice"),)

    def _least(self) -> int:
        """Return the smallest size in which start and stop lie."""
        return max(-self.start, self.start + 1, -(self.stop or 0), self.stop or 0)

    def _length(self, size: Size) -> Size:
        """Count the kept pixels: ceil((end - begin) / step)."""
        step, end = self.step, self.stop
        if self.start < 0:
            return constant(((end or 0) - self.start + step - 1) // step)
        if end is not None and end > 0:
            return constant((end - self.start + step - 1) // step)
        return size.then(1, (end or 0) - self.start + step - 1, step)

    def _sliced(self, axis: Axis, name: int) -> Size:
        if isinstance(axis, Product):
            raise Invalid("dim", f"axis {name} is a flattened map of size {axis}", "slice before Flatten")
        out = self._length(axis)
        if axis.value is not None and (axis.value < self._least() or (out.value or 0) < 1):
            wrong = "stop" if self.stop and not -axis.value <= self.stop <= axis.value else "start"
            stop = "" if self.stop is None else self.stop
            raise Invalid(
                wrong,
                f"the slice {self.start}:{stop} does not lie inside axis {name} of size {axis}",
                f"indices go from {-axis.value} to {axis.value}",
                "E216",
            )
        return out

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        out = x
        for index in self._dims(x.rank):
            out = out.with_axis(index, self._sliced(x.axes[index], index))
        return out

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        (x,) = inputs
        least = self._least()
        axes = (x.axes[index] for index in self._dims(x.rank))
        return tuple(AtLeast(a, least) for a in axes if isinstance(a, Size) and a.value is None and least > 1)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        (x,) = inputs
        sliced = self._dims(x.rank)
        return tuple(
            self._axis(axis) if index in sliced else AxisMap() for index, axis in enumerate(x.spatial, start=2)
        )

    def _axis(self, axis: Axis) -> Reading:
        if self.start >= 0:
            return AxisMap(Fraction(self.step), Fraction(self.start))
        if isinstance(axis, Size) and axis.value is not None:
            return AxisMap(Fraction(self.step), Fraction(axis.value + self.start))
        return NoGrid.UNKNOWN

    def values(self, *inputs: Interval) -> Interval:
        return inputs[0]

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, averages=self.dim is None or self.dim % inputs[0].rank > 1)

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        return Sharing.PART

    def strides(self, strides: tuple[int, ...], *inputs: Shape) -> tuple[int, ...]:
        dims = self._dims(len(strides))
        return tuple(stride * (self.step if index in dims else 1) for index, stride in enumerate(strides))

    def call(self, *inputs: Shape) -> Expression:
        rank = inputs[0].rank
        dims = self._dims(rank)
        stop, step = "" if self.stop is None else self.stop, "" if self.step == 1 else f":{self.step}"
        cut = f"{self.start or ''}:{stop}{step}"
        parts = [cut if index in dims else ":" for index in range(max(dims, default=1) + 1)]
        return Expression(f"{{0}}[{', '.join(parts)}]", is_view=True)
