"""The layers of the catalogue. Made by `python -m convdsl.builder.stub`."""

from collections.abc import Sequence
from typing import Literal

from convdsl.builder.line import Call, Reference

def AdaptiveAvgPool1d(
    output_size: int,
) -> Call:
    """Cut the input into as many windows as the output has steps, and take the mean of each.

    `AdaptiveAvgPool1d(1)` takes it of the whole input, so that any size gives one number for each channel.

    output_size: length of the output, in steps
    """

def AdaptiveAvgPool2d(
    output_size: int | tuple[int | None, int | None],
) -> Call:
    """Cut the input into as many windows as the output has pixels, and take the mean of each.

    `AdaptiveAvgPool2d(1)` takes it of the whole input, so that any size gives one number for each channel.

    output_size: height and width of the output, in pixels; none keeps an axis
    """

def AdaptiveAvgPool3d(
    output_size: int | tuple[int | None, int | None, int | None],
) -> Call:
    """Cut the input into as many windows as the output has voxels, and take the mean of each.

    `AdaptiveAvgPool3d(1)` takes it of the whole input, so that any size gives one number for each channel.

    output_size: depth, height and width of the output, in voxels; none keeps an axis
    """

def AdaptiveMaxPool1d(
    output_size: int,
    return_indices: bool = False,
) -> Call:
    """Cut the input into as many windows as the output has steps, and take the largest value of each.

    `AdaptiveMaxPool1d(1)` takes it of the whole input, so that any size gives one number for each channel.

    output_size: length of the output, in steps
    return_indices: whether the maxima's places come out too, for MaxUnpool: `y, places = …`
    """

def AdaptiveMaxPool2d(
    output_size: int | tuple[int | None, int | None],
    return_indices: bool = False,
) -> Call:
    """Cut the input into as many windows as the output has pixels, and take the largest value of each.

    `AdaptiveMaxPool2d(1)` takes it of the whole input, so that any size gives one number for each channel.

    output_size: height and width of the output, in pixels; none keeps an axis
    return_indices: whether the maxima's places come out too, for MaxUnpool: `y, places = …`
    """

def AdaptiveMaxPool3d(
    output_size: int | tuple[int | None, int | None, int | None],
    return_indices: bool = False,
) -> Call:
    """Cut the input into as many windows as the output has voxels, and take the largest value of each.

    `AdaptiveMaxPool3d(1)` takes it of the whole input, so that any size gives one number for each channel.

    output_size: depth, height and width of the output, in voxels; none keeps an axis
    return_indices: whether the maxima's places come out too, for MaxUnpool: `y, places = …`
    """

def Add(
    *operands: Reference | float,
    broadcast: bool = False,
) -> Call:
    """Add values and numbers, pixel by pixel.

    All values have one shape; `broadcast=true` repeats axes of size 1, which PyTorch does unasked.

    broadcast: whether axes of size 1 are repeated to the other input's size
    """

def AlphaDropout(
    p: float = 0.5,
    inplace: bool = False,
) -> Call:
    """Set each number to SELU's least value with probability `p` while training; mean and variance are kept.

    In evaluation nothing changes.

    p: probability of being dropped
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def AvgPool1d(
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Call:
    """Take the mean under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    kernel_size: length of the window, in steps
    stride: step between windows, in steps; none: the window's size
    padding: steps of 0 added on each side
    ceil_mode: whether a window may reach over the far edge
    count_include_pad: whether the added zeros count in the mean
    """

def AvgPool2d(
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Call:
    """Take the mean under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    kernel_size: height and width of the window, in pixels
    stride: step between windows, in pixels; none: the window's size
    padding: pixels of 0 added on each side
    ceil_mode: whether a window may reach over the far edge
    count_include_pad: whether the added zeros count in the mean
    divisor_override: number that the sum is divided by; none: the number of pixels
    """

def AvgPool3d(
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] | None = None,
    padding: int | tuple[int, int, int] = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Call:
    """Take the mean under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    kernel_size: depth, height and width of the window, in voxels
    stride: step between windows, in voxels; none: the window's size
    padding: voxels of 0 added on each side
    ceil_mode: whether a window may reach over the far edge
    count_include_pad: whether the added zeros count in the mean
    divisor_override: number that the sum is divided by; none: the number of voxels
    """

def BatchNorm1d(
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    *,
    bias: bool = True,
    num_features: int | None = None,
) -> Call:
    """Shift and scale each channel to mean 0 and variance 1, then by two learned numbers.

    Training uses the batch's own mean and variance and remembers a running mean of them; evaluation uses what was
    remembered.

    Takes `[N, C, L]`, and `[N, C]` after a dense layer.

    eps: number added to the variance before its root
    momentum: weight of the newest batch in what is remembered; none: the mean of all
    affine: whether each channel has a learned scale and shift
    track_running_stats: whether mean and variance are remembered for evaluation
    bias: whether the learned scale of `affine` comes with a learned shift
    num_features: channels of the input, checked if given
    """

def BatchNorm2d(
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    *,
    bias: bool = True,
    num_features: int | None = None,
) -> Call:
    """Shift and scale each channel to mean 0 and variance 1, then by two learned numbers.

    Training uses the batch's own mean and variance and remembers a running mean of them; evaluation uses what was
    remembered.

    eps: number added to the variance before its root
    momentum: weight of the newest batch in what is remembered; none: the mean of all
    affine: whether each channel has a learned scale and shift
    track_running_stats: whether mean and variance are remembered for evaluation
    bias: whether the learned scale of `affine` comes with a learned shift
    num_features: channels of the input, checked if given
    """

def BatchNorm3d(
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    *,
    bias: bool = True,
    num_features: int | None = None,
) -> Call:
    """Shift and scale each channel to mean 0 and variance 1, then by two learned numbers.

    Training uses the batch's own mean and variance and remembers a running mean of them; evaluation uses what was
    remembered.

    eps: number added to the variance before its root
    momentum: weight of the newest batch in what is remembered; none: the mean of all
    affine: whether each channel has a learned scale and shift
    track_running_stats: whether mean and variance are remembered for evaluation
    bias: whether the learned scale of `affine` comes with a learned shift
    num_features: channels of the input, checked if given
    """

def Bilinear(
    out_features: int,
    bias: bool = True,
    *,
    in1_features: int | None = None,
    in2_features: int | None = None,
) -> Call:
    """Connect every pair of a number of one value's last axis and one of the other's with every number of the output.

    `(a, b) -> Bilinear(10)`; all axes but the last agree.

    out_features: numbers of the output
    bias: whether a learned number is added to each output
    in1_features: numbers of the first input, checked if given
    in2_features: numbers of the second input, checked if given
    """

def CELU(
    alpha: float = 1.0,
    inplace: bool = False,
) -> Call:
    """Bend negative numbers towards -alpha, with slope 1 at 0: alpha * (exp(x / alpha) - 1); keep the others.

    alpha: what very negative numbers become, with its sign turned
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def ChannelShuffle(
    groups: int,
) -> Call:
    """Deal the channels of each group out among the groups, so that grouped convolutions hear of each other.

    groups: parts of the channels; they divide the channels
    """

