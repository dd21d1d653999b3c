"""Comments that say why a finding does not matter here: `# convdsl: ignore[checkerboard] the picture is blurred`.

Behind a statement, or on a line of its own above it. A reason has to be given; a comment that keeps nothing quiet is
itself a finding.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label, Severity
from convdsl.nearest import nearest
from convdsl.record import dataclass
from convdsl.source import Source, Span
from convdsl.syntax import tree
from convdsl.syntax.parse import parse

UNUSED_IGNORE = Code("W901", "unused-ignore", Severity.WARNING)
BAD_IGNORE = Code("W902", "bad-ignore", Severity.WARNING)
DEAD_BASELINE = Code("E903", "dead-baseline")

_COMMENT = re.compile(r"#[ \t]*convdsl:[ \t]*ignore\b[ \t]*(?:\[([^\]\n]*)\])?[ \t]*:?[ \t]*([^\n\r]*)")
_FORM = "write `# convdsl: ignore[name] why it does not matter here`"


@dataclass(frozen=True, slots=True)
class Ignore:
    """One such comment. words: codes or names; first, last: the lines that it speaks of, from 1."""

    span: Span
    words: tuple[str, ...]
    reason: str
    first: int
    last: int

    def speaks_of(self, finding: Diagnostic, line: int) -> bool:
        """Tell whether a finding, marked in a line of the same file, is meant."""
        named = finding.code.id in self.words or finding.code.name in self.words
        return named and self.first <= line <= self.last


def ignores(sources: Sequence[Source], own: tree.File) -> Iterator[Ignore]:
    """Find the comments in a spec and in the files that it imports; own: the spec's tree."""
    for number, source in enumerate(sources):
        if "convdsl:" not in source.text or _COMMENT.search(source.text) is None:
            continue
        file = own if number == 0 else parse(source).file
        starts = sorted(_extents(source, file))
        for found in _COMMENT.finditer(source.text):
            line = source.position(found.start()).line
            before = source.text[source.line_starts[line - 1] : found.start()]
            if before.count('"') % 2 or "#" in before.replace('"#', ""):
                continue  # inside a string, or within another comment
            about = line if before.strip() else _next_line(source, line)
            first, last = _around(starts, about)
            words = tuple(word.strip() for word in (found[1] or "").split(",") if word.strip())
            span = Span(found.start(), found.start() + len(found[0].rstrip()), number)
            yield Ignore(span, words, found[2].strip(), first, last)


def _next_line(source: Source, line: int) -> int:
    """Return the next line that is neither blank nor a comment."""
    count = len(source.line_starts)
    line += 1
    while line < count and source.line(line).strip()[:1] in ("", "#"):
        line += 1
    return min(line, count)


def _around(extents: Sequence[tuple[int, int]], line: int) -> tuple[int, int]:
    """Return the lines of the statement that a line belongs to; the line alone where it is none's."""
    at = bisect_right(extents, (line, 1 << 60)) - 1
    first, last = extents[at] if at >= 0 else (line, line)
    return (first, last) if first <= line <= last else (line, line)


def _extents(source: Source, file: tree.File) -> Iterator[tuple[int, int]]:
    """Yield the lines of every statement that has none inside it."""
    for item in file.items:
        bodies: list[tree.Body] = [item.body] if isinstance(item, tree.Block | tree.Model) else []
        spans = [setting.span for setting in item.settings] if isinstance(item, tree.Train) else []
        while bodies:
            for line in bodies.pop().statements:
                inner = [body for body in _bodies(line) if body is not None]
                bodies.extend(inner)
                if not inner:
                    spans.append(line.span)
        for span in spans:
            yield source.position(span.start).line, source.position(max(span.start, span.end - 1)).line


def _bodies(line: tree.Statement) -> tuple[tree.Body | None, ...]:
    if isinstance(line, tree.Repeat | tree.For | tree.LayerDeclaration):
        return (line.body,)
    if isinstance(line, tree.If):
        return line.body, line.orelse
    return (line.source,) if isinstance(line, tree.Flow) and isinstance(line.source, tree.Body) else ()


def unused(ignore: Ignore, source: Source) -> Diagnostic:
    """Say that a comment keeps nothing quiet."""
    named = ", ".join(f"`{word}`" for word in ignore.words)
    help_ = Help("remove it", (_removal(ignore, source),), safe=True)
    return Diagnostic(
        UNUSED_IGNORE,
        f"nothing is found here that is called {named}",
        Label(ignore.span, "keeps nothing quiet"),
        helps=(help_,),
        severity=UNUSED_IGNORE.severity,
    )


def _removal(ignore: Ignore, source: Source) -> Edit:
    """Take the comment away, and its line where nothing else stands there."""
    line = source.position(ignore.span.start).line
    start = source.line_starts[line - 1]
    before = source.text[start : ignore.span.start]
    if not before.strip() and line < len(source.line_starts):
        return Edit(Span(start, source.line_starts[line], ignore.span.file), "")
    return Edit(Span(start + len(before.rstrip()), ignore.span.end, ignore.span.file), "")


def wrong(ignore: Ignore, fixed: Mapping[str, Code], known: Mapping[str, Code]) -> Diagnostic | None:
    """Say what is wrong with a comment itself.

    fixed: the errors that cannot be ignored, by id and by name; known: all that there are.
    """
    message = None
    if not ignore.words:
        message, way = "this comment names no rule", _FORM
    elif strange := [word for word in ignore.words if word not in known]:
        near = nearest(strange[0], known)
        message = f"there is no rule `{strange[0]}`"
        way = f"did you mean `{near}`" if near else "`convdsl rules` lists them"
    elif not ignore.reason:
        message, way = "this comment gives no reason", _FORM
    elif stays := [word for word in ignore.words if word in fixed]:
        message = f"`{stays[0]}` cannot be ignored: the network does not run, or is not what the spec promises"
        way = "mend what it says"
    if message is None:
        return None
    return Diagnostic(BAD_IGNORE, message, Label(ignore.span), helps=(Help(way),), severity=BAD_IGNORE.severity)
