"""Cut a spec's text into tokens: the terminals of `spec.lark`, line ends, comments, and what is none of them.

Words of the language are told from names by the parser's state (`lalr.py`), so this file knows no statement.
"""

import re
from typing import NamedTuple

from convdsl.syntax.tables import PATTERNS, STRINGS


class Token(NamedTuple):
    """A piece of text [start, end); `kind` is a terminal's name, NL, COMMENT, BODY, or BAD (see `BAD_KINDS`)."""

    kind: str
    text: str
    start: int
    end: int
    body: int = -1  # a BODY's number among the bodies of the layout


# Words that are never names: they would read as something else in the middle of an expression.
RESERVED = frozenset({"TRUE", "FALSE", "NONE", "AND", "OR", "NOT", "IN", "ELSE", "AS"})
WORDS: dict[str, str] = {text: kind for text, kind in STRINGS.items() if text.isalpha()}

# What is no terminal, longest first: each gets its own sentence in `mistakes.py`.
BAD_KINDS: dict[str, str] = {
    "BAD_NUMBER": r"\.?[0-9](?:[eE][-+]|[\w.])*",
    "BAD_NAME": r"\w+",
    "BAD_QUOTED": r"'[^'\n\r]*'|`[^`\n\r]*`|[‘’“”„«»][^‘’“”„«»\n\r]*[‘’“”„«»]",
    "BAD_STRING": r'"[^"\n\r]*',
    "BAD_SIGN": r"\.\.\.|…|:=|=>|&&|\|\||\+=|-=",
    "BAD_CHARACTER": r"(?s:.)",
}
PATTERN_OF_NUMBER = re.compile(PATTERNS["NUMBER"])
_SIGNS = {text: kind for text, kind in STRINGS.items() if not text.isalpha()}
_NL, _COMMENT, _BRACE = r"\r?\n", r"\#[^\n]*", r"[{}]"
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=lambda sign: (-len(sign), sign)))
# Spaces are eaten before each token. The order is one of frequency as far as no earlier pattern takes what a later one
# should get.
_ALTERNATIVES = {
    "NAME": PATTERNS["NAME"],
    "NL": _NL,
    "NUMBER": PATTERNS["NUMBER"],
    "TYPE": PATTERNS["TYPE"],
    "BAD_SIGN": BAD_KINDS["BAD_SIGN"],
    "BAD_NUMBER": BAD_KINDS["BAD_NUMBER"],
    "OPERATOR": PATTERNS["OPERATOR"],
    "SIGN": _SIGN,
    "BRACE": _BRACE,
    "COMMENT": _COMMENT,
    "STRING": PATTERNS["STRING"],
    "BAD_NAME": BAD_KINDS["BAD_NAME"],
    "BAD_QUOTED": BAD_KINDS["BAD_QUOTED"],
    "BAD_STRING": BAD_KINDS["BAD_STRING"],
    "BAD_CHARACTER": BAD_KINDS["BAD_CHARACTER"],
}
_TOKEN = re.compile(r"[ \t]*(?:" + "|".join(f"(?P<{kind}>{p})" for kind, p in _ALTERNATIVES.items()) + ")")


def scan(text: str, first: int = 0, last: int | None = None) -> list[Token]:
    """Cut `text`, or its part [first, last), into tokens; with the spaces and tabs between them they are the text.

    A byte order mark at the beginning is skipped: some editors write one.
    """
    tokens: list[Token] = []
    add = tokens.append
    words, signs, new = WORDS, _SIGNS, tuple.__new__
    first = first or (1 if text.startswith("\ufeff") else 0)
    for match in _TOKEN.finditer(text, first, len(text) if last is None else last):
        kind = match.lastgroup or ""
        start, end = match.span(kind)
        piece = match[kind]
        if kind == "NAME":
            kind = words.get(piece, "NAME")
        elif kind == "SIGN":
            kind = signs[piece]
        elif kind == "BRACE":
            kind = piece
        add(new(Token, (kind, piece, start, end, -1)))
    return tokens


def comment_text(piece: str) -> str:
    """Return the words of a comment: without `#`, one space after it, and trailing space; `##` stays, as a mark."""
    if piece.startswith("##"):
        return piece.rstrip()
    return piece[2 if piece.startswith("# ") else 1 :].rstrip()


def comment_line(words: str) -> str:
    """Return a comment as it is printed, the inverse of `comment_text`."""
    if words.startswith("##"):
        return words
    # the `#!/usr/bin/env` of a first line means something to a shell as long as nothing stands between
    return f"#{words}" if not words or words.startswith("!/") else f"# {words}"
