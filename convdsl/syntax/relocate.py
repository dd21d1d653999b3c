"""Move a tree, and what was said about it, into the source with another number.

Both readers count from file 0; the file that imports decides which number an imported one has.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.record import fields, is_dataclass, replace
from convdsl.source import Source, Span
from convdsl.syntax import tree


def relocated(file: tree.File, number: int) -> tree.File:
    """Return the tree with every span in the source of that number."""
    items = tuple(_moved(item, number) for item in file.items)
    return replace(file, items=items, edition_span=_span(file.edition_span, number))


def relocated_diagnostics(found: Iterable[Diagnostic], number: int) -> tuple[Diagnostic, ...]:
    """Return the diagnostics with every place in the source of that number."""
    return tuple(
        replace(
            one,
            where=_label(one.where, number),
            labels=tuple(_label(label, number) for label in one.labels),
            helps=tuple(_help(way, number) for way in one.helps),
        )
        for one in found
    )


def _moved(part: Any, number: int) -> Any:
    """Move a part of the tree; it is no deeper than the readers let it be (`limits.MAX_DEPTH`)."""
    if isinstance(part, Span):
        return _span(part, number)
    if isinstance(part, tuple):
        return tuple([_moved(item, number) for item in part])
    kind: type = type(part)
    names = _names(kind)
    if not names:
        return part
    return kind(*[_moved(getattr(part, name), number) for name in names])


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the fields of a part of the tree, () for plain data and what holds no places."""
    if not is_dataclass(kind) or kind in (tree.Comments, Source):
        return ()
    return tuple(field.name for field in fields(kind))


def _span(span: Span, number: int) -> Span:
    return Span(span.start, span.end, number)


def _label(label: Label, number: int) -> Label:
    return Label(_span(label.span, number), label.text)


def _help(way: Help, number: int) -> Help:
    if not way.edits:
        return way
    edits = tuple(Edit(_span(edit.span, number), edit.replacement) for edit in way.edits)
    return Help(way.text, edits, way.safe)
