"""Collect what is wrong with a statement while its tree is built."""

from convdsl.codes import SYNTAX
from convdsl.diagnostics import Code, Diagnostic, Help, Label
from convdsl.source import Span


class Complaints:
    """The mistakes found in `text` so far; `broken` is set when one of them leaves nothing to go on with."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Diagnostic] = []
        self.broken = False

    def written(self, span: Span) -> str:
        """Return what is written at a place, for a message."""
        text = self.text[span.start : span.end]
        return text if len(text) <= 60 else text[:59] + "…"

    def report(
        self,
        message: str,
        span: Span,
        *helps: str | Help,
        label: str = "",
        code: Code = SYNTAX,
        repaired: bool = False,
    ) -> None:
        """Note a mistake; `repaired` says that the tree has what was meant, so that later phases may go on."""
        if self.broken and not repaired:
            return  # what follows from the first mistake is not worth a message
        ways = tuple(Help(h) if isinstance(h, str) else h for h in helps)
        self.found.append(Diagnostic(code, message, Label(span, label), helps=ways))
        self.broken = self.broken or not repaired
