"""Shifts of the input: nothing but a moved output at multiples of the total stride, and PyTorch's errors between."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.train.inspecting.seeing import noise
from convdsl.train.inspecting.subject import Subject, open_spec
from convdsl.train.inspecting.translation import ZERO, _pace, sentences, total_stride, translation
from convdsl.train.inspecting.translation_canvas import canvas
from convdsl.train.run import make_job
from tests.render.canvas_faults import faults
from tests.train.inspecting.setting import free_spec, photo, subject


def test_translation_of_a_pool_is_what_plain_torch_has() -> None:
    network = subject("y = MaxPool2d(2)", output="y: [N, 1, H // 2, W // 2] means L / 100")
    found = translation(network, side=40)
    assert found.stride == 2 and [shift.pixels for shift in found.shifts] == [1, 2, 3, 4]
    assert found.exact
    whole = noise(network, 44, 44).tensor.double()
    still = functional.max_pool2d(whole[:, :, 4:, 4:], 2)[0, 0]
    moved = functional.max_pool2d(whole[:, :, 3:43, 4:], 2)[0, 0]
    # a shift by one pixel is the nearest to one cell of two; two cells are left out for the largest shift
    now, then = moved[2:, 2:], still[1:-1, 2:]
    wanted = (now - then).square().mean().sqrt() / then.std(correction=0)
    assert found.shifts[0].down == pytest.approx(float(wanted))
    assert found.shifts[0].worst > 0.1


def test_translation_without_strides_is_exact_at_every_shift() -> None:
    lines = ("Conv2d(4, 3, padding=1)", "ReLU()", "ab = Conv2d(2, 5, padding=2)")
    found = translation(subject(*lines, output="ab: [N, 2, H, W] means ab / 110"))
    assert found.stride == 1 and found.margin
    assert all(shift.worst < ZERO for shift in found.shifts)
    assert not list(faults(canvas(found)))


@settings(deadline=None, max_examples=12)
@given(
    st.lists(
        st.sampled_from(
            [
                "Conv2d(3, 3, padding=1)",
                "Conv2d(3, 4, stride=2, padding=1)",
                "Conv2d(3, 3, stride=3)",
                "MaxPool2d(2)",
                "AvgPool2d(3, stride=2, padding=1)",
                "Conv2d(3, 3, padding=2, dilation=2)",
                "ConvTranspose2d(3, 4, stride=2, padding=1)",
                "Upsample(scale_factor=2)",
                'Upsample(scale_factor=2, mode="bilinear")',
                "Tanh()",
            ]
        ),
        min_size=1,
        max_size=4,
    )
)
def test_law_at_multiples_of_the_total_stride_the_output_moves_and_nothing_else(layers: list[str]) -> None:
    network = open_spec(analyze(Source("net.cdsl", free_spec(*layers))))
    stride = total_stride(network, network.output)
    assert stride is not None
    found = translation(network)
    assert found.exact, (stride, found.shifts)


@pytest.mark.parametrize(("name", "stride"), [("unet", 4), ("seed/network6", 16), ("demo", 32), ("resnet18", 32)])
def test_total_stride_of_the_zoo(name: str, stride: int) -> None:
    """By hand: two pools; four convolutions of stride 2; five pools; a convolution, a pool and three blocks."""
    path = Path(__file__).parents[3] / f"specs/{name}.cdsl"
    analysis = analyze(Source(str(path), path.read_text("utf-8")))
    network = Subject(analysis.network(), make_job(analysis), torch.nn.Identity())
    assert total_stride(network, network.output) == stride


def test_translation_of_a_photograph_between_multiples_is_not_exact(tmp_path: Path) -> None:
    lines = ("Conv2d(4, 4, stride=2, padding=1)", "ReLU()", "ab = ConvTranspose2d(2, 4, stride=2, padding=1)")
    network = subject(
        *lines,
        source="input gray: [N, 1, H, W] means L / 100 where H % 2 == 0, W % 2 == 0",
        output="ab: [N, 2, H, W] means ab / 110",
    )
    found = translation(network, photo=photo(tmp_path, 60, 70))
    assert found.stride == 2 and found.exact and found.photo == "60x70.png"
    assert min(shift.worst for shift in found.shifts if shift.pixels % 2) > 1e-3
    assert "the error is 0 to rounding; between them" in sentences(found)[-1]
    assert not list(faults(canvas(found)))


def test_translation_of_a_classifier_compares_its_scores() -> None:
    network = subject(
        "Conv2d(4, 3, padding=1)",
        "MaxPool2d(2)",
        "AdaptiveAvgPool2d(1)",
        "Flatten()",
        "scores = Linear(3)",
        output="scores: [N, 3] means classes",
    )
    found = translation(network, side=24)
    assert found.cells is None and not found.exact
    assert not list(faults(canvas(found)))


def test_translation_of_a_dense_layer_is_exact_at_no_shift() -> None:
    network = subject(
        "Flatten()",
        "Linear(64)",
        "y = Unflatten(1, (1, 8, 8))",
        source="input digit: [N, 1, 8, 8] means L / 100",
        output="y: [N, 1, 8, 8] means L / 100",
    )
    found = translation(network)
    assert not found.margin and not found.exact
    assert min(shift.worst for shift in found.shifts) > 0.1


def test_translation_of_a_map_that_is_too_small_says_so() -> None:
    network = subject(
        "Conv2d(4, 4, stride=4)",
        "y = Conv2d(2, 1)",
        source="input digit: [N, 1, 8, 8] means L / 100",
        output="y: [N, 2, 2, 2] means ab",
    )
    with pytest.raises(MistakeError, match="too small for a shift"):
        translation(network)


@pytest.mark.parametrize(
    ("end", "side", "pace"),
    [(32, 320, 1), (32, 640, 4), (64, 352, 2), (64, 640, 8), (4, 2000, 1), (48, 352, 2), (6, 352, 1)],
)
def test_pace_has_few_shifts_of_large_pictures_and_always_the_multiples(end: int, side: int, pace: int) -> None:
    """32 shifts up to 352 x 352 pixels, 32 * 352 ** 2 // 640 ** 2 = 9 of 640 x 640, and never less than 8."""
    assert _pace(end, side * side) == pace
