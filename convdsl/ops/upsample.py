"""Upsample."""

from fractions import Fraction
from functools import lru_cache
from typing import TypeVar, final

from convdsl.argument import BOOL, Invalid, arg, one_of, optional
from convdsl.op import CallPlan, Expression, Interval, Module, NoGrid, Op, Reading, sizes
from convdsl.ops.interpolate import MODES, axis_map, check_mode, check_rank, overshoot
from convdsl.ops.kinds import INT_PER_AXIS, NUMBER_PER_AXIS
from convdsl.ops.plan import arguments, plain
from convdsl.ops.window import axis_name
from convdsl.record import dataclass, replace
from convdsl.shape import Shape
from convdsl.sizes import constant
from convdsl.traits import PICKS, Traits

Number = TypeVar("Number", int, float)
_LARGEST = 2**31  # PyTorch counts pixels of an axis in 32 bits
_SEARCHED = 65536  # sizes up to which PyTorch's rounding is compared with exact arithmetic


@final
@dataclass(frozen=True, slots=True)
class Upsample(Op):
    """Enlarge (or shrink) the image by a factor, or to a fixed size, without learned weights.

    The new size is floor(size * scale_factor) in exact arithmetic, also for factors such as 0.7, where PyTorch's
    floats can come out one pixel short.

    Source: PyTorch, torch.nn.Upsample.
    Formula: nearest takes pixel floor(i / scale_factor) for output pixel i
    Example: [N, 8, 16, 16] -> Upsample(scale_factor=2) -> [N, 8, 32, 32]
    Picture: [N, 1, 3, 3] -> Upsample(scale_factor=2) -> [N, 1, 6, 6]
    Picture: [N, 1, 4, 4] -> Upsample(scale_factor=2, mode=bilinear) -> [N, 1, 8, 8]
    """

    category = "resize"

    size: int | tuple[int, ...] | None = arg(
        "size of the output, in pixels", default=None, min=1, kind=optional(INT_PER_AXIS)
    )
    scale_factor: float | tuple[float, ...] | None = arg(
        "output pixels per input pixel", default=None, kind=optional(NUMBER_PER_AXIS)
    )
    mode: str = arg("how pixels between pixels are made", default="nearest", kind=one_of(*MODES))
    align_corners: bool | None = arg(
        "whether the corner pixels' centres keep their place; none: no", default=None, kind=optional(BOOL)
    )
    recompute_scale_factor: bool | None = arg(
        "whether the factor used is that of the rounded sizes; none: no", default=None, kind=optional(BOOL)
    )

    def check(self) -> None:
        if self.size is None and self.scale_factor is None:
            raise Invalid("", "Upsample needs a scale_factor or a size", "such as scale_factor=2")
        if self.size is not None and self.scale_factor is not None:
            raise Invalid("size", "Upsample takes a scale_factor or a size, not both", "leave one of them out")
        if self.size is not None and self.recompute_scale_factor:
            raise Invalid("recompute_scale_factor", "with a size there is no factor to recompute", "leave it out")
        factors = self.scale_factor if isinstance(self.scale_factor, tuple) else (self.scale_factor,)
        for factor in factors:
            if factor is not None and not factor > 0:
                raise Invalid("scale_factor", f"a factor of {factor:g} leaves nothing", "factors are above 0")
            if factor is not None and factor >= _LARGEST:
                raise Invalid("scale_factor", f"a factor of {factor:g} is more than PyTorch can count", "such as 2")
        check_mode(self.mode, self.align_corners)

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        check_rank(self.mode, x.rank)
        spatial = sizes(x, "scale_factor")
        if self.size is not None:
            wanted = _each("size", self.size, len(spatial))
            return x.with_spatial(*(constant(size) for size in wanted))
        out = []
        for i, (size, scale) in enumerate(zip(spatial, self._scales(len(spatial)), strict=True)):
            new = size.then(scale.numerator, 0, scale.denominator)
            if new.value is not None and new.value < 1 and size.value is not None:
                axis = axis_name(len(spatial), i)
                raise Invalid(
                    "scale_factor", f"nothing is left of a {axis} of {size.value}", "use a larger factor", "E216"
                )
            out.append(new)
        return x.with_spatial(*out)

    def _scales(self, axes: int) -> tuple[Fraction, ...]:
        if self.scale_factor is None:
            return ()
        return tuple(exact(factor) for factor in _each("scale_factor", self.scale_factor, axes))

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        before, after = sizes(inputs[0]), sizes(self.shape(*inputs))
        scales: tuple[Fraction | None, ...] = self._scales(len(before)) or (None,) * len(before)
        corners = bool(self.align_corners)
        out: list[Reading] = []
        for old, new, scale in zip(before, after, scales, strict=True):
            n, m = old.value, new.value
            if n is not None and m is not None and (corners or scale is None or self.recompute_scale_factor):
                scale = Fraction(m - 1, n - 1) if corners and m > 1 and n > 1 else Fraction(m, n)
            fixed = n is not None and m is not None
            out.append(NoGrid.UNKNOWN if scale is None else axis_map(self.mode, scale, corners, fixed))
        return tuple(out)

    def values(self, *inputs: Interval) -> Interval:
        return overshoot(self.mode, 2, inputs[0])

    def traits(self, *inputs: Shape) -> Traits:
        return replace(PICKS, monotone=self.mode != "bicubic", averages=True, corners=bool(self.align_corners))

    def call(self, *inputs: Shape) -> CallPlan:
        scales = self._scales(len(inputs[0].spatial))
        if any(is_short(scale) for scale in scales):
            ratios = tuple((s.numerator, s.denominator) for s in scales)
            corners = "" if self.align_corners is None else f", align_corners={self.align_corners}"
            recompute = ", recompute=True" if self.recompute_scale_factor else ""
            return Expression(f"rescale({{0}}, {ratios}, {self.mode!r}{corners}{recompute})", "rescale")
        told = tuple((name, _short(value)) for name, value in arguments(self))
        inside = "".join(f", {name}={value!r}" for name, value in told)
        return Module("torch.nn.Upsample", told, f"F.interpolate({{0}}{inside})")


def _each(argument: str, value: Number | tuple[Number, ...], axes: int) -> tuple[Number, ...]:
    if not isinstance(value, tuple):
        return (value,) * axes
    if len(value) != axes:
        raise Invalid(argument, f"{len(value)} numbers for {axes} spatial axes", "give one for all, or one for each")
    return value


def _short(value: object) -> object:
    """Write 2.0 as 2, as people do."""
    if isinstance(value, tuple):
        return plain(tuple(_short(item) for item in value))
    return int(value) if isinstance(value, float) and value.is_integer() else value


@lru_cache(maxsize=1024)
def exact(factor: float) -> Fraction:
    """Return the simple fraction that a float stands for: 7/10 for 0.7, 1/3 for 1 / 3."""
    simple = Fraction(factor).limit_denominator(1_000_000)
    return simple if float(simple) == factor else Fraction(factor)


@lru_cache(maxsize=1024)
def is_short(scale: Fraction) -> bool:
    """Tell whether PyTorch's floor(double(size) * double(scale)) misses a pixel at some size that may occur.

    Only sizes where the exact product is a whole number can go wrong, and only down by one; a power of two in the
    denominator is exact.
    """
    p, q = scale.numerator, scale.denominator
    if q & (q - 1) == 0:
        return False
    factor = float(scale)
    return any(int(size * factor) != size * p // q for size in range(q, _SEARCHED + 1, q))
