"""Format a spec in either spelling, or say why not.

A formatter must never change or lose anything, so what it prints is read again and held against what was read first.
"""

from functools import cache
from typing import TYPE_CHECKING

from convdsl import codes
from convdsl.authoring.canonical import canonical
from convdsl.diagnostics import Code, Diagnostic, Help, Label
from convdsl.record import dataclass, fields, is_dataclass
from convdsl.source import Source, Span
from convdsl.syntax import tree
from convdsl.syntax.limits import MAX_BYTES
from convdsl.syntax.parse import parse

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Formatted:
    """A spec's formatted text; None where it has none, and the diagnostics say why."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()


def formatted(source: Source) -> Formatted:
    """Format a spec: YAML where the name ends in `.yaml` or `.yml`, else text. Never raises on its text.

    A spec that cannot be read is not formatted; mistakes in what it says do not matter.
    """
    parsed = parse(source)
    broken = tuple(found for found in parsed.diagnostics if hinders(found))
    if broken:
        return Formatted(None, broken)
    whole = canonical(parsed.file)
    text = printed(whole, source.name)
    if text == source.text:
        return Formatted(text)
    if len(text) > MAX_BYTES:
        said = f"the formatted text would have {len(text):,} characters, more than {MAX_BYTES:,}"
        return refused(codes.TOO_LARGE, said, "write repeated layers with `block`, `repeat` and `for`")
    again = parse(Source(source.name, text))
    if any(map(hinders, again.diagnostics)) or not same(canonical(again.file), whole):
        said = "the formatted text would not say the same, so the file is left as it is"
        return refused(codes.FORMAT, said, "the fault is convdsl's own: please report it with the spec")
    return Formatted(text)


def printed(file: tree.File, name: str) -> str:
    """Print a canonical tree in the spelling that a file's name asks for."""
    # each printer is imported when a spec needs it
    if name.lower().endswith(YAML):
        from convdsl.authoring.print_yaml import print_yaml

        return print_yaml(file)
    from convdsl.authoring.print_text import print_text

    return print_text(file)


def hinders(found: Diagnostic) -> bool:
    """Tell an error of reading; a file of blocks alone is read well."""
    return found.is_error and found.code != codes.NO_MODEL


def refused(code: Code, message: str, way_out: str) -> Formatted:
    """Say why a spec is not printed, as a diagnostic of the file as a whole."""
    return Formatted(None, (Diagnostic(code, message, Label(Span(0, 0)), helps=(Help(way_out),)),))


def same(left: object, right: object) -> bool:
    """Compare two trees of any depth."""
    try:
        return left == right  # six times quicker than what follows
    except RecursionError:
        return _same_deep(left, right)


def _same_deep(left: object, right: object) -> bool:
    """Compare two trees without recursion."""
    waiting = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        if type(one) is not type(other):
            return False
        if isinstance(one, tuple) and isinstance(other, tuple):
            if len(one) != len(other):
                return False
            waiting.extend(zip(one, other, strict=True))
        elif is_dataclass(one) and not isinstance(one, type):
            waiting.extend((getattr(one, name), getattr(other, name)) for name in _compared(type(one)))
        elif one != other:
            return False
    return True


@cache
def _compared(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.compare)
