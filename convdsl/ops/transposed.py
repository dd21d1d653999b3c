"""What ConvTranspose1d, ConvTranspose2d and ConvTranspose3d share: everything but the kinds of their arguments."""

from fractions import Fraction
from functools import lru_cache
from math import gcd, prod

from convdsl.argument import Invalid
from convdsl.op import MOST_PHASES, Absorbing, AxisMap, Module, Op, Reading, Weights, channels_of, sizes
from convdsl.ops.channels import require_channels, require_groups
from convdsl.ops.plan import arguments
from convdsl.ops.window import axis_name, extent_of, unusual_kernel
from convdsl.saved import INPUT
from convdsl.shape import Shape
from convdsl.traits import Traits, Window


class Transposed(Op):
    """A transposed convolution over any number of spatial axes; the fields are declared by the subclasses."""

    __slots__ = ()
    category = "conv"
    keeps = INPUT
    usual = "the smallest output_padding, a window of twice the stride, a dilation of 1"

    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    output_padding: tuple[int, ...]
    groups: int
    bias: bool
    dilation: tuple[int, ...]
    padding_mode: str
    in_channels: int | None

    def check(self) -> None:
        for extra, stride, dilation in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if extra >= max(stride, dilation):
                raise Invalid(
                    "output_padding",
                    f"an output_padding of {extra} is not below the larger of stride {stride} and dilation {dilation}",
                    f"output_padding may be at most {max(stride, dilation) - 1} here",
                    "E211",
                )
        require_groups(self.groups, self.out_channels, "output channels")

    def shape(self, *inputs: Shape) -> Shape:
        (x,) = inputs
        channels = require_channels("in_channels", self.in_channels, channels_of(x))
        require_groups(self.groups, channels, "input channels")
        spatial = []
        for i, size in enumerate(sizes(x, "kernel_size")):
            extent = extent_of(self.kernel_size[i], self.dilation[i])
            grown = extent + self.output_padding[i] - 2 * self.padding[i] - self.stride[i]
            out = size.then(self.stride[i], grown)
            if size.value is not None and out.value is not None and out.value < 1:
                axis = axis_name(len(x.spatial), i)
                raise Invalid(
                    "padding",
                    f"a padding of {self.padding[i]} on both sides cuts away all of the output: "
                    f"a {axis} of {size.value} becomes {out.value}",
                    "lower the padding",
                    "E216",
                )
            spatial.append(out)
        return x.with_channels(self.out_channels).with_spatial(*spatial)

    def weights(self, *inputs: Shape) -> Weights:
        weight = (channels_of(inputs[0]), self.out_channels // self.groups, *self.kernel_size)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def absorbing(self, *inputs: Shape) -> Absorbing | None:
        return Absorbing(self.groups, 2)

    def macs(self, *inputs: Shape) -> int:
        return prod(inputs[0].numbers) * (self.out_channels // self.groups) * prod(self.kernel_size)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return tuple(map(transposed_map, self.kernel_size, self.stride, self.dilation, self.padding))

    def unusual(self, axis: int) -> tuple[int, ...]:
        kernel, stride = self.kernel_size[axis], self.stride[axis]
        rank = unusual_kernel(kernel)
        if stride > 1:  # windows that overlap evenly, then windows side by side
            rank = (0, 0) if kernel == 2 * stride else (1, 0) if kernel == stride else (2, abs(kernel - 2 * stride))
        return (self.output_padding[axis], *rank, self.dilation[axis], self.padding[axis], stride)

    def windows(self) -> tuple[Window, ...]:
        each = zip(self.kernel_size, self.stride, self.dilation, self.padding, self.output_padding, strict=True)
        return tuple(Window(k, s, d, p, p - extra, paints=True) for k, s, d, p, extra in each)

    def traits(self, *inputs: Shape) -> Traits:
        channels = channels_of(inputs[0])
        depthwise = channels == self.groups
        return Traits(affine=True, homogeneous=not self.bias, groups=None if depthwise else self.groups)

    def call(self, *inputs: Shape) -> Module:
        leading = (("in_channels", channels_of(inputs[0])),)
        return Module(f"torch.nn.{type(self).__name__}", arguments(self, "in_channels", leading=leading))


@lru_cache(maxsize=1024)
def transposed_map(kernel: int, stride: int, dilation: int, padding: int) -> AxisMap:
    """Map outputs to inputs; the start is the mean over the phases of the stride, the taps those of the widest phase.

    Output o = i * stride - padding + k * dilation, so one output reads the taps k of one residue of k * dilation.
    Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
    """
    shared = gcd(dilation, stride)
    step = dilation // shared  # taps of one phase are stride / shared apart, and the phase of tap 0 has the most
    taps = range(0, step * -(-kernel * shared // stride), step)
    start = Fraction(2 * padding - (extent_of(kernel, dilation) - 1), 2 * stride)
    if stride > MOST_PHASES:
        return AxisMap(Fraction(1, stride), start, taps)
    return AxisMap(
        Fraction(1, stride), start, taps, tuple(_phase(o + padding, kernel, stride, dilation) for o in range(stride))
    )


def _phase(place: int, kernel: int, stride: int, dilation: int) -> range:
    """Return the inputs i that reach a place of the uncut output: place = i * stride + tap * dilation."""
    shared = gcd(dilation, stride)
    if place % shared:
        return range(0)
    apart = stride // shared  # between taps of one phase
    first = place // shared * pow(dilation // shared, -1, apart) % apart
    count = (kernel - 1 - first) // apart + 1
    highest = (place - first * dilation) // stride
    step = dilation // shared
    return range(highest - (count - 1) * step, highest + 1, step) if count > 0 else range(0)
