"""What is true of an operator as a function, so that rules can ask instead of knowing operators by name.

A trait that is not claimed is not known. `tests/ops/test_traits.py` holds every claim against PyTorch.
"""

from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Traits:
    """Claims about an operator with its arguments fixed, as a function f of all its values, in evaluation mode.

    affine: f(a x + b y) - f(0) = a (f(x) - f(0)) + b (f(y) - f(0)), the learned numbers fixed.
    homogeneous: f(c x) = c f(x) for every c > 0. monotone: x <= y everywhere implies f(x) <= f(y) everywhere.
    pointwise: a number of the output reads the numbers at its own place only. idempotent: f(f(x)) = f(x).
    averages: along each channel by itself a weighted mean with weights that sum to 1, the same for all channels, so
    that it can change places with a convolution of window 1. rearranges: all numbers are kept, and only move.
    groups: parts of the channels that do not see each other; None: each channel of the output reads one of the input.
    statistics: what a norm takes its mean or variance over: "batch", "instance", "group", "layer", "" for no norm.
    removes_shift: while training, a number added to a channel of the input makes no difference.
    random: while training, chance has a part in the result.
    corners: along each spatial axis pixel i of the output lies at i (n - 1) / (m - 1) of the input, n and m pixels: the
    outermost keep their place, and the step depends on the size.
    inflation: while training, the mean square of a number of the output, over chance, in units of its square in
    evaluation, its mean staying: 1 / (1 - p) for dropout. shares: the axis along which numbers compete as in a softmax:
    one number added to all of them makes no difference, and a number alone comes out the same whatever it is.
    """

    affine: bool = False
    homogeneous: bool = False
    monotone: bool = False
    pointwise: bool = False
    idempotent: bool = False
    averages: bool = False
    rearranges: bool = False
    groups: int | None = 1
    statistics: str = ""
    removes_shift: bool = False
    random: bool = False
    corners: bool = False
    inflation: float = 1.0
    shares: int | None = None


NOTHING_KNOWN = Traits()
SAME = Traits(  # the identity
    affine=True,
    homogeneous=True,
    monotone=True,
    pointwise=True,
    idempotent=True,
    averages=True,
    rearranges=True,
    groups=None,
)
MOVES = Traits(affine=True, homogeneous=True, monotone=True, rearranges=True)  # a permutation of all numbers
PICKS = Traits(affine=True, homogeneous=True, monotone=True, groups=None)  # every output is an input of one channel


@dataclass(frozen=True, slots=True)
class Window:
    """A window that slides along one spatial axis, in pixels.

    before, after: padding, for one that paints pixels cut off the output. paints: a transposed convolution, whose
    window is laid over the output and whose stride is the output's. fills: what the padding holds that is read:
    "zeros", "reflect", "replicate", "circular"; "" where it is not read, as by max pools. ceil: windows may reach over
    the end.
    """

    kernel_size: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0
    paints: bool = False
    fills: str = "zeros"
    ceil: bool = False

    @property
    def extent(self) -> int:
        """Pixels from the first to the last tap."""
        return self.dilation * (self.kernel_size - 1) + 1
