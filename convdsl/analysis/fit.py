"""Which numbers in place of `?` give the promised size along one axis, at every promised size.

One `?` is found by halving. Its operator declares that a larger number moves the size in one direction only, so at each
size the numbers that give what was promised are neighbours. So are those that an operator allows (padding up to half a
window, output_padding below the stride, windows that fit), and what is common to sets of neighbours is one again. So
the first and the last number that are right at a few sizes enclose every solution; all between them are tried in exact
arithmetic at all promised sizes, and outside there can be none. Of several `?` all but one run through small numbers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product

from convdsl.analysis.cone import FIXED, Along, Cone, Solution, Unfit, along, at_axis
from convdsl.analysis.guards import holds, meet, symbols_of
from convdsl.argument import Invalid
from convdsl.record import dataclass, field, replace
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet, members, nothing
from convdsl.source import Span

LARGEST = 2**30  # numbers that are looked at by halving: more pixels than any axis has
MOST_KEPT = 6  # solutions along one axis that are told apart
MOST_TRIED = 512  # numbers between the first and the last that are tried before one is found
MOST_TOGETHER = {1: 1, 2: 64, 3: 16}  # by the number of `?` on one axis: how many numbers each but one runs through


@dataclass(frozen=True, slots=True)
class Blank:
    """One `?` of a search: where it stands, and its least number; the one of the last turn is found by halving."""

    span: Span
    least: int
    turn: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a try gives in one cone.

    refusal: why an operator will not have it, None where it will. size: what comes out. domain: the promised sizes at
    which it runs; good: those at which it gives what was promised.
    """

    refusal: Invalid | None
    size: Size | None
    runs: SizeSet
    good: SizeSet

    @property
    def is_solution(self) -> bool:
        """Tell whether it is right at every promised size at which it runs, and runs at all that `where` promises."""
        return self.refusal is None and not self.runs.is_empty and self.runs.is_subset(self.good)


