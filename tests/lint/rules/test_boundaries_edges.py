"""What a few rules say of layers that paint, and of two values."""

import pytest

from tests.lint.rules.network import check_said


def test_border_drop_of_a_window_that_paints_is_silent() -> None:
    """Of the H + 2 pixels that a window of three paints over H, two are cut off on either side: all are read."""
    body = "  input x: [N, 8, H, W]\n  y = ConvTranspose2d(8, 3, padding=2)\n  output y: [N, 8, H - 2, W - 2]"
    check_said("border-drop", body)


def test_bias_before_norm_of_a_layer_of_two_values_is_found() -> None:
    """What is added to the eight numbers is subtracted with their mean, whatever they are made of."""
    body = "  input a: [N, 4]\n  input b: [N, 5]\n  (a, b) -> Bilinear(8)\n  y = BatchNorm1d()\n"
    check_said(
        "bias-before-norm", f"{body}  output y: [N, 8]", "the 8 numbers of the bias | `bias=false` | <, bias=false>"
    )


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        # 64 * 8 * 8 = 4,096 numbers come in, and 32 * 16 * 16 = 8,192 go out at the end
        ("Conv2d(16, 4, stride=4)", "leaves 1 number in 64"),
        ("ConvTranspose2d(1, 2, stride=2)", ""),  # 1 in 16, of a map that grows
    ],
)
def test_bottleneck_of_a_layer_that_paints_is_silent(layer: str, expected: str) -> None:
    up = "Upsample(scale_factor=8)" if expected else "ReLU()"
    body = f"  input x: [N, 64, 8, 8]\n  Conv2d(64, 1) -> ReLU()\n  {layer}\n  {up}\n  y = Conv2d(32, 3, padding=1)\n"
    check_said("bottleneck", f"{body}  output y: [N, 32, 16, 16]", *([expected] if expected else []))


def test_checkerboard_when_only_one_axis_had_an_output_padding_gives_it_to_the_other() -> None:
    """In height (H - 1) * 2 - 2 + 3 = (H - 1) * 2 - 4 + 4 + 1, in width (W - 1) * 2 - 2 + 3 + 1 = ... - 2 + 4."""
    layer = "ConvTranspose2d(8, 3, stride=2, padding=1, output_padding=(0, 1))"
    body = f"  input x: [N, 8, H, W]\n  y = {layer}\n  output y: [N, 8, 2 * H - 1, 2 * W]"
    parts = "kernel_size=4, padding=(2, 1), output_padding=(1, 0) | <4> <(2, 1)> <(1, 0)>"
    check_said("checkerboard", body, parts)


def test_crop_size_of_a_picture_of_one_size_is_that_size_however_far() -> None:
    body = "  input x: [N, 3, 2000, 2000]\n  AdaptiveAvgPool2d(1) -> Flatten()\n  y = Linear(10)\n  output y: [N, 10]"
    check_said("crop-size", body, "crops of 10 x 10 | `crop = 2000` is the nearest", rest="train {\n  crop = 10\n}\n")


def test_gridding_when_holes_differ_along_the_axes_names_a_window_for_the_widest() -> None:
    """Taps 2 apart leave holes of 1 cell, and 4 apart of 3, which 4 taps fill: 5, for 4 is even."""
    body = (
        "  input x: [N, 8, H, W]\n  y = Conv2d(8, 3, padding=({0}, {1}), dilation=({0}, {1}))\n  output y: [N, 8, H, W]"
    )
    for one, other in ((2, 4), (4, 2)):
        check_said("gridding", body.format(one, other), "3 of 5 along the | 3 of 9 along the | a window of 5 or more")
