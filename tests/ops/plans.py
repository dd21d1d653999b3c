"""Run what an operator's `call` says, as an emitted file would: modules by their path, expressions as Python."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from convdsl.lower.library import HELPERS
from convdsl.op import CallPlan, Module

_NAMES: dict[str, object] = {"torch": torch, "F": functional}
for _source in HELPERS.values():
    exec(_source, _NAMES)


def module(plan: Module) -> nn.Module:
    """Make the module in eval mode."""
    path, _, name = plan.target.rpartition(".")
    assert path == "torch.nn"
    return getattr(nn, name)(**dict(plan.arguments)).eval()


def expression(template: str, tensors: tuple[Tensor, ...], training: bool = False) -> object:
    """Evaluate an expression over inputs."""
    names = {f"x{i}": tensor for i, tensor in enumerate(tensors)}
    text = template.format(*names, training=training)
    return eval(text, {**_NAMES, **names})


def run(plan: CallPlan, tensors: tuple[Tensor, ...]) -> object:
    """Run a plan without weights."""
    if isinstance(plan, Module):
        return module(plan)(*tensors)
    return expression(plan.template, tensors)
