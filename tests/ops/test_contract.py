"""The laws that every operator of the catalogue keeps, against PyTorch on CPU."""

import os
import warnings
from dataclasses import dataclass

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convdsl.argument import Invalid, signature
from convdsl.op import AnyAtLeast, AtLeast, CallPlan, Divides, Equal, Guard, Interval, Module, NotLess, ProductEquals
from convdsl.ops import catalogue
from convdsl.shape import Shape, _number
from convdsl.sizes import Size

from . import plans
from .reference import reference
from .strategies import Case, cases

torch.set_num_threads(1)

NAMES = catalogue.names()
EXAMPLES = int(os.environ.get("CONVDSL_EXAMPLES", "200"))  # `make soak` asks for more, and for fresh ones
SMALL = settings(
    max_examples=30,
    deadline=None,
    derandomize="CONVDSL_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)

# Where we refuse and PyTorch does not, each with its reason: (operator, argument or code).
STRICTER = {
    ("Add", "E206"): "broadcasting is asked for by name",
    ("Sub", "E206"): "broadcasting is asked for by name",
    ("Mul", "E206"): "broadcasting is asked for by name",
    ("Div", "E206"): "broadcasting is asked for by name",
    ("Div", "operands"): "a division by the number 0 is a slip",
    **{(name, "dim"): "images of a batch are never mixed" for name in ("Concat", "Softmax", "Softmin", "LogSoftmax")},
    **{(name, "dim"): "images of a batch are never mixed" for name in ("GLU", "Mean")},
    ("Permute", "dims"): "images of a batch are never mixed",
    ("PadToMultiple", "value"): "a value that is not used is a slip",
    **{(f"MaxPool{n}d", "dilation"): "a window of padding only corrupts PyTorch's memory" for n in (1, 2, 3)},
    ("MultiheadAttention", "batch_first"): "images of a batch are never mixed",
    ("Rescaling", "E205"): "nothing is repeated unasked",
    ("Crop", "anchor"): "a word that says nothing is a slip",
    ("Softplus", "beta"): "1 / 0",
    ("Flatten", "start_dim"): "images of a batch are never mixed",
    ("Flatten", "end_dim"): "images of a batch are never mixed",
    ("Unflatten", "dim"): "images of a batch are never mixed",
    ("Slice", "dim"): "images of a batch are never mixed",
    ("Chunk", "dim"): "images of a batch are never mixed",
    ("Split", "dim"): "images of a batch are never mixed",
    ("Slice", "start"): "a slice lies inside the image, nothing is clipped",
    ("Slice", "stop"): "a slice lies inside the image, nothing is clipped",
    ("Chunk", "chunks"): "as many parts as were asked for",
    ("Pad", "padding"): "all spatial axes are padded, none is guessed",
    ("Pad", "value"): "a value that is not used is a slip",
    ("Crop", ""): "a crop of nothing is a slip",
    ("Crop", "top"): "a sequence has no top",
    ("Crop", "bottom"): "a sequence has no bottom",
    ("Resize", ""): "like and size exclude each other",
    ("Upsample", "scale_factor"): "a list of one factor for several axes is a slip",
    ("GroupNorm", "E214"): "one image must be enough, and PyTorch counts the batch",
    **{(f"{kind}Norm{n}d", "E214"): "one image must be enough" for kind in ("Batch", "Instance") for n in (1, 2, 3)},
    **{(f"{kind}Norm{n}d", "eps"): "0 / 0" for kind in ("Batch", "Instance") for n in (1, 2, 3)},
    **{(name, "eps"): "0 / 0" for name in ("GroupNorm", "LayerNorm", "RMSNorm")},
}


REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError, TypeError, ArithmeticError)


@dataclass(frozen=True)
class Run:
    """What PyTorch does with a case: its module or function, and what comes out; `outputs` is None where it refuses."""

    tensors: tuple[Tensor, ...]
    known: object
    outputs: list[Tensor] | None


def _tensors(case: Case) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(3)
    out = [torch.randn(*numbers, generator=generator) for numbers in case.inputs]
    if case.op.reads_places:
        out[1] = torch.zeros(*case.inputs[1], dtype=torch.long)
    return tuple(out)


def _torch(case: Case) -> Run:
    """Run PyTorch in eval mode."""
    tensors = _tensors(case)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an even window with padding `same` costs a copy, PyTorch says
            known = reference(case.op, case.inputs)
            torch.default_generator.manual_seed(0)
            return Run(tensors, known, _outputs(known(*(x.clone() for x in tensors))))
    except REFUSALS:
        return Run(tensors, None, None)


def _ours(case: Case) -> tuple[Shape, ...] | Invalid:
    try:
        case.op.check()
        return case.op.shapes(*case.shapes)
    except Invalid as refusal:
        return refusal


def _outputs(value: object) -> list[Tensor]:
    return list(value) if isinstance(value, tuple | list) else [value]


