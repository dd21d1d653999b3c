"""The laws that an operator keeps, held against PyTorch on CPU: what it refuses, its shapes, weights, values, costs.

Where nobody says what PyTorch does for the operator, its own plan is run: then the laws say that what it answers about
shapes, weights and values is true of what it makes.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convdsl.argument import Invalid, signature
from convdsl.op import (
    AnyAtLeast,
    AtLeast,
    CallPlan,
    Divides,
    Equal,
    Expression,
    Guard,
    Interval,
    Module,
    NotLess,
    Op,
    ProductEquals,
)
from convdsl.shape import Shape
from convdsl.sizes import Size
from convdsl.testing import plans
from convdsl.testing.case import Case

REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError, TypeError, ArithmeticError)
Function = Callable[..., object]
Outcome = tuple[Shape, ...] | Invalid


def _never(case: Case, refusal: Invalid | None) -> bool:
    return False


@dataclass(frozen=True)
class Known:
    """What is known of an operator besides what it says itself.

    reference: PyTorch's module in eval mode, or a function, for an operator on inputs; None: what its plan makes.
    stricter: whether it may refuse what PyTorch takes. asks_more: whether symbols may be refused where their numbers
    are not (the refusal is None where guards say so). rounds: the plan sums in another order. counted: what PyTorch's
    counter counts in place of the reference.
    """

    reference: Callable[[Op, tuple[tuple[int, ...], ...]], Function] | None = None
    stricter: Callable[[Case, Invalid], bool] = lambda case, refusal: False
    asks_more: Callable[[Case, Invalid | None], bool] = _never
    rounds: bool = False
    counted: Function | None = None


@dataclass(frozen=True)
class Run:
    """What PyTorch does with a case: its module or function, and what comes out; `outputs` is None where it refuses."""

    tensors: tuple[Tensor, ...]
    known: Function
    outputs: list[Tensor] | None


def check_laws(case: Case, known: Known) -> bool:
    """Hold an operator to all laws at one case; return whether it runs there.

    Raises AssertionError where it breaks one.
    """
    ours = answer(case)
    run = _torch(case, known, ours)
    check_shape_law(case, run, ours, known)
    check_symbolic_law(case, ours, known)
    if run.outputs is not None and not isinstance(ours, Invalid):
        check_weights_law(case, run)
        check_plan_law(case, run, run.outputs, known)
        check_saved_law(case, run)
        check_macs_law(case, run, run.outputs, known)
    return run.outputs is not None


def hold(condition: bool, *said: object) -> None:
    """Raise AssertionError with what was said unless the condition holds."""
    if not condition:
        raise AssertionError("; ".join(map(str, said)))


def answer(case: Case) -> Outcome:
    """Return the operator's shapes, or its refusal."""
    try:
        case.op.check()
        return case.op.shapes(*case.shapes)
    except Invalid as refusal:
        return refusal


def _tensors(case: Case) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(3)
    out = [torch.randn(*numbers, generator=generator) for numbers in case.inputs]
    if case.op.reads_places:
        out[1] = torch.zeros(*case.inputs[1], dtype=torch.long)
    return tuple(out)


def _torch(case: Case, known: Known, ours: Outcome) -> Run:
    """Run PyTorch in eval mode."""
    tensors = _tensors(case)
    if known.reference is None and isinstance(ours, Invalid):
        return Run(tensors, _refused, None)  # without a plan nothing says what PyTorch would do
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an even window with padding `same` costs a copy, PyTorch says
            function = _planned(case) if known.reference is None else known.reference(case.op, case.inputs)
            torch.default_generator.manual_seed(0)
            return Run(tensors, function, outputs_of(function(*(x.clone() for x in tensors))))
    except REFUSALS:
        return Run(tensors, _refused, None)


def _refused(*tensors: Tensor) -> object:
    raise RuntimeError("PyTorch refuses")


def _planned(case: Case) -> Function:
    plan = case.op.call(*case.shapes)
    if isinstance(plan, Module):
        return plans.module(plan)
    return lambda *tensors: plans.run(plan, tensors)