def Chunk(
    chunks: int,
    dim: int = 1,
) -> Call:
    """Cut a value into `chunks` parts along an axis, the channels by default: `a, b = Chunk(2)`.

    All parts are ceil(size / chunks) long but the last, which may be shorter. An axis whose size is not a number must
    divide evenly.

    chunks: number of parts
    dim: axis that is cut; 1 is the channels
    """

def CircularPad1d(
    padding: int | tuple[int, int],
) -> Call:
    """Continue the sequence with its opposite side, as if it were a ring.

    Every size must be at least its padding.

    padding: pixels added: (left, right), or one number
    """

def CircularPad2d(
    padding: int | tuple[int, int, int, int],
) -> Call:
    """Continue the image with its opposite side, as if it were a ring.

    Every size must be at least its padding.

    padding: pixels added: (left, right, top, bottom), or one number
    """

def CircularPad3d(
    padding: int | tuple[int, int, int, int, int, int],
) -> Call:
    """Continue the volume with its opposite side, as if it were a ring.

    Every size must be at least its padding.

    padding: pixels added: (left, right, top, bottom, front, back), or one for all
    """

def Concat(
    *operands: Reference | float,
    dim: int = 1,
) -> Call:
    """Stack values along an axis, the channels by default; all other axes must agree.

    The order of the channels is that of the inputs.

    dim: axis along which they are stacked; 1 is the channels
    """

def ConstantPad1d(
    padding: int | tuple[int, int],
    value: float,
) -> Call:
    """Put a number around the sequence; negative numbers of pixels cut off.

    padding: pixels added: (left, right), or one number
    value: the number that is put there
    """

def ConstantPad2d(
    padding: int | tuple[int, int, int, int],
    value: float,
) -> Call:
    """Put a number around the image; negative numbers of pixels cut off.

    padding: pixels added: (left, right, top, bottom), or one number
    value: the number that is put there
    """

def ConstantPad3d(
    padding: int | tuple[int, int, int, int, int, int],
    value: float,
) -> Call:
    """Put a number around the volume; negative numbers of pixels cut off.

    padding: pixels added: (left, right, top, bottom, front, back), or one for all
    value: the number that is put there
    """

def Conv1d(
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: Literal["same", "valid"] | int = 0,
    dilation: int = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    *,
    in_channels: int | None = None,
) -> Call:
    """Slide learned windows over the sequence, one for each output channel.

    Every output step is a weighted sum of all input channels under the window, plus a bias. With a window of 3,
    `padding=1` keeps the size; `stride=2` halves it; `dilation` spreads the taps; `groups` splits the channels.

    out_channels: channels of the output
    kernel_size: length of the window, in steps
    stride: step between windows, in steps
    padding: steps added on each side, or `same` to keep the size
    dilation: distance between the taps of a window, in steps
    groups: parts of the channels that do not see each other
    bias: whether a learned number is added to each output channel
    padding_mode: what the added steps hold
    in_channels: channels of the input, checked if given
    """

def Conv2d(
    out_channels: int,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] = 1,
    padding: Literal["same", "valid"] | int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    *,
    in_channels: int | None = None,
) -> Call:
    """Slide learned windows over the image, one for each output channel.

    Every output pixel is a weighted sum of all input channels under the window, plus a bias. `padding=1` keeps the
    size of a 3x3 window; `stride=2` halves it; `dilation` spreads the taps; `groups` splits the channels.

    out_channels: channels of the output
    kernel_size: height and width of the window, in pixels
    stride: step between windows, in pixels
    padding: pixels added on each side, or `same` to keep the size
    dilation: distance between the taps of a window, in pixels
    groups: parts of the channels that do not see each other
    bias: whether a learned number is added to each output channel
    padding_mode: what the added pixels hold
    in_channels: channels of the input, checked if given
    """

def Conv3d(
    out_channels: int,
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] = 1,
    padding: Literal["same", "valid"] | int | tuple[int, int, int] = 0,
    dilation: int | tuple[int, int, int] = 1,
    groups: int = 1,
    bias: bool = True,
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
    *,
    in_channels: int | None = None,
) -> Call:
    """Slide learned windows over the volume, one for each output channel.

    Every output voxel is a weighted sum of all input channels under the window, plus a bias. With a window of 3,
    `padding=1` keeps the size; `stride=2` halves it; `dilation` spreads the taps; `groups` splits the channels.

    out_channels: channels of the output
    kernel_size: depth, height and width of the window, in voxels
    stride: step between windows, in voxels
    padding: voxels added on each side, or `same` to keep the size
    dilation: distance between the taps of a window, in voxels
    groups: parts of the channels that do not see each other
    bias: whether a learned number is added to each output channel
    padding_mode: what the added voxels hold
    in_channels: channels of the input, checked if given
    """

