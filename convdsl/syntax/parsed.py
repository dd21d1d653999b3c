"""What a reader returns, in a file of its own so that neither spelling needs to import the other."""

from convdsl.diagnostics import Diagnostic
from convdsl.record import dataclass
from convdsl.source import Span
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Parsed:
    """A spec's tree, and what was found wrong while reading it.

    lost: items and sections that are not in the tree because of a mistake, so that names in them may be missed. A
    statement that could not be read is in the tree, as a `Flow` without source and calls. whole: whether it is known
    what stands in which body; a missing brace leaves that open.
    """

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]
    lost: tuple[Span, ...] = ()
    whole: bool = True
