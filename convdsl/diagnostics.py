"""What convdsl says about a spec: codes, severities, labelled places, ways out.

A diagnostic is a value. It knows spans, never trees or graphs; how it looks on a terminal is `render/message.py`.
"""

from enum import Enum

from convdsl.record import dataclass
from convdsl.source import Span


class Severity(Enum):
    """How much a finding matters; errors make `check` exit with 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Code:
    """The lasting identity of a kind of finding: `E204`, `join-size`, and its default severity."""

    id: str
    name: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


@dataclass(frozen=True, slots=True)
class Label:
    """A place in the text and the few words that belong under it."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text under `span` by `replacement`."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Give an argument another value. call: where the layer's call stands; how it is written there, others know."""

    call: Span
    argument: str
    value: object


@dataclass(frozen=True, slots=True)
class Help:
    """A way out: one sentence, and the edits that carry it out if it can be applied by a program.

    `safe` edits keep the function that the network computes. settings: what the way out comes to, where who says it
    knows of arguments but not of their spelling; `review` makes edits of them.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    safe: bool = False
    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is, where, the arithmetic behind it, and the ways out.

    `where` is the primary place; `labels` are the other ends (for instance the two makers of a join's inputs).
    `notes` are facts (`accepted: H % 4 == 0, H >= 4`), `helps` are ways out. `layers` are the names of the layers that
    a rule speaks of.
    """

    code: Code
    message: str
    where: Label
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    helps: tuple[Help, ...] = ()
    severity: Severity = Severity.ERROR
    layers: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Tell whether this finding makes the spec invalid."""
        return self.severity is Severity.ERROR
