"""What max and average pools share: the windows, ceil_mode and the limits of padding."""

from fractions import Fraction
from functools import lru_cache

from convdsl.argument import Invalid
from convdsl.op import AxisMap, Op, Reading, sizes
from convdsl.ops.window import axis_name, extent_of, positions, require_fit
from convdsl.saved import INPUT
from convdsl.shape import Shape
from convdsl.sizes import Size


class Pooling(Op):
    """A fixed window that slides over each channel; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "pool"
    keeps = INPUT
    usual = "windows side by side without padding, overlapping ones with half of the window as padding"

    kernel_size: tuple[int, ...]
    stride: tuple[int, ...] | None
    padding: tuple[int, ...]
    ceil_mode: bool

    @property
    def steps(self) -> tuple[int, ...]:
        """The stride, which is the window's size where it is not given."""
        return self.kernel_size if self.stride is None else self.stride

    @property
    def spread(self) -> tuple[int, ...]:
        """The dilation; 1 where a pool has none."""
        return (1,) * len(self.kernel_size)

    def check(self) -> None:
        for kernel, padding in zip(self.kernel_size, self.padding, strict=True):
            if padding > kernel // 2:
                raise Invalid(
                    "padding",
                    f"a padding of {padding} is more than half of the kernel_size {kernel}",
                    f"padding may be at most {kernel // 2} here",
                    "E210",
                )

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        spatial = []
        for i, size in enumerate(sizes(x, "kernel_size")):
            out, extent = self.positions(i, size), extent_of(self.kernel_size[i], self.spread[i])
            require_fit(size, out, extent, 2 * self.padding[i], axis_name(len(x.spatial), i))
            spatial.append(out)
        return x.with_spatial(*spatial)

    def positions(self, index: int, size: Size) -> Size:
        """Count the windows along an axis."""
        extent, padding = extent_of(self.kernel_size[index], self.spread[index]), self.padding[index]
        if self.ceil_mode:
            return ceil_positions(size, extent, self.steps[index], padding)
        return positions(size, extent, self.steps[index], 2 * padding)

    def unusual(self, axis: int) -> tuple[int, ...]:
        kernel, step, dilation = self.kernel_size[axis], self.steps[axis], self.spread[axis]
        padding = (extent_of(kernel, dilation) - 1) // 2 if step < kernel else 0
        return abs(kernel - step), dilation, abs(self.padding[axis] - padding), kernel

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return tuple(map(_axis, self.kernel_size, self.steps, self.spread, self.padding))


def ceil_positions(size: Size, extent: int, stride: int, padding: int) -> Size:
    """Count the windows of a pool with ceil_mode; padding is that of one side.

    PyTorch takes ceil((x + 2p - K) / s) + 1 and one less where the last window would begin in the right padding. That
    test depends on the residue only, so the smaller of two floors of one slope remains.
    """
    return size.then(1, padding + min(padding + stride - extent, 0) + stride - 1, stride)


@lru_cache(maxsize=1024)
def _axis(kernel: int, stride: int, dilation: int, padding: int) -> AxisMap:
    """Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019."""
    taps = range(0, dilation * kernel, dilation)
    return AxisMap(Fraction(stride), Fraction(extent_of(kernel, dilation) - 1, 2) - padding, taps)
