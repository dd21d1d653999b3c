"""The members of a set of sizes that are closest to a given one: of each axis, and of all together."""

from collections.abc import Mapping
from itertools import product

from convdsl.analysis.accepted import Accepted
from convdsl.analysis.rectangles import Rectangle
from convdsl.sizeset import SizeSet

MOST = 4  # choices that are offered: two on each of two axes

Sizes = Mapping[str, int]


def closest_on(axis: SizeSet, size: int) -> tuple[int, ...]:
    """Return the next member at or below a size and at or above it, the smallest change first; one where they agree.

    Of two that are equally far the larger comes first: padding loses nothing.
    """
    found = {member for member in axis.nearest(size) if member is not None and member >= 1}
    return tuple(sorted(found, key=lambda member: (abs(member - size), -member)))


def closest(legal: Accepted, sizes: Sizes) -> tuple[dict[str, int], ...]:
    """Return up to four legal choices, those that change the sizes by the fewest pixels in all first.

    The first is as close as any. Where sizes are tied to each other, one is offered for each rectangle.
    """
    if legal.is_empty:
        return ()
    found: list[dict[str, int]] = []
    for rectangle in legal.joint if legal.joint is not None else ({},):
        sides = [_within(legal, rectangle, symbol, sizes[symbol]) for symbol in legal.axes]
        if legal.joint is not None:
            sides = [side[:1] for side in sides]
        found.extend(dict(zip(legal.axes, choice, strict=True)) for choice in product(*sides))
    return tuple(sorted(found, key=lambda choice: distance(choice, sizes))[:MOST])


def is_proven(axis: SizeSet, size: int) -> bool:
    """Tell whether no closer member can lie beyond the bound up to which an axis is known."""
    if axis.bounded is None:
        return True
    near = closest_on(axis, size)
    return bool(near) and abs(near[0] - size) <= axis.bounded - size


def distance(one: Sizes, two: Sizes) -> int:
    """Count the pixels by which two choices differ, over all symbols."""
    return sum(abs(one[symbol] - two[symbol]) for symbol in one)


def _within(legal: Accepted, rectangle: Rectangle, symbol: str, size: int) -> tuple[int, ...]:
    """Return the members of one axis on either side of a size, inside a rectangle."""
    if symbol not in rectangle:
        return closest_on(legal.axes[symbol], size)
    low, high = rectangle[symbol]
    inside = max(low, size if high is None else min(size, high))
    near = closest_on(legal.free[symbol], inside)
    fits = [member for member in near if member >= low and (high is None or member <= high)]
    return tuple(sorted(fits, key=lambda member: (abs(member - size), -member)))
