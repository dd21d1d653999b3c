"""Write solved `?` into a spec's text: the edits that the analysis found, nothing else."""

from collections.abc import Iterable

from convdsl import codes
from convdsl.diagnostics import Diagnostic
from convdsl.record import dataclass
from convdsl.source import Source


@dataclass(frozen=True, slots=True)
class Filled:
    """A spec with the numbers in; left: what is said of each `?` that stays, having no solution or several."""

    source: Source
    left: tuple[Diagnostic, ...]


def filled(source: Source, diagnostics: Iterable[Diagnostic]) -> Filled:
    """Write every `?` of one solution as its number; comments, layout and all else stay as they are.

    diagnostics: of the spec, which is file 0 of its analysis; a `?` in a file that it imports stays.
    """
    found = list(diagnostics)
    edits = sorted(
        (edit for one in found if one.code == codes.HOLE_SOLVED for way in one.helps for edit in way.edits),
        key=lambda edit: edit.span.start,
    )
    text, at = [], 0
    for edit in edits:
        if edit.span.file == 0:
            text += [source.text[at : edit.span.start], edit.replacement]
            at = edit.span.end
    left = tuple(one for one in found if one.code in (codes.HOLE_UNSOLVED, codes.HOLE_AMBIGUOUS))
    return Filled(Source(source.name, "".join((*text, source.text[at:]))), left)