def holds(guard: Guard, sizes: dict[str, int]) -> bool:
    """Say whether a guard holds, by its definition in op.py."""

    def at(size: Size) -> int:
        return _number(size, sizes)

    match guard:
        case AtLeast(size, minimum):
            return at(size) >= minimum
        case Divides(size, divisor):
            return at(size) % divisor == 0
        case Equal(left, right):
            return at(left) == at(right)
        case NotLess(left, right):
            return at(left) >= at(right)
        case ProductEquals(product, total):
            return product.at(sizes) == total
        case AnyAtLeast(several, minimum):
            return any(at(size) >= minimum for size in several)
    raise AssertionError(guard)


def check_laws(case: Case) -> None:
    """All that must hold of an operator at one case."""
    run, ours = _torch(case), _ours(case)
    check_shape_law(case, run, ours)
    check_symbolic_law(case, ours)
    if run.outputs is not None and not isinstance(ours, Invalid):
        check_weights_law(case, run)
        check_plan_law(case, run, run.outputs)
        check_saved_law(case, run)
        check_macs_law(case, run)


def check_shape_law(case: Case, run: Run, ours: tuple[Shape, ...] | Invalid) -> None:
    """We and PyTorch run or refuse alike and agree on the shape."""
    theirs, name = run.outputs, type(case.op).__name__
    if isinstance(ours, Invalid):
        assert ours.argument in {"", *(p.name for p in signature(type(case.op)))}
        assert ours.message and ours.message[-1] != "."
        stricter = {(name, ours.argument), (name, ours.code)} & set(STRICTER)
        empty = theirs is not None and ours.code == "E216" and any(t.numel() == 0 for t in theirs)
        if theirs is not None and not stricter and not empty and not _may_be_unwritten(case):
            raise AssertionError(f"{case}: we refuse ({ours}), torch gives {[list(t.shape) for t in theirs]}")
    elif theirs is None:
        raise AssertionError(f"{case}: torch refuses, we say {[str(s) for s in ours]}")
    else:
        assert [tuple(t.shape) for t in theirs] == [s.numbers for s in ours], case


def _may_be_unwritten(case: Case) -> bool:
    """Circular padding on one side of what is cut off on the other: PyTorch may return memory nobody has written."""
    padding = getattr(case.op, "padding", None)
    circular = "Pad" in type(case.op).__name__ and getattr(case.op, "mode", "") == "circular"
    return circular and isinstance(padding, tuple) and min(padding) < 0 < max(padding)


def check_symbolic_law(case: Case, ours: tuple[Shape, ...] | Invalid) -> None:
    """Symbols that are then given numbers say what numbers say at once."""
    symbolic, sizes = case.symbolic, case.sizes
    try:
        case.op.check()
        shapes = case.op.shapes(*symbolic)
        guards = case.op.guards(*symbolic)
    except Invalid as refusal:
        # what depends on a size that is not known may be refused until it is
        assert isinstance(ours, Invalid) or _needs_numbers(case, refusal), (case, str(refusal))
        return
    found = [shape.at(sizes) for shape in shapes]
    fits = all(holds(guard, sizes) for guard in guards) and all(n >= 1 for shape in found for n in shape.numbers)
    if isinstance(ours, Invalid):
        assert not fits, (case, str(ours), guards)
        return
    if not fits:
        assert _asks_for_more(case), (case, guards)
        return
    assert [shape.axes for shape in found] == [shape.axes for shape in ours], case


def _needs_numbers(case: Case, refusal: Invalid) -> bool:
    name = type(getattr(case.op, "layer", case.op)).__name__
    if name in ("Add", "Sub", "Mul", "Div", "Concat", "Crop"):
        return refusal.code in ("E204", "E205", "E206") or refusal.argument == "dim"  # other symbols, 1 against H
    if name.startswith("BatchNorm") and refusal.code == "E214":
        return True  # a batch of any size may be one image
    if name == "Split" and isinstance(case.op.split_size_or_sections, int):
        return True
    return name in ("Linear", "Bilinear", "Reshape", "Chunk") or "flattened" in refusal.message


def _asks_for_more(case: Case) -> bool:
    """Say where symbols may be refused and numbers not.

    Chunk divides evenly; small sizes under a MaxPool with blind windows; a norm whose batch may be one image; and only
    a fixed 1 is repeated by broadcasting.
    """
    name = type(case.op).__name__
    return name == "Chunk" or "Norm" in name or name.startswith("MaxPool") or getattr(case.op, "broadcast", False)


def check_weights_law(case: Case, run: Run) -> None:
    """Weights and buffers are PyTorch's state, by name, shape and order."""
    weights, buffers = case.op.weights(*case.shapes), case.op.buffers(*case.shapes)
    state = run.known.state_dict() if isinstance(run.known, nn.Module) else {}
    mine = [*weights.items(), *buffers.items()]
    assert mine == [(key, tuple(value.shape)) for key, value in state.items()], case
    trained = dict(run.known.named_parameters()) if isinstance(run.known, nn.Module) else {}
    assert list(weights) == list(trained), case


