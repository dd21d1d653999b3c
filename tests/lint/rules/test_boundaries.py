"""Rules at the boundary of their conditions: what is just found, what is just not, and the numbers that are named."""

import pytest

from tests.lint.rules.network import check_said, spoken

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
        (
            12,
            "MaxPool2d(4) -> Conv2d(8, 3, stride=3)",
            "[Conv2d(8, 3, stride=3)] and this one | 4 x 3 = 12 | steps by 12 pixels",
        ),
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
    check_said(
        "crop-size",
        CROP.format(shape, where and f" where {where}", layers, out),
        *expected,
        rest=f"train {{\n  crop = {crop}\n}}\n",
    )


@pytest.mark.parametrize("train", ["", "train {\n  crop = 100\n}\n"])
def test_crop_size_is_said_of_one_picture_that_is_trained_with_squares(train: str) -> None:
    found = ["crops of 100 x 100 px"] if train else []
    body = "  input a: [N, 1, 64, 64]\n{}  y = Conv2d(1, 1)\n  output y: [N, 1, 64, 64]"
    check_said("crop-size", body.format(""), *found, rest=train)
    check_said("crop-size", body.format("  input b: [N, 1, 64, 64]\n  a + b\n"), rest=train)
    check_said("crop-size", body.format("  input b: [N, 1, 64, 64] = 0\n  a + b\n"), *found, rest=train)
    row = "  input a: [N, 1, 64]\n  y = Conv1d(1, 1)\n  output y: [N, 1, 64]"
    check_said("crop-size", row, rest=train)


FIELD = """
  input gray: [N, 1, H, W] means L / 100
  x = Conv2d(4, 101, padding=50)
  {}"""


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("ab = Conv2d(2, 101, padding=50)\n  output ab: [N, 2, H, W]", "a receptive field of 201 px"),
        # the largest field of all outputs and axes: 101 + 200
        (
            "a = Conv2d(2, (3, 201), padding=(1, 100))\n  output x: [N, 4, H, W]\n  output a: [N, 2, H, W]",
            "a receptive field of 301 px",
        ),
        # what sees the whole picture, or lies on no grid, says nothing about crops
        (
            "gate = AdaptiveAvgPool2d(1) -> Conv2d(4, 1) -> Sigmoid()\n"
            "  y = Mul(x, gate, broadcast=true)\n  output y: [N, 4, H, W]",
            "",
        ),
        ("AdaptiveAvgPool2d(1) -> Flatten()\n  y = Linear(10)\n  output y: [N, 10]", ""),
        ("y = AdaptiveAvgPool2d(1)\n  output y: [N, 4, 1, 1]\n  output x: [N, 4, H, W]", ""),  # 101 / 2 = 50.5
    ],
)
def test_crop_field_when_outputs_see_differently_far(rest: str, expected: str) -> None:
    train = "train {\n  crop = 64\n  sizes = 256\n}\n"
    check_said("crop-field", FIELD.format(rest), *([f"[crop = 64] | {expected}"] if expected else []), rest=train)
    check_said("crop-field", FIELD.format(rest))


def test_crop_field_when_the_crop_is_not_written_says_which_it_is() -> None:
    body = FIELD.format("ab = Conv2d(2, 201, padding=100)\n  output ab: [N, 2, H, W]")
    (written,) = spoken("crop-field", body, "train {\n  crop = 128\n  sizes = 512\n}\n")
    assert "is not said" not in written
    # 101 + 200 = 301, half of it 150.5
    check_said("crop-field", body, "`crop` is 96 where it is not said | inner 150.5 px", rest="train { sizes = 512 }\n")


@pytest.mark.parametrize(
    ("layers", "out", "expected"),
    [
        ("Conv2d(8, 2, stride=2)\n  y = ConvTranspose2d(17, 2, stride=2)", "17, H, W", "1 number in 8.5"),  # 17 * 4 / 8
        (
            "Conv2d(17, (1, 16), stride=(1, 16))\n  y = ConvTranspose2d(17, 16, stride=(1, 16), padding=(7, 0),"
            " output_padding=(0, 0))",
            "17, H + 1, W",
            "1 number in 16",
        ),
        ("Conv2d(2, 1)\n  y = ConvTranspose2d(17, 2, stride=2)", "17, 2 * H, 2 * W", ""),  # no step
        # 17 channels become 1, 4 times as large: 4 / 17 are left
        ("ConvTranspose2d(2, 2, stride=2)\n  y = Conv2d(99, 1)", "99, 2 * H, 2 * W", ""),
        # the map that comes out has as many numbers as are left, or fewer
        ("Conv2d(8, 2, stride=2)\n  y = Conv2d(8, 1)", "8, H / 2, W / 2", ""),
        ("Conv2d(8, 2, stride=2)\n  y = Conv2d(7, 1)", "7, H / 2, W / 2", ""),
        ("Conv2d(8, 2, stride=2)\n  y = Conv2d(9, 1)", "9, H / 2, W / 2", "1 number in 8.5"),
        # of two maps the one with more counts
        (
            "a = Conv2d(8, 2, stride=2)\n  y = ConvTranspose2d(17, 2, stride=2)\n  output a: [N, 8, H / 2, W / 2]",
            "17, H, W",
            "1 number in 8.5",
        ),
    ],
)
def test_bottleneck_when_numbers_are_counted(layers: str, out: str, expected: str) -> None:
    body = f"  input x: [N, 17, H, W] where H % 16 == 0, W % 16 == 0\n  {layers}\n  output y: [N, {out}]"
    check_said("bottleneck", body, *([expected] if expected else []))


