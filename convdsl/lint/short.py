"""A deep network with few of its equal turns, on which a rule is tried first: most find nothing, in less time.

What a rule finds in the whole network it finds in the short one too, if turns that were left out would have been as
the last that stay. Of layers and wiring that is so by construction (analysis/shorten.py). What adds up from turn to
turn is looked at: the values that a layer can take and the grid that it is on have to be the same in the last two
turns that stay; by induction they are then the same in all that follow.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from convdsl.analysis.geometry import Field, Fields
from convdsl.analysis.reach import Reach
from convdsl.lint.subject import Subject

LEAST = 1000  # nodes: a smaller network is looked at as a whole in less time than it takes to shorten it

Fact = TypeVar("Fact")


def short(subject: Subject) -> Subject | None:
    """Leave equal turns out; None where little would be saved, or something adds up from turn to turn.

    Of the subject that is returned `settled` tells whether the narrowest paths see the same after every turn, and
    `growing` whether each turn sees all that the one before did.
    """
    if len(subject.nodes) < LEAST:
        return None
    from convdsl.analysis.shorten import shortened  # deep networks only

    found = shortened(subject.graph)
    if found is None or 2 * len(found.graph.nodes) > len(subject.nodes):
        return None
    out = Subject(
        found.graph,
        subject.accepted,
        subject.legal,
        subject.recipe,
        subject.file,
        subject.sources,
        subject.numbers,
        found.times,
    )
    if not _holds(found.turns, out.intervals, _equal) or not _holds(found.turns, out.fields, _on_one_grid):
        return None
    out.settled = _holds(found.turns, out.fields, _settled)
    out.growing = _holds(found.turns, out.fields, _grown)
    return out


def _holds(turns: Sequence[tuple[int, int]], facts: Sequence[Fact], alike: Callable[[Fact, Fact], bool]) -> bool:
    """Tell whether something holds between the facts of the last turns before each cut and those a turn earlier."""
    return all(
        before is after or alike(before, after)
        for first, length in turns
        for before, after in zip(facts[first - length : first], facts[first : first + length], strict=True)
    )


def _equal(before: object, after: object) -> bool:
    return before == after


def _on_one_grid(before: Fields | None, after: Fields | None) -> bool:
    """Tell whether steps and phases are the same, and what is exact, and what sees a whole axis."""
    if before is None or after is None or len(before) != len(after):
        return False
    return all(
        (one.whole == two.whole and _paced(one.widest, two.widest) and _paced(one.narrowest, two.narrowest))
        if isinstance(one, Field) and isinstance(two, Field)
        else one == two
        for one, two in zip(before, after, strict=True)
    )


def _paced(one: Reach, two: Reach) -> bool:
    return one.pace == two.pace and one.exact == two.exact and _blind(one) == _blind(two)


def _blind(one: Reach) -> list[bool]:
    return [low is None for low in one.lows]


def _settled(before: Fields | None, after: Fields | None) -> bool:
    """Tell whether the narrowest paths see the same, as they do around a block through its shortcut."""
    return all(one.narrowest is two.narrowest or one.narrowest == two.narrowest for one, two in _pairs(before, after))


def _grown(before: Fields | None, after: Fields | None) -> bool:
    """Tell whether the widest paths see what they saw a turn earlier."""
    return all(
        low is None
        or high is None
        or (low_too is not None and high_too is not None and low_too <= low and high <= high_too)
        for one, two in _pairs(before, after)
        for low, high, low_too, high_too in zip(
            one.widest.lows, one.widest.highs, two.widest.lows, two.widest.highs, strict=True
        )
    )


def _pairs(before: Fields | None, after: Fields | None) -> list[tuple[Field, Field]]:
    axes = zip(before or (), after or (), strict=True)
    return [(one, two) for one, two in axes if isinstance(one, Field) and isinstance(two, Field)]
