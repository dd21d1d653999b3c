"""Filter2d."""

from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import final

from convdsl.argument import Kind, Pair, arg
from convdsl.op import AxisMap, Interval, Module, Op, Reading, Taps, Weights, channels_of, sizes
from convdsl.ops.plan import arguments
from convdsl.ops.range import added, scaled
from convdsl.ops.window import axis_name, extent_of, positions, require_fit
from convdsl.record import dataclass, replace
from convdsl.saved import INPUT
from convdsl.shape import Shape
from convdsl.traits import PICKS, Traits, Window

_NAMED: dict[str, tuple[tuple[float, ...], ...]] = {
    "box": ((1 / 9,) * 3,) * 3,
    "binomial": ((0.0625, 0.125, 0.0625), (0.125, 0.25, 0.125), (0.0625, 0.125, 0.0625)),  # (1 2 1) x (1 2 1) / 16
    "sobel_x": ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0)),
    "sobel_y": ((-1.0, -2.0, -1.0), (0.0, 0.0, 0.0), (1.0, 2.0, 1.0)),
    "laplacian": ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0)),
    "sharpen": ((0.0, -1.0, 0.0), (-1.0, 5.0, -1.0), (0.0, -1.0, 0.0)),
}


def _kernel(value: object) -> object:
    if isinstance(value, str) and value in _NAMED:
        return str(value)
    wanted = f"expected {', '.join(_NAMED)} or rows of numbers, such as ((0, 1), (1, 0))"
    if not isinstance(value, tuple) or not value:
        raise ValueError(wanted)
    rows = []
    for row in value:
        if not isinstance(row, tuple) or not row or len(row) != len(value[0]):
            raise ValueError(f"{wanted}, all rows of one length")
        for number in row:
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise ValueError(wanted)
        rows.append(tuple(float(number) for number in row))
    return tuple(rows)


_WINDOW = Kind(f"{' | '.join(_NAMED)} | rows of numbers", _kernel, tuple(_NAMED))


@final
@dataclass(frozen=True, slots=True)
class Filter2d(Op):
    """Slide one fixed window over each channel by itself: blur, edges, sharpening; nothing is trained.

    The window is written row by row, or named: `box` and `binomial` blur, `sobel_x` and `sobel_y` answer to brightness
    that grows to the right and downwards, `laplacian` to edges of any direction, `sharpen` is the image and its edges.
    The window does not turn: it is a correlation, as in Conv2d.

    `AvgPool2d(k, s, p)` is a Filter2d of k x k numbers 1 / k², step s and padding p, as long as the padding counts in
    the mean. They differ where AvgPool2d has `count_include_pad=false` or a `ceil_mode` window that reaches over the
    edge, which divide by fewer pixels there, in AvgPool2d's default step of k, and in that a Filter2d has a buffer.

    Source: PyTorch, torch.nn.functional.conv2d with groups; Sobel & Feldman 1968.
    Formula: sum of kernel * window
    Example: [N, 3, 32, 32] -> Filter2d(sobel_x, padding=1) -> [N, 3, 32, 32]
    Picture: [N, 1, 5, 6] -> Filter2d(sobel_x, padding=1) -> [N, 1, 5, 6]
    """

    rank = 4
    category = "conv"
    keeps = INPUT

    kernel: str | tuple[tuple[float, ...], ...] = arg("the window: a name, or rows of numbers", kind=_WINDOW)
    stride: Pair = arg("step between windows, in pixels", default=(1, 1), min=1)
    padding: Pair = arg("zeros added on each side, in pixels", default=(0, 0), min=0)
    dilation: Pair = arg("distance between the taps of the window, in pixels", default=(1, 1), min=1)

    @property
    def rows(self) -> tuple[tuple[float, ...], ...]:
        """The window's numbers."""
        return _NAMED[self.kernel] if isinstance(self.kernel, str) else self.kernel

    @property
    def kernel_size(self) -> tuple[int, int]:
        """Height and width of the window."""
        return len(self.rows), len(self.rows[0])

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        channels_of(x)
        out = []
        for i, size in enumerate(sizes(x, "kernel")):
            extent, padding = extent_of(self.kernel_size[i], self.dilation[i]), 2 * self.padding[i]
            new = positions(size, extent, self.stride[i], padding)
            require_fit(size, new, extent, padding, axis_name(2, i), "kernel")
            out.append(new)
        return x.with_spatial(*out)

    def buffers(self, *inputs: Shape) -> Weights:
        return {"kernel": self.kernel_size}

    def macs(self, *inputs: Shape) -> int:
        return prod(self.shape(*inputs).numbers) * prod(self.kernel_size)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        lines = (self.rows, tuple(zip(*self.rows, strict=True)))  # a row or column of zeros is not read
        windows = zip(lines, self.stride, self.padding, self.dilation, strict=True)
        return tuple(_axis(tuple(map(any, line)), *window) for line, *window in windows)

    def values(self, *inputs: Interval) -> Interval:
        x = inputs[0].hull(Interval(0.0, 0.0)) if any(self.padding) else inputs[0]
        out = Interval(0.0, 0.0)
        for number in (number for row in self.rows for number in row):
            out = added(out, scaled(x, number))
        return out

    def windows(self) -> tuple[Window, ...]:
        each = zip(self.kernel_size, self.stride, self.dilation, self.padding, strict=True)
        return tuple(Window(k, s, d, p, p) for k, s, d, p in each)

    def traits(self, *inputs: Shape) -> Traits:
        numbers = [number for row in self.rows for number in row]
        averages = not any(self.padding) and abs(sum(numbers) - 1) < 1e-9
        return replace(PICKS, monotone=min(numbers) >= 0, averages=averages)

    def call(self, *inputs: Shape) -> Module:
        told = arguments(self, "kernel", leading=(("kernel", self.rows),))
        return Module("Filter2d", told, helper="Filter2d")


@lru_cache(maxsize=1024)
def _axis(read: tuple[bool, ...], stride: int, padding: int, dilation: int) -> AxisMap:
    """Map outputs to inputs; read: whether each row (or column) of the window holds a number other than 0."""
    places = tuple(index * dilation for index, is_read in enumerate(read) if is_read) or (0,)
    step = places[1] - places[0] if len(places) > 1 else 1
    start = Fraction(places[0] + places[-1], 2) - padding
    taps: Taps = range(0, places[-1] - places[0] + 1, step)
    if len(taps) != len(places) or any(place - places[0] not in taps for place in places):
        taps = tuple(place - places[0] for place in places)
    return AxisMap(Fraction(stride), start, taps)