def ConvTranspose1d(
    out_channels: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: int = 1,
    padding_mode: Literal["zeros"] = "zeros",
    *,
    in_channels: int | None = None,
) -> Call:
    """Paint a learned window for every input step and sum where windows overlap.

    The reverse of a convolution's sizes: `stride=2` doubles the sequence. A window of 2 with stride 2 never overlaps;
    4 with stride 2 and padding 1 overlaps evenly; 3 with stride 2 and padding 1 gives 2 * L - 1 steps unless
    output_padding=1 adds the last one.

    out_channels: channels of the output
    kernel_size: length of the window, in steps
    stride: output steps from one window to the next
    padding: output steps cut off on each side
    output_padding: output steps added at the end
    groups: parts of the channels that do not see each other
    bias: whether a learned number is added to each output channel
    dilation: distance between the taps of a window, in steps
    padding_mode: PyTorch has only zeros here
    in_channels: channels of the input, checked if given
    """

def ConvTranspose2d(
    out_channels: int,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: int | tuple[int, int] = 1,
    padding_mode: Literal["zeros"] = "zeros",
    *,
    in_channels: int | None = None,
) -> Call:
    """Paint a learned window for every input pixel and sum where windows overlap.

    The reverse of a convolution's sizes: `stride=2` doubles the image. A window of 2 with stride 2 never overlaps;
    4 with stride 2 and padding 1 overlaps evenly; 3 with stride 2 and padding 1 gives 2 * H - 1 pixels unless
    output_padding=1 adds the last one.

    out_channels: channels of the output
    kernel_size: height and width of the window, in pixels
    stride: output pixels from one window to the next
    padding: output pixels cut off on each side
    output_padding: output pixels added at the bottom and the right
    groups: parts of the channels that do not see each other
    bias: whether a learned number is added to each output channel
    dilation: distance between the taps of a window, in pixels
    padding_mode: PyTorch has only zeros here
    in_channels: channels of the input, checked if given
    """

def ConvTranspose3d(
    out_channels: int,
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] = 1,
    padding: int | tuple[int, int, int] = 0,
    output_padding: int | tuple[int, int, int] = 0,
    groups: int = 1,
    bias: bool = True,
    dilation: int | tuple[int, int, int] = 1,
    padding_mode: Literal["zeros"] = "zeros",
    *,
    in_channels: int | None = None,
) -> Call:
    """Paint a learned window for every input voxel and sum where windows overlap.

    The reverse of a convolution's sizes: `stride=2` doubles the volume. A window of 2 with stride 2 never overlaps;
    4 with stride 2 and padding 1 overlaps evenly; 3 with stride 2 and padding 1 gives 2 * H - 1 voxels unless
    output_padding=1 adds the last one.

    out_channels: channels of the output
    kernel_size: depth, height and width of the window, in voxels
    stride: output voxels from one window to the next
    padding: output voxels cut off on each side
    output_padding: output voxels added at the end of each axis
    groups: parts of the channels that do not see each other
    bias: whether a learned number is added to each output channel
    dilation: distance between the taps of a window, in voxels
    padding_mode: PyTorch has only zeros here
    in_channels: channels of the input, checked if given
    """

def Crop(
    *operands: Reference | float,
    like: Reference | None = None,
    top: int = 0,
    bottom: int = 0,
    left: int = 0,
    right: int = 0,
    anchor: Literal["center", "corner"] = "center",
) -> Call:
    """Cut pixels off the borders, or cut the middle out to the size of another value.

    With `like` an odd pixel is cut off at the bottom and the right; `anchor=corner` cuts off nowhere else.

    like: the value whose height and width are taken
    top: pixels cut off at the top
    bottom: pixels cut off at the bottom
    left: pixels cut off at the left
    right: pixels cut off at the right
    anchor: which part `like` keeps: the middle, or the top left corner
    """

def Div(
    *operands: Reference | float,
    broadcast: bool = False,
) -> Call:
    """Divide the first value or number by the later ones, pixel by pixel.

    All values have one shape; `broadcast=true` repeats axes of size 1, which PyTorch does unasked.

    broadcast: whether axes of size 1 are repeated to the other input's size
    """

def Dropout(
    p: float = 0.5,
    inplace: bool = False,
) -> Call:
    """Set each number to 0 with probability `p` while training, and scale the rest by 1 / (1 - p).

    In evaluation nothing changes.

    p: probability of being set to 0
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Dropout1d(
    p: float = 0.5,
    inplace: bool = False,
) -> Call:
    """Set whole channels to 0 with probability `p` while training, and scale the rest by 1 / (1 - p).

    In evaluation nothing changes.

    p: probability of being set to 0
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Dropout2d(
    p: float = 0.5,
    inplace: bool = False,
) -> Call:
    """Set whole channels to 0 with probability `p` while training, and scale the rest by 1 / (1 - p).

    In evaluation nothing changes.

    p: probability of being set to 0
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Dropout3d(
    p: float = 0.5,
    inplace: bool = False,
) -> Call:
    """Set whole channels to 0 with probability `p` while training, and scale the rest by 1 / (1 - p).

    In evaluation nothing changes.

    p: probability of being set to 0
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def ELU(
    alpha: float = 1.0,
    inplace: bool = False,
) -> Call:
    """Bend negative numbers towards -alpha: alpha * (exp(x) - 1); keep the others.

    alpha: what very negative numbers become, with its sign turned
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def FeatureAlphaDropout(
    p: float = 0.5,
    inplace: bool = False,
) -> Call:
    """Set whole channels to SELU's least value with probability `p` while training; mean and variance are kept.

    In evaluation nothing changes.

    p: probability of a channel's being dropped
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Filter2d(
    kernel: Literal["box", "binomial", "sobel_x", "sobel_y", "laplacian", "sharpen"] | Sequence[Sequence[float]],
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
) -> Call:
    """Slide one fixed window over each channel by itself: blur, edges, sharpening; nothing is trained.

    The window is written row by row, or named: `box` and `binomial` blur, `sobel_x` and `sobel_y` answer to brightness
    that grows to the right and downwards, `laplacian` to edges of any direction, `sharpen` is the image and its edges.
    The window does not turn: it is a correlation, as in Conv2d.

    `AvgPool2d(k, s, p)` is a Filter2d of k x k numbers 1 / k², step s and padding p, as long as the padding counts in
    the mean. They differ where AvgPool2d has `count_include_pad=false` or a `ceil_mode` window that reaches over the
    edge, which divide by fewer pixels there, in AvgPool2d's default step of k, and in that a Filter2d has a buffer.

    kernel: the window: a name, or rows of numbers
    stride: step between windows, in pixels
    padding: zeros added on each side, in pixels
    dilation: distance between the taps of the window, in pixels
    """

