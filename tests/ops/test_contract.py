"""The laws that every operator of the catalogue keeps, against PyTorch on CPU."""

import warnings
from collections.abc import Callable

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convdsl.argument import Invalid, signature
from convdsl.op import AtLeast, CallPlan, Divides, Equal, Guard, Interval, Module, NotLess, ProductEquals
from convdsl.ops import catalogue
from convdsl.shape import Shape, _number
from convdsl.sizes import Size

from . import plans
from .reference import reference
from .strategies import Case, cases

torch.set_num_threads(1)

NAMES = catalogue.names()
SMALL = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
FEW = settings(SMALL, max_examples=10)
LARGE = settings(SMALL, max_examples=250, derandomize=False)

# Where we refuse and PyTorch does not, each with its reason: (operator, argument or code).
STRICTER = {
    ("Add", "E206"): "broadcasting is asked for by name",
    ("Sub", "E206"): "broadcasting is asked for by name",
    ("Mul", "E206"): "broadcasting is asked for by name",
    ("Div", "E206"): "broadcasting is asked for by name",
    ("Div", "operands"): "a division by the number 0 is a slip",
    ("Concat", "dim"): "images of a batch are never mixed",
    ("Softmax", "dim"): "images of a batch are never mixed",
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
    ("GroupNorm", "eps"): "0 / 0",
}


def _tensors(case: Case) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(3)
    return tuple(torch.randn(*numbers, generator=generator) for numbers in case.inputs)


def _torch(case: Case) -> object | None:
    """Run PyTorch; None where it refuses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an even window with padding `same` costs a copy, PyTorch says
            return reference(case.op, case.inputs)(*(x.clone() for x in _tensors(case)))
    except (RuntimeError, ValueError, IndexError, AssertionError, TypeError, NotImplementedError):
        return None


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
    raise AssertionError(guard)


def check_shape_law(case: Case) -> None:
    """Concrete sizes: we and PyTorch run or refuse alike and agree on the shape; symbols: the same again."""
    theirs, ours = _torch(case), _ours(case)
    name = type(case.op).__name__
    if isinstance(ours, Invalid):
        assert ours.argument in {"", *(p.name for p in signature(type(case.op)))}
        assert ours.message and ours.message[-1] != "."
        stricter = {(name, ours.argument), (name, ours.code)} & set(STRICTER)
        empty = theirs is not None and ours.code == "E216" and any(t.numel() == 0 for t in _outputs(theirs))
        if theirs is not None and not stricter and not empty and not _may_be_unwritten(case):
            raise AssertionError(f"{case}: we refuse ({ours}), torch gives {[list(t.shape) for t in _outputs(theirs)]}")
    elif theirs is None:
        raise AssertionError(f"{case}: torch refuses, we say {[str(s) for s in ours]}")
    else:
        assert [tuple(t.shape) for t in _outputs(theirs)] == [s.numbers for s in ours], case
    check_symbolic_law(case, ours)


def _may_be_unwritten(case: Case) -> bool:
    """Circular padding on one side of what is cut off on the other: PyTorch may return memory nobody has written."""
    padding = getattr(case.op, "padding", None)
    circular = type(case.op).__name__ == "Pad" and getattr(case.op, "mode", "") == "circular"
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
    assert found == list(ours), case


def _needs_numbers(case: Case, refusal: Invalid) -> bool:
    name = type(case.op).__name__
    if name in ("Add", "Sub", "Mul", "Div", "Concat", "Crop"):
        return refusal.code in ("E204", "E205", "E206") or refusal.argument == "dim"  # other symbols, 1 against H
    if name == "Split" and isinstance(case.op.split_size_or_sections, int):
        return True
    return name in ("Linear", "Reshape", "Chunk") or "flattened" in refusal.message


def _asks_for_more(case: Case) -> bool:
    """Chunk divides evenly; a norm of one pixel column is refused; only a fixed 1 is repeated by broadcasting."""
    name = type(case.op).__name__
    return name == "Chunk" or "Norm" in name or getattr(case.op, "broadcast", False)


def _law(name: str, check: Callable[[Case], None], setting: settings) -> None:
    if name.endswith(("1d", "3d")) and not setting.max_examples > SMALL.max_examples:
        setting = settings(setting, max_examples=8)  # the code is that of the 2d twin

    @setting
    @given(cases(catalogue.find(name)))
    def law(case: Case) -> None:
        check(case)

    law()


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_guards_at_any_size_agree_with_torch(name: str) -> None:
    _law(name, check_shape_law, SMALL)


def check_weights_law(case: Case) -> None:
    """Weights and buffers are PyTorch's state, by name, shape and order."""
    theirs, ours = _torch(case), _ours(case)
    if theirs is None or isinstance(ours, Invalid):
        return
    mine = {**case.op.weights(*case.shapes), **case.op.buffers(*case.shapes)}
    known = reference(case.op, case.inputs)
    state = known.state_dict() if isinstance(known, nn.Module) else {}
    assert list(mine.items()) == [(key, tuple(value.shape)) for key, value in state.items()], case
    trained = dict(known.named_parameters()) if isinstance(known, nn.Module) else {}
    assert list(case.op.weights(*case.shapes)) == list(trained), case


