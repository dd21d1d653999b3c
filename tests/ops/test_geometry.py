"""What `axes` says of jump, start and taps, compared with which pixels change which outputs in PyTorch."""

import warnings
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from convdsl.argument import Invalid
from convdsl.op import AxisMap
from convdsl.ops import catalogue
from convdsl.shape import shape_of

from .making import make
from .reference import reference
from .strategies import Case, cases
from .test_contract import SMALL

WINDOWS = [f"{kind}{n}d" for kind in ("Conv", "ConvTranspose", "MaxPool", "AvgPool") for n in (1, 2)]


def _usable(case: Case) -> bool:
    try:
        case.op.check()
        return all(n >= 1 for shape in case.op.shapes(*case.shapes) for n in shape.numbers)
    except Invalid:
        return False


def _run(case: Case, x: Tensor) -> Tensor:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        known = reference(case.op, case.inputs)
        if isinstance(known, nn.Module):
            for weight in known.parameters():
                weight.fill_(1.0)
        others = [torch.zeros(*numbers) for numbers in case.inputs[1:]]
        out = known(x, *others)
        return out[0] if isinstance(out, tuple) else out


def support(case: Case, axis: int) -> list[set[int]]:
    """Find the input places along a spatial axis that change each output place."""
    x = torch.rand(*case.inputs[0], generator=torch.Generator().manual_seed(1))
    before = _run(case, x)
    out: list[set[int]] = [set() for _ in range(before.shape[axis + 2])]
    for place in range(x.shape[axis + 2]):
        changed = x.clone()
        changed.select(axis + 2, place).add_(1000.0)
        moved = (_run(case, changed) != before).movedim(axis + 2, 0).flatten(1).any(1)
        for index in moved.nonzero().flatten().tolist():
            out[index].add(place)
    return out


def _check(case: Case) -> None:
    if not _usable(case) or getattr(case.op, "padding_mode", "zeros") != "zeros":
        return  # reflected pixels are read twice, from the wrong side
    for axis, declared in enumerate(case.op.axes(*case.shapes)):
        assert isinstance(declared, AxisMap)
        found = support(case, axis)
        if declared.jump >= 1:
            _check_places(case, axis, declared, found)
        else:
            _check_phases(case, axis, declared, found)


def _check_places(case: Case, axis: int, declared: AxisMap, found: list[set[int]]) -> None:
    first = declared.start - Fraction(declared.extent - 1, 2)
    for output, places in enumerate(found):
        wanted = {int(first + output * declared.jump) + tap for tap in declared.taps}
        assert places == {p for p in wanted if 0 <= p < case.inputs[0][axis + 2]}, (case, output, declared)


def _check_phases(case: Case, axis: int, declared: AxisMap, found: list[set[int]]) -> None:
    """One output place of each phase, away from the borders: the widest has the taps, the mean is at `start`."""
    size, phases = case.inputs[0][axis + 2], int(1 / declared.jump)
    margin = declared.extent + 1
    inside = [
        (output, places)
        for output, places in enumerate(found)
        if margin <= declared.start + output * declared.jump <= size - 1 - margin
    ]
    if len(inside) < phases:
        return
    whole = inside[: len(inside) // phases * phases]
    # an output that nothing reaches (a window shorter than the stride) has no centre
    offsets = [
        Fraction(min(places) + max(places), 2) - output * declared.jump - declared.start
        for output, places in whole
        if places
    ]
    assert sum(offsets) == 0, (case, declared)
    assert max(max(places) - min(places) + 1 for _, places in whole if places) == declared.extent, (case, declared)


@pytest.mark.parametrize("name", [*WINDOWS, "Slice"])
def test_axes_of_a_window_name_the_pixels_that_are_read(name: str) -> None:
    @SMALL
    @given(cases(catalogue.find(name)))
    def law(case: Case) -> None:
        if name != "Slice" or case.op.dim is None:
            _check(case)

    law()


@pytest.mark.parametrize(
    ("op", "size"),
    [
        (make("Pad", (2, 1, 0, 3)), 6),
        (make("Pad", (-2, 1, 0, -1)), 6),
        (make("Crop", top=1, left=2, right=1), 7),
        (make("AdaptiveAvgPool2d", 3), 9),
        (make("AdaptiveMaxPool2d", (None, 2)), 8),
        (make("Identity"), 5),
        (make("ReLU"), 5),
        (make("BatchNorm2d"), 5),
    ],
    ids=str,
)
def test_axes_of_a_fixed_case_name_the_pixels_that_are_read(op: object, size: int) -> None:
    _check(Case(op, ((1, 2, size, size),)))


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic"])
@pytest.mark.parametrize("factor", [2, 3, 0.5, 1.5, 0.75, 2.5, 0.25])
def test_axes_of_upsample_place_a_ramp_where_torch_does(mode: str, factor: float) -> None:
    # interpolation of 0, 1, 2 ... gives the place that each output reads; nearest modes do so on average over phases
    size = 48
    op = make("Upsample", scale_factor=factor, mode=mode)
    (declared, _) = op.axes(shape_of(1, 1, size, size))
    ramp = torch.arange(size, dtype=torch.float64).view(1, 1, size, 1).expand(1, 1, size, size)
    places = _run(Case(op, ((1, 1, size, size),)), ramp)[0, 0, :, 0].tolist()
    phases = declared.jump.denominator
    inside = [o for o in range(len(places)) if 4 <= declared.start + o * declared.jump <= size - 5]
    inside = inside[: len(inside) // phases * phases]
    errors = [places[o] - float(declared.start + o * declared.jump) for o in inside]
    assert abs(sum(errors)) < 1e-6 * len(errors)
    if mode == "bilinear":  # PyTorch's cubic window (a = -0.75) keeps a ramp only on average
        assert max(map(abs, errors)) < 1e-6


@pytest.mark.parametrize(("before", "after"), [(5, 9), (9, 5), (4, 4), (2, 12)])
def test_axes_with_aligned_corners_place_a_ramp_where_torch_does(before: int, after: int) -> None:
    op = make("Resize", size=after, mode="bilinear", align_corners=True)
    (declared, _) = op.axes(shape_of(1, 1, before, before))
    ramp = torch.arange(before, dtype=torch.float64).view(1, 1, before, 1).expand(1, 1, before, before)
    places = _run(Case(op, ((1, 1, before, before),)), ramp)[0, 0, :, 0].tolist()
    assert places == pytest.approx([float(declared.start + o * declared.jump) for o in range(after)])


def test_axes_of_a_centre_crop_know_a_constant_difference() -> None:
    x = shape_of(1, 2, "H", "W")
    smaller = make("Conv2d", 4, 9).shape(x)
    (height, width) = make("Crop", None, like=1).axes(x, smaller)
    assert height == width == AxisMap(start=Fraction(4))  # 9 - 1 = 8 pixels less, half of them before


def test_axes_of_a_centre_crop_to_half_the_size_are_unknown() -> None:
    x = shape_of(1, 2, "H", "W")
    assert make("Crop", None, like=1).axes(x, make("MaxPool2d", 2).shape(x)) == (None, None)


def test_axes_of_whole_image_operators_are_none() -> None:
    x = shape_of("N", 2, "H", "W")
    assert make("AdaptiveAvgPool2d", 1).axes(x) == (None, None)
    assert make("Softmax", -1).axes(x) == (AxisMap(), None)
    assert make("Linear", 4, in_features=9).axes(x) == (AxisMap(), None)
    assert make("Flatten", 2).axes(x) == (None,)
    assert make("Flatten").axes(x) == ()
