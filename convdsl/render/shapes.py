"""Shapes as people write them: `[N, 64, H / 4, W / 4]` in tables, `N×64×H/4×W/4` in pictures.

A size is printed by one exact division where the accepted sizes make that possible; elsewhere as the floors that it is.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import lcm

from convdsl.shape import Axis, Product, Shape
from convdsl.sizes import Size, text
from convdsl.sizeset import SizeSet

Legal = Mapping[str, SizeSet]  # the sizes at which the network runs, by symbol; what is missing is not known

MOST_CLASSES = 1024  # residues that are compared before a size is printed as its floors


def shape_text(shape: Shape | None, legal: Legal, *, tight: bool = False) -> str:
    """Print a shape; tight: for pictures, without brackets and blanks. An unknown shape is `?`."""
    if shape is None:
        return "?"
    axes = [axis_text(axis, legal, tight=tight) for axis in shape.axes]
    if tight:
        axes = [f"({axis})" if _is_sum(axis) else axis for axis in axes]
    return "×".join(axes) if tight else f"[{', '.join(axes)}]"


def _is_sum(text: str) -> bool:
    """Tell whether a tight text has a plus or minus outside of all brackets."""
    depth = 0
    for char in text:
        depth += (char in "(⌊⌈") - (char in ")⌋⌉")
        if depth == 0 and char in "+−":
            return True
    return False


def axis_text(axis: Axis, legal: Legal, *, tight: bool = False) -> str:
    """Print one axis, in the language's own syntax if not tight."""
    if isinstance(axis, Product):
        factors = [_size_text(factor, legal, tight) for factor in axis.factors]
        parts = [f"({factor})" if not factor.isalnum() else factor for factor in factors]
        if axis.coefficient != 1:
            parts.insert(0, str(axis.coefficient))
        return "·".join(parts) if tight else " * ".join(parts)
    return _size_text(axis, legal, tight)


def _size_text(size: Size, legal: Legal, tight: bool) -> str:
    if size.value is not None:
        return str(size.value)
    name = size.symbol
    members = legal.get(name) if name is not None else None
    line = None if members is None else _line(size, members)
    if line is None:
        return _tight(size) if tight else text(size)
    return _affine(name or "", *line, tight)


@lru_cache(maxsize=4096)
def _line(size: Size, members: SizeSet) -> tuple[int, int, int] | None:
    """Find integers with size(x) == (a * x + b) / c for every member x, c >= 1 in lowest terms; None if there are none.

    Source: theorem T1 of the page on sizes: on a residue class the size is a line of slope growth / period.
    """
    period, growth = size.period
    slope = Fraction(growth, period)
    samples = list(members.finite)
    if members.start is not None:
        whole = lcm(period, members.period)
        if len(members.residues) * (whole // members.period) > MOST_CLASSES:
            return None
        for base in range(0, whole, members.period):
            samples.extend(members.start + (base + r - members.start) % whole for r in members.residues)
    elif len(samples) == 1:
        return 0, size.at(samples[0]), 1
    if not samples or len(samples) > 4 * MOST_CLASSES:
        return None
    offsets = {size.at(x) - slope * x for x in samples}
    if len(offsets) != 1:
        return None
    b = offsets.pop() * slope.denominator
    return (slope.numerator, int(b), slope.denominator) if b.denominator == 1 else None


def _tight(size: Size) -> str:
    """Print floors as pictures do: `⌊H/2⌋`, `⌈H/8⌉`, `8⌈H/8⌉+1`."""
    base = size.base
    out = "+".join(map(_tight, base)) if isinstance(base, tuple) else str(base)
    loose = isinstance(base, tuple)
    for a, b, c in size.chain:
        if a != 1:
            out, loose = f"{a}({out})" if loose else f"{a}{out}", False
        if c == 1:
            whole = b
        else:
            whole, rest = divmod(b, c)
            if rest == c - 1 and a == 1:
                out = f"⌈({out})/{c}⌉" if loose else f"⌈{out}/{c}⌉"
            else:
                inner = f"({out}+{rest})" if rest else f"({out})" if loose else out
                out = f"⌊{inner}/{c}⌋"
            loose = False
        if whole:
            out, loose = f"{out}{'+' if whole > 0 else '−'}{abs(whole)}", True
    return out


def _affine(name: str, a: int, b: int, c: int, tight: bool) -> str:
    """Print (a * name + b) / c."""
    if a == 0:
        return str(b)
    gap = "" if tight else " "
    times = "" if tight else " * "
    out = name if a == 1 else f"{a}{times}{name}"
    whole = b % c == 0
    if b and not whole:
        out = f"({out}{gap}{'+' if b > 0 else '−' if tight else '-'}{gap}{abs(b)})"
    if c != 1:
        out = f"{out}{gap}/{gap}{c}"
    if b and whole:
        out = f"{out}{gap}{'+' if b > 0 else '−' if tight else '-'}{gap}{abs(b // c)}"
    return out
