"""Edits for ways out that set arguments: the phases know which, and only the tree knows how a call is spelt."""

from collections.abc import Iterable

from convdsl.diagnostics import Diagnostic, Edit, Help
from convdsl.lint.edits import set_argument
from convdsl.lint.subject import Subject
from convdsl.record import replace
from convdsl.source import Source
from convdsl.syntax.parse import is_yaml


def spelt(finding: Diagnostic, subject: Subject) -> Diagnostic:
    """Return a finding whose ways out can be carried out in the spec's own spelling.

    Where arguments that they set can be edited they carry edits; conditions that YAML would tear apart are quoted.
    """
    yaml = is_yaml(subject.sources[0])
    ways = (
        _with_edits(way, subject) if way.settings else _quoted(way, subject.sources[0]) if yaml else way
        for way in finding.helps
    )
    return replace(finding, helps=tuple(ways))


def _with_edits(way: Help, subject: Subject) -> Help:
    edits: list[Edit] = []
    for setting in way.settings:
        node = next((node for node in subject.graph.nodes if node.span == setting.call and node.op is not None), None)
        some = () if node is None else set_argument(subject, node, setting.argument, setting.value)
        if not some:
            return way
        edits.extend(some)
    return replace(way, edits=tuple(_merged(edits)))


def _quoted(way: Help, source: Source) -> Help:
    """Put a `where` that takes another's place into quotes, unless it stands in some."""
    if "`where " not in way.text:
        return way
    edits = tuple(
        replace(edit, replacement=f'"{edit.replacement}"')
        if edit.span.file == 0
        and any(char in edit.replacement for char in ",[")
        and source.text[edit.span.start - 1] not in "\"'"
        else edit
        for edit in way.edits
    )
    return replace(way, edits=edits)


def _merged(edits: Iterable[Edit]) -> Iterable[Edit]:
    """Put arguments that are added at the same place into one edit."""
    by_place: dict[object, Edit] = {}
    for edit in edits:
        before = by_place.get(edit.span)
        by_place[edit.span] = edit if before is None else Edit(edit.span, before.replacement + edit.replacement)
    return by_place.values()
