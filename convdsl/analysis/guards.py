"""What one guard says: at given numbers, and as a restriction of the exact set of one symbol."""

from collections.abc import Mapping
from math import lcm

from convdsl.analysis import rectangles as rect
from convdsl.op import AnyAtLeast, AtLeast, Divides, Equal, Guard, NotLess, ProductEquals
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet


def holds(guard: Guard, sizes: Mapping[str, int]) -> bool:
    """Evaluate a guard at numbers."""
    match guard:
        case AtLeast(size, minimum):
            return _at(size, sizes) >= minimum
        case Divides(size, divisor):
            return _at(size, sizes) % divisor == 0
        case Equal(left, right):
            return _at(left, sizes) == _at(right, sizes)
        case NotLess(left, right):
            return _at(left, sizes) >= _at(right, sizes)
        case ProductEquals(product, total):
            return product.at(sizes) == total and all(_at(factor, sizes) >= 1 for factor in product.factors)
        case AnyAtLeast(several, minimum):
            return any(_at(size, sizes) >= minimum for size in several)


def symbols_of(guard: Guard) -> tuple[str, ...]:
    """Return the symbols that a guard speaks of, in alphabetic order."""
    match guard:
        case AtLeast(size) | Divides(size):
            found = {size.symbol}
        case Equal(left, right) | NotLess(left, right):
            found = {left.symbol, right.symbol}
        case ProductEquals(product):
            found = {factor.symbol for factor in product.factors}
        case AnyAtLeast(sizes):
            found = {size.symbol for size in sizes}
    return tuple(sorted(name for name in found if name is not None))


def _at(size: Size, sizes: Mapping[str, int]) -> int:
    return size.at(0 if size.symbol is None else sizes[size.symbol])


def weight(guard: Guard) -> int:
    """Return about how many residues have to be looked at."""
    match guard:
        case Equal(left, right) | NotLess(left, right):
            return lcm(left.period[0], right.period[0])
        case Divides(size, divisor):
            return size.period[0] * divisor
        case _:
            return 0


def meet(axis: SizeSet, guard: Guard) -> SizeSet:
    """Keep the sizes of one symbol at which a guard about this symbol alone holds."""
    match guard:
        case AtLeast(size, minimum):
            return axis.at_least(size, minimum)
        case Divides(size, divisor):
            return axis.divisible(size, divisor)
        case Equal(left, right):
            return axis.equal(left, right)
        case NotLess(left, right):
            return axis.not_less(left, right)
        case ProductEquals() | AnyAtLeast():
            (symbol,) = symbols_of(guard)
            return rect.project(rect.rectangles(guard), symbol, axis)
