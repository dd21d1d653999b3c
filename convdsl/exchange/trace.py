"""From a module to PyTorch's exported program, with as many free sizes as can be said."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch._dynamo.exc import UserError
from torch.export import ExportedProgram
from torch.fx.experimental.symbolic_shapes import ConstraintViolationError, GuardOnDataDependentSymNode

from convdsl.graph.graph import Graph
from convdsl.lower.dims import Dims, linear
from convdsl.shape import Axis
from convdsl.sizes import Size

_LOGGERS = ("torch.onnx", "torch.export", "torch._dynamo", "onnxscript", "onnx_ir")


class Untraceable(Exception):
    """torch.export does not take these sizes as free, in its own words."""


def trace(network: nn.Module, graph: Graph, dims: Dims) -> ExportedProgram:
    """Export a network in evaluation mode.

    Raises Untraceable.
    """
    free = {dim.symbol: torch.export.Dim(f"_{dim.symbol}", min=dim.low, max=dim.high) for dim in dims.all if dim.step}
    shapes = tuple(
        {at: said for at, axis in enumerate(item.shape.axes) if (said := _said(axis, dims, free)) is not None}
        for item in graph.inputs
    )
    with quiet():
        try:
            return torch.export.export(network, inputs(graph, dims.at(3, 2, 3)), dynamic_shapes=shapes)
        except (UserError, ConstraintViolationError, GuardOnDataDependentSymNode) as refusal:
            lines = [line.strip(" -") for line in str(refusal).split("\n") if line.strip()]
            raise Untraceable(lines[min(1, len(lines) - 1)]) from refusal


def _said(axis: Axis, dims: Dims, free: Mapping[str, torch.export.Dim]) -> torch.export.Dim | None:
    """Return what torch.export calls an axis, a multiple of a free number and an offset; None for a fixed one."""
    symbol = axis.symbol if isinstance(axis, Size) else None
    if not isinstance(axis, Size) or symbol is None or symbol not in free:
        return None
    line = linear(axis, next(dim for dim in dims.all if dim.symbol == symbol))
    assert line is not None  # others are fixed
    a, b = line
    said = free[symbol] if a == 1 else free[symbol] * a
    return said if b == 0 else said + b


def inputs(graph: Graph, sizes: Mapping[str, int], seed: int = 0) -> tuple[Tensor, ...]:
    """Draw inputs for a network at sizes, one for each symbol, normally distributed."""
    draw = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(item.shape.at(sizes).numbers, generator=draw) for item in graph.inputs)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep to themselves what exporters say of their own insides."""
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
