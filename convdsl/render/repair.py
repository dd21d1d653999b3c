"""The lines of a spec as they would read after a suggested edit."""

from collections.abc import Iterable, Sequence

from convdsl.diagnostics import Edit
from convdsl.render.cells import BLUE, GREEN, RED, paint, shorten, spread
from convdsl.source import Source

MOST = 6  # lines shown of one edit


def repair_rows(
    edits: Sequence[Edit], sources: Sequence[Source], gutter: int, colour: bool, width: int
) -> Iterable[str]:
    """Print the lines that edits make (`18 + ...`), or those that they remove (`18 - ...`).

    Line numbers are those of the edited file, for removed lines those of the present one.
    """
    for file in dict.fromkeys(edit.span.file for edit in edits):
        source = sources[file]
        shift = 0
        for group in _groups(source, [edit for edit in edits if edit.span.file == file]):
            first, removed, added = _change(source, group)
            if added:
                rows = [(first + shift + index, "+", line) for index, line in enumerate(added)]
            else:
                rows = [(first + index, "-", line) for index, line in enumerate(removed)]
            shift += len(added) - len(removed)
            yield from _print(rows, gutter, colour, width)


def _print(rows: list[tuple[int, str, str]], gutter: int, colour: bool, width: int) -> Iterable[str]:
    for number, sign, line in rows[:MOST]:
        margin = paint(f"{number:>{gutter}}", BLUE, colour)
        style = GREEN if sign == "+" else RED
        shown, _ = spread(line[: 4 * width])
        yield f"{margin} {paint(f'{sign} {shorten(shown, max(24, width - gutter - 3))}', style, colour)}".rstrip()
    if len(rows) > MOST:
        yield f"{'':{gutter}} {paint(f'... and {len(rows) - MOST:,} more lines', BLUE, colour)}"


def _groups(source: Source, edits: list[Edit]) -> list[list[Edit]]:
    """Put edits that touch the same lines together."""
    groups: list[list[Edit]] = []
    last = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        first = source.position(edit.span.start).line
        if groups and first <= last:
            groups[-1].append(edit)
        else:
            groups.append([edit])
        last = max(last, source.position(edit.span.end).line)
    return groups


def _change(source: Source, edits: list[Edit]) -> tuple[int, list[str], list[str]]:
    """Apply edits to the lines that they touch: the first changed line's number, old lines, new lines."""
    first = source.position(edits[0].span.start).line
    last = max(source.position(edit.span.end).line for edit in edits)
    begin = source.line_starts[first - 1]
    end = source.line_starts[last] - 1 if last < len(source.line_starts) else len(source.text)
    pieces, at = [], begin
    for edit in edits:
        pieces.append(source.text[at : max(at, edit.span.start)])
        pieces.append(edit.replacement)
        at = max(at, edit.span.end)
    pieces.append(source.text[at:end])
    old = [line.rstrip("\r") for line in source.text[begin:end].split("\n")]
    new = [line.rstrip("\r") for line in "".join(pieces).split("\n")]
    while old and new and old[0] == new[0]:
        del old[0], new[0]
        first += 1
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return first, old, new
