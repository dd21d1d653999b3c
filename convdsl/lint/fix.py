"""Apply the ways out that a program can carry out, until none is left, and keep only those that mend.

A fix is a `Help` with edits. Those of one round that do not overlap are applied together, and the texts are reviewed
again; where that is not better in every respect, ever fewer of them are tried, down to one, which is dropped if it
does not mend. What a review is, the caller says: this file knows texts and findings, no phases and no files.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from math import inf

from convdsl.codes import YAML_SYNTAX
from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Severity
from convdsl.lint.patch import fits, moved, overlap, patched
from convdsl.record import dataclass

_NOT_YAML, _READING, _SIZES, _NO_ERROR = -inf, 0, 2, inf  # phases by the first digits of their codes
_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)
MAX_FAILURES = 100  # in a row; each costs an analysis, and an expectation of a number of parameters fails them all
MAX_ROUNDS = 100  # of applying and reviewing; a file has at most 100 errors that are told

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding, and the keys of the files that its spans point into, by `Span.file`."""

    diagnostic: Diagnostic
    files: tuple[str, ...]


Review = Callable[[Texts], Sequence[Seen]]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A finding whose fix would not mend it, and the kinds of findings that it would bring."""

    diagnostic: Diagnostic
    brings: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came out. texts: of all files, changed or not; mended: the findings whose fixes were applied, in order.

    settled: False where fixes undid each other, or there was no end of them. dropped: the fixes that would not mend.
    gave_up: whether fixes were left untried, after MAX_FAILURES tries in which none mended.
    """

    texts: Texts
    mended: tuple[Diagnostic, ...] = ()
    settled: bool = True
    dropped: tuple[Dropped, ...] = ()
    gave_up: bool = False


def fix(texts: Texts, review: Review, *, unsafe: bool = False) -> Fixed:
    """Apply fixes to a fixpoint.

    texts: of the files that may be changed, by keys of the caller's; a fix that touches another file is left alone.
    review: returns the findings about such texts. unsafe: also apply fixes that may change what the network computes.
    """
    mended: list[Diagnostic] = []
    states = {_state(texts)}
    tries = _Tries()
    found = review(texts)
    for _ in range(MAX_ROUNDS):
        is_old = bool(tries.dropped)
        step = _round(texts, found, review, unsafe, tries)
        if step is None and is_old:  # what did not mend before may mend now
            tries = _Tries()
            step = _round(texts, found, review, unsafe, tries)
        if step is None:
            gave_up = tries.failures >= MAX_FAILURES
            return Fixed(texts, tuple(mended), dropped=tuple(tries.dropped), gave_up=gave_up)
        tries.failures = 0
        if _state(step.texts) in states:
            break
        texts, found = step.texts, step.found
        states.add(_state(texts))
        mended.extend(one.seen.diagnostic for one in step.fixes)
    return Fixed(texts, tuple(mended), settled=False)


def chosen(diagnostic: Diagnostic, *, unsafe: bool = False) -> Help | None:
    """Return the one way out of a finding that is a fix: the first safe one, else, if allowed, the first unsafe one."""
    ways = [way for way in diagnostic.helps if way.edits]
    safe = next((way for way in ways if way.safe), None)
    return safe or (ways[0] if unsafe and ways else None)


@dataclass(frozen=True)
class _Candidate:
    seen: Seen
    way: Help

    @cached_property
    def edits(self) -> Mapping[str, list[Edit]]:
        """The edits by the key of their file."""
        out: dict[str, list[Edit]] = defaultdict(list)
        for edit in self.way.edits:
            out[self.seen.files[edit.span.file]].append(edit)
        return out

    @property
    def rank(self) -> float:
        """The phase that found it: mistakes of reading hide all others and come first, what is no error comes last."""
        return _phase(self.seen.diagnostic)

    def fingerprint(self, texts: Texts) -> object:
        """Identify the fix when lines above it have moved."""
        changes = [
            (key, texts[key][edit.span.start : edit.span.end], edit.replacement)
            for key, edits in self.edits.items()
            for edit in edits
        ]
        return self.seen.diagnostic.code, self.seen.diagnostic.message, tuple(changes)


class _Tries:
    """What did not mend since the last fix that did, or since what did not was tried anew."""

    def __init__(self) -> None:
        self.keys: set[object] = set()
        self.dropped: list[Dropped] = []
        self.failures = 0


@dataclass(frozen=True, slots=True)
class _Step:
    texts: Texts
    found: Sequence[Seen]
    fixes: Sequence[_Candidate]


def _round(texts: Texts, found: Sequence[Seen], review: Review, unsafe: bool, tries: _Tries) -> _Step | None:
    """Apply as many fixes of one phase as mend together; None where no fix does."""
    ranks: dict[float, list[_Candidate]] = defaultdict(list)
    for one in _candidates(texts, found, unsafe):
        if one.fingerprint(texts) not in tries.keys:
            ranks[one.rank].append(one)
    for _, candidates in sorted(ranks.items()):
        step = _attempt(texts, found, candidates, review, tries)
        if step is not None:
            return step
    return None


