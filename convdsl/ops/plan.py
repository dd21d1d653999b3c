"""From an operator's declared arguments to what PyTorch is called with.

Only what differs from PyTorch's default is written, and equal pairs as one int, so that emitted code reads as a person
would write it.
"""

from collections.abc import Mapping
from functools import cache

from convdsl.argument import Parameter, signature
from convdsl.op import Op

Arguments = tuple[tuple[str, object], ...]


def plain(value: object) -> object:
    """Write a tuple of equal ints as one int."""
    if isinstance(value, tuple) and value and all(item == value[0] and item is not None for item in value):
        return value[0]
    return value


@cache
def _told(cls: type, skip: tuple[str, ...]) -> tuple[Parameter, ...]:
    return tuple(p for p in signature(cls) if p.name not in skip)


def arguments(op: Op, *skip: str, leading: Arguments = (), defaults: Mapping[str, object] | None = None) -> Arguments:
    """Return the arguments of the torch call: `leading`, then the declared ones that differ from their defaults.

    skip: declared arguments that PyTorch does not have. defaults: values that need not be written either.
    """
    out = list(leading)
    for parameter in _told(type(op), skip):
        value = getattr(op, parameter.name)
        if not parameter.required and value == parameter.default:
            continue
        if defaults is not None and parameter.name in defaults and value == defaults[parameter.name]:
            continue
        out.append((parameter.name, plain(value)))
    return tuple(out)


def written(pairs: Arguments, positional: int = 0) -> str:
    """Print arguments as Python, the first `positional` ones without their names, each led by a comma."""
    return "".join(
        f", {value!r}" if index < positional else f", {name}={value!r}" for index, (name, value) in enumerate(pairs)
    )
