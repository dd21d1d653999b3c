"""The arguments of a layer in the plainest of the ways that mean the same: what differs between layers, not spellings.

It knows kinds of arguments, and of names only those that PyTorch gives one meaning everywhere.
"""

from convdsl.argument import BOOL, INT, Parameter, optional, signature
from convdsl.op import Op

_ASSERTED = optional(INT).name  # `in_channels`: what the input says already, and is checked against it


def plainest(op: Op, *, applied: bool = True) -> dict[str, object]:
    """Return the arguments that are not the defaults, by name; a layer among them is (its name, its arguments).

    applied: whether an input tells the layer its channels; else the `in_channels` that it states count.
    """
    out: dict[str, object] = {}
    for parameter in signature(type(op)):
        value = getattr(op, parameter.name)
        if isinstance(value, Op):
            out[parameter.name] = (type(value).__name__, plainest(value, applied=applied))
            continue
        value = _plain(op, parameter, value, applied)
        if parameter.required or value != parameter.default:
            out[parameter.name] = value
    return out


def flat(arguments: dict[str, object]) -> dict[str, object]:
    """Put the arguments of a layer that another wraps beside those of the other."""
    out: dict[str, object] = {}
    for name, value in arguments.items():
        inner = value[1] if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict) else None
        out |= {name: value} if inner is None else flat(inner)
    return out


def _plain(op: Op, parameter: Parameter, value: object, applied: bool) -> object:
    name, kind, default = parameter.name, parameter.kind, parameter.default
    if kind.spreads and isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]  # (2, 2) is 2
    if name == "inplace":
        return default  # without effect
    if default is None and not parameter.required:
        if name == "stride" and value == getattr(op, "kernel_size", value):
            return None  # the pools' own default
        if kind.name == optional(BOOL).name and value is False:
            return None  # "none: no"
        if parameter.keyword_only and kind.name == _ASSERTED and applied:
            return None
    return value