def outputs_of(value: object) -> list[Tensor]:
    """Return the results of a call as a list."""
    found = list(value) if isinstance(value, tuple | list) else [value]
    return [tensor for tensor in found if isinstance(tensor, Tensor)]


def holds(guard: Guard, sizes: dict[str, int]) -> bool:
    """Tell whether a guard holds, by its definition in op.py."""

    def at(size: Size) -> int:
        return size.at(sizes[size.symbol] if size.symbol is not None else 0)

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


def check_shape_law(case: Case, run: Run, ours: Outcome, known: Known) -> None:
    """We and PyTorch run or refuse alike and agree on the shape."""
    theirs = run.outputs
    if isinstance(ours, Invalid):
        names = {"", *(parameter.name for parameter in signature(type(case.op)))}
        hold(ours.argument in names, case, f"`{ours.argument}` is refused, and is no argument")
        hold(bool(ours.message) and ours.message[-1] != ".", case, "a refusal says what is, without a full stop")
        empty = theirs is not None and ours.code == "E216" and any(t.numel() == 0 for t in theirs)
        if theirs is not None and not empty and not known.stricter(case, ours):
            raise AssertionError(f"{case}: we refuse ({ours}), torch gives {[list(t.shape) for t in theirs]}")
    elif theirs is None:
        raise AssertionError(f"{case}: torch refuses, we say {[str(s) for s in ours]}")
    else:
        found = [tuple(t.shape) for t in theirs]
        hold(found == [s.numbers for s in ours], case, f"torch gives {found}", f"we say {[str(s) for s in ours]}")


def check_symbolic_law(case: Case, ours: Outcome, known: Known) -> None:
    """Symbols that are then given numbers say what numbers say at once."""
    symbolic, sizes = case.symbolic, case.sizes
    try:
        case.op.check()
        shapes = case.op.shapes(*symbolic)
        guards = case.op.guards(*symbolic)
    except Invalid as refusal:
        # what depends on a size that is not known may be refused until it is
        hold(isinstance(ours, Invalid) or known.asks_more(case, refusal), case, refusal, "and numbers are not refused")
        return
    found = [shape.at(sizes) for shape in shapes]
    fits = all(holds(guard, sizes) for guard in guards) and all(n >= 1 for shape in found for n in shape.numbers)
    if isinstance(ours, Invalid):
        hold(not fits, case, f"refused in numbers ({ours}), and the guards let it pass: {guards}")
        return
    if not fits:
        hold(known.asks_more(case, None), case, f"runs, and a guard says no: {guards}")
        return
    hold([shape.axes for shape in found] == [shape.axes for shape in ours], case, "symbols and numbers differ")


def check_weights_law(case: Case, run: Run) -> None:
    """Weights and buffers are PyTorch's state, by name, shape and order."""
    weights, buffers = case.op.weights(*case.shapes), case.op.buffers(*case.shapes)
    state = run.known.state_dict() if isinstance(run.known, nn.Module) else {}
    mine = [*weights.items(), *buffers.items()]
    theirs = [(key, tuple(value.shape)) for key, value in state.items()]
    hold(mine == theirs, case, f"torch's state is {theirs}, we say {mine}")
    trained = dict(run.known.named_parameters()) if isinstance(run.known, nn.Module) else {}
    hold(list(weights) == list(trained), case, f"torch trains {list(trained)}, we say {list(weights)}")


