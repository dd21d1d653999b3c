"""The words above and below a picture, as labels: its title, sentences broken into lines, and what is wrong."""

from collections.abc import Iterable

from convdsl.render.canvas import Label
from convdsl.render.facts import Network
from convdsl.render.metrics import fit, text_width
from convdsl.render.notes import footnotes

MARGIN = 16
HEADING = 46  # pixels that a title and its line take, below the margin
LINE = 15


def title(text: str, line: str, room: int) -> tuple[Label, Label]:
    """Write a title and the line below it, at the margin."""
    return (
        Label(MARGIN, MARGIN + 14, fit(text, 15, room, bold=True), 15, bold=True),
        Label(MARGIN, MARGIN + 31, fit(line, 11, room), 11, "soft"),
    )


def title_width(text: str, line: str, most: int) -> int:
    """Return the pixels that a title and the line below it need, `most` at most."""
    return min(most, max(text_width(text, 15, bold=True), text_width(line, 11)))


def paragraphs(texts: Iterable[str], room: int, y: int, size: int = 11, x: int = MARGIN) -> tuple[list[Label], int]:
    """Write sentences broken into lines, each on a line of its own; return them and the pixel below the last."""
    out: list[Label] = []
    for text in texts:
        for line in wrapped(text, size, room):
            y += LINE
            out.append(Label(x, y, line, size, "soft"))
        y += 3
    return out, y + 4 if out else y


def findings(network: Network, room: int, y: int) -> tuple[list[Label], int]:
    """Write what is wrong with a network; return the lines and the pixel below the last."""
    texts, bottom = footnotes(network, room, MARGIN, y)
    return [Label(text.x, text.y, text.text, 11, "problem") for text in texts], bottom


def wrapped(text: str, size: int, room: int) -> list[str]:
    """Break a sentence into lines at blanks; a word that is longer than a line is cut."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fit(word, size, room))
    return lines
