"""Print an exact set of sizes as a `where` condition of the language, in few and clear terms.

Works on the plain parts of a `SizeSet` (convdsl/sizeset.py), so that this file stays below it. Whatever is printed
can be read back as exactly the same set.
"""

from collections.abc import Sequence
from itertools import pairwise

FEW = 3  # holes up to this many are listed as exceptions
RUN = 4  # a stretch this long is a range of its own, shorter ones are listed


def describe(
    symbol: str, finite: Sequence[int], start: int | None, period: int, residues: Sequence[int], brief: bool = False
) -> str:
    """Say which sizes are members: `finite`, and every x >= start with x % period in residues.

    Terms joined by commas mean and; with `or` the text has no commas at its top level. brief: leave out a lower bound
    that says no more than that sizes are at least 1; "" where that leaves nothing to say.
    """
    if start is None:
        return _join(_finite(symbol, finite))
    pattern = _pattern(symbol, period, residues)
    if brief and not finite and start == (min((r for r in residues if r), default=period)):
        return ", ".join(pattern)
    tail = [*pattern, f"{symbol} >= {start}"]
    if not finite:
        return ", ".join(tail)
    holes = _holes(finite, start, period, residues)
    if holes is not None:
        return ", ".join([*pattern, f"{symbol} >= {finite[0]}", *_without(symbol, holes)])
    return _join([*_finite(symbol, finite), tail])


def _join(terms: list[list[str]]) -> str:
    """Print a disjunction of conjunctions."""
    if len(terms) == 1:
        head = terms[0][0]
        if len(terms[0]) == 1 and " in [" in head and "," not in head and "%" not in head:
            return head.replace(" in [", " == ").removesuffix("]")
        return ", ".join(terms[0])
    return " or ".join(" and ".join(term) for term in terms)


def _without(symbol: str, holes: Sequence[int]) -> list[str]:
    if len(holes) <= 1:
        return [f"{symbol} != {hole}" for hole in holes]
    return [f"not {symbol} in {list(holes)}"]


def _holes(finite: Sequence[int], start: int, period: int, residues: Sequence[int]) -> list[int] | None:
    """List what is missing if the pattern began at the first finite member; None if that is no good description."""
    wanted = set(residues)
    if any(x % period not in wanted for x in finite):
        return None
    expected = (start - finite[0]) * len(residues) // period
    if expected > len(finite) + FEW + len(residues):
        return None
    members = set(finite)
    holes = [x for x in range(finite[0], start) if x % period in wanted and x not in members]
    return holes if len(holes) <= FEW else None


def _pattern(symbol: str, period: int, residues: Sequence[int]) -> list[str]:
    """Say which residues are members, as terms that hold together."""
    if period == 1:
        return []
    rest = f"{symbol} % {period}"
    if len(residues) == 1:
        return [f"{rest} == {residues[0]}"]
    if len(residues) == period - 1:
        missing = next(r for r in range(period) if r >= len(residues) or residues[r] != r)
        return [f"{rest} != {missing}"]
    low, high = residues[0], residues[-1]
    if len(residues) >= RUN and high - low + 1 == len(residues):
        return _between(rest, low if low > 0 else None, high if high < period - 1 else None)
    members = set(residues)
    missing_residues = [r for r in range(period) if r not in members] if period <= 4096 else []
    if missing_residues:
        first, last = missing_residues[0], missing_residues[-1]
        if last - first + 1 == len(missing_residues) and first > 0 and len(residues) >= RUN:
            return [f"({rest} < {first} or {rest} > {last})"]
        if len(missing_residues) < len(residues) // 2:
            return [f"not {rest} in {missing_residues}"]
    return [f"{rest} in {list(residues)}"]


def _between(name: str, low: int | None, high: int | None) -> list[str]:
    out = [] if low is None else [f"{name} >= {low}"]
    return out if high is None else [*out, f"{name} <= {high}"]


def _finite(symbol: str, members: Sequence[int]) -> list[list[str]]:
    """Say a finite set as a disjunction of conjunctions."""
    if not members:
        return [[f"{symbol} < 1"]]
    whole = _repeating(symbol, members)
    if whole is not None:
        return [whole]
    span = members[-1] - members[0] + 1
    if len(members) > 2 * RUN and span - len(members) <= FEW:
        present = set(members)
        holes = [x for x in range(members[0], members[-1]) if x not in present]
        return [[*_between(symbol, members[0], members[-1]), *_without(symbol, holes)]]
    loose: list[int] = []
    ranges: list[list[str]] = []
    at = 0
    while at < len(members):
        end = at + 1
        step = members[end] - members[at] if end < len(members) else 0
        while end < len(members) and members[end] - members[end - 1] == step:
            end += 1
        if end - at < RUN:
            loose.append(members[at])
            at += 1
            continue
        pattern = _pattern(symbol, step, (members[at] % step,))
        ranges.append([*pattern, *_between(symbol, members[at], members[end - 1])])
        at = end
    listed = [[f"{symbol} in {loose}"]] if loose else []
    return listed + ranges


def _repeating(symbol: str, members: Sequence[int]) -> list[str] | None:
    """Say the whole set as one pattern between two bounds, if its gaps repeat."""
    gaps = [after - before for before, after in pairwise(members)]
    for length in range(1, min(32, (len(gaps) - 1) // 2) + 1):
        if all(gap == later for gap, later in zip(gaps, gaps[length:], strict=False)):
            period = sum(gaps[:length])
            residues = sorted(x % period for x in members[:length])
            return [*_pattern(symbol, period, residues), *_between(symbol, members[0], members[-1])]
    return None
