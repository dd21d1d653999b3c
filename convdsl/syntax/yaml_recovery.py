"""Going on behind a place that is no YAML: the smallest part around it is blanked out, and the rest is read again.

A stand-in of one character keeps what is around the part whole: an item stays an item, a key keeps having a value. The
text keeps its length, so that every later place is still right.
"""

import re

from convdsl.record import dataclass
from convdsl.source import Span

STAND_IN = "\ue000"  # of the private use area: YAML takes it as a word, and nobody writes it
MOST_ROUNDS = 40
MOST_READ = 8_000_000  # characters in all rounds together: a spec of megabytes is read again once
_HEAD = re.compile(r"([ \t]*)((?:-[ ]+)*)")
_KEY = re.compile(r"(?:[\w.]+|\"[^\"\n]*\"|'[^'\n]*')[ ]*:[ ]+(?=\S)")


def rounds(text: str) -> int:
    """Return how many times a text may be read again."""
    return min(MOST_ROUNDS, MOST_READ // max(1, len(text)))


@dataclass(frozen=True, slots=True)
class Blanked:
    """The text without a part, the part's place, and where the stand-in is (-1 without one)."""

    text: str
    span: Span
    stand_in: int


def blank(text: str, at: int, opened: int) -> Blanked | None:
    """Blank out the lines around a place that YAML cannot read; None where nothing is left to blank.

    at: where it stopped. opened: where what it was reading began, a bracket or a quote; `at` where that is nothing.
    """
    start = text.rfind("\n", 0, min(opened, at)) + 1
    head = _HEAD.match(text, start)
    assert head is not None
    indent, content = len(head[1]), head.end()
    if "\t" in head[1]:
        column = item_column(text, start)
        indent = column if column >= 0 else 1
    above = _line_above(text, start)
    in_list = above is not None and above[0] == indent and text.startswith("-", above[1])
    end = _end(text, start, min(at, opened), indent, bool(head[2]) or in_list)
    part = text[start:end]
    if not part.strip():
        return None
    blanked = re.sub(r"[^\r\n]", " ", part)
    key = _KEY.match(text, content)
    behind_key = key is not None and max(at, opened) >= key.end()
    if "\t" in head[1] or (at <= content and opened >= at):  # the line as a whole stands wrong
        kept, mark = "", item_column(text, start) if head[2] else -1
    elif head[2] or behind_key:
        mark = key.end() if key is not None and behind_key else content
        kept, mark = text[start:mark], mark - start
    elif in_list:
        kept, mark = "", indent
    else:
        kept, mark = "", -1
    if mark < 0 and above is not None and above[0] < indent and text[: start - 1].rstrip().endswith(":"):
        lonely = _indent_below(text, end) < indent
        return _filled(text, start, end, blanked, indent, STAND_IN) if lonely else _filled(text, start, end, blanked)
    if mark < 0:
        return _filled(text, start, end, blanked)
    if kept:
        return _filled(text, start, end, kept + blanked[mark:], mark, STAND_IN)
    return _filled(text, start, end, blanked, mark, f"- {STAND_IN}")


def _filled(text: str, start: int, end: int, part: str, at: int = 0, word: str = "") -> Blanked:
    """Put the part back with a word in it, as far as its first line has room."""
    line = part.split("\n", 1)[0].rstrip("\r")
    if not word or at + len(word) > len(line):
        return Blanked(text[:start] + part + text[end:], Span(start, end), -1)
    part = part[:at] + word + part[at + len(word) :]
    return Blanked(text[:start] + part + text[end:], Span(start, end), start + at + len(word) - 1)


def _end(text: str, start: int, at: int, indent: int, is_item: bool) -> int:
    """Find where the part ends: before the next line behind `at` that does not belong to its first one."""
    line = text.find("\n", start) + 1
    while 0 < line < len(text):
        stop = text.find("\n", line)
        words = text[line : len(text) if stop < 0 else stop]
        inner = words.lstrip(" \t")
        deep = len(words) - len(inner)
        belongs = deep > indent or (deep == indent and inner.startswith("- ") and not is_item)
        if line > at and inner.strip() and not inner.startswith(("#", "]", "}")) and not belongs:
            return line
        line = stop + 1
    return len(text)


def _line_above(text: str, start: int) -> tuple[int, int] | None:
    """Find the nearest line above with words that is indented no deeper: its indent, and where its words begin."""
    here = _HEAD.match(text, start)
    deepest = len(here[1]) if here is not None else 0
    end = start - 1
    while end > 0:
        line = text.rfind("\n", 0, end) + 1
        words = text[line:end].strip()
        deep = len(text[line:end]) - len(text[line:end].lstrip(" \t"))
        if words and not words.startswith(("#", "]", "}")) and deep <= deepest:
            return deep, line + deep
        end = line - 1
    return None


def item_column(text: str, start: int) -> int:
    """Find the column of the last `- ` above, -1 where there is none."""
    dash = re.findall(r"^([ ]*)- ", text[max(0, start - 2000) : start], re.MULTILINE)
    return len(dash[-1]) if dash else -1


def _indent_below(text: str, end: int) -> int:
    """Return the indent of the line at `end`, -1 at the text's end."""
    head = _HEAD.match(text, end)
    return len(head[1]) if head is not None and end < len(text) else -1
