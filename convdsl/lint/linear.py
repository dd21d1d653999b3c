"""Where learned layers follow each other with nothing nonlinear in between: both are one linear map together.

A law of algebra over traits, in one pass each way; what is to be said about it, rules decide.
"""

from collections.abc import Sequence
from math import gcd, prod

from convdsl.graph.graph import Node
from convdsl.lint.numbers import Numbers
from convdsl.lint.wiring import Wiring
from convdsl.record import dataclass

LEARNED = ("conv", "dense")  # categories of the layers that mix numbers by learned weights


@dataclass(frozen=True, slots=True)
class Run:
    """The last learned layer that a value is an affine function of.

    norm: one that is affine in evaluation and stands in between, the last. moves: whether something in between is more
    than a scale and a shift of each channel. shuffles: whether numbers change places. joined: whether other values
    came in.
    """

    first: Node
    norm: Node | None = None
    moves: bool = False
    shuffles: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two learned layers, the second an affine function of the first."""

    run: Run
    second: Node

    @property
    def first(self) -> Node:
        """The first of the two."""
        return self.run.first


def is_learned(wiring: Wiring, node: Node) -> bool:
    """Tell whether a layer is a convolution, a dense layer or attention with weights."""
    return node.op is not None and node.op.category in LEARNED and bool(wiring.weights(node))


def pairs(wiring: Wiring) -> list[Pair]:
    """Return all pairs of learned affine layers without anything nonlinear, in evaluation, between them."""
    runs: list[Run | None] = []
    found = []
    for node in wiring.nodes:
        traits = wiring.traits(node)
        known = [runs[value.node] for value in node.inputs]
        run = next((one for one in known if one is not None), None)
        if not traits.affine:
            run = None
        elif is_learned(wiring, node):
            if run is not None:
                found.append(Pair(run, node))
            run = Run(node)
        elif run is not None:
            plain = traits.pointwise or bool(traits.statistics)
            run = Run(
                run.first,
                node if traits.statistics else run.norm,
                run.moves or not plain,
                run.shuffles or (traits.rearranges and not traits.pointwise),
                run.joined or len(known) > 1,
            )
        runs.append(run)
    return found


def never_bent(wiring: Wiring) -> Sequence[bool]:
    """Tell of every node whether every way on meets a learned layer before anything nonlinear or an output."""
    never: list[bool] = [True] * len(wiring.nodes)
    for output in wiring.graph.outputs:
        never[output.value.node] = False
    for node in reversed(wiring.nodes):  # who reads a node comes after it
        if not (wiring.traits(node).affine and (never[node.index] or is_learned(wiring, node))):
            for value in node.inputs:
                never[value.node] = False
    return never


def is_linear(wiring: Wiring) -> bool:
    """Tell whether every output is an affine function of the inputs, in evaluation."""
    affine: list[bool] = []
    for node in wiring.nodes:
        affine.append(wiring.traits(node).affine and all(affine[value.node] for value in node.inputs))
    return all(affine[output.value.node] for output in wiring.graph.outputs)


@dataclass(frozen=True, slots=True)
class Kernel:
    """A learned layer as a linear map.

    numbers: how many weights. taps: places that one output reads, of each of `reads` channels; makes: channels of the
    output. groups: as in Traits. window: its sides, and dilation along each; () for a dense layer.
    """

    numbers: int
    taps: int
    reads: int
    makes: int
    groups: int | None
    window: tuple[int, ...]
    dilation: tuple[int, ...] = ()


def kernel(wiring: Wiring, node: Node, channels: int = 0) -> Kernel:
    """Describe a learned layer; channels: those of the map that a dense layer reads all of, 0 if it reads no map."""
    weights = [shape for shape in wiring.weights(node).values() if len(shape) > 1]
    groups = wiring.traits(node).groups
    windows = wiring.windows(node)
    numbers = sum(map(prod, weights))
    if windows:
        sides = tuple(window.kernel_size for window in windows)
        reads, makes = wiring.inputs(node)[0].channels, wiring.output(node).channels
        groups = 1 if reads == 1 else groups  # of a single channel there is nothing to keep apart
        return Kernel(numbers, prod(sides), reads, makes, groups, sides, tuple(w.dilation for w in windows))
    makes, reads = weights[0]
    inside = channels if channels and reads % channels == 0 else reads
    return Kernel(numbers, reads // inside, inside, makes, groups, ())


def one_layer(wiring: Wiring, pair: Pair) -> int:
    """Count the weights of the one layer that a pair makes, if one of the two looks at a single place."""
    one, two = kernels(wiring, pair)
    groups = 1 if pair.run.shuffles else gcd(one.groups or one.reads, two.groups or two.reads)
    return one.reads * one.taps * two.taps * two.makes // groups


def kernels(wiring: Wiring, pair: Pair) -> tuple[Kernel, Kernel]:
    """Describe both layers of a pair."""
    one = kernel(wiring, pair.first)
    return one, kernel(wiring, pair.second, one.makes)


def is_factorised(numbers: Numbers, pair: Pair) -> bool:
    """Tell whether two layers are one layer taken apart on purpose, for fewer weights.

    A depthwise convolution with one that mixes channels, in either order, or two depthwise ones of different dilation,
    which make a large window; windows along different axes; with one of the two pointwise, fewer weights than the one
    layer; else fewer numbers between them, at `size`, than before and behind, which bound the rank of both together:
    in fewer channels, or in a smaller map that the second enlarges.
    """
    one, two = kernels(numbers, pair)
    if one.groups is None or two.groups is None:
        return one.groups is not two.groups or one.dilation != two.dilation
    along = len(one.window) == len(two.window) and all(1 in sides for sides in zip(one.window, two.window, strict=True))
    if along and one.taps > 1 and two.taps > 1:
        return True
    if one.taps == 1 or two.taps == 1:
        return one.numbers + two.numbers < one_layer(numbers, pair)
    shapes = (numbers.inputs(pair.first)[0], numbers.output(pair.first), numbers.output(pair.second))
    before, between, behind = (prod(numbers.at_size(shape)) for shape in shapes)
    enlarged = prod(numbers.at_size(shapes[2])[2:]) > prod(numbers.at_size(shapes[1])[2:])
    return between < min(before, behind) and (enlarged or one.makes < min(one.reads, two.makes))
