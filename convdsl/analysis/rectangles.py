"""Where a product of sizes has a given value: the dense layer after a flatten ties height to width.

c * f(H) * g(W) == n holds on a union of rectangles, one for each way to split n / c into two factors, for every size
is a nondecreasing function of its symbol (docs/sizes.md, T2). So does "one of these sizes is at least n", on rectangles
without upper ends, one for each symbol, which overlap.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from math import prod

from convdsl.op import AnyAtLeast, ProductEquals
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet, interval, nothing

Rectangle = Mapping[str, tuple[int, int | None]]  # symbol -> lowest and highest size; None: no upper end

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


def _products(guard: ProductEquals) -> tuple[Rectangle, ...]:
    factors: dict[str, list[Size]] = {}
    coefficient = guard.product.coefficient
    for factor in guard.product.factors:
        if factor.symbol is None:
            coefficient *= factor.at(0)
        else:
            factors.setdefault(factor.symbol, []).append(factor)
    if coefficient < 1 or guard.total < 1 or guard.total % coefficient:
        return ()
    if not factors:
        return ({},) if guard.total == coefficient else ()
    goal = guard.total // coefficient
    divisors = _divisors(goal)
    symbols = sorted(factors)
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
    prime = 2
    while n > 1:
        if prime * prime > n or prime > _TRIAL:
            prime = n
        power = 1
        grown = list(out)
        while n % prime == 0:
            n //= prime
            power *= prime
            grown += [d * power for d in out]
        out = grown
        prime += 1 if prime == 2 else 2
    return sorted(out)


def meet(left: tuple[Rectangle, ...], right: tuple[Rectangle, ...]) -> tuple[Rectangle, ...]:
    """Intersect two unions of rectangles; a symbol that a rectangle does not name is free in it."""
    out: list[Rectangle] = []
    for one in left:
        for two in right:
            both: dict[str, tuple[int, int | None]] = {}
            for symbol in sorted({*one, *two}):
                low, high = one.get(symbol, (1, None))
                other_low, other_high = two.get(symbol, (1, None))
                ends = [end for end in (high, other_high) if end is not None]
                both[symbol] = max(low, other_low), min(ends, default=None)
            if all(high is None or low <= high for low, high in both.values()):
                out.append(both)
    return widest(out)


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
