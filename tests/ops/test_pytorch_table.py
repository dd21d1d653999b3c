"""PyTorch's own table of module tests: each of its cases, for every module that is an operator here.

The table is part of PyTorch's package. It wants a small package of PyTorch's developers, of which it uses nothing that
matters here; an empty one stands in where it is not installed.
"""

import sys
import unittest
import warnings
from collections.abc import Iterator
from inspect import signature as python_signature
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from convdsl.argument import OPERANDS, VALUE, Invalid, signature
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.shape import shape_of
from convdsl.testing.draw import ASSERTIONS


def _table() -> list[Any]:
    stand_in = ModuleType("expecttest")
    vars(stand_in).update(TestCase=unittest.TestCase, assert_expected_inline=None)
    missing = "expecttest" not in sys.modules
    if missing:
        sys.modules["expecttest"] = stand_in
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from torch.testing._internal.common_modules import module_db
    finally:
        if missing:
            del sys.modules["expecttest"]
    return list(module_db)


def _cases(name: str) -> Iterator[tuple[Any, Any]]:
    for info in _table():
        if info.name == f"nn.{name}":
            for training in (False, True):
                dtype = torch.float64 if "Fractional" in name else torch.float32  # as its drawn places are
                for item in info.module_inputs_func(
                    info, device="cpu", dtype=dtype, requires_grad=False, training=training
                ):
                    yield item.constructor_input, item.forward_input


# all of PyTorch's cases of attention with the batch first have none
TABLED = sorted({info.name.removeprefix("nn.") for info in _table()} & set(catalogue.names()) - {"MultiheadAttention"})


def _operator(name: str, constructor: Any) -> Op:
    """Bind a case's arguments as a spec would give them.

    Raises Invalid or ValueError.
    """
    cls = catalogue.find(name)
    bound = python_signature(getattr(nn, name)).bind(*constructor.args, **constructor.kwargs)
    values: dict[str, object] = {}
    for parameter in signature(cls):
        if parameter.name in ASSERTIONS or parameter.name not in bound.arguments:
            if parameter.required:
                raise ValueError(f"`{parameter.name}` is left to PyTorch's guess")
            values[parameter.name] = parameter.default
        elif parameter.kind not in (OPERANDS, VALUE):
            given = bound.arguments[parameter.name]
            values[parameter.name] = parameter.read(tuple(given) if isinstance(given, list) else given)
    op = cls(**values)
    op.check()
    return op


def _channels(name: str, constructor: Any) -> int | None:
    """Return what a case says of its input's channels, to tell an image without a batch."""
    bound = python_signature(getattr(nn, name)).bind(*constructor.args, **constructor.kwargs)
    return next((bound.arguments[key] for key in ("in_channels", "num_features") if key in bound.arguments), None)


@pytest.mark.parametrize("name", TABLED)
def test_every_case_of_pytorchs_table_has_pytorchs_shape(name: str) -> None:
    compared = 0
    for constructor, forward in _cases(name):
        tensors = [x for x in (*forward.args, *forward.kwargs.values()) if isinstance(x, Tensor)]
        if not tensors or any(x.dim() < 2 for x in tensors):
            continue  # numbers without a batch
        channels = _channels(name, constructor)
        if channels is not None and tensors[0].shape[1] != channels:
            continue  # an image without a batch
        try:
            op = _operator(name, constructor)
        except (Invalid, ValueError):
            continue  # refused by the reasons in STRICTER, and in the tests of the corners
        if op.rank is not None and tensors[0].dim() != op.rank:
            continue  # an image without a batch
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            module = getattr(nn, name)(*constructor.args, **constructor.kwargs)
            out = module(*forward.args, **forward.kwargs)
        theirs = [tuple(x.shape) for x in (out if isinstance(out, tuple) else (out,)) if isinstance(x, Tensor)]
        ours = [shape.numbers for shape in op.shapes(*(shape_of(*x.shape) for x in tensors))]
        assert ours == theirs[: len(ours)], (op, [tuple(x.shape) for x in tensors])
        if "_random_samples" in module.state_dict():
            compared += 1  # a test's own places, which a spec cannot give
            continue
        state = {**op.weights(*map(_shape, tensors)), **op.buffers(*map(_shape, tensors))}
        assert state == {key: tuple(value.shape) for key, value in module.state_dict().items()}, op
        compared += 1
    assert compared, f"no case of {name} was compared"


def _shape(x: Tensor) -> Any:
    return shape_of(*x.shape)