def Flatten(
    start_dim: int = 1,
    end_dim: int = -1,
) -> Call:
    """Lay axes out one after the other as a single one; from the channels to the last axis by default.

    start_dim: first axis to be merged; 1 is the channels
    end_dim: last axis to be merged; -1 is the last
    """

def Fold(
    output_size: int | tuple[int, int],
    kernel_size: int | tuple[int, int],
    dilation: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    stride: int | tuple[int, int] = 1,
) -> Call:
    """Put columns back where their windows were, and sum where windows overlap: the reverse of Unfold.

    output_size: height and width of the image, in pixels
    kernel_size: height and width of the window, in pixels
    dilation: distance between the taps of a window, in pixels
    padding: pixels around the image that are cut off
    stride: step between windows, in pixels
    """

def FractionalMaxPool2d(
    kernel_size: int | tuple[int, int],
    output_size: int | tuple[int, int],
    *,
    return_indices: bool = False,
) -> Call:
    """Keep the largest value under windows whose steps are drawn at random, so that they fill a given size.

    They are drawn in evaluation too: two runs differ.

    kernel_size: height and width of the window, in pixels
    output_size: height and width of the output, in pixels
    return_indices: whether the maxima's places come out too, for MaxUnpool: `y, places = …`
    """

def FractionalMaxPool3d(
    kernel_size: int | tuple[int, int, int],
    output_size: int | tuple[int, int, int],
    *,
    return_indices: bool = False,
) -> Call:
    """Keep the largest value under windows whose steps are drawn at random, so that they fill a given size.

    They are drawn in evaluation too: two runs differ.

    kernel_size: depth, height and width of the window, in voxels
    output_size: depth, height and width of the output, in voxels
    return_indices: whether the maxima's places come out too, for MaxUnpool: `y, places = …`
    """

def GELU(
    approximate: Literal["none", "tanh"] = "none",
) -> Call:
    """Multiply each number by the share of a normal distribution that lies below it.

    `approximate=tanh` is a cheaper formula, with errors below 0.001. Its least value is -0.17, at -0.75.

    approximate: the formula: none is the exact one
    """

def GLU(
    dim: int = -1,
) -> Call:
    """Cut an axis in two halves, and multiply the first by the sigmoid of the second.

    `dim=1` halves the channels; PyTorch's default is the last axis, the width of an image.

    dim: axis that is halved; 1 is the channels, -1 the last
    """

def GroupNorm(
    num_groups: int,
    eps: float = 1e-05,
    affine: bool = True,
    *,
    bias: bool = True,
    num_channels: int | None = None,
) -> Call:
    """Shift and scale groups of channels to mean 0 and variance 1, each image by itself.

    The same in training and evaluation, and independent of the batch's size.

    num_groups: number of groups; it divides the channels
    eps: number added to the variance before its root
    affine: whether each channel has a learned scale and shift
    bias: whether the learned scale of `affine` comes with a learned shift
    num_channels: channels of the input, checked if given
    """

def Hardshrink(
    lambd: float = 0.5,
) -> Call:
    """Replace numbers from -lambd to lambd by 0, keep the others.

    lambd: the size up to which numbers become 0
    """

