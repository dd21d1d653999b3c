"""Comments of a YAML spec, found in the text itself: PyYAML drops them.

In a text that PyYAML has read, every `#` outside the scalars begins a comment. Statements take theirs in the order of
the file, so none is lost: what no statement claims goes to the next one, or to the file's tail.
"""

import re
from bisect import bisect_left

from convdsl.record import dataclass
from convdsl.source import Source, Span
from convdsl.syntax.tokens import comment_text
from convdsl.syntax.tree import BLANK, NO_COMMENTS, Comments

_COMMENT = re.compile(r"#[^\r\n]*")
_BLANK = re.compile(r"\n[ \t\r]*\n")
_BEHIND = re.compile(r"[ \t,:]*")


@dataclass(frozen=True, slots=True)
class _Note:
    """One comment: its place, its column from 0, and whether it has its line to itself."""

    start: int
    end: int
    column: int
    alone: bool
    text: str


class Notes:
    """The comments of one file, handed out from its beginning to its end."""

    def __init__(self, source: Source, scalars: tuple[Span, ...]) -> None:
        self._text = source.text
        self._notes = _find(source.text, scalars) if "#" in source.text else []
        self._scalars = scalars if self._notes else ()
        # most long specs have neither comments nor blank lines: nothing to look for
        self._bare = not self._notes and _BLANK.search(source.text) is None
        self._next = 0
        self._last = 0  # the end of what was read before: blank lines are counted from here

    @property
    def are_left(self) -> bool:
        """Tell whether any comment has not been taken yet."""
        return self._next < len(self._notes)

    def above(self, start: int) -> tuple[tuple[str, ...], bool]:
        """Take the comments before `start`; tell also whether a blank line stands above all of them."""
        if self._bare:
            return (), False
        taken = self._take(start)
        lines: list[str] = []
        blank_before = False
        for at, note in enumerate(taken):
            blank = self._blank(note.start)
            if at == 0:
                blank_before = blank
            elif blank:
                lines.append(BLANK)
            lines.append(note.text)
            self._last = note.end
        blank = self._blank(start)
        if not taken:
            blank_before = blank
        elif blank:
            lines.append(BLANK)
        self._last = max(self._last, start)
        return tuple(lines), blank_before

    def behind(self, end: int) -> str | None:
        """Take the comment that follows `end` on its line, behind nothing but white space, a comma or a colon."""
        self._last = max(self._last, end)
        if self._next >= len(self._notes):
            return None
        note = self._notes[self._next]
        gap = _BEHIND.match(self._text, end)
        if note.alone or gap is None or gap.end() != note.start:
            return None
        self._next += 1
        self._last = note.end
        return note.text

    def statement(self, start: int, end: int) -> Comments:
        """Take all that belongs to a statement without statements inside: above it, within it, behind it."""
        if self._bare:
            return NO_COMMENTS
        above, blank_before = self.above(start)
        within = [note.text for note in self._take(end)]
        behind = self.behind(end)
        if behind is not None:
            within.append(behind)
        trailing = within.pop() if within else None  # a statement has room for one; the others go above it
        if not (above or within or trailing is not None or blank_before):
            return NO_COMMENTS
        return Comments((*above, *within), trailing, blank_before)

    def tail(self, column: int, end: int) -> tuple[str, ...]:
        """Take the comments that follow a body, which ends at `end`, and are indented at least to `column` (from 0)."""
        first = self._next
        after = bisect_left(self._scalars, end, key=lambda scalar: scalar.start)
        limit = self._scalars[after].start if after < len(self._scalars) else len(self._text)
        while self._next < len(self._notes):
            note = self._notes[self._next]
            if not note.alone or note.column < column or note.start > limit:
                break
            self._next += 1
        return self._lines(self._notes[first : self._next])

    def any_within(self, span: Span) -> bool:
        """Tell whether a comment stands inside a span."""
        at = bisect_left(self._notes, span.start, key=lambda note: note.start)
        return at < len(self._notes) and self._notes[at].start < span.end

    def before(self, end: int) -> tuple[str, ...]:
        """Take the comments before the end of a list in brackets, behind its last item."""
        return self._lines(self._take(end))

    def rest(self) -> tuple[str, ...]:
        """Take what is left at the end of the file."""
        return self._lines(self._take(len(self._text) + 1))

    def _lines(self, taken: "list[_Note]") -> tuple[str, ...]:
        """Return comments that stand together, with the blank lines between them."""
        lines: list[str] = []
        for note in taken:
            if lines and self._blank(note.start):
                lines.append(BLANK)
            lines.append(note.text)
            self._last = note.end
        return tuple(lines)

    def _take(self, before: int) -> list[_Note]:
        first = self._next
        while self._next < len(self._notes) and self._notes[self._next].start < before:
            self._next += 1
        return self._notes[first : self._next]

    def _blank(self, until: int) -> bool:
        """Tell whether a blank line lies between what was read last and `until`."""
        lines = self._text[self._last : until].split("\n")
        return any(not line.strip() for line in lines[1:-1])


def _find(text: str, scalars: tuple[Span, ...]) -> list[_Note]:
    notes = []
    at = 0
    for scalar in (*scalars, Span(len(text), len(text))):
        for match in _COMMENT.finditer(text, at, max(at, scalar.start)):
            line_start = text.rfind("\n", 0, match.start()) + 1
            column = match.start() - line_start
            alone = not text[line_start : match.start()].strip()
            notes.append(_Note(match.start(), match.end(), column, alone, comment_text(match.group())))
        at = max(at, scalar.end)
    return notes
