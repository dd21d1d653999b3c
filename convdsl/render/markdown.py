"""What is written into Markdown from outside, so that it stays text, and code stays code."""

import re
from collections.abc import Sequence

from convdsl.render.cells import visible

_MEANT = re.compile(r"([\\`*_\[\]<>|~&$]|^[#+-])")


def escape(text: str) -> str:
    """Escape a string for a line of Markdown; control characters and line ends become pictures of them."""
    return _MEANT.sub(r"\\\1", visible(text))


def code(text: str) -> str:
    """Quote a string as code within a line, whatever backticks it has."""
    inside = visible(text)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", inside)), default=0))
    blank = " " if inside.startswith("`") or inside.endswith("`") else ""
    return f"{ticks}{blank}{inside}{blank}{ticks}"


def fenced(text: str, language: str = "text") -> str:
    """Put lines of code into a block that nothing inside them can end."""
    lines = [visible(line) for line in text.split("\n")]
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return "\n".join((f"{ticks}{language}", *lines, ticks))


def table(rows: Sequence[Sequence[str]], *, numbers: bool = False) -> str:
    """Set rows of cells, which are escaped, as a table; the first row is its head.

    numbers: all columns but the first go to the right.
    """
    head, *rest = [[escape(cell) for cell in row] for row in rows]
    rule = ["-", *["-:" if numbers else "-"] * (len(head) - 1)]
    return "\n".join(
        f"|{'|'.join(f' {cell} ' if row is not rule else cell for cell in row)}|" for row in (head, rule, *rest)
    )
