"""From what PyTorch calls its modules and functions to operators, by the operators' own signatures.

There is no table beside the catalogue: `nn.LeakyReLU` and `F.leaky_relu` are found by the operator's name, and their
arguments are read by the names that the operator declares, which are PyTorch's.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from convdsl.argument import BOOL, LAYER, OPERANDS, VALUE, signature
from convdsl.lower.library import HELPERS
from convdsl.op import Op
from convdsl.ops.catalogue import find, names
from convdsl.record import dataclass

_PINS = ("in_channels", "num_features", "in_features", "num_channels", "in1_features", "in2_features")  # assertions
_WITHOUT_EFFECT = "inplace"  # the compiler decides


@dataclass(frozen=True, slots=True)
class Mismatch(Exception):
    """Why something of PyTorch has no counterpart: a sentence and a way out."""

    message: str
    help: str = ""


@cache
def _by_letters() -> Mapping[str, str]:
    """Map the operators' names in lower case, which are the functions' without underscores, to the names."""
    return {name.lower(): name for name in names()}


def operator_named(function: str, rank: int = 0) -> type[Op] | None:
    """Find the operator of a function, `max_pool2d` or `batch_norm`; rank: of its input, for `batch_norm` and such."""
    letters = function.replace("_", "").lower()
    known = _by_letters()
    name = known.get(letters) or known.get(f"{letters}{rank - 2}d")
    return None if name is None else find(name)


def make(operator: type[Op], given: Mapping[str, object]) -> Op:
    """Make an operator of plain arguments; those that it does not declare must have been dealt with.

    Raises Mismatch where a value is not one that it takes.
    """
    values: dict[str, object] = {}
    for parameter in signature(operator):
        if parameter.name not in given:
            if parameter.required:
                raise Mismatch(f"`{operator.__name__}` needs `{parameter.name}`, and the program does not say it")
            continue
        value = plain(given[parameter.name])
        if parameter.name == _WITHOUT_EFFECT or (parameter.name in _PINS and value is None):
            continue
        if parameter.kind in (OPERANDS, VALUE, LAYER):
            values[parameter.name] = value
            continue
        try:
            values[parameter.name] = parameter.read(value)
        except ValueError as problem:
            said = f"`{parameter.name}` of `{operator.__name__}` is {value!r}: {problem}"
            raise Mismatch(said) from problem
    if "stride" in values and "kernel_size" in values and operator.category == "pool":
        default = next(parameter.default for parameter in signature(operator) if parameter.name == "stride")
        if values["stride"] == values["kernel_size"]:
            values["stride"] = default
    return operator(**values)


def plain(value: object) -> object:
    """Turn lists and sizes into tuples, and what holds one number into it."""
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        return value.item()
    return value


# ------------------------------------------------------------------- modules


def is_layer(module: nn.Module) -> bool:
    """Tell whether a module is one layer: of torch.nn, or one that emitted files bring along."""
    kind = type(module)
    if kind.__module__.startswith("torch.nn.utils.parametriz") or parametrize.is_parametrized(module):
        kind = type(module).__mro__[1]
    if isinstance(module, nn.Sequential | nn.ModuleList | nn.ModuleDict):
        return False
    is_torch = kind.__module__.startswith("torch.nn.") and not kind.__module__.startswith("torch.nn.utils.")
    return is_torch or is_helper(kind)


def is_helper(kind: type | Callable[..., object]) -> bool:
    """Tell whether a class or function is one that `emit` copies into its files: the same words, not only the name."""
    text = HELPERS.get(getattr(kind, "__name__", ""))
    if text is None:
        return False
    try:
        return inspect.getsource(kind).strip() == text.strip()
    except (OSError, TypeError):
        return False


def of_module(module: nn.Module, channels: int | None) -> Op:
    """Return the operator of a module of torch.nn, its arguments read off the module's attributes.

    channels: of the input where it is one number; a layer says what it takes where the input does not.
    Raises Mismatch where there is none.
    """
    if parametrize.is_parametrized(module):
        return _parametrized(module, channels)
    for hook in module._forward_pre_hooks.values():
        if type(hook).__name__ in ("SpectralNorm", "WeightNorm"):
            return _hooked(module, hook, channels)
    return _plain(module, type(module).__name__, channels)


def _plain(module: nn.Module, name: str, channels: int | None) -> Op:
    operator = find(name)
    if operator is None:
        raise Mismatch(f"there is no layer `{name}`", "write it in layers that there are, or leave it out")
    given: dict[str, object] = {}
    for parameter in signature(operator):
        value: Any = getattr(module, parameter.name, None)
        if parameter.name in _PINS:
            given[parameter.name] = None if channels is not None or value == 0 else value
            continue
        if parameter.kind is BOOL and (value is None or isinstance(value, torch.Tensor)):
            has_it = value is not None
            if parameter.name == "bias" and not has_it and not _could_have_bias(module):
                continue
            value = has_it
        if not hasattr(module, parameter.name):
            if parameter.required or parameter.name in ("bias",):
                given |= _from_state(module, parameter.name)
            continue
        given[parameter.name] = _rows(value) if isinstance(value, torch.Tensor) and value.numel() > 1 else value
    if isinstance(module, nn.PReLU):
        given.pop("init", None)
    if isinstance(module, nn.Fold | nn.Unfold):
        given = {name: value for name, value in given.items() if value is not None}
    return make(operator, given)


def _could_have_bias(module: nn.Module) -> bool:
    """Tell whether a missing bias was asked for: a norm without weights has neither."""
    if "weight" not in module._parameters:
        return "bias" in module._parameters
    return module._parameters["weight"] is not None


def _from_state(module: nn.Module, name: str) -> Mapping[str, object]:
    if isinstance(module, nn.MultiheadAttention) and name == "bias":
        return {name: module.in_proj_bias is not None}
    raise Mismatch(f"`{type(module).__name__}` does not say its `{name}`")


def _rows(value: torch.Tensor) -> object:
    numbers = value.tolist()
    return tuple(tuple(row) if isinstance(row, list) else row for row in numbers)


def _parametrized(module: nn.Module, channels: int | None) -> Op:
    """Read a layer under `parametrizations.spectral_norm` or `weight_norm`."""
    holder = module.parametrizations
    assert isinstance(holder, nn.ModuleDict)
    steps = [step for key in holder for step in holder[key].children()]
    kind = type(steps[0]).__name__.removeprefix("_") if len(steps) == 1 and list(holder) == ["weight"] else ""
    if kind not in ("SpectralNorm", "WeightNorm"):
        said = ", ".join(f"{key} by {type(step).__name__}" for key in holder for step in holder[key].children())
        raise Mismatch(f"its tensors are parametrized: {said}", "spectral_norm and weight_norm can be expressed")
    inner = _plain(module, type(module).__mro__[1].__name__, channels)
    return _normalised(kind, inner, steps[0], legacy=False)


def _hooked(module: nn.Module, hook: object, channels: int | None) -> Op:
    """Read a layer under the older `torch.nn.utils.spectral_norm` or `weight_norm`."""
    return _normalised(type(hook).__name__, _plain(module, type(module).__name__, channels), hook, legacy=True)


def _normalised(kind: str, inner: Op, step: object, *, legacy: bool) -> Op:
    operator = find(kind)
    assert operator is not None
    told = {name: getattr(step, name) for name in ("n_power_iterations", "eps", "dim") if hasattr(step, name)}
    if kind == "SpectralNorm" and told["dim"] == int(type(inner).__name__.startswith("ConvTranspose")):
        told["dim"] = None
    return make(operator, {"layer": inner, "legacy": legacy, **told})