def Hardsigmoid(
    inplace: bool = False,
) -> Call:
    """Squeeze every number into 0..1 by straight lines: clip(x / 6 + 1 / 2, 0, 1).

    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Hardswish(
    inplace: bool = False,
) -> Call:
    """Multiply each number by a straight-lined sigmoid: x * clip(x + 3, 0, 6) / 6.

    Its least value is -0.375, at -1.5.

    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Hardtanh(
    min_val: float = -1.0,
    max_val: float = 1.0,
    inplace: bool = False,
) -> Call:
    """Clip every number to min_val..max_val.

    min_val: the least value
    max_val: the greatest value
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Identity() -> Call:
    """Hand the input on unchanged; it keeps a place in the numbering of layers."""

def InstanceNorm1d(
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
    *,
    bias: bool = True,
    num_features: int | None = None,
) -> Call:
    """Shift and scale each channel of each image to mean 0 and variance 1.

    Without track_running_stats it is the same in training and evaluation. A `num_features` that is not the input's
    channels is refused; PyTorch only warns of it where nothing is learned.

    eps: number added to the variance before its root
    momentum: weight of the newest batch in what is remembered; none: nothing is forgotten
    affine: whether each channel has a learned scale and shift
    track_running_stats: whether mean and variance are remembered for evaluation
    bias: whether the learned scale of `affine` comes with a learned shift
    num_features: channels of the input, checked if given
    """

def InstanceNorm2d(
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
    *,
    bias: bool = True,
    num_features: int | None = None,
) -> Call:
    """Shift and scale each channel of each image to mean 0 and variance 1.

    Without track_running_stats it is the same in training and evaluation. A `num_features` that is not the input's
    channels is refused; PyTorch only warns of it where nothing is learned.

    eps: number added to the variance before its root
    momentum: weight of the newest batch in what is remembered; none: nothing is forgotten
    affine: whether each channel has a learned scale and shift
    track_running_stats: whether mean and variance are remembered for evaluation
    bias: whether the learned scale of `affine` comes with a learned shift
    num_features: channels of the input, checked if given
    """

def InstanceNorm3d(
    eps: float = 1e-05,
    momentum: float | None = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
    *,
    bias: bool = True,
    num_features: int | None = None,
) -> Call:
    """Shift and scale each channel of each image to mean 0 and variance 1.

    Without track_running_stats it is the same in training and evaluation. A `num_features` that is not the input's
    channels is refused; PyTorch only warns of it where nothing is learned.

    eps: number added to the variance before its root
    momentum: weight of the newest batch in what is remembered; none: nothing is forgotten
    affine: whether each channel has a learned scale and shift
    track_running_stats: whether mean and variance are remembered for evaluation
    bias: whether the learned scale of `affine` comes with a learned shift
    num_features: channels of the input, checked if given
    """

def LayerNorm(
    normalized_shape: int | Sequence[int],
    eps: float = 1e-05,
    elementwise_affine: bool = True,
    bias: bool = True,
) -> Call:
    """Shift and scale the last axes of each image to mean 0 and variance 1, then by two learned numbers a place.

    After `Permute((0, 2, 3, 1))` the last axis is the channels, as ConvNeXt and transformers have it. Over the whole
    image it fixes the size; GroupNorm(1) does not.

    normalized_shape: sizes of the last axes, normalised together
    eps: number added to the variance before its root
    elementwise_affine: whether each place has a learned scale and shift
    bias: whether the learned scale comes with a learned shift
    """

def LeakyReLU(
    negative_slope: float = 0.01,
    inplace: bool = False,
) -> Call:
    """Multiply negative numbers by a small slope, keep the others.

    negative_slope: factor of the negative numbers
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Linear(
    out_features: int,
    bias: bool = True,
    *,
    in_features: int | None = None,
) -> Call:
    """Connect every number of the last axis with every number of the output (a dense layer).

    After `Flatten()` the last axis is the whole image, so the input's size must be fixed, or claimed by `in_features`:
    then the sizes at which the product is right are found.

    out_features: numbers of the output
    bias: whether a learned number is added to each output
    in_features: numbers of the input; needed where they depend on the image's size
    """

def LocalResponseNorm(
    size: int,
    alpha: float = 0.0001,
    beta: float = 0.75,
    k: float = 1.0,
) -> Call:
    """Divide each number by (k + alpha * mean of squares over `size` channels around it) ** beta.

    size: channels that are looked at, the own one in the middle
    alpha: factor of the mean of squares
    beta: exponent
    k: number added before the power
    """

def LogSigmoid() -> Call:
    """Take the logarithm of the sigmoid: -log(1 + exp(-x))."""

def LogSoftmax(
    dim: int,
) -> Call:
    """Take the logarithm of the shares that Softmax gives, without rounding small ones to 0.

    PyTorch's default axis, a guess with a warning, is not taken over.

    dim: axis along which the shares sum to 1; 1 is the channels
    """

def LPPool1d(
    norm_type: float,
    kernel_size: int,
    stride: int | None = None,
    ceil_mode: bool = False,
) -> Call:
    """Take the p-norm under each window, channel by channel: (sum of x ** p) ** (1 / p).

    A norm_type of 1 is the sum; the larger it is, the nearer is the largest number. Negative numbers have a root only
    where it is even.

    norm_type: the power p
    kernel_size: length of the window, in steps
    stride: step between windows, in steps; none: the window's size
    ceil_mode: whether a window may reach over the far edge
    """

def LPPool2d(
    norm_type: float,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    ceil_mode: bool = False,
) -> Call:
    """Take the p-norm under each window, channel by channel: (sum of x ** p) ** (1 / p).

    A norm_type of 1 is the sum; the larger it is, the nearer is the largest number. Negative numbers have a root only
    where it is even.

    norm_type: the power p
    kernel_size: height and width of the window, in pixels
    stride: step between windows, in pixels; none: the window's size
    ceil_mode: whether a window may reach over the far edge
    """

def LPPool3d(
    norm_type: float,
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] | None = None,
    ceil_mode: bool = False,
) -> Call:
    """Take the p-norm under each window, channel by channel: (sum of x ** p) ** (1 / p).

    A norm_type of 1 is the sum; the larger it is, the nearer is the largest number. Negative numbers have a root only
    where it is even.

    norm_type: the power p
    kernel_size: depth, height and width of the window, in voxels
    stride: step between windows, in voxels; none: the window's size
    ceil_mode: whether a window may reach over the far edge
    """

