"""The form in which trees of the two spellings are compared: canonical, and without comments."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from convdsl.authoring.canonical import canonical
from convdsl.syntax.tree import NO_COMMENTS, Comments, File


def normal(file: File) -> Any:
    """Return the canonical tree without comments."""
    return bare(canonical(file))


def bare(node: Any) -> Any:
    """Take the comments out of a tree."""
    if isinstance(node, Comments):
        return NO_COMMENTS
    if isinstance(node, tuple):
        return tuple(map(bare, node))
    if is_dataclass(node) and not isinstance(node, type):
        names = [field.name for field in fields(node) if field.compare]
        kept = {name: () if name == "tail" else bare(getattr(node, name)) for name in names}
        return replace(node, **kept)
    return node
