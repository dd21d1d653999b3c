"""Every trait that an operator claims (convdsl/traits.py), held against PyTorch on CPU.

The operators are drawn at random from their signatures, as in test_contract.py; the reference is PyTorch's own module
in evaluation mode, so a claim that is wrong for some argument is found.
"""

from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import Tensor, nn

from convdsl.argument import Invalid
from convdsl.ops import catalogue
from convdsl.shape import Places, shape_of
from convdsl.testing.case import Case
from convdsl.traits import NOTHING_KNOWN, Traits, Window

from .reference import reference
from .strategies import cases

NAMES = [name for name in catalogue.names() if not catalogue.find(name).reads_places]  # type of its inputs is fixed
SMALL = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning"),
]
REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError, TypeError, ArithmeticError)
Run = Callable[..., Tensor]


class Subject:
    """PyTorch's function of a case, in double precision, and inputs to try it on."""

    def __init__(self, case: Case, module: Callable[..., object]) -> None:
        self.case, self.module = case, module.double() if isinstance(module, nn.Module) else module
        self.generator = torch.Generator().manual_seed(5)

    def inputs(self) -> list[Tensor]:
        return [torch.randn(*numbers, generator=self.generator, dtype=torch.float64) for numbers in self.case.inputs]

    def __call__(self, inputs: list[Tensor]) -> list[Tensor]:
        torch.default_generator.manual_seed(0)
        out = self.module(*(x.clone() for x in inputs))
        parts = list(out) if isinstance(out, tuple | list) else [out]
        return [part for part in parts if part.is_floating_point()]


def affine(f: Subject, traits: Traits) -> Iterator[bool]:
    x, y = f.inputs(), f.inputs()
    zero = f([torch.zeros_like(part) for part in x])
    mixed = f([2.0 * a - 3.0 * b for a, b in zip(x, y, strict=True)])
    for o, fx, fy, m in zip(zero, f(x), f(y), mixed, strict=True):
        yield torch.allclose(m - o, 2.0 * (fx - o) - 3.0 * (fy - o), rtol=1e-6, atol=1e-6)


def homogeneous(f: Subject, traits: Traits) -> Iterator[bool]:
    x = f.inputs()
    for fx, scaled in zip(f(x), f([2.5 * part for part in x]), strict=True):
        yield torch.allclose(scaled, 2.5 * fx, rtol=1e-6, atol=1e-6)


def monotone(f: Subject, traits: Traits) -> Iterator[bool]:
    x = f.inputs()
    above = [part + torch.rand(part.shape, generator=f.generator, dtype=part.dtype) for part in x]
    for low, high in zip(f(x), f(above), strict=True):
        yield bool((high >= low - 1e-9).all())


def idempotent(f: Subject, traits: Traits) -> Iterator[bool]:
    once = f(f.inputs())
    yield torch.allclose(f(once)[0], once[0])


def pointwise(f: Subject, traits: Traits) -> Iterator[bool]:
    x = f.inputs()
    moved = [part.clone() for part in x]
    for part in moved:
        part.view(-1)[0] += 1.0
    for before, after in zip(f(x), f(moved), strict=True):
        yield torch.equal(before.flatten()[1:], after.flatten()[1:])


def averages(f: Subject, traits: Traits) -> Iterator[bool]:
    """It changes places with a convolution of window 1 that keeps the number of channels, its bias and all."""
    x = f.inputs()
    channels = x[0].shape[1]
    mix = torch.randn(channels, channels, generator=f.generator, dtype=torch.float64)
    bias = torch.randn(channels, generator=f.generator, dtype=torch.float64)

    def conv(image: Tensor) -> Tensor:
        mixed = torch.einsum("oc,nc...->no...", mix, image)
        return mixed + bias.reshape(-1, *[1] * (image.dim() - 2))

    for one, other in zip(f(x), f([conv(x[0]), *x[1:]]), strict=True):
        yield torch.allclose(conv(one), other, rtol=1e-6, atol=1e-6)


def rearranges(f: Subject, traits: Traits) -> Iterator[bool]:
    x = f.inputs()
    yield torch.equal(f(x)[0].flatten().sort().values, x[0].flatten().sort().values)