def check_plan_law(case: Case, run: Run, theirs: Sequence[Tensor], known: Known) -> None:
    """The plan computes what PyTorch's own module does, in each of its forms, bit for bit; values stay in bounds."""
    plan, tensors = case.op.call(*case.shapes), run.tensors
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _same(_run(plan, run.known, tensors), theirs, case, known)
        if isinstance(plan, Module) and plan.function:
            torch.default_generator.manual_seed(0)
            _same(plans.expression(plan.function, tensors, source=plan.source), theirs, case, known)
        if isinstance(plan, Module) and plan.inplace:
            _same(
                plans.expression(plan.inplace, tuple(x.clone() for x in tensors), source=plan.source),
                theirs,
                case,
                known,
            )
        _check_memory(case, plan, tensors)
    bounds = case.op.values(*(Interval(x.min().item(), x.max().item()) for x in tensors))
    for out in theirs[:1]:  # further results are places, of whole numbers
        finite = out[~out.isnan()]
        if finite.numel():
            slack = 1e-4 * (1 + abs(finite).max().item())
            hold(bounds.low - slack <= finite.min().item(), case, bounds, f"and there is {finite.min()}")
            hold(finite.max().item() <= bounds.high + slack, case, bounds, f"and there is {finite.max()}")


def _run(plan: CallPlan, known: Function, tensors: tuple[Tensor, ...]) -> object:
    torch.default_generator.manual_seed(0)  # FractionalMaxPool draws its windows in evaluation too
    if not isinstance(plan, Module):
        return plans.run(plan, tensors)
    made = plans.module(plan)
    if isinstance(known, nn.Module):
        made.load_state_dict(known.state_dict())
    return made(*tensors)


def _check_memory(case: Case, plan: CallPlan, tensors: tuple[Tensor, ...]) -> None:
    """A result that shares memory with an input is declared as a view."""
    template = plan.template if isinstance(plan, Expression) else plan.function
    if not template:
        return
    for out in outputs_of(plans.expression(template, tensors, source=plan.source)):
        shared = any(out.untyped_storage().data_ptr() == x.untyped_storage().data_ptr() for x in tensors)
        hold(plan.is_view or not shared, case, "the result lies in an input's memory, and `is_view` is False")


def _same(ours: object, theirs: Sequence[Tensor], case: Case, known: Known) -> None:
    hold(len(outputs_of(ours)) == len(theirs), case, "another number of results")
    for mine, other in zip(outputs_of(ours), theirs, strict=True):
        if known.rounds:
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-5)
        else:
            hold(torch.equal(mine.nan_to_num(), other.nan_to_num()), case, "the plan computes something else")


def check_saved_law(case: Case, run: Run) -> None:
    """Where changing the result in place would spoil the backward pass, `saves_output` says so."""
    plan = case.op.call(*case.shapes)
    forms: list[Function] = [lambda *xs: _run(plan, run.known, xs)]
    for text in (plan.function, plan.inplace) if isinstance(plan, Module) else ():
        if text:
            forms.append(_expression(text, plan.source))
    for form in forms:
        # a product, so that the input is no leaf, which nothing may change in place
        inputs = [x.clone().requires_grad_() * 1.0 if x.is_floating_point() else x for x in run.tensors]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out = outputs_of(form(*inputs))[0]
        # where a window of MaxPool sees padding only, PyTorch's way back writes outside its memory
        if plan.is_view or out.grad_fn is None or out.isneginf().any():
            continue
        try:
            torch.autograd.backward(out.add_(1.0).sum())
        except RuntimeError as spoilt:
            hold("modified by an inplace operation" in str(spoilt), case, spoilt)
            hold(plan.saves_output, case, "autograd keeps the result, and `saves_output` is False")


def _expression(text: str, source: str) -> Function:
    return lambda *tensors: plans.expression(text, tensors, source=source)


def check_macs_law(case: Case, run: Run, outputs: Sequence[Tensor], known: Known) -> None:
    """A MAC is half of what PyTorch's counter counts, where it counts."""
    macs = case.op.macs(*case.shapes)
    if not macs and not any(len(shape) > 1 for shape in case.op.weights(*case.shapes).values()):
        return
    with warnings.catch_warnings(), FlopCounterMode(display=False) as counter:
        warnings.simplefilter("ignore")
        counted = known.counted
        out = run.known(*run.tensors) if counted is None else counted(run.known, *run.tensors)
    hold(2 * macs == counter.get_total_flops(), case, f"{macs} MACs, torch counts {counter.get_total_flops()} FLOPs")
    if counted is not None:
        torch.testing.assert_close(out, outputs[0], rtol=1e-4, atol=1e-5)
