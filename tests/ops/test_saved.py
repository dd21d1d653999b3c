"""What each operator says autograd keeps of it, against PyTorch's own hooks for saved tensors."""

import os
import warnings
from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from torch import Tensor

from convdsl.analysis.strides import lies
from convdsl.argument import Invalid
from convdsl.op import Module
from convdsl.ops import catalogue
from convdsl.saved import Saved, Sharing
from convdsl.testing import plans
from convdsl.testing.case import Case

from .kept import Measured, kept, place
from .strategies import cases

torch.set_num_threads(1)

EXAMPLES = int(os.environ.get("CONVDSL_EXAMPLES", "8"))


Lying = Callable[[tuple[int, ...]], Tensor]  # makes a tensor of a shape


def in_order(numbers: tuple[int, ...]) -> Tensor:
    return torch.randn(*numbers).requires_grad_() * 1.0


def cut(numbers: tuple[int, ...]) -> Tensor:
    return in_order((*numbers[:-1], numbers[-1] + 1))[..., 1:]


def channels(numbers: tuple[int, ...]) -> Tensor:
    return in_order((numbers[0], numbers[1] + 1, *numbers[2:]))[:, 1:]


def turned(numbers: tuple[int, ...]) -> Tensor:
    return in_order(numbers[::-1]).permute(*reversed(range(len(numbers))))


def channels_last(numbers: tuple[int, ...]) -> Tensor:
    return in_order((numbers[0], *numbers[2:], numbers[1])).movedim(-1, 1)


def training_run(case: Case, lying: Lying = in_order) -> tuple[Measured, list[Tensor], tuple[Tensor, ...]]:
    """Run in training with inputs that learn and are no leaves; refuse what PyTorch does not train."""
    plan = case.op.call(*case.shapes)
    inputs = [lying(numbers) for numbers in case.inputs]
    if case.op.reads_places:
        inputs[1] = torch.zeros(*case.inputs[1], dtype=torch.long)
    tensors = tuple(inputs)
    module = plans.module(plan).train() if isinstance(plan, Module) else None
    made = getattr(module, "made", module)
    weights = [] if made is None else [*made.parameters(), *made.buffers()]
    run = (lambda: module(*tensors)) if module is not None else (lambda: plans.run(plan, tensors))
    try:
        measured, outputs = kept(run, tensors, weights)
    except ValueError as refusal:
        assert "Expected more than 1" in str(refusal)
        assume(False)
    return measured, outputs, tensors


def as_measured(saved: Saved, width: int = 4) -> Measured:
    others = sorted(one.numbers * (one.width or width) for one in saved.others)
    return Measured(saved.inputs, saved.outputs, tuple(others))


def check_saved(case: Case) -> None:
    try:
        case.op.check()
        shapes = case.op.shapes(*case.shapes)
    except Invalid:
        assume(False)
    assume(all(size >= 1 for shape in shapes for size in shape.numbers))
    measured, outputs, tensors = training_run(case)
    sharing = case.op.shares(True, *case.shapes)
    shared = place(outputs[0]) == place(tensors[0])
    assert shared == (sharing is not Sharing.FRESH), (case, sharing)
    if shared:
        assert all(place(out) == place(tensors[0]) for out in outputs), case
    learns = tuple(tensor.requires_grad for tensor in tensors)
    assert as_measured(case.op.saved(learns, *case.shapes)) == measured, case


def _law(name: str, examples: int) -> None:
    @settings(
        max_examples=examples // 2 if name.endswith(("1d", "3d")) else examples,
        deadline=None,
        derandomize="CONVDSL_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(catalogue.find(name)))
    def law(case: Case) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_saved(case)

    law()


@pytest.mark.parametrize("name", catalogue.names())
def test_operator_says_what_autograd_keeps_of_it(name: str) -> None:
    _law(name, 100 if name == "MultiheadAttention" else EXAMPLES)


def check_order(case: Case, lying: Lying) -> None:
    """Of inputs that do not lie as the operator asks, a copy is kept: one of its own that is as large."""
    try:
        case.op.check()
        shapes = case.op.shapes(*case.shapes)
    except Invalid:
        assume(False)
    assume(all(size >= 1 for shape in shapes for size in shape.numbers))
    measured, _, tensors = training_run(case, lying)
    said = case.op.saved(tuple(tensor.requires_grad for tensor in tensors), *case.shapes)
    copied = [i for i in said.inputs if not lies(tuple(tensors[i].shape), tensors[i].stride(), said.order)]
    others = [*as_measured(said).others, *(4 * tensors[i].numel() for i in copied)]
    stay = tuple(i for i in said.inputs if i not in copied)
    assert (stay, said.outputs, tuple(sorted(others))) == (measured.inputs, measured.outputs, measured.others), case


@pytest.mark.parametrize("name", [name for name in catalogue.names() if not name.endswith(("1d", "3d"))])
def test_operator_says_how_inputs_lie_that_are_kept_without_a_copy(name: str) -> None:
    # attention wants the sequence first: a batch-first input that is turned so needs no copy, and one is counted
    ways = (cut, channels) if name == "MultiheadAttention" else (cut, channels, turned, channels_last)

    @settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(cases(catalogue.find(name)))
    def law(case: Case) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for lying in ways:
                check_order(case, lying)

    law()


@pytest.mark.slow
@pytest.mark.parametrize("name", catalogue.names())
def test_operator_says_what_autograd_keeps_of_it_in_hundreds_of_cases(name: str) -> None:
    _law(name, max(EXAMPLES, 400))
