"""Arithmetic on the intervals of values."""

from math import inf, isnan

from convdsl.op import Interval


def _times(x: float, y: float) -> float:
    out = x * y
    return 0.0 if isnan(out) else out  # 0 times infinity: the bound is not reached


def added(x: Interval, y: Interval) -> Interval:
    """Bound x + y."""
    return Interval(x.low + y.low, x.high + y.high)


def subtracted(x: Interval, y: Interval) -> Interval:
    """Bound x - y."""
    return Interval(x.low - y.high, x.high - y.low)


def multiplied(x: Interval, y: Interval) -> Interval:
    """Bound x * y."""
    corners = [_times(a, b) for a in (x.low, x.high) for b in (y.low, y.high)]
    return Interval(min(corners), max(corners))


def divided(x: Interval, y: Interval) -> Interval:
    """Bound x / y; unbounded where y may be 0."""
    if y.low <= 0 <= y.high:
        return Interval()
    return multiplied(x, Interval(1 / y.high, 1 / y.low))


def scaled(x: Interval, factor: float) -> Interval:
    """Bound factor * x."""
    return multiplied(x, Interval(factor, factor))


def clipped(x: Interval, low: float = -inf, high: float = inf) -> Interval:
    """Bound a function that cannot leave low..high and does not leave x either."""
    return Interval(min(max(x.low, low), high), max(min(x.high, high), low))
