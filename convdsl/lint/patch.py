"""Edits on a text: which can be applied together, what comes out, and where a place goes."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from convdsl.diagnostics import Edit

_TO_US = re.compile(r"#[ \t]*convdsl:")  # `# convdsl: ignore[...]` is taken away where it keeps nothing quiet


def patched(text: str, edits: Iterable[Edit]) -> str:
    """Apply edits that do not overlap; new lines end as the text's lines do."""
    ends = "\r\n" if "\r\n" in text and "\n" not in text.replace("\r\n", "") else "\n"
    for edit in sorted(edits, key=_place, reverse=True):
        replacement = edit.replacement.replace("\r\n", "\n").replace("\n", ends)
        text = text[: edit.span.start] + replacement + text[edit.span.end :]
    return text


def overlap(edits: Sequence[Edit]) -> bool:
    """Tell whether two edits of one text touch the same characters, or insert at the same place."""
    ordered = sorted(edits, key=_place)
    return any(
        right.span.start < left.span.end or right.span.start == left.span.start for left, right in pairwise(ordered)
    )


def fits(text: str, edit: Edit) -> bool:
    """Tell whether an edit lies inside the text and keeps every comment that it covers but those to convdsl itself."""
    if not 0 <= edit.span.start <= edit.span.end <= len(text):
        return False
    covered = text[edit.span.start : edit.span.end].split("\n")
    comments = (line[line.index("#") :].strip() for line in covered if "#" in line)
    return all(comment in edit.replacement or _TO_US.match(comment) for comment in comments)


def moved(offset: int, edits: Iterable[Edit]) -> int:
    """Return where an offset of the old text is in the new one; inside an edit, the edit's beginning."""
    shift = 0
    for edit in sorted(edits, key=_place):
        if edit.span.end <= offset:
            shift += len(edit.replacement) - (edit.span.end - edit.span.start)
        elif edit.span.start < offset:
            return edit.span.start + shift
    return offset + shift


def _place(edit: Edit) -> tuple[int, int]:
    return edit.span.start, edit.span.end