def MaxPool1d(
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> Call:
    """Keep the largest value under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    A window that sees padding only, as a dilated one can in a small image, is refused: PyTorch runs it forward, and on
    the way back it writes outside its memory.

    kernel_size: length of the window, in steps
    stride: step between windows, in steps; none: the window's size
    padding: steps of minus infinity added on each side
    dilation: distance between the taps of a window, in steps
    return_indices: whether the maxima's places come out too, for MaxUnpool: `y, places = …`
    ceil_mode: whether a window may reach over the far edge
    """

def MaxPool2d(
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> Call:
    """Keep the largest value under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    A window that sees padding only, as a dilated one can in a small image, is refused: PyTorch runs it forward, and on
    the way back it writes outside its memory.

    kernel_size: height and width of the window, in pixels
    stride: step between windows, in pixels; none: the window's size
    padding: pixels of minus infinity added on each side
    dilation: distance between the taps of a window, in pixels
    return_indices: whether the maxima's places come out too, for MaxUnpool: `y, places = …`
    ceil_mode: whether a window may reach over the far edge
    """

def MaxPool3d(
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] | None = None,
    padding: int | tuple[int, int, int] = 0,
    dilation: int | tuple[int, int, int] = 1,
    return_indices: bool = False,
    ceil_mode: bool = False,
) -> Call:
    """Keep the largest value under each window, channel by channel.

    The windows lie side by side unless `stride` says otherwise. `ceil_mode` keeps a last window that reaches over the
    edge.

    A window that sees padding only, as a dilated one can in a small image, is refused: PyTorch runs it forward, and on
    the way back it writes outside its memory.

    kernel_size: depth, height and width of the window, in voxels
    stride: step between windows, in voxels; none: the window's size
    padding: voxels of minus infinity added on each side
    dilation: distance between the taps of a window, in voxels
    return_indices: whether the maxima's places come out too, for MaxUnpool: `y, places = …`
    ceil_mode: whether a window may reach over the far edge
    """

def MaxUnpool1d(
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    *,
    like: Reference | None = None,
) -> Call:
    """Put maxima back where a max pool found them, and 0 everywhere else.

    `y, places = MaxPool1d(2, return_indices=true)`, later `(y, places) -> MaxUnpool1d(2)`. A size that the pool did
    not divide evenly comes back one short (5 gives 4), and the places would be wrong in it; `like=x` gives the size
    that was pooled.

    kernel_size: length of the pool's window, in steps
    stride: step between the pool's windows, in steps; none: the window's size
    padding: the pool's padding, in steps
    like: a value of the size that was pooled, where the pool's steps did not divide it
    """

def MaxUnpool2d(
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
    *,
    like: Reference | None = None,
) -> Call:
    """Put maxima back where a max pool found them, and 0 everywhere else.

    `y, places = MaxPool2d(2, return_indices=true)`, later `(y, places) -> MaxUnpool2d(2)`. A size that the pool did
    not divide evenly comes back one short (5 gives 4), and the places would be wrong in it; `like=x` gives the size
    that was pooled.

    kernel_size: height and width of the pool's window, in pixels
    stride: step between the pool's windows, in pixels; none: the window's size
    padding: the pool's padding, in pixels
    like: a value of the size that was pooled, where the pool's steps did not divide it
    """

def MaxUnpool3d(
    kernel_size: int | tuple[int, int, int],
    stride: int | tuple[int, int, int] | None = None,
    padding: int | tuple[int, int, int] = 0,
    *,
    like: Reference | None = None,
) -> Call:
    """Put maxima back where a max pool found them, and 0 everywhere else.

    `y, places = MaxPool3d(2, return_indices=true)`, later `(y, places) -> MaxUnpool3d(2)`. A size that the pool did
    not divide evenly comes back one short (5 gives 4), and the places would be wrong in it; `like=x` gives the size
    that was pooled.

    kernel_size: depth, height and width of the pool's window, in voxels
    stride: step between the pool's windows, in voxels; none: the window's size
    padding: the pool's padding, in voxels
    like: a value of the size that was pooled, where the pool's steps did not divide it
    """

def Mean(
    dim: int | Sequence[int],
    keepdim: bool = False,
) -> Call:
    """Take the mean over axes: `Mean((2, 3))` gives one number for each channel, whatever the image's size.

    `keepdim=true` keeps the axes with size 1; without it they are gone.

    dim: axes that the mean is taken over; 1 is the channels
    keepdim: whether the axes are kept, with size 1
    """

def Mish(
    inplace: bool = False,
) -> Call:
    """Multiply each number by tanh(log(1 + exp(x))).

    Its least value is -0.3088, at -1.1924.

    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Mul(
    *operands: Reference | float,
    broadcast: bool = False,
) -> Call:
    """Multiply values and numbers, pixel by pixel.

    All values have one shape; `broadcast=true` repeats axes of size 1, which PyTorch does unasked.

    broadcast: whether axes of size 1 are repeated to the other input's size
    """

def MultiheadAttention(
    embed_dim: int,
    num_heads: int,
    dropout: float = 0.0,
    bias: bool = True,
    add_bias_kv: bool = False,
    add_zero_attn: bool = False,
    kdim: int | None = None,
    vdim: int | None = None,
    batch_first: bool = False,
) -> Call:
    """Let every place of a sequence [N, length, numbers] read every other one, in several ways at once.

    One value attends to itself; `(query, memory) -> …` reads another one; `(query, key, value) -> …` says all three.
    An image becomes a sequence by Flatten(2) and Permute((0, 2, 1)).

    embed_dim: numbers of each place of the query and of the output
    num_heads: ways of reading; they divide embed_dim
    dropout: probability of a share's being set to 0 while training
    bias: whether learned numbers are added to projections and output
    add_bias_kv: whether a learned place is added to keys and values
    add_zero_attn: whether a place of zeros is added to keys and values
    kdim: numbers of each place of the key; none: embed_dim
    vdim: numbers of each place of the value; none: embed_dim
    batch_first: true: the first axis is the batch, as everywhere in a spec
    """

def Pad(
    padding: int | Sequence[int],
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant",
    value: float = 0.0,
) -> Call:
    """Add pixels around the image; negative numbers cut them off.

    `padding` is one number for all sides, or two for each axis from the last to the first, as PyTorch counts them:
    (left, right, top, bottom).

    A convolution pads both sides alike. Where Keras's `same` with a stride of 2 and a window of 3 adds the odd pixel
    after an image of even size, `Pad((0, 1, 0, 1))` before a Conv2d without padding does so; it takes no position, so
    the names of the weights stay.

    padding: pixels added: (left, right, top, bottom), or one number
    mode: what the added pixels hold
    value: the number that mode constant puts there
    """

def PadToMultiple(
    multiple: int | Sequence[int],
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant",
    value: float = 0.0,
) -> Call:
    """Add pixels at the bottom and the right, until every size is a multiple of a number.

    So that a network of strides takes any size; `Crop(y, like=x, anchor=corner)` cuts the same pixels off again.

    multiple: what the sizes are to be multiples of, in pixels
    mode: what the added pixels hold
    value: the number that mode constant puts there
    """

def Permute(
    dims: Sequence[int],
) -> Call:
    """Exchange axes: `Permute((0, 2, 3, 1))` puts the channels last.

    The batch stays in front.

    dims: for each axis of the output, the axis of the input; 0 is the batch, 1 the channels
    """

def PixelShuffle(
    upscale_factor: int,
) -> Call:
    """Lay `upscale_factor`² channels out as the pixels of a square: fewer channels, a larger image.

    A convolution before it learns the enlargement (sub-pixel convolution).

    upscale_factor: output pixels per input pixel, along each axis
    """

def PixelUnshuffle(
    downscale_factor: int,
) -> Call:
    """Make channels of the pixels of each square: a smaller image with `downscale_factor`² as many channels.

    The reverse of PixelShuffle; nothing is lost, and so every size must be a multiple of the factor.

    downscale_factor: input pixels per output pixel, along each axis
    """

def PReLU(
    num_parameters: int = 1,
    init: float = 0.25,
) -> Call:
    """Multiply negative numbers by a learned slope, one for all channels or one for each.

    num_parameters: number of slopes: 1, or the channels of the input
    init: what the slopes are before training
    """

def ReflectionPad1d(
    padding: int | tuple[int, int],
) -> Call:
    """Mirror the sequence at its borders, without repeating the border itself.

    Every size must be larger than its padding.

    padding: pixels added: (left, right), or one number
    """

def ReflectionPad2d(
    padding: int | tuple[int, int, int, int],
) -> Call:
    """Mirror the image at its borders, without repeating the border itself.

    Every size must be larger than its padding.

    padding: pixels added: (left, right, top, bottom), or one number
    """

def ReflectionPad3d(
    padding: int | tuple[int, int, int, int, int, int],
) -> Call:
    """Mirror the volume at its borders, without repeating the border itself.

    Every size must be larger than its padding.

    padding: pixels added: (left, right, top, bottom, front, back), or one for all
    """

def ReLU(
    inplace: bool = False,
) -> Call:
    """Replace negative numbers by 0.

    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def ReLU6(
    inplace: bool = False,
) -> Call:
    """Clip every number to 0..6.

    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def ReplicationPad1d(
    padding: int | tuple[int, int],
) -> Call:
    """Repeat the border of the sequence outwards.

    padding: pixels added: (left, right), or one number
    """

def ReplicationPad2d(
    padding: int | tuple[int, int, int, int],
) -> Call:
    """Repeat the border of the image outwards.

    padding: pixels added: (left, right, top, bottom), or one number
    """

def ReplicationPad3d(
    padding: int | tuple[int, int, int, int, int, int],
) -> Call:
    """Repeat the border of the volume outwards.

    padding: pixels added: (left, right, top, bottom, front, back), or one for all
    """

def Rescaling(
    scale: float | Sequence[float],
    offset: float | Sequence[float] = 0.0,
) -> Call:
    """Multiply and shift by fixed numbers, one for all channels or one for each: x * scale + offset.

    They are buffers of the checkpoint, not trained; with one number for all, `Mul(2)` and `Add(1)` do it without. What
    an input means is better said by `means`, which every phase reads.

    scale: factor: one number, or one for each channel
    offset: number added after it: one, or one for each channel
    """

def Reshape(
    sizes: Sequence[int],
) -> Call:
    """Give the numbers of each image new axes, in the same order; the batch stays.

    One of the sizes may be -1: it is what the others leave.

    sizes: sizes of the axes after the batch; one may be -1
    """

def Resize(
    *operands: Reference | float,
    like: Reference | None = None,
    size: int | Sequence[int] | None = None,
    mode: Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear"] = "nearest",
    align_corners: bool | None = None,
) -> Call:
    """Interpolate an image to the size of another value, or to a fixed size.

    like: the value whose height and width are taken
    size: size of the output, in pixels
    mode: how pixels between pixels are made
    align_corners: whether the corner pixels' centres keep their place; none: no
    """

def RMSNorm(
    normalized_shape: int | Sequence[int],
    eps: float | None = None,
    elementwise_affine: bool = True,
) -> Call:
    """Divide the last axes of each image by their root mean square, then scale each place by a learned number.

    normalized_shape: sizes of the last axes, normalised together
    eps: number added to the mean square before its root; none: the smallest step of the number's type
    elementwise_affine: whether each place has a learned scale
    """

def RReLU(
    lower: float = 0.125,
    upper: float = 0.3333333333333333,
    inplace: bool = False,
) -> Call:
    """Multiply negative numbers by a small slope, drawn anew for each number while training; keep the others.

    In evaluation the slope is (lower + upper) / 2.

    lower: least slope
    upper: greatest slope
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def SelfAttention2d(
    reduction: int = 8,
) -> Call:
    """Let every pixel of the image read every other one, and add what it reads, times a learned number gamma.

    Queries, keys and values are 1x1 convolutions; shares are the softmax of query times key. Gamma is 0 before
    training, so that the layer begins as nothing. Memory grows with the square of the number of pixels.

    reduction: channels of the input for each channel of queries and keys
    """

def SELU(
    inplace: bool = False,
) -> Call:
    """Scale numbers by 1.0507, and bend negative ones towards -1.7581, so that activations normalise themselves.

    Meant for layers with weights of mean 0 and variance 1 / inputs, and for AlphaDropout.

    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Sigmoid() -> Call:
    """Squeeze every number into 0..1: 1 / (1 + exp(-x))."""

def SiLU(
    inplace: bool = False,
) -> Call:
    """Multiply each number by its sigmoid: x / (1 + exp(-x)); also called swish.

    Its least value is -0.2785, at -1.2785.

    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Slice(
    start: int = 0,
    stop: int | None = None,
    step: int = 1,
    dim: int | None = None,
) -> Call:
    """Keep every `step`-th pixel from `start` to before `stop`, as Python's slices do.

    Without `dim` all spatial axes are sliced alike: `Slice(step=2)` is `[:, :, ::2, ::2]`. Negative numbers count from
    the end. A `start` or `stop` outside the image is an error, where Python would silently give less.

    start: first pixel that is kept
    stop: first pixel that is not; none: all to the end
    step: distance between kept pixels
    dim: axis that is sliced; none: every spatial axis
    """

def Softmax(
    dim: int,
) -> Call:
    """Turn the numbers along an axis into shares that are positive and sum to 1.

    `dim=1` gives each pixel's shares of the channels. PyTorch's default, a guess with a warning, is not taken over.

    dim: axis along which the shares sum to 1; 1 is the channels
    """

def Softmax2d() -> Call:
    """Turn the channels of each pixel into shares that are positive and sum to 1."""

def Softmin(
    dim: int,
) -> Call:
    """Turn the numbers along an axis into shares that sum to 1, the smallest number having the largest.

    PyTorch's default axis, a guess with a warning, is not taken over.

    dim: axis along which the shares sum to 1; 1 is the channels
    """

def Softplus(
    beta: float = 1.0,
    threshold: float = 20.0,
) -> Call:
    """Smooth ReLU's corner: log(1 + exp(beta * x)) / beta, and x itself where beta * x is above the threshold.

    beta: how sharp the corner is
    threshold: beta * x above which the result is x itself
    """

def Softshrink(
    lambd: float = 0.5,
) -> Call:
    """Draw every number towards 0 by lambd; smaller ones become 0.

    lambd: how far numbers are drawn towards 0
    """

def Softsign() -> Call:
    """Squeeze every number into -1..1: x / (1 + |x|)."""

def SpectralNorm(
    layer: object,
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
    legacy: bool = False,
) -> Call:
    """Divide a layer's weight by its largest singular value, so that the layer stretches nothing by more than 1.

    The value is found by a step of power iteration at each training pass; its two vectors are buffers. Published GANs
    mostly have the names of `legacy=true`.

    layer: the convolution or dense layer whose weight is normalised
    n_power_iterations: steps of power iteration at each training pass
    eps: number that keeps the vectors' lengths above 0
    dim: axis of the weight that counts the outputs; none: PyTorch finds it
    legacy: whether the weights have the older names: weight_orig, weight_u, weight_v
    """

def Split(
    split_size_or_sections: int | Sequence[int],
    dim: int = 1,
) -> Call:
    """Cut a value into parts of given lengths along an axis, the channels by default: `l, ab = Split((1, 2))`.

    One number is the length of every part; the last may be shorter.

    split_size_or_sections: length of every part, or the lengths of all
    dim: axis that is cut; 1 is the channels
    """

def Sub(
    *operands: Reference | float,
    broadcast: bool = False,
) -> Call:
    """Subtract the later values or numbers from the first, pixel by pixel.

    All values have one shape; `broadcast=true` repeats axes of size 1, which PyTorch does unasked.

    broadcast: whether axes of size 1 are repeated to the other input's size
    """

def Tanh() -> Call:
    """Squeeze every number into -1..1 by the hyperbolic tangent."""

def Tanhshrink() -> Call:
    """Take its tanh from each number: x - tanh(x)."""

def Threshold(
    threshold: float,
    value: float,
    inplace: bool = False,
) -> Call:
    """Replace numbers that are not above a threshold by a value.

    threshold: numbers above it are kept
    value: what the others become
    inplace: taken as PyTorch does, and without effect: the compiler works in place wherever that is safe
    """

def Unflatten(
    dim: int,
    unflattened_size: Sequence[int],
) -> Call:
    """Split one axis into several: the reverse of Flatten.

    One of the sizes may be -1: it is what the others leave.

    dim: axis that is split; 1 is the channels
    unflattened_size: sizes of the new axes; one may be -1
    """

def Unfold(
    kernel_size: int | tuple[int, int],
    dilation: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    stride: int | tuple[int, int] = 1,
) -> Call:
    """Lay each window of the image out as a column: [N, channels * pixels of a window, windows].

    A convolution is Unfold, a dense layer over the columns, and Reshape.

    kernel_size: height and width of the window, in pixels
    dilation: distance between the taps of a window, in pixels
    padding: zeros added on each side, in pixels
    stride: step between windows, in pixels
    """

def Upsample(
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear"] = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
) -> Call:
    """Enlarge (or shrink) the image by a factor, or to a fixed size, without learned weights.

    The new size is floor(size * scale_factor) in exact arithmetic, also for factors such as 0.7, where PyTorch's
    floats can come out one pixel short.

    size: size of the output, in pixels
    scale_factor: output pixels per input pixel
    mode: how pixels between pixels are made
    align_corners: whether the corner pixels' centres keep their place; none: no
    recompute_scale_factor: whether the factor used is that of the rounded sizes; none: no
    """

def WeightNorm(
    layer: object,
    dim: int | None = 0,
    legacy: bool = False,
) -> Call:
    """Learn a layer's weight as lengths and directions: weight = g * v / |v|, with a length for each place of an axis.

    PyTorch reads checkpoints with the older names into the newer ones by itself, and warns of those that ask for
    `legacy=true`.

    layer: the convolution or dense layer whose weight is normalised
    dim: axis of the weight with a length a place; none: one length for all
    legacy: whether the weights have the older names: weight_g, weight_v
    """

def ZeroPad1d(
    padding: int | tuple[int, int],
) -> Call:
    """Put zeros around the sequence; negative numbers of pixels cut off.

    padding: pixels added: (left, right), or one number
    """

def ZeroPad2d(
    padding: int | tuple[int, int, int, int],
) -> Call:
    """Put zeros around the image; negative numbers of pixels cut off.

    padding: pixels added: (left, right, top, bottom), or one number
    """

def ZeroPad3d(
    padding: int | tuple[int, int, int, int, int, int],
) -> Call:
    """Put zeros around the volume; negative numbers of pixels cut off.

    padding: pixels added: (left, right, top, bottom, front, back), or one for all
    """
