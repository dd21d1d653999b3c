"""Rename tables: which name of a checkpoint stands for which name of the network, one row a line.

    module.* -> *                         # `*`: any text, as little as fits
    layers.{i}.conv.* -> conv{i + 1}.*    # `{i}`: a whole number, and arithmetic with it
    "odd -> name" -> conv1.weight         # in quotes: exactly this
    head.* ->                             # nothing: left out

The first row that matches a name decides; a name that none matches stays. Matching never goes back, so that no table
and no name can make it slow.
"""

import json
import re
from collections.abc import Iterable, Mapping

from convdsl import codes
from convdsl.graph.evaluate import Env, whole
from convdsl.graph.problem import Problem
from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.source import Span
from convdsl.syntax.expression import parse_fragment

ARROW = "->"
MOST_ROWS, LONGEST_ROW, MOST_HOLES = 100_000, 2_000, 8


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `old`, a pattern, and `new`, "" where the tensor is left out. place: of which complaints speak."""

    old: str
    new: str
    place: str
    pattern: re.Pattern[str]

    def renamed(self, name: str) -> str | None:
        """Return the new name, "" to leave it out, None where the row does not match.

        Raises MistakeError where the new name cannot be worked out.
        """
        match = self.pattern.fullmatch(name)
        return None if match is None else self._filled(match)

    def _filled(self, match: re.Match[str]) -> str:
        exact = _exact(self.new)
        if exact is not None:
            return exact
        numbers = {hole: int(text) for hole, text in match.groupdict().items() if not hole.startswith("_")}
        texts = iter([text for hole, text in match.groupdict().items() if hole.startswith("_")])
        return "".join(
            next(texts) if part == "*" else str(_value(part[1:-1], numbers, self)) if part[:1] == "{" else part
            for part in _PARTS.findall(self.new)
        )


@dataclass(frozen=True, slots=True)
class Renamed:
    """Names after a table: old -> new, in the old order; those left out; the rows that matched nothing."""

    names: Mapping[str, str]
    left_out: tuple[str, ...]
    idle: tuple[Row, ...]


def read_table(text: str, name: str) -> tuple[Row, ...]:
    """Read a table; `name` is what it is called in complaints.

    Raises MistakeError.
    """
    rows: list[Row] = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        rows.append(read_row(stripped, f"{name}:{number}"))
        if len(rows) > MOST_ROWS:
            raise MistakeError(f"`{name}` has more than {MOST_ROWS:,} rows", way_out="use patterns: `module.* -> *`")
    return tuple(rows)


def read_row(text: str, place: str) -> Row:
    """Read one row, `old -> new`, with a comment behind it or none.

    Raises MistakeError.
    """
    found = _ROW.fullmatch(text) if len(text) <= LONGEST_ROW else None
    if found is None:
        raise MistakeError(
            f"{place}: `{text[:80]}` is no row of a rename table",
            way_out="write `old -> new`, as in `module.* -> *`; names with spaces or signs stand in quotes",
        )
    old, new = found["old"], found["new"] or ""
    for word in (old, new):
        _check_quoted(word, place)
    row = Row(old, new, place, _compiled(old, place))
    holes = [hole for hole in row.pattern.groupindex if not hole.startswith("_")]
    _check_new(row, holes, stars=len(row.pattern.groupindex) - len(holes))
    return row


def rename(names: Iterable[str], rows: tuple[Row, ...]) -> Renamed:
    """Give names their new ones.

    Raises MistakeError where two would become one.
    """
    out: dict[str, str] = {}
    taken: dict[str, tuple[str, str]] = {}
    left_out: list[str] = []
    used: set[int] = set()
    for old in names:
        new, place = old, ""
        for i, row in enumerate(rows):
            found = row.renamed(old)
            if found is not None:
                new, place = found, row.place
                used.add(i)
                break
        if not new:
            left_out.append(old)
            continue
        if new in taken:
            other, there = taken[new]
            raise MistakeError(
                f"two tensors would be named `{new}`: `{other}` and `{old}`",
                way_out=f"change {' or '.join(dict.fromkeys(filter(None, (there, place))))}, "
                f"or leave one out: `{quoted(old)} ->`",
            )
        out[old], taken[new] = new, (old, place)
    return Renamed(out, tuple(left_out), tuple(row for i, row in enumerate(rows) if i not in used))


def table_text(names: Mapping[str, str], comment: str = "") -> str:
    """Write a table of exact names; what keeps its name needs no row."""
    head = f"# {comment}\n" if comment else ""
    return head + "".join(f"{quoted(old)} {ARROW} {quoted(new)}\n" for old, new in names.items() if old != new)


def quoted(name: str) -> str:
    """Write a name so that a table takes it exactly."""
    plain = name and not set(name) & set('*{}"#') and not any(c.isspace() for c in name) and name != ARROW
    return name if plain and name.isprintable() else json.dumps(name)


_WORD = r'"(?:[^"\\]|\\.)*"|[^\s"#{]*+(?:\{[^{}]*\}[^\s"#{]*+)*+'
_ROW = re.compile(rf"(?P<old>{_WORD})\s*->\s*(?P<new>{_WORD})?\s*(?:#.*)?")
_PARTS = re.compile(r"\*|\{[^{}]*\}|[^*{}]+")


def _exact(word: str) -> str | None:
    """Return the name that stands in quotes, None where none does."""
    return str(json.loads(word)) if word.startswith('"') else None


def _check_quoted(word: str, place: str) -> None:
    try:
        _exact(word)
    except ValueError as error:
        raise MistakeError(f"{place}: {word} is no string in quotes", way_out='write `"` as `\\"`') from error


def _compiled(old: str, place: str) -> re.Pattern[str]:
    """Translate a pattern so that it never goes back: each `*` ends where the text behind it first occurs."""
    if not old or old == '""':
        raise MistakeError(f"{place}: nothing stands before `{ARROW}`", way_out="write `old -> new`")
    exact = _exact(old)
    if exact is not None:
        return re.compile(re.escape(exact))
    pieces: list[str] = []
    holes: set[str] = set()
    for part in _PARTS.findall(old):
        if part == "*":
            pieces.append("*")
        elif part[0] == "{":
            hole = part[1:-1].strip()
            if not (hole.isidentifier() and hole.isascii()) or hole.startswith("_"):
                raise MistakeError(f"{place}: `{part}` is no hole", way_out="before the arrow write `{i}` or `*`")
            pieces.append(f"(?P={hole})" if hole in holes else f"(?P<{hole}>[0-9]{{1,9}}+)")
            holes.add(hole)
        else:
            pieces.append(re.escape(part))
    stars = pieces.count("*")
    if stars + len(holes) > MOST_HOLES:
        raise MistakeError(f"{place}: more than {MOST_HOLES} holes in one row", way_out="use several rows")
    first, *rest = "\0".join(pieces).split("*")
    out = first
    for i, chunk in enumerate(rest):
        last = i == len(rest) - 1
        out += f"(?P<_{i}>.*?){chunk}\\Z" if last else f"(?>(?P<_{i}>.*?){chunk})"
    return re.compile(out.replace("\0", ""), re.DOTALL)


def _check_new(row: Row, holes: list[str], stars: int) -> None:
    if row.new.startswith('"'):
        return
    asked = _PARTS.findall(row.new)
    if asked.count("*") > stars:
        message = f"{row.place}: `{row.new}` has {asked.count('*')} `*`, and `{row.old}` has {stars}"
        raise MistakeError(message, way_out="each `*` on the right takes the text of one on the left, in order")
    for part in asked:
        if part[0] == "{":
            _value(part[1:-1], dict.fromkeys(holes, 1), row)


def _value(text: str, numbers: Mapping[str, int], row: Row) -> int:
    """Work out what stands in a hole of the new name.

    Raises MistakeError.
    """
    expr, mistakes = parse_fragment(text, "expr", lambda start, end: _NOWHERE)
    try:
        if expr is None or mistakes:
            raise Problem(codes.KEY_INVALID, "it is no integer expression", _NOWHERE)
        return whole(expr, Env(variables=numbers))
    except Problem as problem:
        known = ", ".join(f"`{name}`" for name in numbers) or "none"
        raise MistakeError(
            f"{row.place}: `{{{text}}}` cannot be worked out: {problem.diagnostic.message}",
            way_out=f"write arithmetic with the numbers on the left ({known}), as in `{{i + 1}}`",
        ) from problem


_NOWHERE = Span(0, 0)
