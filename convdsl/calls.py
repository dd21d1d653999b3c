"""Calls as plain data, `AdamW(lr=1e-3)` or `100 * L1() + MSE()`: what is read of a setting before it is judged.

Also how they are printed, as a spec has them, and how they lie in JSON. It knows no recipe.
"""

from collections.abc import Mapping
from typing import Any

from convdsl.argument import signature
from convdsl.optimization import Loss, Optimizer, Schedule, Sum
from convdsl.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Named:
    """A call as plain data, `AdamW(1e-3, weight_decay=0.02)`; a bare word `AdamW` has no arguments."""

    name: str
    positional: tuple[object, ...] = ()
    keywords: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weighted:
    """A sum of calls as plain data, `100 * L1() + MSE()`: what each is multiplied by, and the call."""

    terms: tuple[tuple[float, Named], ...]


def read_model(value: object) -> object:
    """Read a model with values for its parameters, all by their names, `Judge(width=32)`; a bare word has none.

    Raises ValueError with what was expected.
    """
    made = Named(value) if isinstance(value, str) and value.isidentifier() else value
    if not isinstance(made, Named):
        raise ValueError("expected a model such as Judge(width=32)")
    if made.positional:
        raise ValueError(f"expected each parameter by its name, such as {made.name}(width=32)")
    for name, item in made.keywords.items():
        if not isinstance(item, bool | int | float | str):
            raise ValueError(f"`{name}` is no number, word, true or false")
    return made


def show(value: object) -> str:
    """Print plain data as a spec has it."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, Named):
        inside = [show(item) for item in value.positional]
        return f"{value.name}({', '.join(inside + [f'{k}={show(v)}' for k, v in value.keywords.items()])})"
    if isinstance(value, Weighted):
        return " + ".join((f"{show(weight)} * " if weight != 1 else "") + show(call) for weight, call in value.terms)
    if isinstance(value, tuple):
        return f"({', '.join(map(show, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    if isinstance(value, str) and not value.isidentifier():
        return f'"{value}"'
    return str(value)


def plain(record: Loss | Sum | Optimizer | Schedule) -> Named | Weighted:
    """Turn a loss, an optimizer or a schedule into the call that makes it, all arguments named; a sum into calls."""
    if isinstance(record, Sum):
        return Weighted(tuple((one.weight, _call_of(one.loss)) for one in record.terms))
    return _call_of(record)


def _call_of(record: Loss | Optimizer | Schedule) -> Named:
    kind: type = type(record)
    keywords = {parameter.name: getattr(record, parameter.name) for parameter in signature(kind)}
    return Named(kind.__name__, (), keywords)


def call_to_data(call: Named) -> dict[str, Any]:
    """Turn a call into JSON's types: `{"AdamW": {"lr": 0.001}}`."""
    return {call.name: {k: list(v) if isinstance(v, tuple) else v for k, v in call.keywords.items()}}


def call_from_data(data: Mapping[str, Any]) -> Named:
    """Turn what `call_to_data` made back into the call.

    Raises ValueError where it is none.
    """
    ((name, arguments),) = data.items()
    return Named(name, (), {k: tuple(v) if isinstance(v, list) else v for k, v in arguments.items()})
