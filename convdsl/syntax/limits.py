"""How large and how deep a spec may be: it may come from the internet, and no input may exhaust memory or the stack."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.record import replace
from convdsl.source import Source, Span
from convdsl.syntax import tree

MAX_BYTES = 4_000_000  # a text of 100,000 lines; a larger one is a mistake or an attack
MAX_LINES = 200_000  # twice the most layers
MAX_TOKENS = 20_000  # words and signs of one statement; a long list or chain
MAX_DEPTH = 100  # of bodies, brackets and expressions together
MAX_DIGITS = 40  # int() refuses 4,301 digits by an exception; nothing that a network counts has 40
LARGEST = 2**53  # ints beyond are not exact as floats, and no tensor is that large
MAX_MISTAKES = 100  # told of one file: who has made more mends these first
MAX_NAME = 200  # letters; a weight's key is made of many names
MAX_STRING = 1000  # characters between quotes
MAX_SAID = 600  # characters of one sentence of a message

LONG_WORD = re.compile(rf"[^\W\d]\w{{{MAX_NAME}}}")
LONG_STRING = re.compile(rf'"[^"\n\r]{{{MAX_STRING + 1}}}')

_INNER: dict[type, tuple[str, ...]] = {
    tree.Unary: ("operand",),
    tree.Binary: ("left", "right"),
    tree.Index: ("base", "index"),
    tree.Attribute: ("base",),
    tree.Argument: ("value",),
    tree.Function: ("arguments",),
    tree.Call: ("arguments",),
    tree.Sequence: ("items",),
    tree.Values: ("references",),
    tree.ShapeExpr: ("axes",),
    tree.Flow: ("source", "calls", "targets", "promise"),
    tree.LayerDeclaration: ("calls",),
    tree.Input: ("shape", "default", "means", "where"),
    tree.Output: ("shape", "means"),
    tree.Expect: ("conditions",),
    tree.Default: ("call",),
    tree.Repeat: ("count",),
    tree.For: ("iterable",),
    tree.If: ("condition",),
    tree.Parameter: ("default",),
    tree.Block: ("parameters",),
    tree.Model: ("parameters",),
    tree.Setting: ("value",),
}


def too_deep(node: Any, limit: int = MAX_DEPTH) -> bool:
    """Tell whether an expression, or one of a statement's own, nests deeper than `limit`, without recursion itself."""
    level: list[Any] = [node]
    for _ in range(limit + 4):  # a call spends two levels, itself and its argument; bodies were counted by the layout
        below: list[Any] = []
        for part in level:
            for name in _INNER.get(type(part), ()):
                value = getattr(part, name)
                below.extend(value if isinstance(value, (tuple, list)) else (value,))
        if not below:
            return False
        level = below
    return True


def oversize(source: Source) -> Diagnostic | None:
    """Refuse a text that is longer than any spec, before anything is made of it."""
    size, lines = len(source.text), source.text.count("\n") + 1
    if size <= MAX_BYTES and lines <= MAX_LINES:
        return None
    has = (size, "characters", MAX_BYTES) if size > MAX_BYTES else (lines, "lines", MAX_LINES)
    message = f"the text has {has[0]:,} {has[1]}, more than {has[2]:,}"
    way = Help("write repeated layers with `block`, `repeat` and `for`")
    return Diagnostic(codes.TOO_LARGE, message, Label(Span(0, min(1, size))), helps=(way,))


def limited(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Keep the first errors, as many as a person reads, and all that is not an error; say where more were left out.

    found: in the order of the text. Sentences are cut where they quote more than anybody reads.
    """
    errors = [item for item in found if item.is_error]
    if len(errors) <= MAX_MISTAKES:
        return tuple(map(_cut, found))
    last = errors[MAX_MISTAKES - 1]
    kept = found[: next(at for at, item in enumerate(found) if item is last) + 1]
    message = f"there are more mistakes: these are the first {MAX_MISTAKES}"
    way = Help("mend these first; one of them may have made the others")
    after = errors[MAX_MISTAKES].where.span
    return (*map(_cut, kept), Diagnostic(codes.TOO_MANY_MISTAKES, message, Label(after), helps=(way,)))


def too_long(what: str, size: int, most: int, span: Span) -> Diagnostic:
    """Make the message for a name or a string that no person wrote."""
    message = f"this {what} has {size:,} characters, more than {most:,}"
    return Diagnostic(codes.TOO_LONG, message, Label(span), helps=(Help("choose a shorter one"),))


def said(text: str) -> str:
    """Cut what nobody can have meant to be read: a sentence that quotes a string of a million letters."""
    return text if len(text) <= MAX_SAID else f"{text[: MAX_SAID - 40]}…{text[-39:]}"


def _cut(item: Diagnostic) -> Diagnostic:
    texts: Iterable[str] = (
        *(item.message, item.where.text, *item.notes, *(way.text for way in item.helps)),
        *(label.text for label in item.labels),
    )
    if all(len(text) <= MAX_SAID for text in texts):
        return item
    return replace(
        item,
        message=said(item.message),
        where=replace(item.where, text=said(item.where.text)),
        labels=tuple(replace(label, text=said(label.text)) for label in item.labels),
        notes=tuple(map(said, item.notes)),
        helps=tuple(replace(way, text=said(way.text)) for way in item.helps),
    )
