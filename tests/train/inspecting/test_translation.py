"""Shifts of the input: nothing but a moved output at multiples of the total stride, and PyTorch's errors between."""

from collections.abc import Mapping, Sequence
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
from convdsl.train.inspecting.shifted import Shifted
from convdsl.train.inspecting.subject import Subject, open_spec
from convdsl.train.inspecting.translation import ZERO, _pace, sentences, total_stride, translation
from convdsl.train.inspecting.translation_canvas import canvas
from convdsl.train.run import make_job
from tests.render.canvas_faults import faults
from tests.train.inspecting.setting import free_spec, photo, put, subject


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


POOLS = ("Conv2d(3, 3, padding=1)", "MaxPool2d(2)", "Conv2d(2, 3, padding=1)", "y = MaxPool2d(2)")


def plain(weights: Mapping[str, torch.Tensor], x_1CHW: torch.Tensor) -> torch.Tensor:
    """POOLS by torch's functions, in float64."""
    for key in ("0", "2"):
        weight, bias = weights[f"{key}.weight"].double(), weights[f"{key}.bias"].double()
        x_1CHW = functional.max_pool2d(functional.conv2d(x_1CHW, weight, bias, padding=1), 2)
    return x_1CHW[0]


@pytest.mark.parametrize(("side", "cells"), [(64, range(1, 15)), (16, range(4))])
def test_translation_by_several_layers_is_what_plain_torch_has_at_every_shift(side: int, cells: range) -> None:
    """Cell i sees pixels 4i - 3 to 4i + 6: pools read 2i and 2i + 1, convolutions one more on each side.

    So of 64 pixels cells 1 to 14 are clear of the border, and of 16 only 1 and 2, too few for a shift by 2 of them: all
    are compared, the border's as well. A shift by p moves the map by p / 4 cells, rounded to the nearest, 1/2 up.
    """
    network = subject(*POOLS, output="y: [N, 2, H // 4, W // 4] means ab / 110")
    weights = network.module.state_dict()
    found = translation(network, side=side)
    assert (found.stride, found.margin) == (4, side == 64) and [shift.pixels for shift in found.shifts] == [
        *range(1, 9)
    ]
    whole = noise(network, side + 8, side + 8).tensor.double()
    long = len(cells) - 2
    still = plain(weights, whole[:, :, 8:, 8:])

    def error(down: int, across: int) -> float:
        now = plain(weights, whole[:, :, 8 - down : 8 - down + side, 8 - across : 8 - across + side])
        first, rows, columns = cells[2], cells[2] - (down + 2) // 4, cells[2] - (across + 2) // 4
        then = still[:, rows : rows + long, columns : columns + long]
        wrong = now[:, first : first + long, first : first + long] - then
        return float(wrong.square().mean().sqrt() / then.flatten(1).var(dim=1, correction=0).mean().sqrt())

    for shift in found.shifts:
        p = shift.pixels
        wanted = error(p, 0), error(0, p), error(p, p)
        assert (shift.down, shift.across, shift.both) == pytest.approx(wanted, rel=1e-5, abs=1e-12)


def test_translation_of_which_little_is_left_is_not_the_rounding_of_float32() -> None:
    """What a pool brings in is a ten-millionth of the output here, as much as one step of float32."""
    network = subject(
        "MaxPool2d(2)",
        "Upsample(scale_factor=2)",
        "little = Conv2d(1, 1)",
        "y = Add(little, gray)",
        source="input gray: [N, 1, H, W] means L / 100 where H % 2 == 0, W % 2 == 0",
        output="y: [N, 1, H, W] means L / 100",
    )
    put(network, "little.weight", 1e-7)
    put(network, "little.bias", 0.0)
    found = translation(network, side=40)
    whole = noise(network, 44, 44).tensor.double()

    def module(x_1CHW: torch.Tensor) -> torch.Tensor:
        pooled = functional.interpolate(functional.max_pool2d(x_1CHW, 2), scale_factor=2)
        weight = torch.tensor(1e-7).double()  # as float32 has it
        return (weight * pooled + x_1CHW)[0, 0]

    then, now = module(whole[:, :, 4:, 4:]), module(whole[:, :, 3:43, 4:])
    then, now = then[3:39, 4:], now[4:40, 4:]  # clear of the shift by 4; no border reaches anything
    wanted = float((now - then).square().mean().sqrt() / then.std(correction=0))
    assert 1e-9 < wanted < 1e-6
    assert found.shifts[0].down == pytest.approx(wanted, rel=1e-6)


def test_translation_runs_in_float64_only_what_has_to_be_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was and shifted by the total stride in three ways; 5, 6 and 7 pixels are 1, 2 and 3 and that."""
    run: dict[str, list[object]] = {"exactly": [], "quickly": []}
    for name, seen in run.items():
        plainly = getattr(Shifted, name)
        monkeypatch.setattr(Shifted, name, lambda self, way, f=plainly, seen=seen: (seen.append(way), f(self, way))[1])
    translation(subject(*POOLS, output="y: [N, 2, H // 4, W // 4] means ab / 110"), side=64)
    assert run["exactly"] == [(0, 0), (4, 0), (0, 4), (4, 4)]
    assert [len(ways) for ways in run["quickly"] if isinstance(ways, Sequence)] == [1, 3, 3, 3]


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
