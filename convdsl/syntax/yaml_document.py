"""A YAML file as nodes: composed again behind each place that is no YAML, so that one mistake hides no other."""

from convdsl.diagnostics import Diagnostic
from convdsl.record import dataclass
from convdsl.source import Source, Span
from convdsl.syntax.limits import oversize
from convdsl.syntax.yaml_composer import Composer
from convdsl.syntax.yaml_errors import unprintable
from convdsl.syntax.yaml_nodes import Folded, Node
from convdsl.syntax.yaml_recovery import MOST_ROUNDS, blank, rounds


@dataclass(frozen=True, slots=True)
class Document:
    """A composed file: the top node (None where there is none), all scalars' spans in order, and the complaints.

    lost: the parts that could not be read and have left nothing in the nodes.
    """

    top: Node | None
    scalars: tuple[Span, ...]
    diagnostics: tuple[Diagnostic, ...]
    lost: tuple[Span, ...] = ()


def compose(source: Source, folded: Folded | None = None) -> Document:
    """Read a YAML document into nodes; never raises, whatever the text.

    folded: to be read instead of the text; where that is no YAML, nothing else is tried.
    A part that is no YAML is told and stands as `Broken`, or is `lost`; the rest is read as if it were not there.
    """
    refused = oversize(source)
    if refused is not None:
        return Document(None, (), (refused,))
    found: list[Diagnostic] = []
    lost: list[Span] = []
    stand_ins: dict[int, Span] = {}
    text = source.text if folded is None else folded.text
    while (hidden := unprintable(text)) is not None and len(found) < MOST_ROUNDS:
        found.append(hidden)
        text = f"{text[: hidden.where.span.start]} {text[hidden.where.span.end :]}"
    composer = Composer(text, stand_ins, folded)
    for _ in range(rounds(text) + 1):
        if hidden is not None or composer.run():
            break
        found.extend(composer.failure)
        if folded is not None:
            break
        blanked = blank(text, composer.stopped, composer.opened)
        if blanked is None:
            break
        text = blanked.text
        if blanked.stand_in >= 0:
            stand_ins[blanked.stand_in] = blanked.span
        else:
            lost.append(blanked.span)
        composer = Composer(text, stand_ins)
    said = tuple(dict.fromkeys((*found, *composer.diagnostics)))
    return Document(composer.top, tuple(composer.scalars), said, tuple(lost))