@pytest.mark.parametrize(
    ("shape", "is_map"), [("8, 1, 2", True), ("8, 2, 1", True), ("16", False), ("16, 1, 1", False)]
)
def test_bottleneck_when_what_comes_out_is_no_map_leaves_it_alone(shape: str, is_map: bool) -> None:
    """128 numbers become 8, 1 in 16, and 16 numbers are made of these; one place is no map."""
    body = (
        f"  input x: [N, 8, 4, 4]\n  Conv2d(8, 4, stride=4)\n  Flatten()\n  Linear(16)\n  y = Unflatten(1, ({shape}))"
    )
    body = body if "," in shape else body.replace("Linear(16)\n  y = Unflatten(1, (16))", "y = Linear(16)")
    check_said("bottleneck", f"{body}\n  output y: [N, {shape}]", *(["1 number in 16"] if is_map else []))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        # taps 0, 2 and 1; windows of 4: K grows by 1, output_padding was 1: the rest is 0, and padding stays
        ("3, stride=2, padding=1, output_padding=1", "2, 1 | `kernel_size=4, padding=1` | <4> <>"),
        ("4, 3, 1, 2", "2, 1, 1 | `kernel_size=6, padding=1` | <6> <>"),  # K grows by 2, as much as output_padding was
        ("4, 3, 1, 2, bias=false", "<6> <>"),
        ("4, 3, 1, 2, 1, false", "<6> <0>"),  # those behind it count on their places
        # K grows by 1 to 6, and a row has to go: padding of 1 takes 2, output_padding gives 1 back
        ("5, stride=2", "3, 2 | `kernel_size=6, padding=1, output_padding=1` | <6> <, padding=1> <, output_padding=1>"),
        ("5, stride=2, padding=2", "`kernel_size=6, padding=3, output_padding=1` | <6> <3> <, output_padding=1>"),
        # K grows by 2: padding of 1
        ("4, stride=3", "2, 1, 1 | `kernel_size=6, padding=1` gives | <6> <, padding=1>"),
        # taps at 0, 2, 4, 6, 8: phases 0, 2, 1, 0, 2; K grows by 2 * 1
        ("5, stride=3, dilation=2", "2, 1, 2 | `kernel_size=6, padding=1` gives"),
        ("(4, 5), stride=2", "3, 2 | `kernel_size=(4, 6), padding=(0, 1), output_padding=(0, 1)`"),
        # from 7 to 8 a row more, and 3 fewer of output_padding: 2 too few, and padding is 0 already
        ("7, stride=4, output_padding=3", "2, 2, 2, 1 | a kernel_size that the stride divides, 8"),
        ("7, stride=4, padding=1, output_padding=3", "`kernel_size=8` gives | <8> <> <>"),
        ("(7, 5), stride=(4, 1), padding=(0, 2), output_padding=(3, 0)", "that the stride divides, (8, 5)"),
    ],
)
def test_checkerboard_offers_a_window_that_keeps_the_size(arguments: str, expected: str) -> None:
    body = f"  input x: [N, 8, H, W]\n  ConvTranspose2d(4, {arguments})\n  y = AdaptiveAvgPool2d(1)\n"
    check_said("checkerboard", f"{body}  output y: [N, 4, 1, 1]", expected)


def test_checkerboard_when_the_window_is_a_default_sets_it_at_the_call() -> None:
    body = """
  input x: [N, 8, H, W]
  default ConvTranspose2d(kernel_size=3)
  ConvTranspose2d(4, stride=2)
  y = AdaptiveAvgPool2d(1)
  output y: [N, 4, 1, 1]"""
    # K grows by 1, padding of 1 takes 2 away, output_padding gives 1 back
    check_said("checkerboard", body, "<, kernel_size=4> <, padding=1> <, output_padding=1>")
