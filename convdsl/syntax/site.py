"""The place in a statement where the text stops making sense, as the rules of `mistakes.py` look at it."""

import re
from collections.abc import Iterable, Sequence

from convdsl.codes import SYNTAX
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.nearest import nearest as nearest_word
from convdsl.record import dataclass
from convdsl.source import Span
from convdsl.syntax.tokens import Token

LINE_KINDS = frozenset({"INPUT", "OUTPUT", "EXPECT", "DEFAULT", "LAYER", "REPEAT", "FOR", "IF"})
ITEM_KINDS = frozenset({"FROM", "BLOCK", "MODEL", "TRAIN"})
OPERAND_STARTS = frozenset({"NAME", "TYPE", "NUMBER", "STRING", "TRUE", "FALSE", "NONE", "HOLE"})
OPERAND_ENDS = OPERAND_STARTS | {"RPAR", "RSQB"}
OPERATORS = frozenset({"OPERATOR", "MINUS", "AND", "OR", "NOT", "IN", "EQUAL", "COMMA"})


@dataclass(frozen=True, slots=True)
class Site:
    """The statement, the number of the token that does not fit, and the tokens around it (None beyond the ends)."""

    text: str
    tokens: Sequence[Token]
    index: int
    expected: frozenset[str]

    @property
    def token(self) -> Token | None:
        """Return the token that does not fit, None at the statement's end."""
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def follows(self, kind: str) -> bool:
        """Tell whether the token before the place is of a kind."""
        return self.before is not None and self.before.kind == kind

    @property
    def before(self) -> Token | None:
        """Return the token before the place."""
        return self.tokens[self.index - 1] if self.index else None

    @property
    def first(self) -> Token:
        """Return the statement's first token."""
        return self.tokens[0]

    def kind(self, ahead: int = 0) -> str:
        """Return the kind of a token near the place, `$END` beyond the ends."""
        at = self.index + ahead
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else "$END"

    def around(self) -> Span:
        """Return the place of the token that does not fit, with the spaces around it."""
        token, before = self.token, self.before
        assert token is not None
        after = self.tokens[self.index + 1] if self.index + 1 < len(self.tokens) else token
        return Span(token.start if before is None else before.end, after.start if after is not token else token.end)

    def opener(self) -> Token | None:
        """Return the innermost parenthesis that is open at the place."""
        depth: list[Token] = []
        for token in self.tokens[: self.index]:
            if token.kind in ("LPAR", "LSQB"):
                depth.append(token)
            elif token.kind in ("RPAR", "RSQB") and depth:
                depth.pop()
        return depth[-1] if depth else None

    def say(self, message: str, way: str, *edits: Edit, at: Token | None = None, safe: bool = False) -> Diagnostic:
        """Make a diagnostic at the token that does not fit, or at another one."""
        token = at or self.token
        if token is None:
            end = self.tokens[-1].end if self.tokens else len(self.text)
            span = Span(max(0, end - 1), end)
        elif token.kind == "BODY":
            span = Span(token.start, token.start + 1)
        else:
            span = Span(token.start, token.end)
        return Diagnostic(SYNTAX, message, Label(span), helps=(Help(way, edits, safe),))


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Find the word of the language that `word` seems to be a misspelling of."""
    return nearest_word(word.lower(), words)


def snake(name: str) -> str:
    """Spell a capitalised name as values are spelt: `EncOut` is `enc_out`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does: `a, b or c`."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def short(token: Token) -> str:
    """Return a token's text, cut where it is long."""
    return token.text if len(token.text) <= 40 else token.text[:39] + "…"


def span_of(token: Token) -> Span:
    """Return a token's place."""
    return Span(token.start, token.end)