def check_plan_law(case: Case) -> None:
    """The plan computes what PyTorch's own module does, in each of its forms, bit for bit; values stay in bounds."""
    theirs, ours = _torch(case), _ours(case)
    if theirs is None or isinstance(ours, Invalid):
        return
    plan, tensors = case.op.call(*case.shapes), _tensors(case)
    known = reference(case.op, case.inputs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = _outputs(known(*(x.clone() for x in tensors)))
        _same(_run(plan, known, tensors), theirs, case)
        if isinstance(plan, Module) and plan.function:
            _same(plans.expression(plan.function, tensors), theirs, case)
        if isinstance(plan, Module) and plan.inplace:
            _same(plans.expression(plan.inplace, tuple(x.clone() for x in tensors)), theirs, case)
    _check_memory(case, tensors)
    bounds = case.op.values(*(Interval(x.min().item(), x.max().item()) for x in tensors))
    for out in theirs:
        finite = out[~out.isnan()]
        if finite.numel():
            slack = 1e-4 * (1 + abs(finite).max().item())
            assert bounds.low - slack <= finite.min().item(), (case, bounds)
            assert finite.max().item() <= bounds.high + slack, (case, bounds)


def _run(plan: CallPlan, known: object, tensors: tuple[Tensor, ...]) -> object:
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
        assert torch.equal(mine.nan_to_num(), other.nan_to_num()), case


def check_saved_law(case: Case) -> None:
    """Where changing the result in place would spoil the backward pass, `saves_output` says so."""
    theirs, ours = _torch(case), _ours(case)
    if theirs is None or isinstance(ours, Invalid):
        return
    plan = case.op.call(*case.shapes)
    forms = [lambda *xs: _run(plan, reference(case.op, case.inputs), xs)]
    if isinstance(plan, Module):
        forms += [lambda *xs, text=text: plans.expression(text, xs) for text in (plan.function, plan.inplace) if text]
    for form in forms:
        # a product, so that the input is no leaf, which nothing may change in place
        inputs = [x.requires_grad_() * 1.0 for x in _tensors(case)]
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


def check_macs_law(case: Case) -> None:
    """A MAC is half of what PyTorch's counter counts, where it counts."""
    theirs, ours = _torch(case), _ours(case)
    if theirs is None or isinstance(ours, Invalid):
        return
    known = reference(case.op, case.inputs)
    with warnings.catch_warnings(), FlopCounterMode(display=False) as counter:
        warnings.simplefilter("ignore")
        known(*_tensors(case))
    assert 2 * case.op.macs(*case.shapes) == counter.get_total_flops(), case


@pytest.mark.parametrize("name", NAMES)
def test_weights_when_the_input_is_known_are_the_state_of_torch(name: str) -> None:
    _law(name, check_weights_law, FEW)


@pytest.mark.parametrize("name", NAMES)
def test_plan_in_every_form_computes_what_torch_does(name: str) -> None:
    _law(name, check_plan_law, FEW)


@pytest.mark.parametrize("name", NAMES)
def test_results_that_torch_keeps_for_the_backward_pass_are_declared(name: str) -> None:
    _law(name, check_saved_law, FEW)


@pytest.mark.parametrize("name", [n for n in NAMES if "Conv" in n or n == "Linear"])
def test_macs_are_half_the_operations_that_torch_counts(name: str) -> None:
    _law(name, check_macs_law, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("check", [check_weights_law, check_plan_law, check_saved_law])
@pytest.mark.parametrize("name", NAMES)
def test_weights_and_plans_in_many_cases_agree_with_torch(name: str, check: Callable[[Case], None]) -> None:
    _law(name, check, settings(LARGE, max_examples=100))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_shape_and_guards_in_many_cases_agree_with_torch(name: str) -> None:
    _law(name, check_shape_law, LARGE)
