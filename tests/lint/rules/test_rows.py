"""What the rules about layers in a row say, number by number, and PyTorch's word for what they claim."""

import pytest
import torch
from torch import nn

from convdsl.diagnostics import Diagnostic
from tests.lint.rules.network import said


def one(name: str, body: str) -> Diagnostic:
    (found,) = said(name, body)
    return found


def pair(first: str, second: str, *, channels: int = 8, between: str = "") -> Diagnostic:
    lines = f"{first}\n{between}\n{second}\nReLU()\ny = Conv2d(2, 3, padding=1)"
    sizes = "where H % 8 == 0, W % 8 == 0"
    scale = 2 if "stride=2" in first and "Transpose" not in first else 1
    side = "2 * {}" if "Transpose" in first else "{}" if scale == 1 else "{} // 2"
    out = f"output y: [N, 2, {side.format('H')}, {side.format('W')}]"
    return one("linear-linear", f"input x: [N, {channels}, H, W] {sizes}\n{lines}\n{out}")


@pytest.mark.parametrize(
    ("first", "second", "note"),
    [
        # 8 * 8 * 9 and 8 * 16 * 9; a window of 3, then one of 3 on every pixel: 3 + 2 * 1 = 5
        (
            "Conv2d(8, 3, padding=1)",
            "Conv2d(16, 3, padding=1)",
            "576 and 1,152 weights; away from the border one window of 5 x 5 says as much",
        ),
        # 4 + (3 - 1) * 2 = 8, and (1 + 2 * 2) = 5 for a dilated one: 4 + (5 - 1) * 2 = 12; 8 * 16 * 16, 16 * 32 * 9
        (
            "Conv2d(16, 4, stride=2, padding=1)",
            "Conv2d(32, 3, padding=(1, 2), dilation=(1, 2))",
            "2,048 and 4,608 weights; away from the border one window of 8 x 12 says as much",
        ),
        # 8 * 8 and 8 * 16 * 9, where one layer has 8 * 16 * 9
        (
            "Conv2d(8, 1)",
            "Conv2d(16, 3, padding=1)",
            "64 and 1,152 weights; the one layer that they make has 1,152",
        ),
        (
            "Conv2d(16, 3, padding=1)",
            "Conv2d(8, 1)",
            "1,152 and 128 weights; the one layer that they make has 576",
        ),
        # 8 * 8 * 16 and 8 * 8 * 9, and what one window would be depends on the phase
        (
            "ConvTranspose2d(8, 4, stride=2, padding=1)",
            "Conv2d(8, 3, padding=1)",
            "1,024 and 576 weights for what one layer says",
        ),
    ],
)
def test_pair_when_it_is_linear_is_measured_against_the_one_layer(first: str, second: str, note: str) -> None:
    found = pair(first, second)
    assert found.notes == (note,)
    assert [label.text for label in found.labels] == ["its output is not bent"]


def test_pair_when_a_pool_stands_between_names_no_window() -> None:
    body = """
input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
Conv2d(8, 3, padding=1) -> AvgPool2d(2)
Conv2d(8, 3, padding=1) -> ReLU()
y = Upsample(scale_factor=2)
output y: [N, 8, H, W]"""
    assert one("linear-linear", body).notes == ("576 and 576 weights for what one layer says",)


def test_pair_when_a_norm_stands_between_points_at_it() -> None:
    found = pair("Conv2d(8, 3, padding=1)", "Conv2d(8, 3, padding=1)", between="BatchNorm2d()")
    assert [label.text for label in found.labels] == ["its output is not bent", "a scale and a shift in evaluation"]
    assert "one window of 5 x 5" in found.notes[0]


def test_pair_when_a_loop_makes_both_points_at_the_line_once() -> None:
    body = """
input x: [N, 8, H, W]
repeat 3 {
  Conv2d(8, 3, padding=1) -> BatchNorm2d()
}
y = ReLU()
output y: [N, 8, H, W]"""
    assert [label.text for label in one("linear-linear", body).labels] == ["a scale and a shift in evaluation"]


def test_two_convolutions_with_a_norm_between_are_one_of_the_window_that_the_note_names_in_pytorch() -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(4)
    norm(torch.randn(8, 4, 6, 6))  # so that it remembers something
    both = nn.Sequential(nn.Conv2d(3, 4, 4, stride=2), norm, nn.Conv2d(4, 5, 3))
    both.eval().double()
    x = torch.randn(2, 3, 20, 20, dtype=torch.float64)
    side = 4 + (3 - 1) * 2  # 8
    patch = torch.zeros(1, 3, side, side, dtype=torch.float64)
    weight = torch.autograd.functional.jacobian(both, patch).reshape(5, 3, side, side)
    assert torch.allclose(nn.functional.conv2d(x, weight, both(patch).flatten(), stride=2), both(x), atol=1e-10)


