"""Record what a module does: by torch.fx, and where its Python looks at values, by torch.export.

Both give a graph of calls; here they become one list of steps, each with the modules around it and its place in the
source. Tracing runs the module's own code.
"""

import re
import types
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx, nn
from torch.fx.passes.shape_prop import ShapeProp

from convdsl.exchange.operators import is_helper, is_layer
from convdsl.lower.draft import Frame
from convdsl.record import dataclass

_PLACE = re.compile(r'File "([^"]*)", line (\d+), in (\w+)')
_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


class Untraceable(Exception):
    """A module that neither way of tracing can follow; the message says what each said."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A traced program. weights: of torch.export's placeholders, their names in the `state_dict`."""

    graph: fx.Graph
    root: nn.Module
    weights: Mapping[str, str]
    by: str


def trace(module: nn.Module, examples: tuple[torch.Tensor, ...]) -> Trace:
    """Record one forward pass.

    Raises Untraceable where neither way works.
    """
    try:
        return Trace(_Tracer(module).trace(module), module, {}, "torch.fx")
    except REFUSALS as refusal:
        said = first_line(refusal)
    was_training = module.training
    try:
        program = torch.export.export(module.eval(), examples, strict=False)
    except REFUSALS as refusal:
        raise Untraceable(f"torch.fx: {said}; torch.export: {first_line(refusal)}") from refusal
    finally:
        module.train(was_training)
    signature = program.graph_signature
    names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    return Trace(program.graph_module.graph, module, names, "torch.export")


# what the user's code and PyTorch's tracers raise; there is no common class
REFUSALS = (
    *(RuntimeError, TypeError, ValueError, AttributeError, LookupError, NotImplementedError, AssertionError),
    *(ArithmeticError, NameError, RecursionError),
)


def first_line(error: BaseException) -> str:
    """Say what went wrong in the user's code, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:240]


class _Tracer(fx.Tracer):
    """Keeps modules of torch.nn whole, and the helpers that emitted files bring along."""

    def __init__(self, module: nn.Module) -> None:
        forward = getattr(type(module), "forward", None)
        scope = getattr(forward, "__globals__", {})
        helpers = [f for f in scope.values() if isinstance(f, types.FunctionType) and is_helper(f)]
        super().__init__(autowrap_functions=tuple(helpers))
        self.record_stack_traces = True

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Tell whether a module is called as a whole."""
        return is_layer(m)


def shape_at(traced: Trace, node: fx.Node, examples: tuple[torch.Tensor, ...]) -> tuple[int, ...] | None:
    """Return the sizes of what a step gives, None where it is no single tensor; the first time, the program is run."""
    found = node.meta.get("val")
    if "tensor_meta" not in node.meta and found is None and traced.by == "torch.fx":
        with torch.no_grad():
            ShapeProp(fx.GraphModule(traced.root, traced.graph)).propagate(*examples)
    found = node.meta.get("tensor_meta") if found is None else found
    sizes = getattr(found, "shape", None)
    return None if sizes is None else tuple(map(int, sizes))


def frames_of(node: fx.Node, trace: Trace) -> tuple[Frame, ...]:
    """Return the calls of modules around a step, outermost first, without the model's and without the layer itself."""
    stack: Mapping[str, Any] = node.meta.get("nn_module_stack") or {}
    own = str(node.target) if node.op == "call_module" else None
    out = []
    for name, (path, _) in stack.items():
        clean = str(path).partition("@")[0].removeprefix("L['self'].").removeprefix("L['self']")
        module = _submodule(trace.root, clean)
        if not clean or clean == own or module is None or is_layer(module):
            continue
        kind = "" if type(module) in _CONTAINERS else type(module).__name__
        call = int(str(name).partition("@")[2] or 0)
        out.append(Frame(clean, kind, call))
    return tuple(out)


def _submodule(root: nn.Module, path: str) -> nn.Module | None:
    try:
        return root.get_submodule(path)
    except AttributeError:
        return None


def place_of(node: fx.Node) -> tuple[str, int] | None:
    """Return the file and line of a step in the user's source, None where it is not known."""
    found = [(file, int(line)) for file, line, _ in _PLACE.findall(node.stack_trace or "")]
    inside = [(file, line) for file, line in found if "/torch/" not in file]
    return inside[-1] if inside else None
