"""What a layer leaves in memory, as plain data: the tensors that autograd keeps of it, and whether its result is new.

The rules of each operator stand in its own file; tests/ops/test_saved.py measures them by PyTorch's hooks for saved
tensors, on CPU.
"""

from enum import Enum

from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """A tensor of the layer's own that is kept for the backward pass: a mask, statistics, places of maxima.

    numbers: how many it holds. width: bytes of each; None: as wide as the values are.
    """

    numbers: int
    width: int | None = None


class Order(Enum):
    """How an input has to lie in memory to be kept as it is; of one that lies otherwise an ordered copy is kept.

    ANY: with any strides. ROWS: all axes but the last can be read as one. CHANNELS_LAST: without gaps, in the order of
    the axes or with the channels behind the image. WHOLE: without gaps, in the order of the axes.
    """

    ANY = "any"
    ROWS = "rows"
    CHANNELS_LAST = "channels last"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Saved:
    """What autograd keeps of one layer, weights aside.

    inputs, outputs: positions of those that are kept; they cost memory once, however many layers keep them. others:
    further tensors. order: what the layer asks of the inputs that it keeps.
    """

    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    others: tuple[Kept, ...] = ()
    order: Order = Order.ANY


NOTHING = Saved()
INPUT = Saved(inputs=(0,))
OUTPUT = Saved(outputs=(0,))
PLACE_BYTES = 8  # the places of maxima are int64


class Sharing(Enum):
    """How the results of a layer lie in memory.

    FRESH: in memory of their own. SAME: in that of the first input, number for number. REGROUPED: likewise, if the
    input's numbers lie so that the new axes have strides; else they are copied. PART: in the first input's memory, a
    part of it or in another order.
    """

    FRESH = "fresh"
    SAME = "same"
    REGROUPED = "regrouped"
    PART = "part"
