"""A spec's text and the places in it.

Every message points at text, so this is the lowest floor: offsets, lines and columns, excerpts. It knows nothing of
the language.
"""

from bisect import bisect_right

from convdsl.record import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points [start, end) in the source with index `file`."""

    start: int
    end: int
    file: int = 0

    def to(self, other: "Span") -> "Span":
        """Cover everything from this span to the end of `other`."""
        return Span(min(self.start, other.start), max(self.end, other.end), self.file)


@dataclass(frozen=True, slots=True)
class Position:
    """A place as people and editors count it: line and column from 1 (code points), UTF-16 column from 0."""

    line: int
    column: int
    utf16: int


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one spec and the name under which messages mention it."""

    name: str
    text: str
    line_starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        object.__setattr__(self, "line_starts", tuple(starts))

    def position(self, offset: int) -> Position:
        """Turn an offset in code points (clamped to the text) into line and columns."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        start = self.line_starts[line - 1]
        before = self.text[start:offset]
        wide = 0 if before.isascii() else sum(1 for char in before if ord(char) > 0xFFFF)
        return Position(line, offset - start + 1, offset - start + wide)

    def line_of(self, offset: int) -> int:
        """Return the line, from 1, of an offset in code points, clamped to the text."""
        return bisect_right(self.line_starts, max(0, min(offset, len(self.text))))

    def line(self, number: int) -> str:
        """Return the text of a line (from 1) without its end."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] - 1 if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r")

    def excerpt(self, span: Span) -> str:
        """Return the text under a span."""
        return self.text[span.start : span.end]
