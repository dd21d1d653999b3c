"""What `axes` says of jump, start and taps, compared with which pixels change which outputs in PyTorch."""

import warnings
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from convdsl.argument import Invalid
from convdsl.op import AxisMap, NoGrid
from convdsl.ops import catalogue
from convdsl.shape import shape_of
from convdsl.testing.case import Case

from .making import make
from .reference import reference
from .strategies import cases
from .test_contract import SMALL

MODES = ("nearest", "nearest-exact", "bilinear", "bicubic")
ROUNDING = 0.01  # of a change by 1,000: PyTorch computes places between pixels in floats
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
    random = torch.Generator().manual_seed(1)
    x = torch.rand(*case.inputs[0], generator=random)
    more = 1000 + 1000 * torch.rand(*case.inputs[0], generator=random)  # uneven, for windows that sum to 0
    before = _run(case, x)
    out: list[set[int]] = [set() for _ in range(before.shape[axis + 2])]
    for place in range(x.shape[axis + 2]):
        changed = x.clone()
        changed.select(axis + 2, place).add_(more.select(axis + 2, place))
        moved = ((_run(case, changed) - before).abs() > ROUNDING).movedim(axis + 2, 0).flatten(1).any(1)
        for index in moved.nonzero().flatten().tolist():
            out[index].add(place)
    return out


def _check(case: Case) -> None:
    if not _usable(case) or getattr(case.op, "padding_mode", "zeros") != "zeros":
        return  # reflected pixels are read twice, from the wrong side
    for axis, declared in enumerate(case.op.axes(*case.shapes)):
        assert isinstance(declared, AxisMap)
        _check_places(case, axis, declared, support(case, axis))


def _check_places(case: Case, axis: int, declared: AxisMap, found: list[set[int]]) -> None:
    """Every output place reads what its phase says, cut at the borders; taps and start are those of the phases."""
    reads, size = declared.reads, case.inputs[0][axis + 2]
    step = declared.jump * len(reads)
    assert reads and step.denominator == 1, (case, declared)
    for output, places in enumerate(found):
        turn, phase = divmod(output, len(reads))
        wanted = {int(turn * step) + tap for tap in reads[phase]}
        assert places == {p for p in wanted if 0 <= p < size}, (case, output, declared)
    middles = [Fraction(taps[0] + taps[-1], 2) - o * declared.jump for o, taps in enumerate(reads) if taps]
    assert declared.start == sum(middles) / len(middles), (case, declared)
    assert declared.extent == max(taps[-1] - taps[0] + 1 for taps in reads if taps), (case, declared)


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
        (make("AdaptiveAvgPool2d", 3), 8),
        (make("AdaptiveAvgPool2d", 7), 5),
        (make("Filter2d", "sobel_x"), 6),
        (make("Filter2d", ((1.0, 0.0, 1.0, 1.0),), dilation=2), 9),
        (make("Split", (1, 1)), 6),
        *((make("Upsample", scale_factor=f, mode=m), 12) for f in (2, 3, 1.5, 0.5, 0.75) for m in MODES),
        *((make("Resize", size=n, mode="bilinear", align_corners=True), 9) for n in (17, 13, 5)),
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


@pytest.mark.parametrize(
    ("op", "channels"), [(make("PixelShuffle", 2), 4), (make("PixelShuffle", 3), 9), (make("PixelUnshuffle", 3), 1)]
)
def test_axes_of_a_shuffle_name_the_pixels_that_are_read(op: object, channels: int) -> None:
    _check(Case(op, ((1, channels, 6, 6),)))


def test_axes_of_an_unpooling_name_the_windows_that_a_pixel_lies_in() -> None:
    # window 3, stride 2, padding 1: pixel 0 lies in window 0 alone, pixel 1 in windows 0 and 1
    maxima = shape_of(1, 2, 8, 8)
    (height, _) = make("MaxUnpool2d", 3, stride=2, padding=1).axes(maxima, maxima)
    assert isinstance(height, AxisMap)
    assert [list(taps) for taps in height.reads] == [[0], [0, 1]]


def test_axes_of_a_centre_crop_know_a_constant_difference() -> None:
    x = shape_of(1, 2, "H", "W")
    smaller = make("Conv2d", 4, 9).shape(x)
    (height, width) = make("Crop", None, like=1).axes(x, smaller)
    assert height == width == AxisMap(start=Fraction(4))  # 9 - 1 = 8 pixels less, half of them before


def test_axes_that_depend_on_the_size_are_unknown() -> None:
    x = shape_of(1, 2, "H", "W")
    assert make("Crop", None, like=1).axes(x, make("MaxPool2d", 2).shape(x)) == (NoGrid.UNKNOWN,) * 2
    assert make("AdaptiveAvgPool2d", 7).axes(x) == (NoGrid.UNKNOWN,) * 2
    assert make("Upsample", 64).axes(x) == (NoGrid.UNKNOWN,) * 2
    assert make("Slice", -8).axes(x) == (NoGrid.UNKNOWN,) * 2
    assert make("Permute", (0, 1, 3, 2)).axes(x) == (NoGrid.UNKNOWN,) * 2


def test_axes_along_which_values_are_cut_or_stacked_are_unknown() -> None:
    x = shape_of(1, 2, 8, "W")
    assert make("Concat", None, None, dim=2).axes(x, x) == (NoGrid.UNKNOWN, AxisMap())
    assert make("Chunk", 2, 2).axes(x) == (NoGrid.UNKNOWN, AxisMap())


def test_axes_with_aligned_corners_at_any_size_do_not_claim_phases() -> None:
    (height, _) = make("Upsample", scale_factor=2, mode="bilinear", align_corners=True).axes(shape_of(1, 2, "H", "W"))
    assert isinstance(height, AxisMap)
    assert height.reads == ()


@pytest.mark.parametrize("stride", [4, 1000])
def test_axes_of_a_large_stride_are_told_at_once(stride: int) -> None:
    (height, _) = make("ConvTranspose2d", 1, 10**9, stride=stride).axes(shape_of(1, 2, "H", "W"))
    assert isinstance(height, AxisMap)
    assert (height.jump, height.extent) == (Fraction(1, stride), 10**9 // stride)


def test_axes_of_whole_image_operators_are_whole() -> None:
    x = shape_of("N", 2, "H", "W")
    assert make("AdaptiveAvgPool2d", 1).axes(x) == (NoGrid.WHOLE, NoGrid.WHOLE)
    assert make("Softmax", -1).axes(x) == (AxisMap(), NoGrid.WHOLE)
    assert make("Linear", 4, in_features=9).axes(x) == (AxisMap(), NoGrid.WHOLE)
    assert make("Flatten", 2).axes(x) == (NoGrid.WHOLE,)
    assert make("Flatten").axes(x) == ()
