"""A spec that was required to be valid is not: the exception that carries what was found.

It stands above the renderers, for it says itself what a person reads: in notebooks the findings with their excerpts.
"""

from collections.abc import Iterable

from convdsl.diagnostics import Diagnostic
from convdsl.source import Source


class SpecError(Exception):
    """A spec that was required to be valid is not; carries the diagnostics and the sources they point into."""

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: tuple[Source, ...]) -> None:
        self.diagnostics = tuple(diagnostics)
        self.sources = sources
        super().__init__("\n".join(self._lines()))

    def _lines(self) -> Iterable[str]:
        for diagnostic in self.diagnostics:
            source = self.sources[diagnostic.where.span.file]
            at = source.position(diagnostic.where.span.start)
            kind = f"{diagnostic.severity.value}[{diagnostic.code}]"
            yield f"{source.name}:{at.line}:{at.column}: {kind} {diagnostic.message}"

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython prints in place of a traceback."""
        from convdsl.render.message import message  # only who shows it pays for it

        return "\n\n".join(message(found, self.sources) for found in self.diagnostics).split("\n")
