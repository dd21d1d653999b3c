"""Smallest sizes at which something does not hold: counterexamples to what the text promises."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from convdsl.analysis.accepted import Accepted
from convdsl.analysis.guards import holds, meet, symbols_of
from convdsl.analysis.rectangles import Rectangle, inside
from convdsl.op import Guard
from convdsl.sizeset import SizeSet


def outside(sets: Mapping[str, SizeSet], runs: Accepted, mentioned: frozenset[str]) -> Iterator[dict[str, int]]:
    """Yield smallest sizes of a product of sets that are not accepted, at least one if there are any.

    mentioned: the symbols that are promised; the others need only have some size that goes with each of these.
    """
    base = {symbol: _pick(axis, runs.axes[symbol]) for symbol, axis in sets.items()}
    alone = False
    for symbol, axis in sets.items():
        bad = axis.minus(runs.axes[symbol]).first()
        if bad is not None:
            alone = True
            yield {**base, symbol: bad}
    if alone or runs.joint is None:
        return
    cuts: dict[str, list[int]] = {}
    for symbol in sorted({symbol for rectangle in runs.joint for symbol in rectangle} & mentioned):
        ends = [rectangle[symbol] for rectangle in runs.joint]
        edges = {1, *(low for low, _ in ends), *(high + 1 for _, high in ends if high is not None)}
        # membership is constant between two edges: the first member behind each edge stands for all
        firsts = (sets[symbol].nearest(edge)[1] for edge in edges)
        cuts[symbol] = sorted({first for first in firsts if first is not None})
    choice = next(_uncovered(list(cuts.items()), runs.joint), None)
    if choice is not None:
        yield {**base, **choice}


def _uncovered(cuts: list[tuple[str, list[int]]], rectangles: Sequence[Rectangle]) -> Iterator[dict[str, int]]:
    """Yield the choices of one size for each symbol that lie in none of the rectangles, small ones first."""
    if not cuts:
        if not rectangles:
            yield {}
        return
    (symbol, sizes), *others = cuts
    for size in sizes:
        around = [rectangle for rectangle in rectangles if inside({symbol: rectangle[symbol]}, {symbol: size})]
        for rest in _uncovered(others, around):
            yield {symbol: size, **rest}


def _pick(axis: SizeSet, good: SizeSet) -> int:
    """Return the smallest member that is accepted, or the smallest at all."""
    first = axis.intersect(good).first()
    if first is None:
        first = axis.first()
    return 1 if first is None else first


def first_broken(guard: Guard, cells: Iterable[Mapping[str, SizeSet]]) -> dict[str, int] | None:
    """Return the smallest sizes at which a guard of at most one symbol fails."""
    found: list[dict[str, int]] = []
    symbols = symbols_of(guard)
    for cell in cells:
        sizes = {symbol: axis.first() or 1 for symbol, axis in cell.items()}
        if len(symbols) != 1:
            if not holds(guard, sizes):
                return sizes
            continue
        (symbol,) = symbols
        bad = cell[symbol].minus(meet(cell[symbol], guard)).first()
        if bad is None and not cell[symbol].is_empty and not holds(guard, sizes):
            bad = sizes[symbol]  # beyond the sizes up to which a guard of long period is tried
        if bad is not None:
            found.append({**sizes, symbol: bad})
    return min(found, key=lambda sizes: sizes[symbols[0]], default=None)