def test_network_when_it_is_linear_counts_its_layers_with_weights() -> None:
    body = """
input x: [N, 1, H, W]
a = Conv2d(4, 3, padding=1)
Conv2d(4, 3, padding=1)
y = Conv2d(2, 3, padding=1)
output y: [N, 2, H, W]"""
    found = one("no-act-net", body)
    assert found.message == "`Net` is linear: nothing bends between its 3 layers with weights"
    assert [label.text for label in found.labels] == ["is read", "reads it, linearly"]
    assert said("linear-linear", body) == []


@pytest.mark.parametrize(
    ("layer", "label"),
    [
        ("BatchNorm2d()", "while training, in units of the whole batch"),
        ("InstanceNorm2d()", "in units of each image"),
        ("Dropout2d(0.2)", "a part is left to chance while training"),
    ],
)
def test_layer_behind_the_head_when_found_says_what_it_does_there(layer: str, label: str) -> None:
    body = f"""
input gray: [N, 1, H, W] means L
Conv2d(8, 3, padding=1) -> ReLU()
Conv2d(2, 3, padding=1)
ab = {layer}
output ab: [N, 2, H, W] means ab"""
    found = one("norm-on-output", body)
    assert found.where.text == label
    assert found.message.endswith("stands behind the last layer with weights and changes what `ab` says")
    assert [mark.text for mark in found.labels] == ["the last `Conv2d`"]


def test_dropouts_before_a_norm_when_found_multiply() -> None:
    body = """
input x: [N, 12, H, W]
Dropout(0.2) -> Conv2d(12, 1) -> Dropout2d(0.5)
y = Conv2d(12, 3, padding=1) -> BatchNorm2d()
output y: [N, 12, H, W]"""
    found = one("dropout-before-bn", body)  # 1 / 0.8 * 1 / 0.5 = 2.5
    assert (
        found.message == "`Dropout2d` makes squares 2.5 times as large while training, and `BatchNorm2d` remembers that"
    )
    assert "`GroupNorm(4)`" in found.helps[0].text  # the largest that divides 32 and 12


@pytest.mark.parametrize("mixes", [False, True])
def test_variance_behind_dropout_in_pytorch_is_as_many_times_as_large_as_the_rule_says(mixes: bool) -> None:
    """For mean 1 and variance 1, E[x^2] = 2: with p = 0.5 it is 4 while training, and the variance 4 - 1 = 3."""
    generator = torch.Generator().manual_seed(1)
    torch.manual_seed(2)
    x = 1 + torch.randn(200_000, 4, 1, 1, generator=generator)
    weight = torch.tensor([1.0, -2.0, 0.5, 1.0]).reshape(1, 4, 1, 1)
    after = (lambda y: nn.functional.conv2d(y, weight)) if mixes else (lambda y: y)
    ratio = after(nn.functional.dropout(x, 0.5)).var() / after(x).var()
    assert ratio.item() == pytest.approx(3.0, rel=0.03)


def test_softmax_along_rows_when_found_names_both_axes() -> None:
    body = """
input x: [N, 3, H, W]
Conv2d(5, 3, padding=1) -> Softmax(2)
y = Upsample(scale_factor=2, mode="bilinear")
output y: [N, 5, 2 * H, 2 * W]"""
    found = one("softmax-axis", body)
    assert found.message == "`Softmax` shares out among the H numbers of axis 2, not among the 5 channels"
    assert found.where.text == "of [N, 5, H, W]"


def test_softmax_along_a_single_row_when_found_asks_for_the_channels() -> None:
    found = one("softmax-axis", "input x: [N, 3, 1, W]\nSoftmax(2)\ny = Conv2d(4, 1)\noutput y: [N, 4, 1, W]")
    assert found.message == "`Softmax` shares out among 1 number: the result is the same whatever the network does"
    assert [help_.text for help_ in found.helps] == ["the classes are the channels: `dim=1`"]


@pytest.mark.parametrize(
    "body",
    [
        "input x: [N, 3, T]\ny = Softmax(2)\noutput y: [N, 3, T] means RGB",
        "input x: [N, 3, H, W]\ns = Softmax(3)\ny = s * x\noutput y: [N, 3, H, W]",
        "input x: [N, 3, H, W]\nSoftmax(3)\ny = ReLU()\noutput y: [N, 3, H, W]",
        "input x: [N, 3, H, W]\na = Upsample(scale_factor=2)\nb = Softmax(3) -> Tanh()\ny = a + b"
        "\noutput y: [N, 3, 2 * H, 2 * W]",
    ],
)
def test_softmax_along_another_axis_when_it_makes_no_classes_is_left_alone(body: str) -> None:
    assert said("softmax-axis", body) == []


@pytest.mark.parametrize(("classes", "share", "shown"), [(10, 0.232, "23%"), (3, 0.576, "58%")])
def test_double_softmax_when_found_names_the_share_that_pytorch_gives_at_most(
    classes: int, share: float, shown: str
) -> None:
    body = f"input x: [N, 8]\nLinear({classes})\nSigmoid()\ny = Softmax(1)\noutput y: [N, {classes}]"
    found = one("double-softmax", body)
    at_most = torch.softmax(torch.eye(classes)[0], 0)[0].item()  # one number at 1, the others at 0
    assert at_most == pytest.approx(share, abs=5e-4)
    assert found.message == f"`Softmax` over {classes} numbers from 0 to 1 gives none more than {shown}"
    assert found.notes == (f"e^1 / (e^1 + {classes - 1}) = {share}",)
    assert [label.text for label in found.labels] == ["0 to 1"]


