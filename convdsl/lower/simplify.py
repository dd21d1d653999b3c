"""Shapes as they are at legal sizes: where every legal H is a multiple of 8, `2 * (H // 8)` is `H // 4`.

For the comments of the emitted file only; nothing is computed from what is printed here.
"""

from collections.abc import Mapping

from convdsl.analysis.accepted import Accepted
from convdsl.shape import Axis, Product, Shape, product
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet

Steps = Mapping[str, tuple[int, int]]  # for a symbol, (p, r): every legal size is p * t + r


def steps_of(legal: Accepted | None) -> Steps:
    """Return the step of each size symbol whose legal sizes lie on one."""
    if legal is None:
        return {}
    found = {symbol: _step(axis) for symbol, axis in legal.axes.items()}
    return {symbol: step for symbol, step in found.items() if step is not None}


def simplify(shape: Shape, steps: Steps) -> Shape:
    """Write each axis in the simplest way that is right at legal sizes."""
    return Shape(tuple(_axis(axis, steps) for axis in shape.axes))


def _step(sizes: SizeSet) -> tuple[int, int] | None:
    if len(sizes.residues) != 1 or sizes.period == 1:
        return None
    period, residue = sizes.period, sizes.residues[0]
    return (period, residue) if all(x % period == residue for x in sizes.finite) else None


def _axis(axis: Axis, steps: Steps) -> Axis:
    if isinstance(axis, Product):
        return product(axis.coefficient, tuple(_axis(factor, steps) for factor in axis.factors))
    return _size(axis, steps)


def _size(size: Size, steps: Steps) -> Size:
    symbol = size.symbol
    if symbol is None or symbol not in steps:
        return size
    period, residue = steps[symbol]
    of_t = inserted(size, Size("t").then(period, residue))
    if not isinstance(of_t.base, str) or len(of_t.chain) > 1:
        return size
    a, b, c = of_t.chain[0] if of_t.chain else (1, 0, 1)
    if c != 1:
        return size
    # a * t + b at t = (x - residue) / period, exactly
    return Size(symbol).then(a, b * period - a * residue, period)


def inserted(size: Size, inner: Size) -> Size:
    """Put a size in for the symbol of another one."""
    if isinstance(size.base, tuple):
        first, *rest = (inserted(part, inner) for part in size.base)
        out = first
        for part in rest:
            out = out.plus(part)
    else:
        out = inner if isinstance(size.base, str) else size
    for a, b, c in size.chain:
        out = out.then(a, b, c)
    return out
