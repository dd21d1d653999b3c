"""What an operator comes to: its name and the values of all its arguments, a layer that it wraps among them.

Tables, pictures and comparisons speak of these, not of how a call was written.
"""

from convdsl.argument import signature
from convdsl.op import Op


def title(op: Op) -> str:
    """Return an operator's name, `SpectralNorm(Conv2d)` where it wraps another."""
    inner = [value for p in signature(type(op)) if isinstance(value := getattr(op, p.name), Op)]
    return f"{type(op).__name__}({title(inner[0])})" if inner else type(op).__name__


def arguments(op: Op) -> dict[str, object]:
    """Return the effective value of every parameter by name; a layer among them stands as its own parameters."""
    values: dict[str, object] = {}
    for parameter in signature(type(op)):
        value = getattr(op, parameter.name)
        values |= arguments(value) if isinstance(value, Op) else {parameter.name: value}
    if values.get("stride", "") is None:
        values["stride"] = values["kernel_size"]  # PyTorch's pools step by their window where no stride is given
    return values
