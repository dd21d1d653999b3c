"""Lines of an imported spec whose names count, `layer1 = …`, `layer2 = …`, become a loop that says so once.

It works on text in its one form, a statement a line, and knows names and numbers only; whether the network is still the
same is for others to see.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from convdsl.record import dataclass

_FEWEST = 3  # turns
_LONGEST = 6  # lines of one turn
_CALL = r'[A-Z]\w*\((?:(?!->)[^{}"#])*\)'
_NAMED = re.compile(rf"([a-z]\w*?)(0|[1-9]\d*) = ((?:[a-z]\w* -> )?{_CALL})\Z")
_BARE = re.compile(rf"{_CALL}\Z")
_WORD = re.compile(r"[A-Za-z_]\w*")
_INDEX = "i"


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line is but for the number in its name; number: None where it has none."""

    space: str
    stem: str
    call: str
    number: int | None


def counted(text: str) -> str:
    """Write runs of at least three turns as loops. A name that anything else reads stays what it is."""
    lines = text.split("\n")
    words = Counter(_WORD.findall(text))
    parts = [_parted(line, words) for line in lines]
    return "\n".join(_looped(lines, parts)) if _INDEX not in words else text


def _parted(line: str, words: Counter[str]) -> _Line | None:
    """Take a line apart; None where it is no single call, or binds what others read."""
    plain = line.lstrip(" ")
    space = line[: len(line) - len(plain)]
    found = _NAMED.match(plain)
    if found is not None and words[found[1] + found[2]] == 1:
        return _Line(space, found[1], found[3], int(found[2]))
    return _Line(space, "", plain, None) if space and _BARE.match(plain) else None


def _looped(lines: Sequence[str], parts: Sequence[_Line | None]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        period, turns = max(
            ((period, _turns(parts, at, period)) for period in range(1, _LONGEST + 1)),
            key=lambda found: (found[0] * found[1] if found[1] >= _FEWEST else 0, -found[0]),
        )
        if turns < _FEWEST:
            yield lines[at]
            at += 1
            continue
        first = [part for part in parts[at : at + period] if part is not None]
        space = first[0].space
        yield f"{space}for {_INDEX} in range({turns}) {{"
        for part in first:
            key = ""
            if part.number is not None:
                start = f" + {part.number}" if part.number else ""
                key = f' as "{part.stem}{{{_INDEX}{start}}}"'
            yield f"{space}  {part.call}{key}"
        yield f"{space}}}"
        at += period * turns


def _turns(parts: Sequence[_Line | None], at: int, period: int) -> int:
    """Count the turns of `period` lines from a place on; 0 where no name in them counts."""
    first = parts[at : at + period]
    if len(first) < period or any(part is None for part in first):
        return 0
    if all(part.number is None for part in first if part is not None):
        return 0
    turns = 1
    while True:
        later = parts[at + turns * period : at + (turns + 1) * period]
        if len(later) < period or not all(_follows(one, two, turns) for one, two in zip(first, later, strict=True)):
            return turns
        turns += 1


def _follows(one: _Line | None, two: _Line | None, turns: int) -> bool:
    if one is None or two is None or (one.space, one.stem, one.call) != (two.space, two.stem, two.call):
        return False
    return two.number == (None if one.number is None else one.number + turns)
