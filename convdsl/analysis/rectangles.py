"""Where a product of sizes has a given value: the dense layer after a flatten ties height to width.

c * f(H) * g(W) == n holds on a union of rectangles, one for each way to split n / c into two factors, for every size
is a nondecreasing function of its symbol (docs/sizes.md, T2). So does "one of these sizes is at least n", on rectangles
without upper ends, one for each symbol, which overlap.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, reduce
from itertools import accumulate
from math import comb, inf, prod

from convdsl.op import AnyAtLeast, ProductEquals
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet, interval, nothing

Rectangle = Mapping[str, tuple[int, int | None]]  # symbol -> lowest and highest size; None: no upper end

MOST = (
    2048  # ways to split a number that are looked at, half a second; dense layers of real networks have some hundreds
)

# trial division up to here; a rest without smaller divisors is taken as prime, which is proved below its square, 2**42
_TRIAL = 2**21


def rectangles(guard: ProductEquals | AnyAtLeast) -> tuple[Rectangle, ...]:
    """Return the rectangles on which a guard holds; each names every symbol of the guard.

    Those of a product are disjoint, with all of its factors at least 1.
    """
    return _some(guard) if isinstance(guard, AnyAtLeast) else _products(guard)


def _some(guard: AnyAtLeast) -> tuple[Rectangle, ...]:
    symbols = sorted({size.symbol for size in guard.sizes if size.symbol is not None})
    lows: dict[str, int] = {}
    for size in guard.sizes:
        low = size.least(guard.minimum)
        if size.symbol is None and low is not None:
            return (dict.fromkeys(symbols, (1, None)),)
        if size.symbol is not None and low is not None:
            lows[size.symbol] = min(max(low, 1), lows.get(size.symbol, max(low, 1)))
    return tuple({symbol: (low if symbol == one else 1, None) for symbol in symbols} for one, low in lows.items())


def ways(guard: ProductEquals) -> int:
    """Count the ways to split a product's number over its symbols: each is a rectangle, or holds at no sizes.

    A prime that divides the number a times goes to k symbols in comb(a + k - 1, k - 1) ways.
    """
    goal, factors = _goal(guard)
    if goal is None or not factors:
        return 0
    others = len(factors) - 1
    return prod(comb(power + others, others) for _, power in _factored(goal)) if others else 1


def _goal(guard: ProductEquals) -> tuple[int | None, dict[str, list[Size]]]:
    """Return what the sizes have to multiply to, None where nothing does, and the factors of each symbol."""
    factors: dict[str, list[Size]] = {}
    coefficient = guard.product.coefficient
    for factor in guard.product.factors:
        if factor.symbol is None:
            coefficient *= factor.at(0)
        else:
            factors.setdefault(factor.symbol, []).append(factor)
    if coefficient < 1 or guard.total < 1 or guard.total % coefficient:
        return None, factors
    return guard.total // coefficient, factors


def _products(guard: ProductEquals) -> tuple[Rectangle, ...]:
    goal, factors = _goal(guard)
    if goal is None:
        return ()
    if not factors:
        return ({},) if goal == 1 else ()
    symbols = sorted(factors)
    divisors = _divisors(goal) if len(symbols) > 1 else [goal]
    spans = {symbol: {d: _span(factors[symbol], d) for d in divisors} for symbol in symbols}
    return tuple(_split(goal, symbols, spans))


def _split(
    goal: int, symbols: list[str], spans: Mapping[str, Mapping[int, tuple[int, int] | None]]
) -> Iterator[dict[str, tuple[int, int | None]]]:
    """Give every symbol a divisor of the goal so that they multiply to it, where all of them are reached."""
    symbol, *others = symbols
    if not others:
        last = spans[symbol][goal]
        if last is not None:
            yield {symbol: last}
        return
    for divisor, span in spans[symbol].items():
        if span is None or goal % divisor:
            continue
        for rest in _split(goal // divisor, others, spans):
            yield {symbol: span, **rest}


def _span(factors: list[Size], value: int) -> tuple[int, int] | None:
    """Return the sizes x >= 1 at which the product of the factors is `value`, an interval; None if there is none."""
    low, high = _reach(factors, value), _reach(factors, value + 1) - 1
    return (low, high) if low <= high else None


def _reach(factors: list[Size], value: int) -> int:
    """Return the smallest x >= 1 at which every factor is at least 1 and their product at least `value`."""
    starts = [factor.least(1) for factor in factors]
    ends = [factor.least(value) for factor in factors]
    low = max([1, *(start for start in starts if start is not None)])
    high = max([low, *(end for end in ends if end is not None)])
    if len(factors) == 1:
        return high
    while low < high:
        middle = (low + high) // 2
        if prod(factor.at(middle) for factor in factors) >= value:
            high = middle
        else:
            low = middle + 1
    return low


def _divisors(n: int) -> list[int]:
    """Return all divisors in order."""
    out = [1]
    for prime, power in _factored(n):
        out = [d * prime**i for d in out for i in range(power + 1)]
    return sorted(out)


@cache
def _factored(n: int) -> tuple[tuple[int, int], ...]:
    """Return the primes of a number with their powers."""
    out: list[tuple[int, int]] = []
    prime = 2
    while n > 1:
        if prime * prime > n or prime > _TRIAL:
            prime = n
        power = 0
        while n % prime == 0:
            n //= prime
            power += 1
        if power:
            out.append((prime, power))
        prime += 1 if prime == 2 else 2
    return tuple(out)


def meet(left: tuple[Rectangle, ...], right: tuple[Rectangle, ...]) -> tuple[Rectangle, ...]:
    """Intersect two unions of rectangles; a symbol that a rectangle does not name is free in it."""
    if not left or not right:
        return ()
    symbols = sorted({*left[0], *right[0]})  # every rectangle of a union names the same
    return widest(_overlaps(left, right, symbols))


def _overlaps(
    left: Iterable[Rectangle], right: Iterable[Rectangle], symbols: list[str]
) -> Iterator[dict[str, tuple[int, int | None]]]:
    """Yield what two unions have in common, one symbol after the other: few of many rectangles ever meet."""
    if not symbols:
        yield {}
        return
    symbol, *others = symbols
    groups = _by_span(right, symbol)
    lows = [low for (low, _), _ in groups]
    ends = list(accumulate((inf if high is None else high for (_, high), _ in groups), max))
    for (low, high), lefts in _by_span(left, symbol):
        # those before the first end in reach, or behind the last low in reach, lie beside this one
        near = slice(bisect_left(ends, low), None if high is None else bisect_right(lows, high))
        for (other_low, other_high), rights in groups[near]:
            span = max(low, other_low), _lower(high, other_high)
            if span[1] is None or span[0] <= span[1]:
                for rest in _overlaps(lefts, rights, others):
                    yield {symbol: span, **rest}


def _by_span(rectangles: Iterable[Rectangle], symbol: str) -> list[tuple[tuple[int, int | None], list[Rectangle]]]:
    """Group rectangles by their sizes of one symbol, in the order of the lowest."""
    out: dict[tuple[int, int | None], list[Rectangle]] = {}
    for rectangle in rectangles:
        out.setdefault(rectangle.get(symbol, (1, None)), []).append(rectangle)
    return sorted(out.items(), key=lambda item: item[0][0])


def _lower(one: int | None, two: int | None) -> int | None:
    """Return the lower of two ends, None where neither is one."""
    return two if one is None else one if two is None else min(one, two)


def widest(rectangles: Iterable[Rectangle]) -> tuple[Rectangle, ...]:
    """Leave out every rectangle without upper ends that lies in another one; those of products are disjoint."""
    out: list[Rectangle] = []
    for one in rectangles:
        if any(high is not None for _, high in one.values()):
            out.append(one)
        elif not any(_covers(other, one) for other in out):
            out = [other for other in out if not _covers(one, other)]
            out.append(one)
    return tuple(out)


def _covers(large: Rectangle, small: Rectangle) -> bool:
    """Tell whether a rectangle without upper ends holds another one of the same symbols."""
    return all(end is None and low <= small.get(symbol, (1, None))[0] for symbol, (low, end) in large.items())


def tighten(rectangle: Rectangle, axes: Mapping[str, SizeSet]) -> Rectangle | None:
    """Shrink a rectangle to the first and last member of each axis in it; None if one axis has none there."""
    out: dict[str, tuple[int, int | None]] = {}
    for symbol, (low, high) in rectangle.items():
        first = axes[symbol].nearest(low)[1]
        if first is None or (high is not None and first > high):
            return None
        last = None if high is None else axes[symbol].nearest(high)[0]
        out[symbol] = first, last
    return out


def project(rectangles: tuple[Rectangle, ...], symbol: str, axis: SizeSet) -> SizeSet:
    """Return the members of an axis that lie in some rectangle."""
    spans = sorted({rectangle[symbol] for rectangle in rectangles}, key=lambda span: span[0])
    parts = [axis.intersect(interval(low, high)) for low, high in spans]
    while len(parts) > 1:  # by halves: each part is copied as often as the logarithm of their number
        parts = [reduce(SizeSet.union, parts[i : i + 2]) for i in range(0, len(parts), 2)]
    return parts[0] if parts else nothing()


def inside(rectangle: Rectangle, sizes: Mapping[str, int]) -> bool:
    """Tell whether the sizes lie in a rectangle."""
    return all(low <= sizes[s] and (high is None or sizes[s] <= high) for s, (low, high) in rectangle.items())


def text(rectangle: Rectangle, known: Mapping[str, SizeSet]) -> str:
    """Print a rectangle as a condition: `H >= 32 and H <= 63 and W == 7`; known: what is said of symbols besides."""
    terms: list[str] = []
    for symbol, (low, high) in rectangle.items():
        if low == high:
            terms.append(f"{symbol} == {low}")
            continue
        if low > 1 and (symbol not in known or low > (known[symbol].first() or 1)):
            terms.append(f"{symbol} >= {low}")
        if high is not None:
            terms.append(f"{symbol} <= {high}")
    return " and ".join(terms)
