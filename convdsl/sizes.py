"""The exact size of one axis as a function of one size symbol.

Every operator maps a size x to floor((a*x + b) / c) with integers a >= 0, c >= 1. A `Size` is a chain of such triples
over a symbol, a constant or a sum of sizes, in a normal form in which equal encoders are equal values. It knows
nothing of layers. Rules and proofs: docs/sizes.md.
"""

from functools import lru_cache
from math import gcd, lcm

from convdsl.record import dataclass

Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Size:
    """A nondecreasing integer function of at most one symbol.

    base: a symbol's name, a constant, or a tuple of sizes to be added.
    chain: triples (a, b, c), x -> floor((a*x + b) / c), applied in order to the base.
    Make sizes by `symbol`, `constant`, `then` and `plus` only: they keep the normal form.
    """

    base: "str | int | tuple[Size, ...]"
    chain: tuple[Triple, ...] = ()

    @property
    def value(self) -> int | None:
        """The number of a constant size, else None."""
        return self.base if isinstance(self.base, int) else None

    @property
    def symbol(self) -> str | None:
        """The symbol that this size depends on, None for a constant."""
        base = self.base
        if isinstance(base, tuple):
            return base[0].symbol
        return base if isinstance(base, str) else None

    def then(self, a: int, b: int, c: int = 1) -> "Size":
        """Compose: floor((a * self + b) / c), in normal form; a >= 0, c >= 1."""
        return _then(self, a, b, c)

    def plus(self, other: "Size") -> "Size":
        """Add two sizes of the same symbol.

        Raises ValueError where they depend on different symbols.
        """
        return _plus(self, other)

    def at(self, x: int) -> int:
        """Evaluate at a value of the symbol (any integer; ignored by constants)."""
        base = self.base
        if isinstance(base, int):
            return base
        y = x if isinstance(base, str) else sum(part.at(x) for part in base)
        for a, b, c in self.chain:
            y = (a * y + b) // c
        return y

    @property
    def period(self) -> tuple[int, int]:
        """(P, A) with f(x + P) = f(x) + A for every integer x (theorem T1)."""
        return _period(self)

    def least(self, m: int) -> int | None:
        """Return the smallest integer x (of either sign) with f(x) >= m; None where there is none.

        A constant answers with a very small number where it is large enough: it holds everywhere.
        """
        base = self.base
        if isinstance(base, int):
            return EVERYWHERE if base >= m else None
        for a, b, c in reversed(self.chain):
            m = -((b - c * m) // a)  # floor((a y + b) / c) >= m  <=>  y >= ceil((c m - b) / a)
        return m if isinstance(base, str) else _least_of_sum(base, m)

    def __str__(self) -> str:
        return text(self)


EVERYWHERE = -(2**62)  # what `least` answers where a constant is large enough


def symbol(name: str) -> Size:
    """Make the size that a symbol stands for."""
    return Size(name)


def constant(value: int) -> Size:
    """Make a fixed size."""
    return Size(value)


@lru_cache(maxsize=65536)
def _then(size: Size, a: int, b: int, c: int) -> Size:
    if isinstance(size.base, int):
        return Size((a * size.base + b) // c)
    if a == 0:
        return Size(b // c)
    chain = size.chain
    while True:
        divisor = gcd(a, c)
        if divisor > 1:
            a, b, c = a // divisor, b // divisor, c // divisor
        if (a, b, c) == (1, 0, 1):
            return Size(size.base, chain)
        if not chain:
            return Size(size.base, ((a, b, c),))
        a1, b1, c1 = chain[-1]
        if a == 1:
            a, b, c = a1, b1 + c1 * b, c1 * c
        elif c1 == 1:
            a, b = a * a1, a * b1 + b
        else:
            return Size(size.base, (*chain, (a, b, c)))
        chain = chain[:-1]


@lru_cache(maxsize=4096)
def _plus(left: Size, right: Size) -> Size:
    if left.value is not None and right.value is not None:
        return Size(left.value + right.value)
    if right.value is not None:
        return left.then(1, right.value, 1)
    if left.value is not None:
        return right.then(1, left.value, 1)
    if left.symbol != right.symbol:
        raise ValueError(f"sizes of different symbols: {left} and {right}")
    for one, other in ((left, right), (right, left)):
        # affine in x on both sides: (a1 x + b1) / 1 + floor((a2 x + b2) / c2) is one triple
        if isinstance(one.base, str) and one.base == other.base and len(one.chain) <= 1 and len(other.chain) <= 1:
            a1, b1, c1 = one.chain[0] if one.chain else (1, 0, 1)
            a2, b2, c2 = other.chain[0] if other.chain else (1, 0, 1)
            if c1 == 1:
                return Size(one.base).then(a1 * c2 + a2, b1 * c2 + b2, c2)
    if left.base == right.base and left.chain and left.chain == right.chain:
        return left.then(2, 0, 1)
    parts = sorted((*_parts(left), *_parts(right)), key=repr)
    return Size(tuple(parts))


def _parts(size: Size) -> tuple[Size, ...]:
    return size.base if isinstance(size.base, tuple) and not size.chain else (size,)


@lru_cache(maxsize=65536)
def _period(size: Size) -> tuple[int, int]:
    base = size.base
    if isinstance(base, int):
        return 1, 0
    if isinstance(base, str):
        period, growth = 1, 1
    else:
        periods = [part.period for part in base]
        period = lcm(*(p for p, _ in periods))
        growth = sum(g * (period // p) for p, g in periods)
    for a, _, c in size.chain:
        m = c // gcd(c, a * growth)
        period *= m
        growth = a * growth * m // c
    return period, growth


def _least_of_sum(parts: tuple[Size, ...], m: int) -> int:
    """Return the smallest integer x at which the sizes add up to m or more."""
    total = Size(parts)
    period, growth = total.period
    low = ((m - total.at(0)) // growth - 1) * period  # there the sum is below m, after three more periods above
    high = low + 3 * period
    while low < high:  # a sum of nondecreasing functions is nondecreasing
        middle = (low + high) // 2
        if total.at(middle) >= m:
            high = middle
        else:
            low = middle + 1
    return low


def text(size: Size) -> str:
    """Print a size in the language's own syntax: `H`, `H // 2`, `2 * (H // 4) + 1`, `(H + 3) // 2`."""
    base = size.base
    if isinstance(base, tuple):
        out, loose = " + ".join(text(part) for part in base), True
    else:
        out, loose = str(base), False
    for a, b, c in size.chain:
        if a != 1:
            out, loose = f"{a} * ({out})" if loose else f"{a} * {out}", True
        if b:
            out, loose = f"{out} {'+' if b > 0 else '-'} {abs(b)}", True
        if c != 1:
            out, loose = f"({out}) // {c}" if loose else f"{out} // {c}", True
    return out
