"""The arguments and names of traced calls: steps replaced by what they gave, functions by their plain names."""

from collections.abc import Mapping

import torch
from torch import fx

from convdsl.exchange.length import Tensor
from convdsl.graph.graph import Value
from convdsl.lower.value_names import TAKEN

_ROOMS = {"_operator": "operator", "torch.nn.functional": "F", "torch._C._nn": "F", "torch._tensor": "Tensor"}


def given(item: object, known: Mapping[fx.Node, object]) -> object:
    """Put in for each step what it gave; lists become tuples."""
    if isinstance(item, fx.Node):
        return known[item]
    if isinstance(item, slice):
        return slice(given(item.start, known), given(item.stop, known), given(item.step, known))
    if isinstance(item, list | tuple):
        return tuple(given(part, known) for part in item)
    if isinstance(item, dict):
        return {name: given(part, known) for name, part in item.items()}
    return item


def holds(item: object, *kinds: type) -> bool:
    """Tell whether something of these kinds is among arguments."""
    if isinstance(item, slice):
        return holds((item.start, item.stop, item.step), *kinds)
    if isinstance(item, list | tuple):
        return any(holds(part, *kinds) for part in item)
    if isinstance(item, dict):
        return any(holds(part, *kinds) for part in item.values())
    return isinstance(item, kinds)


def tensors_in(name: str, results: object) -> list[tuple[str, Value]]:
    """Return the tensors that come out, in order, with what a dictionary calls them."""
    if isinstance(results, Tensor):
        return [(name, results.value)]
    if isinstance(results, dict):
        return [found for word, part in results.items() for found in tensors_in(str(word), part)]
    if isinstance(results, list | tuple):
        return [found for part in results for found in tensors_in("", part)]
    return []


def plain_name(target: object) -> str:
    """Return a function's plain name: `max_pool2d` of `torch.ops.aten.max_pool2d.default`."""
    if isinstance(target, torch._ops.OpOverload):
        return target._schema.name.rpartition("::")[2]
    return target if isinstance(target, str) else str(getattr(target, "__name__", target))


def full_name(target: object) -> str:
    """Return a function's name with where it comes from, for a message."""
    if isinstance(target, str):
        return f"Tensor.{target}"
    module = getattr(target, "__module__", "") or ""
    return f"{_ROOMS.get(module, module)}.{getattr(target, '__name__', target)}".lstrip(".")


def word(name: str) -> str:
    """Make a name that a value of a spec can have."""
    letters = (char if char.isascii() and (char.isalnum() or char == "_") else "_" for char in name)
    plain = "".join(letters).lower().strip("_")
    plain = plain if plain[:1].isalpha() else f"x{plain}"
    return f"{plain}_" if plain in TAKEN else plain
