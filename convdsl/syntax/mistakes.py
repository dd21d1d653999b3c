"""Say what is wrong with a statement that no rule takes, and what to write instead.

The parser gives the token at which the text stops making sense and what it expected there. The usual mistakes are
told from the tokens around it, each by a sentence of its own.
"""

from collections.abc import Sequence

from convdsl.codes import SYNTAX
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.source import Span
from convdsl.syntax.lalr import Unexpected
from convdsl.syntax.tokens import Token


def bad_token(text: str, tokens: Sequence[Token]) -> Diagnostic | None:
    """Explain the first token that is no terminal of the language."""
    for token in tokens:
        if token.kind.startswith("BAD") or token.kind in ("{", "}"):
            return _say(f"`{token.text[:40]}` is no part of the language", token, "remove it")
    return None


def explain(text: str, tokens: Sequence[Token], problem: Unexpected) -> Diagnostic:
    """Explain why no rule takes `tokens[problem.index]`."""
    if problem.index >= len(tokens):
        end = tokens[-1].end if tokens else len(text)
        where = Span(max(0, end - 1), end)
        return Diagnostic(SYNTAX, "the line ends too early", Label(where), helps=(Help("finish it, or remove it"),))
    token = tokens[problem.index]
    return _say(f"unexpected `{token.text[:40]}`", token, "a new statement begins on a new line")


def _say(message: str, token: Token, way: str, *edits: Edit) -> Diagnostic:
    return Diagnostic(SYNTAX, message, Label(Span(token.start, token.end)), helps=(Help(way, edits),))