@dataclass(frozen=True, slots=True)
class Found:
    """The solutions along one axis, the most usual first; more: there are others. near: tries beside the mark.

    sure: the `?` that a promise of their own decides, whatever the others are.
    """

    solutions: tuple[Solution, ...]
    more: bool
    near: tuple[Solution, ...]
    sure: Solution = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One axis of the cones that share `?`.

    domains: for each symbol the sizes that are promised and entered; strict: the symbols of which `where` speaks, so
    that a solution has to run at all of them.
    """

    cones: tuple[Cone, ...]
    axis: int
    blanks: tuple[Blank, ...]
    domains: Mapping[str, SizeSet]
    strict: frozenset[str]

    @property
    def searches(self) -> int:
        """Count how often `solve` halves, at most: once for all numbers that all `?` but one run through."""
        count = len(self.blanks)
        return 1 if count < 2 else int(MOST_TOGETHER.get(count, 1) ** (count - 1))

    def domain(self, cone: Cone) -> tuple[str, SizeSet]:
        """Return the symbol that enters a cone, and its promised sizes.

        Raises Unfit.
        """
        name = cone.symbol(self.axis)
        return name, members([cone.base(self.axis)]) if name == FIXED else self.domains.get(name, nothing())

    def claimed(self, cone: Cone) -> Size:
        """Return the size that is promised.

        Raises Unfit where it depends on another symbol than what enters.
        """
        size = cone.promise.shape.spatial[self.axis]
        if not isinstance(size, Size) or size.symbol not in (None, cone.symbol(self.axis)):
            raise Unfit
        return size

    def judge(self, cone: Cone, solution: Solution) -> Verdict:
        """Try numbers in one cone, at all promised sizes."""
        name, promised = self.domain(cone)
        try:
            found = along(cone, self.axis, solution)
        except Invalid as refusal:
            return Verdict(refusal, None, nothing(), nothing())
        runs = promised
        for guard in found.guards:
            names = symbols_of(guard)
            if names == (name,):
                runs = meet(runs, guard)
            elif not names and not holds(guard, {}):
                runs = nothing()
        good = runs.equal(found.size, self.claimed(cone))
        for guard in cone.promise.guards:
            if symbols_of(guard) == (name,):
                good = meet(good, guard)
        must = promised if name in self.strict or name == FIXED else runs
        return Verdict(None, found.size, must, good)

    def solve(self) -> Found:
        """Find the solutions, most usual first.

        Raises Unfit where the sizes cannot be followed.
        """
        sure = self._sure() if len(self.cones) > 1 else {}
        ordered = sorted((blank for blank in self.blanks if blank.span not in sure), key=lambda blank: blank.turn)
        if not ordered:
            good = all(self.judge(cone, sure).is_solution for cone in self.cones)
            return Found((sure,) if good else (), False, (sure,), sure)
        last, others = ordered[-1], ordered[:-1]
        width = MOST_TOGETHER[len(ordered)]
        found: list[Solution] = []
        near: list[Solution] = []
        more = False
        spans = [range(blank.least, blank.least + width) for blank in others]
        for numbers in sorted(product(*spans), key=sum):
            fixed = {**sure, **dict(zip((blank.span for blank in others), numbers, strict=True))}
            low, high, close = self._bracket(fixed, last)
            near.extend(close if not near else ())
            right = list(islice(self._right(fixed, last, low, high), MOST_KEPT + 1))
            found.extend(right)
            more = more or len(right) > MOST_KEPT or len(found) > 4 * MOST_KEPT
            if len(found) > 4 * MOST_KEPT:
                break
        if not found and not others:
            near = self._allowed(near, last)
        found.sort(key=self._unusual)
        return Found(tuple(found[:MOST_KEPT]), more or len(found) > MOST_KEPT, tuple(near), sure)

    def _sure(self) -> Solution:
        """Solve promises that ask for one `?` only, then those that ask for one besides, and so on."""
        sure: dict[Span, int] = {}
        waiting = list(self.cones)
        while waiting:
            alone = [cone for cone in waiting if len(self.asked(cone, sure)) == 1]
            if not alone:
                break
            waiting.remove(alone[0])
            (blank,) = self.asked(alone[0], sure)
            lonely = replace(self, cones=(alone[0],))
            low, high, _ = lonely._bracket(sure, blank)
            right = list(islice(lonely._right(sure, blank, low, high), 2))
            if len(right) == 1:
                sure[blank.span] = right[0][blank.span]
        return sure

    def asked(self, cone: Cone, sure: Solution) -> tuple[Blank, ...]:
        """Return the `?` of a cone that are not sure."""
        spans = set(cone.spans)
        return tuple(blank for blank in self.blanks if blank.span in spans and blank.span not in sure)

    def _allowed(self, near: list[Solution], last: Blank) -> list[Solution]:
        """Put the largest number that the operators allow before tries that they refuse."""
        number = near[0][last.span] if near else 0
        for lower in range(number, max(last.least, number - MOST_KEPT) - 1, -1):
            lesser = {**(near[0] if near else {}), last.span: lower}
            if not any(self.judge(cone, lesser).refusal for cone in self.cones):
                return near if lower == number else [lesser, *near[:1]]
        return near[:1]

    def _unusual(self, solution: Solution) -> tuple[int, ...]:
        ranks: list[int] = []
        for node in self.cones[0].gaps:
            assert node.op is not None
            ranks.extend(at_axis(node.op, node.blanks, self.axis, solution).unusual(self.axis))
        return tuple(ranks)

    def _right(self, fixed: Solution, last: Blank, low: int, high: int) -> Iterator[Solution]:
        """Run through the solutions between two numbers; they are neighbours."""
        begun = False
        for number in range(low, min(high, low + MOST_TRIED) + 1):
            solution = {**fixed, last.span: number}
            if all(self.judge(cone, solution).is_solution for cone in self.cones):
                begun = True
                yield solution
            elif begun:
                return

    def _bracket(self, fixed: Solution, last: Blank) -> tuple[int, int, list[Solution]]:
        """Return the first and the last number that can be right, and tries beside the mark where there are none."""
        low, high = last.least, LARGEST
        close: dict[int, None] = {}
        for cone in self.cones:
            sizes: dict[int, Along] = {}

            def made(number: int, cone: Cone = cone, sizes: dict[int, Along] = sizes) -> Size:
                if number not in sizes:
                    sizes[number] = along(cone, self.axis, {**fixed, last.span: number}, checked=False)
                return sizes[number].size

            claimed = self.claimed(cone)
            for x in _samples(self.domain(cone)[1]):
                first, after = _reach(made, x, max(1, claimed.at(x)), low, high)
                close.update(dict.fromkeys(number for number in (after - 1, first) if low <= number < LARGEST))
                low, high = max(low, first), min(high, after - 1)
                if low > high:
                    return low, high, [{**fixed, last.span: number} for number in sorted(close)]
        return low, high, [{**fixed, last.span: number} for number in sorted({*close, low})]


def _samples(domain: SizeSet) -> Sequence[int]:
    """Choose sizes at which to look first: small ones, and large ones, which tell strides apart."""
    found = dict.fromkeys(islice(domain.below(domain.first() or 1 + 512), 6))
    for x in (domain.first() or 1, 97, 1000, 65537):
        found.update(dict.fromkeys(near for near in domain.nearest(x) if near is not None))
    ordered = sorted(found)
    return [*ordered[:1], *reversed(ordered[1:])]  # the smallest and the largest leave little for the rest


def _reach(made: Callable[[int], Size], x: int, goal: int, low: int, high: int) -> tuple[int, int]:
    """Return the first number that gives a size of `goal` at x, and the first behind those that do.

    A size below 1 counts as 1, on both sides: where a window does not fit, guards decide.
    """

    def reached(number: int) -> int:
        return max(1, made(number).at(x))

    sign = 1 if reached(high) >= reached(low) else -1
    first = _first(low, high, lambda number: sign * reached(number) >= sign * goal)
    return first, _first(low, high, lambda number: sign * reached(number) > sign * goal)


def _first(low: int, high: int, holds_at: Callable[[int], bool]) -> int:
    """Return the first number from low to high from which on something holds; high + 1 where it never does."""
    high += 1
    while low < high:
        middle = (low + high) // 2
        if holds_at(middle):
            high = middle
        else:
            low = middle + 1
    return low
