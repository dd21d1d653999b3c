"""Which pixels the outputs of a value see along one axis: first and last pixel, and centre, for each phase.

Exact whole numbers while outputs repeat within MOST_PHASES; beyond that, and where an operator does not say what each
output reads, one phase of fractions that is never too narrow. It knows axis maps, and neither graphs nor joins of
several axes. Formulas: docs/geometry.md.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor, gcd, lcm

from convdsl.op import MOST_PHASES, AxisMap, Taps
from convdsl.record import dataclass

_BITS = 193  # of the largest mass; above it masses and moments lose their last digits: a mean needs no more
_SIMPLE = 10**6  # denominator of a start that has lost digits

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class Reach:
    """What outputs 0 .. q - 1 see, in input pixels from pixel 0; output q * m + r sees what r sees, step * m further.

    lows, highs: first and last pixel; None where an output sees nothing (a transposed convolution of a window that is
    shorter than its stride). masses, moments: the sums of the weights of all pixels, and of weight * place, where every
    learned weight is 1: their quotient is the centre. exact: False where there is one phase that stands for all, its
    numbers are fractions, and no output sees more.
    """

    step: Number
    lows: tuple[Number | None, ...]
    highs: tuple[Number | None, ...]
    masses: tuple[int, ...]
    moments: tuple[int, ...]
    exact: bool = True

    @property
    def phases(self) -> int:
        """Outputs after which everything repeats."""
        return len(self.lows)

    @property
    def jump(self) -> Fraction:
        """Input pixels from one output to the next."""
        return Fraction(self.step, len(self.lows))

    @property
    def pace(self) -> tuple[Number, int]:
        """What `jump` is made of, quick to compare: of one pace is one jump."""
        return self.step, len(self.lows)

    def is_centred_as(self, other: "Reach") -> bool:
        """Tell by whole numbers whether each phase sees the same centre; False where phases differ or are blind."""
        if self is other:
            return True
        if self.pace != other.pace:
            return False
        pairs = zip(self.masses, self.moments, other.masses, other.moments, strict=True)
        return all(mass and mass_of and moment * mass_of == at * mass for mass, moment, mass_of, at in pairs)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The pixels from the first to the last that each phase sees, 0 where it sees nothing."""
        spans = map(_span, self.lows, self.highs)
        return tuple(0 if span is None else floor(span[1] - span[0]) + 1 for span in spans)

    @property
    def size(self) -> int:
        """The pixels that the widest phase sees."""
        return max(self.sizes)

    @property
    def starts(self) -> tuple[Fraction | None, ...]:
        """The centre of what each of the outputs 0 .. q - 1 sees; None where it sees nothing."""
        pairs = zip(self.masses, self.moments, strict=True)
        return tuple(_simple(Fraction(moment, mass)) if mass else None for mass, moment in pairs)

    @property
    def start(self) -> Fraction:
        """The centre of output 0, taken as the mean over the phases."""
        jump, rows = self.jump, enumerate(zip(self.masses, self.moments, strict=True))
        found = [Fraction(moment, mass) - place * jump for place, (mass, moment) in rows if mass]
        return _simple(sum(found, Fraction(0)) / max(1, len(found)))

    def edges(self, place: int) -> tuple[Number, Number] | None:
        """Return the first and last pixel that an output sees, borders aside; None where it sees nothing."""
        turn, phase = divmod(place, len(self.lows))
        span, shift = _span(self.lows[phase], self.highs[phase]), turn * self.step
        return None if span is None else (span[0] + shift, span[1] + shift)

    def through(self, step: "Step") -> "Reach":
        """Look through one more layer."""
        own = len(self.lows)
        if step.only is not None and own == 1 and self.exact and self.masses[0]:
            return self._single(step.only)
        turns = own // gcd(step.cells, own)
        if not step.reads or not self.exact or turns * len(step.reads) > MOST_PHASES:
            return self._bounded(step)
        rows = [
            _read(self, turn * step.cells, taps, step.shares[phase] if step.shares else None)
            for turn in range(turns)
            for phase, taps in enumerate(step.reads)
        ]
        return _reach(step.cells * turns // own * self.step, rows)

    def _single(self, taps: tuple[int, int, int]) -> "Reach":
        first, last, cells = taps
        low, high, step = self.lows[0], self.highs[0], self.step
        assert low is not None and high is not None and isinstance(step, int)
        mass, moment = 2 * self.masses[0], 2 * self.moments[0] + self.masses[0] * (first + last) * step
        if moment % 2 == 0:
            mass, moment = mass // 2, moment // 2
        return Reach(cells * step, (low + first * step,), (high + last * step,), (mass,), (moment,))

    def _bounded(self, step: "Step") -> "Reach":
        (low, high), jump = self._ends(), self.jump
        start = self.start + step.start * jump
        return _bounds(jump * step.jump, low + step.low * jump, high + step.high * jump, start)

    def _ends(self) -> tuple[Number, Number]:
        """Bound what any output sees, relative to its place."""
        jump = self.jump
        low = min((low - place * jump for place, low in enumerate(self.lows) if low is not None), default=0)
        high = max((high - place * jump for place, high in enumerate(self.highs) if high is not None), default=0)
        return low, high

    def union(self, other: "Reach") -> "Reach | None":
        """See what either sees, centred like the wider one; None where they step by different amounts."""
        if self is other or self == other:
            return self
        if self.step * len(other.lows) != other.step * len(self.lows):
            return None
        wide = self if self.size >= other.size else other
        if not self.exact or not other.exact or lcm(self.phases, other.phases) > MOST_PHASES:
            (low, high), (low_too, high_too) = self._ends(), other._ends()
            return _bounds(self.jump, min(low, low_too), max(high, high_too), wide.start)
        count = lcm(self.phases, other.phases)
        one, two, wide = self._repeated(count), other._repeated(count), wide._repeated(count)
        return Reach(
            one.step,
            tuple(map(_least, one.lows, two.lows)),
            tuple(map(_most, one.highs, two.highs)),
            wide.masses,
            wide.moments,
        )

    def _repeated(self, count: int) -> "Reach":
        """Write several periods as one of `count` phases."""
        if count == self.phases:
            return self
        turns = range(count // self.phases)
        return Reach(
            self.step * len(turns),
            tuple(None if low is None else low + turn * self.step for turn in turns for low in self.lows),
            tuple(None if high is None else high + turn * self.step for turn in turns for high in self.highs),
            self.masses * len(turns),
            tuple(
                moment + int(turn * self.step) * mass
                for turn in turns
                for mass, moment in zip(self.masses, self.moments, strict=True)
            ),
        )


PIXEL = Reach(1, (0,), (0,), (1,), (0,))


@dataclass(frozen=True, slots=True)
class Step:
    """An axis map made ready for many reaches.

    cells: input cells after which its phases repeat. only: of one evenly spaced phase, its first and last tap, and
    cells. jump, low, high, start: bounds of all phases, in input cells from output 0's place, for what is not exact.
    """

    reads: tuple[Taps, ...]
    shares: tuple[tuple[int, ...], ...]
    cells: int
    only: tuple[int, int, int] | None
    jump: Fraction
    low: Fraction
    high: Fraction
    start: Fraction


def step_of(axis: AxisMap) -> Step:
    """Prepare an axis map."""
    reads, jump = axis.reads, axis.jump
    cells, only = jump.numerator, None
    if reads:
        first = min(taps[0] - place * jump for place, taps in enumerate(reads) if taps)
        last = max(taps[-1] - place * jump for place, taps in enumerate(reads) if taps)
        cells = int(jump * len(reads))
        if len(reads) == 1 and isinstance(reads[0], range) and not axis.shares:
            only = reads[0][0], reads[0][-1], cells
    else:
        # what a phase lies beside the mean of all is under a cell, half of it on either side
        first, last = (axis.start + sign * Fraction(axis.extent, 2) for sign in (-1, 1))
    return Step(reads, axis.shares, cells, only, jump, Fraction(first), Fraction(last), axis.start)


Row = tuple[Number | None, Number | None, int, int]  # first and last pixel, mass, moment


def _read(seen: Reach, base: int, taps: Taps, shares: tuple[int, ...] | None) -> Row:
    """Sum what one output sees through its taps: first and last pixel, None where it sees nothing; mass, moment.

    base: the cell from which taps count. Taps that are evenly spaced come back to a phase of what they read every so
    many taps, so that all visits to a phase are one: a window of any size costs what the phases cost.
    """
    own, step = len(seen.lows), seen.step
    assert isinstance(step, int)
    cycle, onward = len(taps), step  # taps until a phase is visited again, pixels between two visits
    if isinstance(taps, range) and shares is None:
        cycle = own // gcd(taps.step, own)
        onward = taps.step * cycle // own * step
    firsts: list[Number] = []
    lasts: list[Number] = []
    mass = moment = 0
    for index, tap in enumerate(taps[:cycle]):
        turn, phase = divmod(base + tap, own)
        first, last = seen.lows[phase], seen.highs[phase]
        if first is None:
            continue
        assert last is not None
        shift, more = turn * step, (len(taps) - index - 1) // cycle  # further visits
        share = (more + 1) * (1 if shares is None else shares[index])
        here = seen.masses[phase] * share
        mass += here
        moment += seen.moments[phase] * share + here * shift + seen.masses[phase] * onward * (more * (more + 1) // 2)
        firsts.append(first + shift)
        lasts.append(last + shift + more * onward)
    return min(firsts, default=None), max(lasts, default=None), mass, moment


def _reach(step: Number, rows: Sequence[Row]) -> Reach:
    lows, highs, masses, moments = zip(*rows, strict=True)
    shared = gcd(*masses, *moments) or 1
    excess = max(0, (max(masses) // shared).bit_length() - _BITS)
    small, less = (tuple(number // shared >> excess for number in numbers) for numbers in (masses, moments))
    return Reach(step, lows, highs, small, less)


def _span(low: Number | None, high: Number | None) -> tuple[Number, Number] | None:
    if low is None:
        return None
    assert high is not None
    return low, high


def _bounds(jump: Fraction, low: Number, high: Number, start: Fraction) -> Reach:
    return Reach(jump, (low,), (high,), (start.denominator,), (start.numerator,), exact=False)


def _simple(value: Fraction) -> Fraction:
    return value if value.denominator.bit_length() <= 64 else value.limit_denominator(_SIMPLE)


def _least(one: Number | None, two: Number | None) -> Number | None:
    return min((number for number in (one, two) if number is not None), default=None)


def _most(one: Number | None, two: Number | None) -> Number | None:
    return max((number for number in (one, two) if number is not None), default=None)