def test_instance_norm_of_a_flat_map_in_pytorch_gives_its_shift_and_no_gradient() -> None:
    x = torch.randn(2, 3, 1, 1, dtype=torch.float64, requires_grad=True)
    norm = nn.InstanceNorm2d(3, affine=True).double()
    nn.init.constant_(norm.bias, 0.25)
    out = norm(nn.functional.interpolate(x, scale_factor=4))
    assert torch.allclose(out, torch.full_like(out, 0.25))
    (out.square().sum()).backward()
    assert x.grad is not None
    assert x.grad.abs().max() < 1e-9
    with pytest.raises(ValueError, match="Expected more than 1 spatial element"):
        nn.InstanceNorm2d(3, track_running_stats=True).train()(torch.randn(2, 3, 1, 1))


def test_instance_norm_when_found_says_how_many_equal_pixels_it_reads() -> None:
    body = """
input x: [N, 8, H, W]
AdaptiveAvgPool2d(1) -> Upsample(scale_factor=4)
y = InstanceNorm2d()
output y: [N, 8, 4, 4]"""
    assert one("in-before-1x1-map", body).message == (
        "`InstanceNorm2d` takes the mean of 4 x 4 equal pixels: less that, every number is 0"
    )
    body = "input x: [N, 8, 1, 1]\ny = InstanceNorm2d(track_running_stats=true)\noutput y: [N, 8, 1, 1]"
    assert "the mean of one pixel" in one("in-before-1x1-map", body).message


def test_late_pointwise_convolution_when_found_counts_what_it_costs_at_either_place() -> None:
    body = """
input x: [N, 8, H, W] where H == 32, W == 16
Upsample(scale_factor=2)
y = Conv2d(4, 1)
output y: [N, 4, 2 * H, 2 * W]"""
    found = one("1x1-after-up", body)  # 8 * 4 * 64 * 32 = 65,536, and a quarter of that
    assert found.message == (
        "`Conv2d` of window 1 behind `Upsample` costs 65,536 multiply-accumulates, and before it 16,384"
    )
    assert [label.text for label in found.labels] == ["4 times as many pixels"]


def test_pool_behind_an_activation_when_found_counts_the_numbers_that_are_dropped() -> None:
    body = """
input x: [N, 3, 32, 16]
Conv2d(8, 3, padding=1) -> ReLU() -> MaxPool2d(2)
y = Flatten()
output y: [N, 1024]"""
    found = one("relu-pool-order", body)
    # 8 * 32 * 16 = 4,096 and 8 * 16 * 8 = 1,024; of 4,096 + 4,096 + 1,024 + 1,024 it writes 40 %
    assert found.message == "`ReLU` works out 4,096 numbers of which `MaxPool2d` keeps 1,024"
    assert found.notes == ("such activations write 40% of all numbers in the network",)


def test_depthwise_convolution_when_alone_says_until_where() -> None:
    body = """
input x: [N, 6, H, W]
Conv2d(6, 3, padding=1, groups=6) -> ReLU()
y = Conv2d(6, 3, padding=1, groups=6)
output y: [N, 6, H, W]"""
    first, last = said("depthwise-alone", body)
    assert first.message.endswith("the depthwise `Conv2d` are not mixed before the next depthwise `Conv2d`")
    assert [label.text for label in first.labels] == ["the next"]
    assert last.message == "the 6 channels of the depthwise `Conv2d` are not mixed up to the output"
    assert last.labels == ()
    assert last.helps[0].text.endswith("`Conv2d(6, 1)`")


def test_grouped_convolutions_when_found_name_their_groups() -> None:
    body = """
input x: [N, 8, H, W]
Conv2d(8, 3, padding=1, groups=4) -> ReLU()
y = Conv2d(8, 3, padding=1, groups=4)
output y: [N, 8, H, W]"""
    found = one("grouped-no-shuffle", body)
    assert found.message == "`Conv2d` reads the 4 groups of channels that `Conv2d` has made, still apart"
    assert [label.text for label in found.labels] == ["4 groups"]


def test_branches_that_only_add_when_found_point_at_both_sums() -> None:
    body = """
input x: [N, 8, H, W]
a = Conv2d(8, 3, padding=1) -> ReLU()
b = a + x
c = Conv2d(8, 3, padding=1) -> ReLU()
y = c + b
output y: [N, 8, H, W]"""
    found = one("act-before-join", body)
    assert found.message == "`ReLU` ends a residual branch: from sum to sum, numbers only grow"
    assert [label.text for label in found.labels] == ["adds it to", "such a sum"]
