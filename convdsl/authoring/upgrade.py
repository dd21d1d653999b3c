"""From one edition of the language to the next: source to source, comments kept.

A step is a function from a tree of one edition to the tree that says the same in the next. There is one edition yet, so
there is no step; the machinery stands so that the first change of the language comes with its upgrade.
"""

from collections.abc import Callable, Mapping
from typing import Any

from convdsl.authoring.canonical import canonical
from convdsl.authoring.format import Formatted, hinders, printed
from convdsl.record import fields, is_dataclass, replace
from convdsl.source import Source
from convdsl.syntax import tree
from convdsl.syntax.parse import parse

NEWEST = 1

Step = Callable[[tree.File], tree.File]

STEPS: Mapping[int, Step] = {}  # n: from edition n to n + 1


def upgraded(source: Source, steps: Mapping[int, Step] = STEPS, newest: int = NEWEST) -> Formatted:
    """Print a spec in the newest edition; its own text where it is of that edition already. Never raises on its text.

    A spec that cannot be read is not upgraded, and the diagnostics say why.
    """
    parsed = parse(source)
    broken = tuple(found for found in parsed.diagnostics if hinders(found))
    file, edition = parsed.file, parsed.file.edition
    if broken or edition is None:
        return Formatted(None, broken or parsed.diagnostics)
    if edition >= newest:
        return Formatted(source.text)
    for number in range(edition, newest):
        file = replace(steps[number](file), edition=number + 1)
    return Formatted(printed(canonical(file), source.name))


def rename_layer(old: str, new: str) -> Step:
    """Make the step for an operator with another name, wherever it is called, declared or given a default."""

    def change(call: tree.Call) -> tree.Call:
        return replace(call, callee=new) if call.callee == old else call

    return lambda file: mapped(file, change)


def rename_parameter(layer: str, old: str, new: str) -> Step:
    """Make the step for an argument of an operator with another name."""

    def change(call: tree.Call) -> tree.Call:
        if call.callee != layer:
            return call
        arguments = (replace(item, name=new) if item.name == old else item for item in call.arguments)
        return replace(call, arguments=tuple(arguments))

    return lambda file: mapped(file, change)


def mapped(file: tree.File, change: Callable[[tree.Call], tree.Call]) -> tree.File:
    """Change every call of a file: in models, blocks, defaults, declarations, arguments and settings.

    No deeper than the readers let a tree be (`syntax/limits.py`).
    """
    out = _mapped(file, change)
    assert isinstance(out, tree.File)
    return out


def _mapped(node: Any, change: Callable[[tree.Call], tree.Call]) -> Any:
    if isinstance(node, tuple):
        return tuple(_mapped(item, change) for item in node)
    if isinstance(node, Source) or not is_dataclass(node) or isinstance(node, type):
        return node
    inner = {item.name: getattr(node, item.name) for item in fields(node)}
    new = {name: _mapped(value, change) for name, value in inner.items()}
    changed = {name: value for name, value in new.items() if value is not inner[name] and value != inner[name]}
    out = replace(node, **changed) if changed else node
    return change(out) if isinstance(out, tree.Call) else out
