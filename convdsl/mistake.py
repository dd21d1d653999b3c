"""What a person can mend and what has no place in a spec: a file in the way, no photos, weights beyond the memory.

A spec's mistakes are diagnostics with a place in the text; these are one sentence and a way out. Our own mistakes are
ordinary exceptions and never pass through here.
"""


class MistakeError(Exception):
    """A request that cannot be carried out: the message, `way_out` (what to do), `notes` (the facts behind it)."""

    def __init__(self, message: str, *, way_out: str = "", notes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out
        self.notes = notes

    def lines(self) -> tuple[str, ...]:
        """Give the message as a terminal shows it: what is, the facts, the way out."""
        helps = (f"  = help: {self.way_out}",) if self.way_out else ()
        return (f"error: {self.message}", *(f"  = {note}" for note in self.notes), *helps)

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython prints in place of a traceback."""
        return list(self.lines())


class ToldElsewhereError(MistakeError):
    """A mistake that ends several processes, of which another one tells it."""
