"""A user's mistake met in the middle of elaboration: thrown where it is found, caught at the statement.

It never leaves `graph/`: the statement's loop turns it into a `Diagnostic` and goes on with the next statement.
"""

from collections.abc import Iterable

from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label
from convdsl.nearest import nearest
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
        helps: tuple[str | Help | None, ...] = (),
    ) -> None:
        super().__init__(message)
        ways = tuple(Help(way) if isinstance(way, str) else way for way in helps if way)
        self.diagnostic = Diagnostic(code, message, Label(span, text), labels, notes, ways, code.severity)


class Silent(Exception):
    """A consequence of a mistake that has been reported already."""


def did_you_mean(word: str, known: Iterable[str], place: Span | None = None) -> Help | None:
    """Suggest the nearest known word, None where none is near.

    place: of the word in the text, if it may be replaced there.
    """
    near = nearest(word, known)
    return None if near is None else suggestion(near, word, place)


def suggestion(better: str, word: str, place: Span | None = None) -> Help:
    """Offer another word, with the edit where it can be put in place of the one that is written."""
    fits = place is not None and place.end - place.start == len(word) and better.isidentifier()
    return Help(f"did you mean `{better}`", (Edit(place, better),) if place is not None and fits else ())


def counted(count: int, noun: str) -> str:
    """Count in a sentence: "1 argument", "2 arguments"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
