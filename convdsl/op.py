"""The contract of an operator: what a file under `ops/` says, and all that the phases know of it.

An operator is a frozen dataclass whose fields are its arguments, declared by `arg`, and a few methods over the shapes
of its inputs. Signature, ranges, did-you-mean, schema, documentation and test strategies are derived from it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from math import inf
from typing import ClassVar

from convdsl.argument import Invalid
from convdsl.record import dataclass
from convdsl.saved import NOTHING, Kept, Saved, Sharing
from convdsl.shape import Product, Shape
from convdsl.sizes import Size
from convdsl.traits import NOTHING_KNOWN, Traits, Window

# --------------------------------------------------------------------- guards


@dataclass(frozen=True, slots=True)
class AtLeast:
    """size >= minimum."""

    size: Size
    minimum: int


@dataclass(frozen=True, slots=True)
class Divides:
    """size is a multiple of divisor."""

    size: Size
    divisor: int


@dataclass(frozen=True, slots=True)
class Equal:
    """left == right, sizes of one axis of two inputs; `axis` is the index in the shape, for the message."""

    left: Size
    right: Size
    axis: int = 2


@dataclass(frozen=True, slots=True)
class NotLess:
    """left >= right."""

    left: Size
    right: Size
    axis: int = 2


@dataclass(frozen=True, slots=True)
class ProductEquals:
    """product (coefficient * f(H) * g(W)) == total: the dense layer after a flatten."""

    product: Product
    total: int


@dataclass(frozen=True, slots=True)
class AnyAtLeast:
    """One of several sizes, or more of them, >= minimum: a norm of several axes needs two numbers, along any axis."""

    sizes: tuple[Size, ...]
    minimum: int


Guard = AtLeast | Divides | Equal | NotLess | ProductEquals | AnyAtLeast


# ---------------------------------------------------------- geometry and range


class NoGrid(Enum):
    """Why the outputs along an axis do not read the input at regular steps.

    WHOLE: each output reads the whole axis (global pooling, flatten). UNKNOWN: what is read depends on the image's
    size, or on chance. UNEQUAL: values of different steps meet in a join; operators never answer so.
    """

    WHOLE = "whole"
    UNKNOWN = "unknown"
    UNEQUAL = "unequal"


MOST_PHASES = 256  # of an axis; what repeats more slowly is followed by its bounds only
Taps = range | tuple[int, ...]  # ascending; a range, for a window may be as large as a spec says


@dataclass(frozen=True, slots=True)
class AxisMap:
    """How one spatial axis of the output reads the input (docs/geometry.md).

    jump: input cells per output step (1/2 for a transposed convolution of stride 2).
    start: centre of output 0, in input cells, from the centre of input 0; the mean over the phases.
    taps: the input offsets that one output reads, relative to the first (0, d, 2d ...); the largest phase.
    phases: the input cells that outputs 0 .. q - 1 read, where jump = p / q; output q * m + r reads those of r, and
    p * m further on. Empty: one phase, which start and taps say; or, where they do not say whole cells, not known.
    shares: for each phase what its taps weigh, in one unit, where they are fixed and differ (interpolation); empty: all
    alike.
    """

    jump: Fraction = Fraction(1)
    start: Fraction = Fraction(0)
    taps: Taps = range(1)
    phases: tuple[Taps, ...] = ()
    shares: tuple[tuple[int, ...], ...] = ()

    @property
    def extent(self) -> int:
        """Cells from the first to the last tap."""
        return self.taps[-1] - self.taps[0] + 1

    @property
    def reads(self) -> tuple[Taps, ...]:
        """The input cells that the outputs of one period read; empty where they are not known exactly."""
        if self.phases:
            return self.phases
        first = self.start - Fraction(self.extent - 1, 2)
        if self.jump.denominator != 1 or first.denominator != 1:
            return ()
        shift = first.numerator - self.taps[0]
        if isinstance(self.taps, range):
            return (range(self.taps.start + shift, self.taps.stop + shift, self.taps.step),)
        return (tuple(tap + shift for tap in self.taps),)


Reading = AxisMap | NoGrid


def phased(
    jump: Fraction, start: Fraction, phases: tuple[Taps, ...], shares: tuple[tuple[int, ...], ...] = ()
) -> AxisMap:
    """Make the map of an operator whose outputs take turns: phases and shares as in AxisMap."""
    widest = max(phases, key=lambda taps: taps[-1] - taps[0] if taps else -1)
    if isinstance(widest, range):
        return AxisMap(jump, start, range(0, len(widest) * widest.step, widest.step), phases, shares)
    return AxisMap(jump, start, tuple(tap - widest[0] for tap in widest), phases, shares)


@dataclass(frozen=True, slots=True)
class Interval:
    """The values that a tensor can take: low <= x <= high, either may be infinite."""

    low: float = -inf
    high: float = inf

    def hull(self, other: "Interval") -> "Interval":
        """Cover both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))


