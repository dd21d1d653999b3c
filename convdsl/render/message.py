"""A diagnostic as a person reads it: the sentence, the lines of the spec with the places marked, the ways out.

It knows diagnostics and sources, nothing of networks. The layout is that of the page on the language, "What a mistake
looks like".
"""

from collections.abc import Iterable, Sequence

from convdsl.diagnostics import Diagnostic, Severity
from convdsl.record import dataclass
from convdsl.render.cells import BLUE, BOLD, CYAN, GREEN, RED, YELLOW, paint, visible
from convdsl.render.excerpt import Mark, line_rows
from convdsl.render.repair import repair_rows
from convdsl.source import Source, Span

STYLES = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.INFO: CYAN}


def message(diagnostic: Diagnostic, sources: Sequence[Source], *, colour: bool = False, width: int = 100) -> str:
    """Print a diagnostic with excerpts of the spec; no newline at the end.

    sources: indexed by `Span.file`. width: cells of the terminal; source lines are cut around the marked place,
    sentences are left whole.
    """
    places = _places(diagnostic, sources)
    numbers = [number for _, lines in places for number in lines]
    gutter = len(str(max(numbers, default=1)))
    out = [_headline(diagnostic, sources, colour)]
    style = STYLES[diagnostic.severity]
    for index, (file, lines) in enumerate(places):
        if index:
            first = min(lines)
            column = min(mark.start for mark in lines[first]) + 1
            arrow = paint(f"{'':{gutter}} -->", BLUE, colour)
            out.append(f"{arrow} {visible(sources[file].name)}:{first}:{column}")
        out.append(paint(f"{'':{gutter}} |", BLUE, colour))
        out.extend(_excerpt(sources[file], lines, gutter, style, colour, width))
    for note in diagnostic.notes:
        out.extend(_fact(note, "", gutter, colour))
    for way_out in diagnostic.helps:
        out.extend(_fact(way_out.text, "help: ", gutter, colour))
        out.extend(repair_rows(way_out.edits, sources, gutter, colour, width))
    return "\n".join(out)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Count findings in one line: `2 errors, 1 warning`; `no findings` where there are none."""
    found = list(diagnostics)
    parts = []
    for severity, one, many in (
        (Severity.ERROR, "error", "errors"),
        (Severity.WARNING, "warning", "warnings"),
        (Severity.INFO, "hint", "hints"),
    ):
        count = sum(1 for diagnostic in found if diagnostic.severity is severity)
        if count:
            parts.append(f"{count:,} {one if count == 1 else many}")
    return ", ".join(parts) or "no findings"


@dataclass(frozen=True, slots=True)
class _Part:
    line: int
    mark: Mark


def _headline(diagnostic: Diagnostic, sources: Sequence[Source], colour: bool) -> str:
    source = sources[diagnostic.where.span.file]
    at = source.position(diagnostic.where.span.start)
    kind = f"{diagnostic.severity.value}[{diagnostic.code}]"
    place = paint(f"{visible(source.name)}:{at.line}:{at.column}:", BOLD, colour)
    return f"{place} {paint(kind, STYLES[diagnostic.severity], colour)} {visible(diagnostic.message)}"


def _places(diagnostic: Diagnostic, sources: Sequence[Source]) -> list[tuple[int, dict[int, list[Mark]]]]:
    """Collect the marks of each line, file by file; the primary place's file comes first, empty files not at all."""
    files: dict[int, dict[int, list[Mark]]] = {}
    for index, label in enumerate((diagnostic.where, *diagnostic.labels)):
        source = sources[label.span.file]
        if not source.text:
            continue
        lines = files.setdefault(label.span.file, {})
        for part in _parts(source, label.span, visible(label.text), index == 0):
            _add(lines.setdefault(part.line, []), part.mark)
    return [(file, dict(sorted(lines.items()))) for file, lines in files.items()]


def _add(marks: list[Mark], new: Mark) -> None:
    """Add a mark; one under the same characters takes its words along instead of a second row."""
    for index, mark in enumerate(marks):
        if (mark.start, mark.end) == (new.start, new.end):
            words = [words for words in dict.fromkeys((mark.text, new.text)) if words]
            marks[index] = Mark(mark.start, mark.end, mark.primary or new.primary, "; ".join(words))
            return
    marks.append(new)


def _parts(source: Source, span: Span, text: str, primary: bool) -> Iterable[_Part]:
    """Cut a span into one mark a line: all of a short one, the first and last line of one that runs over many."""
    start = source.position(span.start)
    end = source.position(max(span.start, span.end))
    last_line, last_column = end.line, end.column
    if last_line > start.line and last_column == 1:  # the span ends with a newline: that is the end of the line before
        last_line -= 1
        last_column = len(source.line(last_line)) + 1
    if last_line == start.line:
        yield _Part(start.line, Mark(start.column - 1, max(last_column - 1, start.column), primary, text))
        return
    first = source.line(start.line)
    yield _Part(start.line, Mark(start.column - 1, max(len(first), start.column), primary, ""))
    last = source.line(last_line)
    indent = len(last) - len(last.lstrip())
    yield _Part(last_line, Mark(min(indent, last_column - 2), last_column - 1, primary, text))


def _excerpt(
    source: Source, lines: dict[int, list[Mark]], gutter: int, style: str, colour: bool, width: int
) -> Iterable[str]:
    """Print lines in order; a gap of one line is filled, a longer one shows as dots in the margin."""
    before = 0
    for number, marks in lines.items():
        if before and number == before + 2:
            yield from line_rows(source.line(number - 1), number - 1, (), gutter, style, colour, width)
        elif before and number > before + 2:
            yield paint("...", BLUE, colour)
        yield from line_rows(source.line(number), number, marks, gutter, style, colour, width)
        before = number


def _fact(text: str, kind: str, gutter: int, colour: bool) -> Iterable[str]:
    """Print a note or a way out; further lines of its text hang under the first."""
    first, *rest = text.split("\n")
    margin = paint(f"{'':{gutter}} =", BLUE, colour)
    yield f"{margin} {paint(kind, GREEN, colour)}{visible(first)}"
    for line in rest:
        yield f"{'':{gutter + 3 + len(kind)}}{visible(line)}"
