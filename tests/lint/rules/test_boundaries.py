"""Rules at the boundary of their conditions: what is just found, what is just not, and the numbers that are named."""

import pytest

from tests.lint.rules.network import check_said

STEPS = """
  input gray: [N, 1, H, W] where H % {0} == 0, W % {0} == 0
  Conv2d(8, 3, padding=1)
  {1}
  y = Upsample(scale_factor={0})
  output y: [N, 8, H, W]"""


@pytest.mark.parametrize(
    ("total", "layers", "expected"),
    [
        (7, "MaxPool2d(7)", ""),
        (8, "MaxPool2d(8)", "steps by 8 pixels"),
        (8, "Conv2d(8, 1, stride=8)", "steps by 8 pixels"),
        # a mean of one pixel is no mean, of two it is
        (8, "AvgPool2d(1, stride=8)", "steps by 8 pixels"),
        (8, "AvgPool2d(2, stride=8)", ""),
        (9, "AvgPool2d(3, stride=1, padding=1) -> MaxPool2d(9)", ""),
        (16, "MaxPool2d(2) -> AvgPool2d(2) -> MaxPool2d(4)", ""),  # what reads a mean steps behind a blur
        # 4 * 3 = 12; the second mark is the second step's, once
        (12, "MaxPool2d(4) -> Conv2d(8, 3, stride=3)", "[Conv2d(8, 3, stride=3)] and this one | 4 x 3 = 12 | steps by 12 pixels"),
        (8, "repeat 3 {\n  MaxPool2d(2)\n}", "[MaxPool2d(2)] steps first | 2 x 2 x 2 = 8"),
    ],
)
def test_alias_stride_when_the_steps_are_multiplied(total: int, layers: str, expected: str) -> None:
    check_said("alias-stride", STEPS.format(total, layers), *([expected] if expected else []))


def test_alias_stride_when_steps_are_taken_along_a_flattened_map_asks_for_those_of_the_picture_only() -> None:
    body = """
  input x: [N, 1, 32, 32]
  Conv2d(4, {0}, stride={0}) -> ReLU()
  Flatten(2)
  Conv1d(4, 4, stride=4)
  Unflatten(2, ({1}, 4))
  Upsample(scale_factor={0})
  y = Conv2d(1, 3, padding=1)
  output y: [N, 1, {2}, {3}] means L / 100"""
    check_said("alias-stride", body.format(4, 4, 16, 16))  # (32 / 4)^2 / 4 = 16 = 4 x 4, and 4 is below 8
    check_said("alias-stride", body.format(8, 1, 8, 32), "steps by 8 pixels")  # (32 / 8)^2 / 4 = 4 = 1 x 4


CROP = """
  input gray: [N, 1, {0}] means L / 100{1}
  {2}
  output y: [N, {3}]"""
SEVENS = "Conv2d(4, 7, stride=7)\n  y = ConvTranspose2d(2, 7, stride=7)"
SIXES = "Conv2d(4, 6, stride=6)\n  y = ConvTranspose2d(2, 6, stride=6)"
ONE_OF_FOUR = "Conv2d(4, 1, stride=4)\n  y = ConvTranspose2d(2, 1, stride=4)"  # 4 * ((H - 1) // 4) + 1
FLAT = "Flatten()\n  y = Linear(2, in_features=400)"  # 20 x 20 is the only square
ROW = "Conv2d(4, (1, 7), stride=(1, 7))\n  y = ConvTranspose2d(2, (1, 7), stride=(1, 7))"


@pytest.mark.parametrize(
    ("axes", "layers", "out", "crop", "nearest"),
    [
        ("H, W where H % 7 == 0, W % 7 == 0", SEVENS, "2, H, W", 21, None),
        ("H, W where H % 7 == 0, W % 7 == 0", SEVENS, "2, H, W", 24, 21),  # 3 below, 28 is 4 above
        ("H, W where H % 7 == 0, W % 7 == 0", SEVENS, "2, H, W", 25, 28),
        ("H, W where H % 6 == 0, W % 6 == 0", SIXES, "2, H, W", 15, 18),  # as near as 12: the larger
        ("H, W where H % 4 == 1, W % 4 == 1", ONE_OF_FOUR, "2, H, W", 2, 1),
        ("H, W", "y = Conv2d(2, 1043)", "2, H - 1042, W - 1042", 20, 1043),  # up to 1,023 px more are tried
        ("H, W", "y = Conv2d(2, 1044)", "2, H - 1043, W - 1043", 20, 0),
        ("H, W", FLAT, "2", 9000, 20),
        ("64, W", "y = Conv2d(2, 1)", "2, 64, W", 64, None),
        ("64, W", "y = Conv2d(2, 1)", "2, 64, W", 63, 64),
        ("64, W", "y = Conv2d(2, 1)", "2, 64, W", 5000, 64),
        ("64, W where W % 7 == 0", ROW, "2, 64, W", 63, 0),  # 63 is 9 * 7, and 64 is not
        ("64, 32", "y = Conv2d(2, 1)", "2, 64, 32", 64, 0),
        ("64, 32", "y = Conv2d(2, 1)", "2, 64, 32", 32, 0),
        ("64, 64", "y = Conv2d(2, 1)", "2, 64, 64", 32, 64),
    ],
)
def test_crop_size_names_the_nearest_square(axes: str, layers: str, out: str, crop: int, nearest: int | None) -> None:
    way = f"`crop = {nearest}` is the nearest" if nearest else "it takes no square"
    expected = [] if nearest is None else [f"[crop = {crop}] | {way}"]
    shape, _, where = axes.partition(" where ")
    check_said("crop-size", CROP.format(shape, where and f" where {where}", layers, out), *expected, rest=f"train {{\n  crop = {crop}\n}}\n")


@pytest.mark.parametrize("train", ["", "train {\n  crop = 100\n}\n"])
def test_crop_size_is_said_of_one_picture_that_is_trained_with_squares(train: str) -> None:
    found = ["crops of 100 x 100 px"] if train else []
    body = "  input a: [N, 1, 64, 64]\n{}  y = Conv2d(1, 1)\n  output y: [N, 1, 64, 64]"
    check_said("crop-size", body.format(""), *found, rest=train)
    check_said("crop-size", body.format("  input b: [N, 1, 64, 64]\n  a + b\n"), rest=train)
    check_said("crop-size", body.format("  input b: [N, 1, 64, 64] = 0\n  a + b\n"), *found, rest=train)
    row = "  input a: [N, 1, 64]\n  y = Conv1d(1, 1)\n  output y: [N, 1, 64]"
    check_said("crop-size", row, rest=train)