# ---------------------------------------------------------------------- calls


@dataclass(frozen=True, slots=True)
class Module:
    """A torch.nn module: its dotted path and the arguments that differ from PyTorch's defaults, in order.

    arguments include what the lazy twin drops: (("in_channels", 1), ("out_channels", 8), ("kernel_size", 3)).
    function: for modules without weights, the same as an expression over {0}: "F.relu({0})"; `{training}` stands for
    the module's flag. inplace: the function with `inplace=True`, or "" where there is none.
    saves_output: autograd keeps the output for the backward pass, so the next layer must not change it in place.
    is_view: the result may share memory with the input, at least in eval mode.
    helper: for a module that torch.nn does not have, the class that the target names: of `lower/library.py`, or of
    `source`, Python that is copied into the emitted file, where another package brings the operator (then it is named
    `package__Name`, which nothing of a spec can be).
    wrapper: a function of torch.nn that the module is handed to, with its further arguments:
    ("torch.nn.utils.parametrizations.spectral_norm", (("eps", 1e-6),)). applied: how the module is called where that
    is not with the inputs in order: "{module}({0}, {0}, {0})[0]".
    """

    target: str
    arguments: tuple[tuple[str, object], ...] = ()
    function: str = ""
    inplace: str = ""
    saves_output: bool = False
    is_view: bool = False
    helper: str = ""
    wrapper: tuple[str, tuple[tuple[str, object], ...]] | None = None
    applied: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Expression:
    """Python over the inputs {0}, {1} ...: "torch.cat(({0}, {1}), 1)"; torch is imported as `torch`, `F` too.

    helper: the name of a function that the expression calls, or "": of `lower/library.py`, or of `source`, Python that
    is copied into the emitted file, where another package brings the operator (then it is named `package__name`).
    is_view: the result may share memory with an input.
    """

    template: str
    helper: str = ""
    is_view: bool = False
    saves_output: bool = False
    source: str = ""


CallPlan = Module | Expression


@dataclass(frozen=True, slots=True)
class Absorbing:
    """A layer that can take a scale and a shift of each channel of its output into its own weight and bias.

    The weight, seen as (groups, first axis / groups, further axes ...), has the output's channels, in order, on the
    first axis and on `axis` together: 1 for a convolution, 2 for a transposed one. The layer has an argument `bias`.
    """

    groups: int = 1
    axis: int = 1


Weights = Mapping[str, tuple[int, ...]]


# ------------------------------------------------------------------- operator


