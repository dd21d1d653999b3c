"""Round numbers for the axes of a chart."""

from collections.abc import Sequence
from math import ceil, floor, log10

FEWEST, MOST = 4, 8  # numbers at an axis
_MANTISSAS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7))


def linear(low: float, high: float, most: int = MOST) -> tuple[float, ...]:
    """Choose multiples of 1, 2 or 5 times a power of ten from low to high, at most so many; low < high."""
    power = floor(log10((high - low) / most))
    step = next(
        step
        for exponent in (power, power + 1)
        for m in (1, 2, 5)
        if floor(high / (step := m * 10.0**exponent)) - ceil(low / step) < most
    )
    decimals = max(0, -floor(log10(step)))
    return tuple(round(number * step, decimals) for number in range(ceil(low / step), floor(high / step) + 1))


def logarithmic(low: float, high: float) -> tuple[float, ...]:
    """Choose round numbers for an axis on which powers of ten are equally far apart; 0 < low < high."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    found: Sequence[float] = ()
    for mantissas in _MANTISSAS:
        found = [v for p in powers for m in mantissas if low <= (v := float(f"{m}e{p}")) <= high]
        if len(found) >= FEWEST:
            break
    if len(found) > MOST:
        found = found[:: ceil(len(found) / MOST)]
    return tuple(found) if len(found) >= FEWEST else linear(low, high, 5)
