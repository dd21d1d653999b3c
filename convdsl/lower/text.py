"""Lay Python out as a formatter would, so that the emitted file needs none.

A bracket stays on one line where it fits, else it has one item a line and a comma after the last, which formatters
keep. It knows brackets, strings and widths, and nothing of what they mean.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from convdsl.record import dataclass

WIDTH = 100
_CLOSE = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Group:
    """A bracketed list: `nn.Sequential(`, items each with what stands before it (`stride=`), `)`.

    tall: one item a line even where all would fit.
    """

    open: str
    items: "tuple[tuple[str, Group | str], ...]"
    close: str
    tall: bool = False

    def __str__(self) -> str:
        return self.open + ", ".join(f"{before}{item}" for before, item in self.items) + self.close


def lines(indent: int, before: str, item: Group | str, after: str = "") -> Iterator[str]:
    """Lay out `before item after` as lines of at most WIDTH columns where brackets allow it."""
    group = item if isinstance(item, Group) else None
    if group is None or not (group.tall and group.items):
        flat = " " * indent + before + str(item) + after
        if len(flat) <= WIDTH:
            yield flat
            return
        if group is None:
            group = _split(str(item))
    if group is None or not group.items:
        yield " " * indent + before + str(item) + after
        return
    yield " " * indent + before + group.open
    for word, inner in group.items:
        yield from lines(indent + 4, word, inner, ",")
    yield " " * indent + group.close + after


def commented(indent: int, before: str, item: Group | str, comment: str) -> Iterator[str]:
    """Lay out a statement with a comment behind it, or above where it does not fit behind."""
    out = list(lines(indent, before, item))
    if comment and len(out) == 1 and len(out[0]) + len(comment) + 4 <= WIDTH:
        out = [f"{out[0]}  # {comment}"]
    elif comment and indent + len(comment) + 2 <= WIDTH:
        out.insert(0, " " * indent + f"# {comment}")
    yield from out


def wrapped(words: Iterable[str], width: int = WIDTH) -> Iterator[str]:
    """Fill lines with words; a word that is longer has a line of its own."""
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line


def _split(text: str) -> Group | None:
    """Take a call or tuple apart at its last bracket; None where the text does not end in one."""
    stack: list[tuple[int, list[int]]] = []  # where a bracket opened, and the commas in it
    last: tuple[int, list[int]] | None = None
    quoted = ""
    for at, char in enumerate(text):
        if quoted:
            quoted = "" if char == quoted and text[at - 1] != "\\" else quoted
        elif char in "'\"":
            quoted = char
        elif char in _CLOSE:
            stack.append((at, []))
        elif char in _CLOSE.values():
            last = stack.pop()
        elif char == "," and stack:
            stack[-1][1].append(at)
    if last is None or not text.endswith(")"):
        return None
    start, commas = last
    cuts = [start, *commas, len(text) - 1]
    parts = [text[a + 1 : b].strip() for a, b in pairwise(cuts)]
    return Group(text[: start + 1], tuple(("", part) for part in parts if part), ")")
