"""Made-up numbers for a layer's input and weights, and what the layer makes of them, exactly.

Whole numbers that depend on nothing but their place, so that they can be asked for anywhere in a large map. Of the
channels that an output reads only a few hold numbers, the others hold zeros: the sum can be written out.
"""

from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from zlib import crc32

from convdsl.record import dataclass
from convdsl.render.arithmetic.slide import Place, Slide

MOST_TAPS = 27  # under a window, over all channels, up to which all channels hold numbers: 3 x 3 of three
Number = int | Fraction | float  # a float only where a root is drawn


@dataclass(frozen=True, slots=True)
class Term:
    """One product of a sum: what a tap reads, and its weight; value: None for padding that is not read.

    put_in: it is no number of the input, but a zero between or around them.
    """

    value: Number | None
    weight: Number
    put_in: bool


def made_up(name: str, *place: int, low: int, high: int) -> int:
    """Return a whole number from low to high, the same for the same place."""
    mixed = crc32(",".join((name, *map(str, place))).encode())
    for _ in range(2):  # a checksum alone runs in steps from place to place
        mixed = (mixed ^ mixed >> 15) * 0x2C1B3C6D % 2**32
    return low + (mixed >> 12) % (high - low + 1)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a layer: channel 0 of the output, and the channels of the input that it reads."""

    slide: Slide

    @property
    def channels(self) -> int:
        """How many channels of the input hold numbers."""
        return self.slide.fanned if self.slide.fanned * prod(self._kernel) <= MOST_TAPS else 1

    @cached_property
    def _kernel(self) -> tuple[int, ...]:
        return tuple(axis.window.kernel for axis in self.slide.axes)

    @cached_property
    def _known(self) -> dict[Place, Number]:
        """The outputs that were asked for."""
        return {}

    def input(self, channel: int, place: Place) -> int:
        """Return a number of the input; 0 in the channels that hold none."""
        least = 1 if self.slide.kind == "power" else 0  # a power may be negative
        most = 9 if self.slide.kind in ("max", "mean") else 4  # a pool tells more of numbers that differ
        return made_up("input", channel, *place, low=least, high=most) if channel < self.channels else 0

    def weight(self, channel: int, tap: Place) -> Number:
        """Return the weight of a tap, for channel 0 of the output; 1 where nothing is learned or fixed.

        tap: counted in the weight as PyTorch keeps it.
        """
        if self.slide.kind == "fixed":
            return Fraction(self.slide.kernel[tap[0]][tap[1]]).limit_denominator(10**6)
        if self.slide.kind == "dot":
            return made_up("weight", channel, *tap, low=-1, high=2)
        return 1

    @property
    def bias(self) -> int:
        """Return what is added to channel 0 of the output."""
        return 1 if self.slide.kind == "dot" and self.slide.told.get("bias") is True else 0

    def under(self, channel: int, cell: Place) -> Number | None:
        """Return what a cell under the window holds, None where it is not read though the window lies on it."""
        places = [self.slide.source(index, at) for index, at in enumerate(cell)]
        inside = [place for place in places if place is not None]
        if len(inside) == len(places):
            return self.input(channel, tuple(inside))
        return 0 if self.slide.kind_at(cell) in self._counted or self.slide.transposed else None

    @cached_property
    def _counted(self) -> tuple[str, ...]:
        """The kinds of cells that a window counts."""
        if self.slide.kind == "max":
            return ("value",)
        told = self.slide.told
        return ("value", "added") if told.get("count_include_pad", True) else ("value",)

    def terms(self, output: Place) -> list[Term]:
        """Return what the taps of an output read, channel by channel, and their weights.

        The window of a transposed layer is turned, for here it slides over the input.
        """
        cells = self.slide.taps(output)
        # windows of unequal lengths have no weights, which taps are counted for
        taps = list(product(*(range(len(axis.reads[at])) for axis, at in zip(self.slide.axes, output, strict=True))))
        if self.slide.transposed:
            taps.reverse()
        channels = range(self.channels)
        return [
            Term(self.under(channel, cell), self.weight(channel, tap), self.slide.kind_at(cell) != "value")
            for channel in channels
            for cell, tap in zip(cells, taps, strict=True)
        ]

    def output(self, output: Place) -> Number:
        """Return a number of channel 0 of the output."""
        if output not in self._known:
            self._known[output] = self._made(output)
        return self._known[output]

    def _made(self, output: Place) -> Number:
        terms = self.terms(output)
        read = [term.value for term in terms if term.value is not None]
        kind = self.slide.kind
        if kind == "max":
            return max(read)
        if kind == "mean":
            return Fraction(sum(read)) / self.divisor(output)
        if kind == "power":
            return self._root(read, output)
        return self.bias + sum((term.value or 0) * term.weight for term in terms)

    def divisor(self, output: Place) -> int:
        """Return what a mean divides by.

        Source: PyTorch, torch.nn.AvgPool2d: a window ends where the padding ends, and `count_include_pad`.
        """
        told = self.slide.told
        override = told.get("divisor_override")
        if isinstance(override, int):
            return override
        return prod(
            sum(axis.kinds[cell] in self._counted for cell in axis.reads[at])
            for axis, at in zip(self.slide.axes, output, strict=True)
        )

    def _root(self, read: list[Number], output: Place) -> Number:
        """Source: PyTorch, torch.nn.functional.lp_pool2d: the mean of the powers times the window's cells."""
        power = self.slide.told["norm_type"]
        assert isinstance(power, int | float)
        total = sum(float(value) ** power for value in read) / self.divisor(output) * prod(self._kernel)
        return float(total ** (1 / power)) if total else 0.0


def number_text(number: Number) -> str:
    """Write a number in a cell: whole, a simple fraction, or two decimals at most."""
    if isinstance(number, Fraction) and number.denominator in (3, 4, 6, 8, 9, 16) and abs(number) < 1:
        text = f"{abs(number.numerator)}/{number.denominator}"
    else:
        text = f"{abs(float(number)):.2f}".rstrip("0").rstrip(".")
    return f"−{text}" if number < 0 and text != "0" else text