class Op(ABC):
    """An operator with its arguments fixed. Subclasses are frozen dataclasses with slots, final, one file each.

    rank: the number of axes that inputs must have (4 for `…2d`), None for any. takes: fewest and most inputs
    (None: any number); arguments of kind VALUE count. reads_places: an input may be the places of maxima. All methods
    are pure and get as many shapes as there are inputs.
    """

    __slots__ = ()
    rank: ClassVar[int | None] = None
    takes: ClassVar[tuple[int, int | None]] = (1, 1)
    takes_position: ClassVar[bool] = True  # False where torch.nn has no such module: joins, Slice, Crop, Pad, Reshape
    usual: ClassVar[str] = ""  # what comes first among several windows that solve a `?`, in a few words
    reads_places: ClassVar[bool] = False
    keeps: ClassVar[Saved] = NOTHING  # what `saved` says, where it depends on nothing
    passes_gradient: ClassVar[bool] = False  # the gradients of its inputs lie in the memory of its output's
    category: ClassVar[str] = "other"  # conv, pool, norm, activation, resize, join, dense, shape, regularise, other

    def check(self) -> None:
        """Refuse arguments that can never be, whatever the input.

        Raises Invalid.
        """

    @abstractmethod
    def shape(self, *inputs: Shape) -> Shape:
        """Return the output's shape; its sizes may be 0 or less at sizes that `guards` exclude.

        Raises Invalid where no size of the inputs could do.
        """

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Return the shapes of all outputs; operators with several override it."""
        return (self.shape(*inputs),)

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        """Return what must hold of the sizes, besides every size of inputs and outputs being at least 1."""
        return ()

    def weights(self, *inputs: Shape) -> Weights:
        """Return the trained tensors, in PyTorch's order: {"weight": (out, in, kh, kw), "bias": (out,)}."""
        return {}

    def buffers(self, *inputs: Shape) -> Weights:
        """Return the tensors of the state that are not trained, in PyTorch's order."""
        return {}

    def absorbing(self, *inputs: Shape) -> Absorbing | None:
        """Say how a scale and a shift of the output's channels can go into the weights; None where they cannot."""
        return None

    def remembered_eps(self) -> float | None:
        """Return eps where in evaluation the layer is, for each channel, (x - running_mean) /
        sqrt(running_var + eps) * weight + bias, by tensors of its state; None for every other layer.
        """
        return None

    def macs(self, *inputs: Shape) -> int:
        """Count multiply-accumulates for inputs of concrete shape (biases not counted, padding counted in full)."""
        return 0

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        """Return what autograd keeps for the backward pass, in training, for inputs of concrete shape.

        learns: for each input, whether a gradient goes back to it. Asked only where there is a backward pass: one
        input learns, or the layer has weights.
        """
        return self.keeps

    def scratch(self, *inputs: Shape) -> tuple[Kept, ...]:
        """Return the tensors that the layer makes for itself in evaluation, and drops when it is done.

        The default: those that it would keep in training.
        """
        return self.saved((True,) * len(inputs), *inputs).others

    def shares(self, training: bool, *inputs: Shape) -> Sharing:
        """Say whether the results lie in memory of their own."""
        return Sharing.FRESH

    def strides(self, strides: tuple[int, ...], *inputs: Shape) -> tuple[int, ...]:
        """Return the strides of results that are a part of the first input's memory, given the input's.

        The default is a cut, which leaves them as they are.
        """
        return strides

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        """Return how each spatial axis of the output reads that of the inputs.

        The default is one to one, as for activations and joins.
        """
        return tuple(AxisMap() for _ in inputs[0].spatial)

    def values(self, *inputs: Interval) -> Interval:
        """Return the interval of the output's values, given the inputs'; unbounded where nothing is known."""
        return Interval()

    def traits(self, *inputs: Shape) -> Traits:
        """Return what is true of the operator as a function; what is not claimed is not known."""
        return NOTHING_KNOWN

    def windows(self) -> tuple[Window, ...]:
        """Return the window along each spatial axis; () where no window of fixed size slides."""
        return ()

    def unusual(self, axis: int) -> tuple[int, ...]:
        """Return how far the window along a spatial axis is from what most networks have; () where nothing is usual.

        Among several values that solve a `?` those of the smallest tuple come first.
        """
        return ()

    @abstractmethod
    def call(self, *inputs: Shape) -> CallPlan:
        """Return how PyTorch computes it: plain data, no torch."""


def sizes(shape: Shape, argument: str = "") -> tuple[Size, ...]:
    """Return the spatial axes as sizes.

    Raises Invalid where one is a product of sizes (a flattened map).
    """
    out: list[Size] = []
    for axis in shape.spatial:
        if isinstance(axis, Product):
            raise Invalid(argument, f"a window cannot slide over a flattened axis of size {axis}")
        out.append(axis)
    return tuple(out)


def channels_of(shape: Shape) -> int:
    """Return the number of channels.

    Raises Invalid where it is not a number yet.
    """
    axis = shape.axes[1]
    if isinstance(axis, Size) and axis.value is not None:
        return axis.value
    raise Invalid(
        "",
        f"the number of channels is {axis}, which is not fixed",
        "fix the input's size, or pool to a fixed size first",
    )
