"""What a reader returns, in a file of its own so that neither spelling needs to import the other."""

from convdsl.diagnostics import Diagnostic
from convdsl.record import dataclass
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Parsed:
    """A spec's tree, and what was found wrong while reading it."""

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]
