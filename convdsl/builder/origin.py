"""Which line of the program wrote which piece of the text: a finding about a written spec says so in a note."""

from collections.abc import Iterator, Sequence

from convdsl.authoring.order import bodies_in
from convdsl.builder.block import Definition
from convdsl.diagnostics import Diagnostic
from convdsl.record import replace
from convdsl.source import Span
from convdsl.syntax import tree

Origins = list[tuple[Span, str]]


def origins(written: tree.File, read: tree.File, definitions: Sequence[Definition]) -> Origins:
    """Pair places in the text with lines of the program.

    written: the canonical tree that was printed, whose spans count the program's lines; read: the canonical tree of
    what was printed, equal to it, whose spans are places in the text.
    """
    places = {(type(definition.node), definition.node.name): definition for definition in definitions}
    found: Origins = []
    for ours, theirs in zip(written.items, read.items, strict=False):
        if isinstance(ours, tree.Block | tree.Model) and isinstance(theirs, tree.Block | tree.Model):
            definition = places.get((type(ours), ours.name))
            if definition is not None:
                found.append((theirs.span, definition.at))
                found += _inside(ours.body, theirs.body, definition.places)
    return found


def _inside(ours: tree.Body, theirs: tree.Body, places: Sequence[str]) -> Iterator[tuple[Span, str]]:
    for left, right in zip(ours.statements, theirs.statements, strict=False):
        if left.span is not tree.NOWHERE and left.span.start < len(places):
            yield _extent(right), places[left.span.start]
        for inner, outer in zip(bodies_in(left), bodies_in(right), strict=False):
            yield from _inside(inner, outer, places)


def _extent(statement: tree.Statement) -> Span:
    """Return the text of a statement; of a line that shares it with others, its own layer."""
    if isinstance(statement, tree.Flow) and isinstance(statement.source, tree.Call):
        last = statement.calls[-1] if statement.calls else statement.source
        return statement.source.span.to(last.span)
    return statement.span


def noted(diagnostic: Diagnostic, found: Origins) -> Diagnostic:
    """Say in a note which line of the program wrote the place that a finding is about."""
    at = diagnostic.where.span
    around = [(span.end - span.start, place) for span, place in found if span.start <= at.start < max(span.end, 1)]
    if at.file != 0 or not around:
        return diagnostic
    return replace(diagnostic, notes=(*diagnostic.notes, f"written at {min(around)[1]}"))
