"""Exact sets of sizes: the answers to "at which heights does this network run?".

A `SizeSet` is an ultimately periodic set of integers >= 1 in canonical form: equal sets are equal values. Everything
that guards can ask of one axis stays inside this family (docs/sizes.md). It knows sizes, not guards or layers.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from math import gcd, lcm

from convdsl.record import dataclass
from convdsl.sizes import Size
from convdsl.sizetext import describe

LIMIT = 2**18  # residues or members that are looked at one by one in one step, a tenth of a second; then bounded
BOUND = 16384  # the bounded mode is exact up to this size, larger than the pictures that networks are asked to read


@dataclass(frozen=True, slots=True)
class SizeSet:
    """A set of integers >= 1: those in `finite`, and every x >= start with x % period in residues.

    start is itself a member and larger than every one in `finite`; a finite set has start None, period 1 and no
    residues. bounded: the largest size up to which the set is known, None where it is exact everywhere; a bounded set
    has no members beyond. Make sets by the functions and methods below only: they keep the canonical form.
    """

    finite: tuple[int, ...] = ()
    start: int | None = None
    period: int = 1
    residues: tuple[int, ...] = ()
    bounded: int | None = None

    # ------------------------------------------------------------- questions

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no member."""
        return not self.finite and self.start is None

    @property
    def is_finite(self) -> bool:
        """Tell whether there are finitely many members (as far as is known)."""
        return self.start is None

    def contains(self, x: int) -> bool:
        """Tell whether x is a member."""
        if self.start is not None and x >= self.start:
            return _has(self.residues, x % self.period)
        return _has(self.finite, x)

    def first(self) -> int | None:
        """Return the smallest member, None if there is none."""
        return self.finite[0] if self.finite else self.start

    def nearest(self, x: int) -> tuple[int | None, int | None]:
        """Return the largest member <= x and the smallest member >= x, None where there is none."""
        at = bisect_left(self.finite, x + 1)
        below = self.finite[at - 1] if at else None
        at = bisect_left(self.finite, x)
        above = self.finite[at] if at < len(self.finite) else None
        if self.start is None:
            return below, above
        if x >= self.start:
            below = _down(x, self.period, self.residues)
        if above is None:
            above = _up(max(x, self.start), self.period, self.residues)
        return below, above

    def below(self, limit: int) -> Iterator[int]:
        """Run through the members smaller than limit, in order."""
        return self.within(1, limit)

    def within(self, low: int, limit: int) -> Iterator[int]:
        """Run through the members with low <= x < limit, in order."""
        yield from self.finite[bisect_left(self.finite, low) : bisect_left(self.finite, limit)]
        start = self.start
        if start is not None:
            low = max(low, start)
            for base in range(low - low % self.period, limit, self.period):
                yield from (base + r for r in self.residues if low <= base + r < limit)

    def is_subset(self, other: "SizeSet") -> bool:
        """Tell whether every member is in the other set."""
        return self.minus(other).is_empty

    def where(self, symbol: str, brief: bool = False) -> str:
        """Print the set so that it can stand after `where`: `H % 16 == 0, H >= 16`.

        brief: without a bound that follows from the rest: `H % 16 == 0`, and "" for everything.
        """
        return describe(symbol, self.finite, self.start, self.period, self.residues, brief)

    def text(self, symbol: str) -> str:
        """Print the set for people; a bounded set says how far it is known, as a comment of the language."""
        note = "" if self.bounded is None else f"  # exact up to {symbol} = {self.bounded}"
        return self.where(symbol) + note

    # --------------------------------------------------------------- algebra

    def intersect(self, other: "SizeSet") -> "SizeSet":
        """Keep what is in both."""
        if self.bounded or other.bounded:
            return _window(self, other, lambda x: self.contains(x) and other.contains(x))
        finite = sorted(x for x in {*self.finite, *other.finite} if self.contains(x) and other.contains(x))
        if self.start is None or other.start is None:
            return SizeSet(tuple(finite))
        period = lcm(self.period, other.period)
        one, two = sorted((self, other), key=lambda s: len(s.residues) * (period // s.period))
        if one._lifted_count(period) > LIMIT:
            return _window(self, other, lambda x: self.contains(x) and other.contains(x))
        keep = set(two.residues)
        residues = [r for r in one._lifted(period) if r % two.period in keep]
        return _canonical(finite, max(self.start, other.start), period, residues)

    def union(self, other: "SizeSet") -> "SizeSet":
        """Keep what is in either."""
        one, two = (self, other) if other.is_finite else (other, self)  # `two` is finite if either is
        if self.bounded or other.bounded:
            return _window(self, other, lambda x: self.contains(x) or other.contains(x))
        if one.start is None:
            return SizeSet(tuple(sorted({*one.finite, *two.finite})))
        extra = [x for x in two.finite if not one.contains(x)]
        threshold = max([one.start, two.start or 0, *(x + 1 for x in extra[-1:])])
        period = lcm(one.period, two.period)
        work = one._count_below(threshold) + two._count_below(threshold)
        if work + one._lifted_count(period) + two._lifted_count(period) > 2 * LIMIT:
            return _window(self, other, lambda x: self.contains(x) or other.contains(x))
        members = sorted({*one.below(threshold), *two.below(threshold)})
        return _canonical(members, threshold, period, sorted({*one._lifted(period), *two._lifted(period)}))

    def minus(self, other: "SizeSet") -> "SizeSet":
        """Keep what is in this set and not in the other."""
        if self.bounded or other.bounded:
            return _window(self, other, lambda x: self.contains(x) and not other.contains(x))
        if self.start is None:
            return SizeSet(tuple(x for x in self.finite if not other.contains(x)))
        threshold = max(self.start, other._threshold)
        period = lcm(self.period, other.period)
        if self._count_below(threshold) + self._lifted_count(period) > 2 * LIMIT:
            return _window(self, other, lambda x: self.contains(x) and not other.contains(x))
        members = [x for x in self.below(threshold) if not other.contains(x)]
        drop = set(other.residues)
        residues = [r for r in self._lifted(period) if r % other.period not in drop]
        return _canonical(members, threshold, period, residues)

    def complement(self) -> "SizeSet":
        """Keep every integer >= 1 that is not in this set."""
        return everything().minus(self)

    # -------------------------------------------------------- guards on sizes

    def solve(self, difference: Callable[[int], int], period: int, growth: int, at_least: bool) -> "SizeSet":
        """Keep the members x with difference(x) == 0, or with difference(x) >= 0 if at_least.

        The difference has to satisfy difference(x + period) == difference(x) + growth for every integer x; then it is
        linear on each residue class, and one evaluation a class decides all of it.
        """

        def holds(x: int) -> bool:
            return difference(x) >= 0 if at_least else difference(x) == 0

        members = [x for x in self.finite if holds(x)]
        if self.start is None:
            return SizeSet(tuple(members), bounded=self.bounded)
        whole = lcm(self.period, period)
        step = growth * (whole // period)
        if self._lifted_count(whole) > LIMIT:
            return _window(self, self, lambda x: self.contains(x) and holds(x))
        residues: list[int] = []
        runs: list[range] = []  # finite stretches of one residue class each
        opens: list[int] = []  # first members of endless ones
        for residue in self._lifted(whole):
            x = self.start + (residue - self.start) % whole
            value = difference(x)
            if step == 0 or not at_least:
                if value == 0 or (at_least and value > 0):
                    (residues if step == 0 else members).append(residue if step == 0 else x)
                elif step != 0 and value % step == 0 and -value // step > 0:
                    members.append(x + -value // step * whole)
            elif step > 0:
                opens.append(x + max(0, -(value // step)) * whole)
                residues.append(residue)
            elif value >= 0:
                runs.append(range(x, x + value // -step * whole + 1, whole))
        if not residues:
            if sum(map(len, runs)) > LIMIT:
                return _window(self, self, lambda x: self.contains(x) and holds(x))
            members.extend(x for run in runs for x in run)
            return SizeSet(tuple(sorted(members)))
        threshold = max(opens, default=self.start)
        runs = [range(first, threshold, whole) for first in opens]
        if sum(map(len, runs)) > LIMIT:
            return _window(self, self, lambda x: self.contains(x) and holds(x))
        members.extend(x for run in runs for x in run)
        return _canonical(sorted(members), threshold, whole, residues)

    def at_least(self, size: Size, minimum: int) -> "SizeSet":
        """Keep where size >= minimum."""
        low = size.least(minimum)
        return nothing() if low is None else self if low <= 1 else self.intersect(interval(low, None))

    def at_most(self, size: Size, maximum: int) -> "SizeSet":
        """Keep where size <= maximum."""
        over = size.least(maximum + 1)
        return self if over is None else self.intersect(interval(1, over - 1))

    def equal(self, left: Size, right: Size) -> "SizeSet":
        """Keep where two sizes of one symbol (or constants) are equal."""
        if left == right:
            return self
        if right.value is not None:
            return self.at_least(left, right.value).at_most(left, right.value)
        if left.value is not None:
            return self.equal(right, left)
        return self.solve(*_difference(left, right), at_least=False)

    def not_less(self, left: Size, right: Size) -> "SizeSet":
        """Keep where left >= right, two sizes of one symbol (or constants)."""
        if left == right:
            return self
        if right.value is not None:
            return self.at_least(left, right.value)
        if left.value is not None:
            return self.at_most(right, left.value)
        return self.solve(*_difference(left, right), at_least=True)

    def between(self, low: int, high: int | None) -> "SizeSet":
        """Keep low <= x <= high (None: no upper end)."""
        if high is not None and (high - low) // self.period * len(self.residues) <= LIMIT:
            return SizeSet(tuple(self.within(low, high + 1)), bounded=self.bounded)
        return self.intersect(interval(low, high))

    def divisible(self, size: Size, divisor: int) -> "SizeSet":
        """Keep where size is a multiple of divisor."""
        period, growth = size.period
        return self.solve(lambda x: size.at(x) % divisor, period * (divisor // gcd(divisor, growth)), 0, at_least=False)

    # ---------------------------------------------------------------- inside

    @property
    def _threshold(self) -> int:
        """From here on, membership is periodic."""
        return self.start if self.start is not None else self.finite[-1] + 1 if self.finite else 1

    def _lifted_count(self, period: int) -> int:
        return len(self.residues) * (period // self.period)

    def _lifted(self, period: int) -> list[int]:
        """Write the residues modulo a multiple of the period, in order."""
        return [base + r for base in range(0, period, self.period) for r in self.residues]

    def _count_below(self, limit: int) -> int:
        """Estimate from above how many members are smaller than limit."""
        if self.start is None or limit <= self.start:
            return len(self.finite)
        return len(self.finite) + ((limit - self.start) // self.period + 1) * len(self.residues)


def everything() -> SizeSet:
    """Return all integers >= 1."""
    return _EVERYTHING


def nothing() -> SizeSet:
    """Return the empty set."""
    return _NOTHING


def interval(low: int, high: int | None) -> SizeSet:
    """Return low <= x <= high (None: no upper end), within x >= 1."""
    low = max(low, 1)
    if high is None:
        return SizeSet((), low, 1, (0,))
    if high - low >= LIMIT:
        return SizeSet(tuple(range(low, min(high, BOUND) + 1)), bounded=BOUND)
    return SizeSet(tuple(range(low, high + 1)))


def congruent(residues: Iterable[int], period: int) -> SizeSet:
    """Return the x >= 1 with x % period among the residues."""
    return _canonical([], 1, period, sorted({r % period for r in residues}))


def members(sizes: Iterable[int]) -> SizeSet:
    """Return a finite set."""
    return SizeSet(tuple(sorted({x for x in sizes if x >= 1})))


_EVERYTHING = SizeSet((), 1, 1, (0,))
_NOTHING = SizeSet()


def _difference(left: Size, right: Size) -> tuple[Callable[[int], int], int, int]:
    """Return left - right with its period and its growth over one period (theorem T1)."""
    (one, rise), (two, climb) = left.period, right.period
    period = lcm(one, two)
    return lambda x: left.at(x) - right.at(x), period, rise * (period // one) - climb * (period // two)


def _window(left: SizeSet, right: SizeSet, keep: Callable[[int], bool]) -> SizeSet:
    """Decide every size up to a bound one by one: the bounded mode."""
    bound = min(left.bounded or BOUND, right.bounded or BOUND)
    return SizeSet(tuple(x for x in range(1, bound + 1) if keep(x)), bounded=bound)


def _canonical(finite: list[int], threshold: int, period: int, residues: list[int]) -> SizeSet:
    """Bring into canonical form: smallest period, then the lowest start from which the pattern describes everything.

    finite: members below the threshold, in order; residues in order.
    """
    if not residues:
        return SizeSet(tuple(finite))
    for prime in _primes(period):
        while period % prime == 0:
            smaller = sorted({r % (period // prime) for r in residues})
            if len(smaller) * prime != len(residues):
                break
            period, residues = period // prime, smaller
    start = _up(max(threshold, 1), period, residues)
    kept = len(finite)
    while kept and finite[kept - 1] == _down(start - 1, period, residues):
        kept -= 1
        start = finite[kept]
    return SizeSet(tuple(finite[:kept]), start, period, tuple(residues))


def _primes(n: int) -> list[int]:
    out = []
    factor = 2
    while factor * factor <= n:
        if n % factor == 0:
            out.append(factor)
            while n % factor == 0:
                n //= factor
        factor += 1
    return [*out, n] if n > 1 else out


def _has(ordered: tuple[int, ...], x: int) -> bool:
    at = bisect_left(ordered, x)
    return at < len(ordered) and ordered[at] == x


def _up(x: int, period: int, residues: "tuple[int, ...] | list[int]") -> int:
    """Return the smallest y >= x with y % period among the residues."""
    at = bisect_left(residues, x % period)
    return x - x % period + (residues[at] if at < len(residues) else residues[0] + period)


def _down(x: int, period: int, residues: "tuple[int, ...] | list[int]") -> int:
    """Return the largest y <= x with y % period among the residues (0 or less where x is small)."""
    at = bisect_left(residues, x % period + 1)
    return x - x % period + (residues[at - 1] if at else residues[-1] - period)
