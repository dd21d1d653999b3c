"""A change that was not made, as a unified diff on standard output."""

import sys
from collections.abc import Iterator

from convdsl.cli.terminal import wants_colour
from convdsl.render.cells import GREEN, RED, paint, visible
from convdsl.source import Source


def show(source: Source, text: str) -> None:
    """Print how a text would change."""
    colour = wants_colour(sys.stdout)
    # a terminal is shown what it cannot print; a program gets the lines as they are
    shown = visible if sys.stdout.isatty() else str
    for line in difference(source, text):
        style = {"+": GREEN, "-": RED}.get(line[:1], "")
        print(paint(shown(line), style, colour and bool(style)))


def difference(source: Source, text: str) -> Iterator[str]:
    """Yield the lines of a unified diff, as `patch` reads it."""
    from difflib import unified_diff  # only who asks pays for it

    before, after = _lines(source.text), _lines(text)
    for line in unified_diff(before, after, source.name, source.name, lineterm=""):
        yield from line.split("\n")


def _lines(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines
