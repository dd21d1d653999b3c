"""The effective receptive field against windows whose influence is known exactly, and against autograd."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.train.inspecting.influence import Span, influence, sentences, to_data
from convdsl.train.inspecting.influence_canvas import canvas
from convdsl.train.inspecting.seeing import see_at
from convdsl.train.inspecting.subject import Subject, open_spec
from convdsl.train.progress import Terminal
from tests.render.canvas_faults import faults
from tests.train.inspecting.setting import free_spec, photo, put, subject

ROOT = Path(__file__).parents[3]
OUTPUT = "ab: [N, 2, H, W] means ab / 110"


def boxes() -> Subject:
    """Two boxes of 3 x 3 in a row: together (1 2 3 2 1) / 9 along each axis."""
    network = subject("a = Conv2d(1, 3, padding=1)", "ab = Conv2d(2, 3, padding=1)", output=OUTPUT)
    for key in ("a.weight", "ab.weight"):
        put(network, key, 1.0)
    return network


def test_influence_of_two_boxes_is_their_triangle() -> None:
    found = influence(boxes(), side=15)
    along = torch.tensor([1.0, 2, 3, 2, 1], dtype=torch.float64) / 9
    wanted = torch.zeros(15, 15, dtype=torch.float64)
    wanted[5:10, 5:10] = torch.outer(along, along)  # the output in the middle is at 7
    torch.testing.assert_close(found.values, wanted, rtol=0, atol=1e-6)
    assert found.place == (7, 7)
    assert found.theory == (Span(5, 9), Span(5, 9))


def test_shares_of_two_boxes_are_those_of_arithmetic() -> None:
    found = influence(boxes(), side=15)
    # half of 5 is 2.5: the middle cell and three quarters of its neighbours, (3 + 2 * 0.75 * 2) / 9 along an axis
    assert found.half == pytest.approx((6 / 9) ** 2, abs=1e-6)
    assert found.within(3, 3) == pytest.approx((7 / 9) ** 2, abs=1e-6)
    assert found.within(4, 4) == pytest.approx((8 / 9) ** 2, abs=1e-6)  # 0.79
    assert found.side() == 5 and found.side(0.75) == 4 and found.side(0.6) == 3


def test_influence_of_a_fixed_window_is_the_size_of_its_numbers() -> None:
    network = subject("y = Filter2d(sobel_x, padding=1)", output="y: [N, 1, H, W] means L / 100")
    found = influence(network, side=9)
    wanted = torch.zeros(9, 9, dtype=torch.float64)
    wanted[3:6, 3:6] = torch.tensor([[1.0, 0, 1], [2, 0, 2], [1, 0, 1]]) / 8
    torch.testing.assert_close(found.values, wanted, rtol=0, atol=1e-6)


def test_influence_over_photographs_is_the_mean_of_autograds_derivatives(tmp_path: Path) -> None:
    network = subject(
        "a = Conv2d(5, 3, stride=2, padding=1)",
        "b = Tanh()",
        "ab = ConvTranspose2d(2, 2, stride=2)",
        source="input gray: [N, 1, H, W] means L / 100 where H % 2 == 0, W % 2 == 0",
        output=OUTPUT,
    )
    files = [photo(tmp_path, 40, 44), photo(tmp_path, 44, 40)]
    found = influence(network, "b", files, side=16)
    plain = nn.Sequential(nn.Conv2d(1, 5, 3, 2, 1), nn.Tanh())
    plain[0].load_state_dict({name: network.module.state_dict()[f"a.{name}"] for name in ("weight", "bias")})
    total = torch.zeros(16, 16)
    for file in files:
        x = see_at(network, file, 16, 16).tensor.requires_grad_()
        for channel in range(5):
            total += torch.autograd.grad(plain(x)[0, channel, 4, 4], x)[0][0].abs().sum(0)
    torch.testing.assert_close(found.values, (total / total.sum()).double(), rtol=1e-4, atol=1e-7)
    assert found.photos == ("40x44.png", "44x40.png")
    assert found.theory == (Span(7, 9), Span(7, 9))  # 2 * 4 - 1 to 2 * 4 + 1


@settings(deadline=None, max_examples=12)
@given(
    st.lists(
        st.sampled_from(
            [
                "Conv2d(3, 3, padding=1)",
                "Conv2d(3, 4, stride=2, padding=1)",
                "Conv2d(3, (1, 5), padding=(0, 2))",
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
def test_law_influence_never_leaves_what_can_be_seen(layers: list[str]) -> None:
    found = influence(open_spec(analyze(Source("net.cdsl", free_spec(*layers)))))
    assert found.theory is not None
    rows, columns = found.theory
    inside = found.values[max(0, rows.first) : rows.last + 1, max(0, columns.first) : columns.last + 1]
    assert float(inside.sum()) == pytest.approx(1)
    assert found.within(rows.size, columns.size) == pytest.approx(1)


def test_canvas_of_an_effective_field_has_no_fault() -> None:
    lines = ("Conv2d(4, 4, stride=2, padding=1)", "ReLU()", "Conv2d(4, 3, padding=2, dilation=2)", "ReLU()")
    found = influence(open_spec(analyze(Source("net.cdsl", free_spec(*lines)))))
    assert not list(faults(canvas(found)))


def test_influence_of_a_classifier_is_over_the_whole_picture(tmp_path: Path) -> None:
    network = subject(
        "Conv2d(4, 3, padding=1)",
        "AdaptiveAvgPool2d(1)",
        "Flatten()",
        "scores = Linear(3)",
        output="scores: [N, 3] means classes",
    )
    found = influence(network, side=12)
    assert found.whole and found.theory == (Span(0, 11), Span(0, 11)) and found.place == ()
    assert "the whole picture, 12×12 pixels" in sentences(found)[1]
    assert not list(faults(canvas(found)))


def test_influence_where_nothing_moves_the_output_says_so() -> None:
    network = subject("a = Conv2d(2, 3, padding=1)", "b = ReLU()", "ab = Conv2d(2, 1)", output=OUTPUT)
    put(network, "a.bias", -99.0)
    found = influence(network, side=12)
    assert found.side() is None and to_data(found)["side_of_95_percent"] is None
    assert sentences(found)[1] == "Every derivative is 0: no pixel moves it"
    assert not list(faults(canvas(found)))


def test_influence_where_the_picture_is_smaller_than_what_is_seen_says_so() -> None:
    network = subject("ab = Conv2d(2, 21, padding=10)", output=OUTPUT)
    found = influence(network, side=12)
    assert found.theory == (Span(-4, 16), Span(-4, 16))  # the output at 6, and 10 on each side
    assert any("reaches beyond it" in line for line in sentences(found))
    assert not list(faults(canvas(found)))


def test_influence_of_a_discriminator_of_unknown_meaning_is_what_its_name_says() -> None:
    """The PatchGAN of 70 x 70 pixels (arXiv:1611.07004)."""
    path = ROOT / "specs/patchgan.cdsl"
    found = influence(open_spec(analyze(Source(str(path), path.read_text("utf-8")))))
    assert found.theory is not None and [span.size for span in found.theory] == [70, 70]


def test_influence_of_an_input_without_meaning_is_measured_on_noise_and_no_photograph(tmp_path: Path) -> None:
    network = subject("y = Conv2d(2, 3)", source="input x: [N, 5, H, W]", output="y: [N, 2, H - 2, W - 2]")
    found = influence(network, side=9)
    weight = network.module.state_dict()["y.weight"].double().abs().sum(dim=(0, 1))  # over both outputs and all inputs
    torch.testing.assert_close(found.values[3:6, 3:6], weight / weight.sum(), rtol=1e-5, atol=1e-7)
    with pytest.raises(MistakeError, match="nothing says what the input means"):
        influence(network, "y", [photo(tmp_path, 9, 9)])


def test_influence_over_more_photographs_than_are_taken_says_of_how_many(tmp_path: Path) -> None:
    for number in range(14):
        photo(tmp_path, 20 + number, 20)
    found = influence(boxes(), "", [tmp_path], side=9)
    assert "over 12 of 14 photographs and 2 channels" in sentences(found)[0]


def test_influence_of_a_folder_with_a_broken_photograph_is_that_of_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, broken = photo(tmp_path, 20, 20), tmp_path / "broken.png"
    alone = influence(boxes(), places=[tmp_path], side=15)
    broken.write_bytes(whole.read_bytes()[:200])
    found = influence(boxes(), places=[tmp_path], side=15, watch=Terminal())
    assert found.photos == ("20x20.png",) and torch.equal(found.values, alone.values)
    assert "left out" in (said := capsys.readouterr().out) and "broken.png" in said
    assert "1 of 2 photographs" in sentences(found)[0]
    for places in ([broken], [whole, broken]):  # named by somebody, who wants it
        with pytest.raises(MistakeError, match=r"broken\.png"):
            influence(boxes(), places=places, side=15)
    whole.unlink()
    with pytest.raises(MistakeError, match=r"broken\.png"):
        influence(boxes(), places=[tmp_path], side=15)
