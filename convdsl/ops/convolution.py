"""What Conv1d, Conv2d and Conv3d share: everything but the kinds of their arguments."""

from fractions import Fraction
from functools import lru_cache
from math import prod

from convdsl.argument import Invalid
from convdsl.op import Absorbing, AtLeast, AxisMap, Guard, Module, Op, Reading, Weights, channels_of, sizes
from convdsl.ops.channels import require_channels, require_groups
from convdsl.ops.margins import keeps_image
from convdsl.ops.plan import arguments
from convdsl.ops.window import axis_name, extent_of, positions, require_fit, unusual_kernel
from convdsl.saved import INPUT, Kept, Saved
from convdsl.shape import Shape
from convdsl.traits import Traits, Window

MODES = ("zeros", "reflect", "replicate", "circular")


class Convolution(Op):
    """A convolution over any number of spatial axes; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "conv"
    usual = "a window of 3, half of the window as padding, a dilation of 1"

    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | str
    dilation: tuple[int, ...]
    groups: int
    bias: bool
    padding_mode: str
    in_channels: int | None

    @property
    def extents(self) -> tuple[int, ...]:
        """The pixels that the window spans, per axis."""
        return tuple(extent_of(k, d) for k, d in zip(self.kernel_size, self.dilation, strict=True))

    @property
    def margins(self) -> tuple[tuple[int, int], ...]:
        """The padding before and after each axis; an even window's odd pixel of `same` goes after, as in PyTorch."""
        if self.padding == "same":
            return tuple(((extent - 1) // 2, extent // 2) for extent in self.extents)
        if isinstance(self.padding, str):
            return ((0, 0),) * len(self.kernel_size)
        return tuple((p, p) for p in self.padding)

    def check(self) -> None:
        if self.padding == "same" and any(s != 1 for s in self.stride):
            half = tuple((extent - 1) // 2 for extent in self.extents)
            number = half[0] if len(set(half)) == 1 else half
            stride = self.stride[0] if len(set(self.stride)) == 1 else self.stride
            raise Invalid(
                "padding",
                f"padding `same` needs a stride of 1, and the stride is {stride}",
                f"give the number: padding={number}",
                "E212",
            )
        require_groups(self.groups, self.out_channels, "output channels")

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        channels = require_channels("in_channels", self.in_channels, channels_of(x))
        require_groups(self.groups, channels, "input channels")
        spatial = []
        extents, margins = self.extents, self.margins
        for i, size in enumerate(sizes(x, "kernel_size")):
            padding = sum(margins[i])
            out = positions(size, extents[i], self.stride[i], padding)
            axis = axis_name(len(extents), i)
            require_fit(size, out, extents[i], padding, axis)
            self._require_wrap(size.value, max(margins[i]), axis)
            spatial.append(out)
        return x.with_channels(self.out_channels).with_spatial(*spatial)

    def _require_wrap(self, size: int | None, padding: int, axis: str) -> None:
        least = self._least(padding)
        if size is not None and size < least:
            raise Invalid(
                "padding",
                f"{self.padding_mode} padding of {padding} needs a {axis} of at least {least}, and it is {size}",
                "use a smaller padding, or padding_mode zeros or replicate",
                "E213",
            )

    def _least(self, padding: int) -> int:
        extra = {"reflect": 1, "circular": 0}.get(self.padding_mode)
        return padding + extra if extra is not None and padding else 1

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        out: list[Guard] = []
        for size, margin in zip(sizes(inputs[0]), self.margins, strict=True):
            least = self._least(max(margin))
            if least > 1 and size.value is None:
                out.append(AtLeast(size, least))
        return tuple(out)

    def weights(self, *inputs: Shape) -> Weights:
        weight = (self.out_channels, channels_of(inputs[0]) // self.groups, *self.kernel_size)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def absorbing(self, *inputs: Shape) -> Absorbing | None:
        return Absorbing()

    def macs(self, *inputs: Shape) -> int:
        (x,) = inputs
        window = x.channels // self.groups * prod(self.kernel_size)
        return prod(self.shape(x).numbers) * window

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return tuple(map(_axis, self.kernel_size, self.stride, self.dilation, (left for left, _ in self.margins)))

    def unusual(self, axis: int) -> tuple[int, ...]:
        extent = self.extents[axis]
        off_centre = abs(sum(self.margins[axis]) // 2 - (extent - 1) // 2)
        return (*unusual_kernel(self.kernel_size[axis]), self.dilation[axis], off_centre, self.stride[axis])

    def windows(self) -> tuple[Window, ...]:
        each = zip(self.kernel_size, self.stride, self.dilation, self.margins, strict=True)
        return tuple(Window(k, s, d, *margin, fills=self.padding_mode) for k, s, d, margin in each)

    def traits(self, *inputs: Shape) -> Traits:
        channels = channels_of(inputs[0])
        depthwise = channels == self.groups
        return Traits(affine=True, homogeneous=not self.bias, groups=None if depthwise else self.groups)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        """Keep the input, or what padding made of it."""
        numbers = inputs[0].numbers
        sides = self.margins
        if self.padding_mode == "zeros":
            # equal sides are padded as the window slides
            sides = tuple((0, high - low) for low, high in sides)
            if not any(high for _, high in sides):
                return INPUT
        grown = (size + low + high for size, (low, high) in zip(numbers[2:], sides, strict=True))
        padded = (Kept(prod(numbers[:2]) * prod(grown)),)
        return Saved(inputs=(0,) if keeps_image(self.padding_mode) and learns[0] else (), others=padded)

    def call(self, *inputs: Shape) -> Module:
        leading = (("in_channels", channels_of(inputs[0])),)
        return Module(f"torch.nn.{type(self).__name__}", arguments(self, "in_channels", leading=leading))


@lru_cache(maxsize=1024)
def _axis(kernel: int, stride: int, dilation: int, left: int) -> AxisMap:
    """Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019."""
    taps = range(0, dilation * kernel, dilation)
    return AxisMap(Fraction(stride), Fraction(extent_of(kernel, dilation) - 1, 2) - left, taps)
