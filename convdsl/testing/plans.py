"""Run what an operator's `call` says, as an emitted file would: modules by their path, expressions as Python.

The Python is the operator's own, of an installed package; nothing of a spec gets here.
"""

from collections.abc import Mapping
from functools import cache
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from convdsl.lower.library import HELPERS
from convdsl.op import CallPlan, Module


@cache
def _names(source: str = "") -> Mapping[str, Any]:
    """Return what an emitted file can speak of; source: of a helper that an operator brings."""
    names: dict[str, Any] = {"torch": torch, "F": functional, "nn": nn, "Tensor": Tensor}
    for text in (*HELPERS.values(), source):
        exec(text, names)
    return names


class Applied(nn.Module):
    """A module that is not called with its inputs in order; its state is the module's own."""

    def __init__(self, made: nn.Module, template: str) -> None:
        super().__init__()
        self.made, self.template = made, template

    def forward(self, *tensors: Tensor) -> object:
        """Call the module as its plan says."""
        names = {f"x{i}": tensor for i, tensor in enumerate(tensors)}
        return eval(self.template.format(*names, module="made"), {**names, "made": self.made})

    def load_state_dict(self, *arguments: Any, **keywords: Any) -> Any:
        """Load the module's own state."""
        return self.made.load_state_dict(*arguments, **keywords)


def module(plan: Module) -> nn.Module:
    """Make the module in eval mode."""
    path, _, name = plan.target.rpartition(".")
    if plan.helper:
        assert plan.target == plan.helper
        made = _names(plan.source)[plan.helper](**dict(plan.arguments))
    else:
        assert path == "torch.nn"
        made = getattr(nn, name)(**dict(plan.arguments))
    if plan.wrapper is not None:
        function, arguments = plan.wrapper
        made = attrgetter(function.removeprefix("torch."))(torch)(made, **dict(arguments))
    whole = Applied(made, plan.applied) if plan.applied else made
    assert isinstance(whole, nn.Module)
    return whole.eval()


def expression(template: str, tensors: tuple[Tensor, ...], training: bool = False, source: str = "") -> object:
    """Evaluate an expression over inputs; source: of a helper that it calls."""
    names = {f"x{i}": tensor for i, tensor in enumerate(tensors)}
    text = template.format(*names, training=training)
    found: object = eval(text, {**_names(source), **names})
    return found


def run(plan: CallPlan, tensors: tuple[Tensor, ...]) -> object:
    """Run a plan without weights."""
    if isinstance(plan, Module):
        return module(plan)(*tensors)
    return expression(plan.template, tensors, source=plan.source)