def groups(f: Subject, traits: Traits) -> Iterator[bool]:
    """What channel 0 reaches are outputs of the first group alone; where None, no other channel reaches them."""
    x = f.inputs()
    if len(x) > 1 or x[0].dim() < 3:
        return
    first, others = x[0].clone(), x[0].clone()
    first[:, 0] += torch.rand(first[:, 0].shape, generator=f.generator, dtype=first.dtype)
    others[:, 1:] += torch.rand(others[:, 1:].shape, generator=f.generator, dtype=others.dtype)
    for before, after, beside in zip(f(x), f([first]), f([others]), strict=True):
        reached = changed_channels(before, after)
        if traits.groups is None:
            yield not reached & changed_channels(before, beside)
        else:
            yield all(channel < before.shape[1] // traits.groups for channel in reached)


def corners(f: Subject, traits: Traits) -> Iterator[bool]:
    """Where each pixel of the input is the number of its row or column, each of the output is i (n - 1) / (m - 1)."""
    x = f.inputs()
    for axis in range(2, x[0].dim()):
        n = x[0].shape[axis]
        places = torch.arange(n, dtype=x[0].dtype).reshape(-1, *[1] * (x[0].dim() - axis - 1))
        (out,) = f([places.expand_as(x[0]), *x[1:]])
        m = out.shape[axis]
        where = torch.linspace(0, n - 1, m, dtype=out.dtype) if m > 1 else torch.zeros(1, dtype=out.dtype)
        yield torch.allclose(out, where.reshape(-1, *[1] * (out.dim() - axis - 1)).expand_as(out))


def shares(f: Subject, traits: Traits) -> Iterator[bool]:
    """A number added to all along the axis makes no difference, nor does what stands alone along it."""
    assert traits.shares is not None
    (x,) = f.inputs()
    beside = torch.randn_like(x.narrow(traits.shares, 0, 1))
    yield torch.allclose(f([x])[0], f([x + beside])[0], rtol=1e-6, atol=1e-6)


def changed_channels(before: Tensor, after: Tensor) -> set[int]:
    differs = ~torch.isclose(before, after, rtol=0, atol=0, equal_nan=True)
    return set(differs.movedim(1, 0).flatten(1).any(1).nonzero().flatten().tolist())


LAWS = (affine, homogeneous, monotone, idempotent, pointwise, averages, rearranges, groups, corners, shares)


def outputs_along(window: Window, size: int) -> int:
    """Count the places of a window along an axis, by PyTorch's pages of Conv2d, MaxPool2d and ConvTranspose2d."""
    padding = window.before + window.after
    if window.paints:
        return (size - 1) * window.stride + window.extent - padding
    free = size + padding - window.extent
    places = (-(-free // window.stride) if window.ceil else free // window.stride) + 1
    # "sliding windows that would start in the right padded region are ignored"
    return places - (window.ceil and (places - 1) * window.stride >= size + window.before)


def hold(name: str, examples: int) -> None:
    """Draw an operator so many times, and hold what it says of itself against PyTorch."""

    @settings(SMALL, max_examples=examples)
    @given(cases(catalogue.find(name)))
    def law(case: Case) -> None:
        try:
            case.op.check()
            shapes = case.op.shapes(*case.shapes)
            traits, windows = case.op.traits(*case.shapes), case.op.windows()
            f = Subject(case, reference(case.op, case.inputs))
            out = f(f.inputs())
        except (Invalid, *REFUSALS):
            return
        if any(isinstance(shape, Places) for shape in shapes[:1]):
            return
        if windows:
            assert tuple(map(outputs_along, windows, case.inputs[0][2:])) == tuple(out[0].shape[2:])
        for held in LAWS if traits is not NOTHING_KNOWN else ():
            claimed = getattr(traits, held.__name__)
            if claimed is True or (held is groups and claimed != 1) or (held is shares and claimed is not None):
                assert all(held(f, traits)), f"{case.op} on {case.inputs} is not {held.__name__}"

    law()


@pytest.mark.parametrize("name", NAMES)
def test_law_an_operator_is_what_its_traits_claim_and_has_the_windows_that_it_says(name: str) -> None:
    hold(name, 6)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_law_an_operator_is_what_its_traits_claim_over_many_draws(name: str) -> None:
    hold(name, 80)


@pytest.mark.parametrize("name", ["Conv1d", "Conv2d", "ConvTranspose2d", "MaxPool3d", "AvgPool2d", "Filter2d"])
def test_law_an_operator_with_a_window_says_so_for_each_axis(name: str) -> None:
    @settings(SMALL, max_examples=6)
    @given(cases(catalogue.find(name)))
    def law(case: Case) -> None:
        try:
            case.op.check()
        except Invalid:
            return
        assert [window.kernel_size for window in case.op.windows()] == list(case.op.kernel_size)

    law()


@pytest.mark.parametrize(
    "name", ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]
)
def test_dropout_when_training_has_the_mean_square_that_its_inflation_claims(name: str) -> None:
    op = catalogue.find(name)
    assert op is not None
    axes = {"Dropout1d": 1, "Dropout3d": 3}.get(name, 2)
    x = torch.randn(40_000, 3, *[1] * axes, generator=torch.Generator().manual_seed(3))
    shape = shape_of(*x.shape)
    torch.manual_seed(7)
    for p in (0.0, 0.2, 0.5):
        out = getattr(nn, name)(p).train()(x)
        ratio = (out.square().mean() / x.square().mean()).item()
        assert ratio == pytest.approx(op(p=p).traits(shape).inflation, rel=0.03)
