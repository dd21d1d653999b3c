"""A layer that slides a window over an input of known size: all that its pictures are made from.

It knows no operator by name: what slides a window, and what it makes of the cells under it, is said by the names of its
arguments.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

from convdsl.analysis.effective import arguments
from convdsl.mistake import MistakeError
from convdsl.op import Op
from convdsl.ops.window import axis_name
from convdsl.record import dataclass
from convdsl.render.arithmetic.axis import Axis, lay
from convdsl.render.window import Window, adapted, windows
from convdsl.shape import Shape

MOST_TAPS = 4096  # of a window, all axes together
LONGEST, MOST_READS = 200_000, 2_000_000  # cells of an axis, and readings along it
Place = tuple[int, ...]  # one number for each spatial axis

# what is made of the cells under a window, by an argument that no other kind has
SIGNS = {"out_channels": "dot", "kernel": "fixed", "count_include_pad": "mean", "norm_type": "power"}


@dataclass(frozen=True, slots=True)
class Slide:
    """A window over an input.

    before, after: the shapes of input and output, batch included. kind: what is made of the cells under the window:
    "dot" (a sum with weights), "fixed" (with numbers that are not learned), "mean", "power" or "max".
    groups: parts of the channels that do not see each other. kernel: the numbers of a fixed window.
    """

    axes: tuple[Axis, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    kind: str
    told: Mapping[str, object]
    groups: int
    kernel: tuple[tuple[float, ...], ...] = ()

    @property
    def transposed(self) -> bool:
        """Whether zeros are put in between the cells of the input."""
        return self.axes[0].transposed

    @property
    def fanned(self) -> int:
        """How many channels of the input one channel of the output reads."""
        return self.before[1] // self.groups

    def taps(self, output: Place) -> list[Place]:
        """Return the cells that an output reads, row by row; along each axis as Axis counts them."""
        return list(product(*(axis.reads[at] for axis, at in zip(self.axes, output, strict=True))))

    def kind_at(self, cell: Place) -> str:
        """Return what a cell is; the outermost kind wins: a corner of padding and inserted zeros is padding."""
        kinds = [axis.kinds[at] for axis, at in zip(self.axes, cell, strict=True)]
        return next((kind for kind in ("beyond", "edge", "added", "zero") if kind in kinds), "value")

    def is_read(self, cell: Place) -> bool:
        """Tell whether some output reads a cell."""
        return all(axis.times[at] for axis, at in zip(self.axes, cell, strict=True))

    def source(self, index: int, at: int) -> int | None:
        """Return the place in the input whose number a cell of an axis holds; None for zeros, and beyond the edge.

        Source: PyTorch, torch.nn.ReflectionPad2d, ReplicationPad2d and CircularPad2d.
        """
        axis = self.axes[index]
        place, last = axis.source(at), axis.size - 1
        mode = self.told.get("padding_mode", "zeros")
        if place is None or 0 <= place <= last:
            return place
        if axis.transposed or mode == "zeros" or axis.kinds[at] == "beyond":
            return None
        if mode == "circular":
            return place % axis.size
        if mode == "replicate":
            return min(max(place, 0), last)
        return -place if place < 0 else 2 * last - place

    def times(self, index: int) -> list[int]:
        """Count along an axis how often each place of the input is read, by itself or by a copy in the padding."""
        axis = self.axes[index]
        out = [0] * axis.size
        for at, count in enumerate(axis.times):
            place = self.source(index, at)
            if place is not None:
                out[place] += count
        return out

    def sums(self, output: Place) -> int:
        """Count the cells of one channel of the input itself that an output reads."""
        total = 1
        for axis, at in zip(self.axes, output, strict=True):
            total *= axis.values(at)
        return total

    def axis_name(self, index: int) -> str:
        """Return the word for a spatial axis."""
        return axis_name(len(self.axes), index)


def slide_of(op: Op, inputs: Sequence[Shape]) -> Slide | None:
    """Lay a layer's window over its input; None where it slides none, or not over up to three axes of known size.

    inputs: with numbers for all axes. Raises MistakeError where the window or its way is too long to be followed.
    """
    told = arguments(op)
    if len(inputs) != 1 or op.reads_places or not inputs[0].is_concrete:
        return None
    found = windows(told, op.buffers(*inputs).get("kernel")) or adapted(told, inputs[0].numbers[2:])
    if not found:
        return None
    before, out = inputs[0].numbers, op.shape(*inputs)
    if not out.is_concrete or not 1 <= len(before) - 2 <= 3 or len(found) != len(before) - 2:
        return None
    if None in op.axes(*inputs):
        return None
    _require_short(found, before[2:])
    axes = tuple(lay(window, size) for window, size in zip(found, before[2:], strict=True))
    after = out.numbers
    if tuple(axis.count for axis in axes) != after[2:] or 0 in after:
        return None
    kind = next(
        (kind for sign, kind in SIGNS.items() if sign in told), "mean" if op.traits(*inputs).averages else "max"
    )
    groups = told.get("groups", before[1] if "out_channels" not in told else 1)
    assert isinstance(groups, int)
    return Slide(axes, before, after, kind, told, groups, _fixed(op, inputs) if kind == "fixed" else ())


def _require_short(found: Sequence[Window], sizes: Sequence[int]) -> None:
    """Raise MistakeError for a window of more cells than anybody can look at, or a longer way than can be walked."""
    if prod(window.kernel for window in found) > MOST_TAPS:
        said = " × ".join(f"{window.kernel:,}" for window in found)
        raise MistakeError(f"a window of {said} is too large to be drawn", way_out="draw a layer with a smaller one")
    for window, size in zip(found, sizes, strict=True):
        cells = (size + 2 * window.padding) * (window.stride if window.extra is not None else 1) + window.extent
        if cells > LONGEST or window.kernel * window.steps(size)[2] > MOST_READS:
            way_out = "ask for a smaller one: `--size 64x64`"
            raise MistakeError(f"an axis of {size:,} is too long for a picture of this window", way_out=way_out)


def _fixed(op: Op, inputs: Sequence[Shape]) -> tuple[tuple[float, ...], ...]:
    """Return the numbers of a window that is not learned, from what PyTorch is called with."""
    plan = op.call(*inputs)
    rows = dict(getattr(plan, "arguments", ())).get("kernel", ())
    assert isinstance(rows, tuple)
    return rows