def _candidates(texts: Texts, found: Sequence[Seen], unsafe: bool) -> Iterator[_Candidate]:
    for seen in found:
        way = chosen(seen.diagnostic, unsafe=unsafe)
        if way is None:
            continue
        one = _Candidate(seen, way)
        if all(key in texts and not overlap(edits) for key, edits in one.edits.items()) and all(
            fits(texts[key], edit) for key, edits in one.edits.items() for edit in edits
        ):
            yield one


def _attempt(
    texts: Texts,
    found: Sequence[Seen],
    candidates: Sequence[_Candidate],
    review: Review,
    tries: _Tries,
) -> _Step | None:
    """Try all fixes that do not overlap; where none of those mends, those that did overlap with them."""
    waiting = candidates
    while waiting:
        together = _apart(waiting)
        step = _try(texts, found, together, review, tries)
        if step is not None:
            return step
        tried = set(map(id, together))
        waiting = [one for one in waiting if id(one) not in tried]
    return None


def _try(
    texts: Texts, found: Sequence[Seen], fixes: Sequence[_Candidate], review: Review, tries: _Tries
) -> _Step | None:
    """Apply fixes together, else the halves of them; one that does not mend alone is dropped."""
    if tries.failures >= MAX_FAILURES:
        return None
    edits: dict[str, list[Edit]] = defaultdict(list)
    for one in fixes:
        for key, some in one.edits.items():
            edits[key].extend(some)
    new = {**texts, **{key: patched(texts[key], some) for key, some in edits.items()}}
    after = tuple(review(new))
    if _mends(found, after, fixes, edits):
        return _Step(new, after, fixes)
    tries.failures += 1
    if len(fixes) == 1:
        more = Counter(one.diagnostic.code for one in after) - Counter(one.diagnostic.code for one in found)
        brings = tuple(sorted(more, key=lambda code: code.id))
        tries.keys.add(fixes[0].fingerprint(texts))
        tries.dropped.append(Dropped(fixes[0].seen.diagnostic, brings))
        return None
    half = len(fixes) // 2
    first = _try(texts, found, fixes[:half], review, tries)
    return first or _try(texts, found, fixes[half:], review, tries)


def _apart(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Choose fixes, from the first on, whose edits do not overlap."""
    out: list[_Candidate] = []
    taken: dict[str, list[Edit]] = defaultdict(list)
    for one in candidates:
        if not any(overlap([*taken[key], *edits]) for key, edits in one.edits.items()):
            out.append(one)
            for key, edits in one.edits.items():
                taken[key].extend(edits)
    return out


def _mends(
    before: Sequence[Seen], after: Sequence[Seen], fixes: Sequence[_Candidate], edits: Mapping[str, list[Edit]]
) -> bool:
    """Tell whether every finding that was to be mended is gone, and nothing worse has come.

    A mistake hides what later phases would find, so that those may find more once it is mended; its own phase and
    those before may not. What is no error hides nothing: nothing as grave may come.
    """
    rank = fixes[0].rank
    if rank == _NO_ERROR:
        least = max(_gravity(one.seen) for one in fixes)
        old, new = (_as_grave(some, least) for some in (before, after))
        if new[-1] == old[-1] or any(more > fewer for more, fewer in zip(new, old, strict=True)):
            return False
    else:
        hides = rank < _SIZES  # what the sizes are wrong about is found together with all that comes later
        old_count, new_count = (
            sum(_phase(one.diagnostic) <= rank if hides else one.diagnostic.is_error for one in some)
            for some in (before, after)
        )
        if new_count > old_count:
            return False
    old_counts, new_counts = (Counter(one.diagnostic.code for one in some) for some in (before, after))
    if rank == _READING and any(_phase_of(code) <= rank for code in new_counts - old_counts):
        return False  # one mistake in exchange for another
    wanted = Counter(one.seen.diagnostic.code for one in fixes)
    fewer = {code for code in wanted if new_counts[code] <= old_counts[code] - wanted[code]}
    there = {_place(one, {}) for one in after}
    return all(one.seen.diagnostic.code in fewer or _place(one.seen, edits) not in there for one in fixes)


def _gravity(seen: Seen) -> int:
    return _GRAVEST_FIRST.index(seen.diagnostic.severity)


def _as_grave(some: Sequence[Seen], least: int) -> list[int]:
    """Count the errors, the errors and warnings, and so on down to the least grave that counts."""
    grave = list(map(_gravity, some))
    return [sum(gravity <= level for gravity in grave) for level in range(least + 1)]


def _place(seen: Seen, edits: Mapping[str, list[Edit]]) -> object:
    """Say what is found where, after edits."""
    key = seen.files[seen.diagnostic.where.span.file]
    return key, seen.diagnostic.code, moved(seen.diagnostic.where.span.start, edits.get(key, ()))


def _phase(diagnostic: Diagnostic) -> float:
    """Return the phase that found an error; what is no error comes behind all."""
    return _phase_of(diagnostic.code) if diagnostic.is_error else _NO_ERROR


def _phase_of(code: Code) -> float:
    """Return the first digit of an error's code, 0 to 9; less for what is not even YAML, which hides all else."""
    return _NOT_YAML if code == YAML_SYNTAX else int(code.id[1])


def _state(texts: Texts) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(texts.items()))