def check_plan_law(case: Case, run: Run, theirs: list[Tensor]) -> None:
    """The plan computes what PyTorch's own module does, in each of its forms, bit for bit; values stay in bounds."""
    plan, tensors = case.op.call(*case.shapes), run.tensors
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _same(_run(plan, run.known, tensors), theirs, case)
        if isinstance(plan, Module) and plan.function:
            torch.default_generator.manual_seed(0)
            _same(plans.expression(plan.function, tensors), theirs, case)
        if isinstance(plan, Module) and plan.inplace:
            _same(plans.expression(plan.inplace, tuple(x.clone() for x in tensors)), theirs, case)
        _check_memory(case, tensors)
    bounds = case.op.values(*(Interval(x.min().item(), x.max().item()) for x in tensors))
    for out in theirs[:1]:  # further results are places, of whole numbers
        finite = out[~out.isnan()]
        if finite.numel():
            slack = 1e-4 * (1 + abs(finite).max().item())
            assert bounds.low - slack <= finite.min().item(), (case, bounds)
            assert finite.max().item() <= bounds.high + slack, (case, bounds)


def _run(plan: CallPlan, known: object, tensors: tuple[Tensor, ...]) -> object:
    torch.default_generator.manual_seed(0)  # FractionalMaxPool draws its windows in evaluation too
    if not isinstance(plan, Module):
        return plans.run(plan, tensors)
    made = plans.module(plan)
    if isinstance(known, nn.Module):
        made.load_state_dict(known.state_dict())
    return made(*tensors)


def _check_memory(case: Case, tensors: tuple[Tensor, ...]) -> None:
    """A result that shares memory with an input is declared as a view."""
    plan = case.op.call(*case.shapes)
    if isinstance(plan, Module) and not plan.function:
        return
    template = plan.function if isinstance(plan, Module) else plan.template
    for out in _outputs(plans.expression(template, tensors)):
        shared = any(out.untyped_storage().data_ptr() == x.untyped_storage().data_ptr() for x in tensors)
        assert plan.is_view or not shared, case


def _same(ours: object, theirs: list[Tensor], case: Case) -> None:
    assert len(_outputs(ours)) == len(theirs), case
    for mine, other in zip(_outputs(ours), theirs, strict=True):
        if "Attention" in type(case.op).__name__:  # the same products, summed in another order
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5)
        else:
            assert torch.equal(mine.nan_to_num(), other.nan_to_num()), case


def check_saved_law(case: Case, run: Run) -> None:
    """Where changing the result in place would spoil the backward pass, `saves_output` says so."""
    plan = case.op.call(*case.shapes)
    forms = [lambda *xs: _run(plan, run.known, xs)]
    if isinstance(plan, Module):
        forms += [lambda *xs, text=text: plans.expression(text, xs) for text in (plan.function, plan.inplace) if text]
    for form in forms:
        # a product, so that the input is no leaf, which nothing may change in place
        inputs = [x.clone().requires_grad_() * 1.0 if x.is_floating_point() else x for x in run.tensors]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = _outputs(form(*inputs))[0]
        # where a window of MaxPool sees padding only, PyTorch's way back writes outside its memory
        if plan.is_view or out.grad_fn is None or out.isneginf().any():
            continue
        try:
            out.add_(1.0).sum().backward()
        except RuntimeError as spoilt:
            assert "modified by an inplace operation" in str(spoilt), case
            assert plan.saves_output, (case, plan)


def check_macs_law(case: Case, run: Run) -> None:
    """A MAC is half of what PyTorch's counter counts, where it counts."""
    macs = case.op.macs(*case.shapes)
    if not macs and not any(len(shape) > 1 for shape in case.op.weights(*case.shapes).values()):
        return
    known = _as_products if type(case.op).__name__ == "Bilinear" else lambda module, *xs: module(*xs)
    with warnings.catch_warnings(), FlopCounterMode(display=False) as counter:
        warnings.simplefilter("ignore")
        out = known(run.known, *run.tensors)
    assert 2 * macs == counter.get_total_flops(), case
    if type(case.op).__name__ == "Bilinear":
        torch.testing.assert_close(out, run.outputs[0], rtol=1e-4, atol=1e-5)


def _as_products(module: nn.Bilinear, left: Tensor, right: Tensor) -> Tensor:
    """Compute Bilinear, which PyTorch's counter does not know, as a dense layer over all products of pairs."""
    pairs = (left.unsqueeze(-1) * right.unsqueeze(-2)).flatten(-2)
    return nn.functional.linear(pairs, module.weight.flatten(1), module.bias)


def _law(name: str, examples: int) -> None:
    if name.endswith(("1d", "3d")):
        examples //= 2  # the code is that of the 2d twin

    @settings(SMALL, max_examples=examples)
    @given(cases(catalogue.find(name)))
    def law(case: Case) -> None:
        check_laws(case)

    law()


@pytest.mark.parametrize("name", NAMES)
def test_every_law_agrees_with_torch_at_any_arguments_and_sizes(name: str) -> None:
    _law(name, EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_law_agrees_with_torch_in_thousands_of_cases(name: str) -> None:
    _law(name, max(EXAMPLES, 1000))
