"""A user's mistake met in the middle of elaboration: thrown where it is found, caught at the statement.

It never leaves `graph/`: the statement's loop turns it into a `Diagnostic` and goes on with the next statement.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from convdsl.diagnostics import Code, Diagnostic, Help, Label
from convdsl.source import Span


class Problem(Exception):
    """One diagnostic on its way to the list."""

    def __init__(
        self,
        code: Code,
        message: str,
        span: Span,
        text: str = "",
        *,
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        helps: tuple[str | Help, ...] = (),
    ) -> None:
        super().__init__(message)
        ways = tuple(Help(way) if isinstance(way, str) else way for way in helps if way)
        self.diagnostic = Diagnostic(code, message, Label(span, text), labels, notes, ways, code.severity)


class Silent(Exception):
    """A consequence of a mistake that has been reported already."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?" for the nearest known word, or ""."""
    words = list(known)
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    if not close:
        lower = {w.lower(): w for w in words}
        if word.lower() in lower:
            close = [lower[word.lower()]]
    return f"did you mean `{close[0]}`?" if close else ""
