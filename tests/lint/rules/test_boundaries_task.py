"""Rules about windows, ranges and signatures at the boundary of their conditions, with the numbers worked out."""

import pytest

from tests.lint.rules.network import check_said, spoken

HEAD = """
  input gray: [N, 1, H, W] means L / {0}
  {1}
  output y: [N, {2}, H, W] means {3}"""


@pytest.mark.parametrize(
    ("layers", "means", "expected"),
    [
        # of -1 to 1 a head of -0.75 to 0.75 misses a quarter, which is an error
        ("y = Conv2d(1, 1) -> Tanh() -> Mul(0.75)", "(L - 50) / 50", "error | ends in `Mul` | 25% of the range of `L`"),
        ("y = Conv2d(1, 1) -> Tanh() -> Mul(0.8)", "(L - 50) / 50", "warning | 20% of the range of `L`"),
        ("y = Conv2d(1, 1) -> Tanh() -> Mul(0.6)", "(L - 50) / 50", "error | 40% of the range of `L`"),
        ("y = Conv2d(1, 1) -> ReLU()", "(L - 50) / 50", "error | gives 0 to infinity | 50% of the range of `L`"),
        ("y = Conv2d(1, 1) -> LogSigmoid()", "(L - 50) / 50", "error | gives -infinity to 0, | 50% of the range"),
        # a bound that is 1 is a Tanh's own
        ("y = Conv2d(1, 1) -> Sigmoid()", "(L - 50) / 50", "[(L - 50) / 50] `L` needs -1 to 1 | by `Tanh()`"),
        ("y = Conv2d(1, 1) -> Sigmoid()", "(L - 50) / 200", "[(L - 50) / 200] `L` needs -0.25 to 0.25 | by `Tanh()`"),
        ("y = Conv2d(1, 1) -> Sigmoid()", "(L - 75) / 50", "`L` needs -1.5 to 0.5 | by `Tanh() * 1.5`"),
        ("y = Conv2d(1, 1) -> Sigmoid()", "(L - 50) / 25", "`L` needs -2 to 2 | by `Tanh() * 2`"),
        # an input that is handed on: 0 to 0.5 of 0 to 1
        ("y = gray", "L / 100", "`y` ends in `gray`, which gives 0 to 0.5 | 50% of the range"),
        ("y = Conv2d(10, 1) -> Softmax(1)", "classes", ""),
    ],
)
def test_head_range_when_a_part_cannot_be_reached(layers: str, means: str, expected: str) -> None:
    body = HEAD.format(200, layers, 10 if means == "classes" else 1, means)
    check_said("head-range", body, *([expected] if expected else []))


SCALED = "  input x: [N, 1, {0}]{1}\n  {2}y = Upsample(scale_factor={3})\n  output y: [N, 1, {4}]"


@pytest.mark.parametrize(
    ("shape", "where", "before", "factor", "out", "expected"),
    [
        # int(90 * 0.7) = 62, along both axes, and one finding says it
        ("90, 90", "", "", "0.7", "63, 63", "makes 62 of a height of 90, and not 63"),
        ("8, 90", "", "", "(1, 0.7)", "8, 63", "makes 62 of a width of 90, and not 63"),
        # int(3500 * 0.29) = 1014, and 0.29 * 3500 = 1015; the picture is 596 larger, or 597: too large to be tried
        ("H, 8", " where H == 4096", "Conv2d(1, (597, 1))\n  ", "(0.29, 1)", "29 * (H - 596) // 100, 8", "of 3500"),
        ("H, 8", " where H == 4097", "Conv2d(1, (598, 1))\n  ", "(0.29, 1)", "29 * (H - 597) // 100, 8", ""),
    ],
)
def test_float_scale_when_a_size_is_tried(
    shape: str, where: str, before: str, factor: str, out: str, expected: str
) -> None:
    assert (int(90 * 0.7), int(3500 * 0.29)) == (62, 1014)
    check_said("float-scale", SCALED.format(shape, where, before, factor, out), *([expected] if expected else []))


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("Conv2d(64, 16, 8)", "makes 64 channels with a window of 16 and a stride of 8 | write `Conv2d(16, 8)`"),
        ("Conv2d(64, 15, 7)", ""),  # 15 is no usual number of channels
        ("Conv2d(64, 16, 9)", ""),  # a step of more than half the window is meant
        ("Conv2d(64, 32, 1)", "write `Conv2d(32, 1)`"),
        ("Conv2d(63, 32, 3)", ""),
        ("Conv2d(64, (16, 32), 3)", ""),  # numbers of channels come one by one
        ("Conv2d(64, 16, (3, 1))", ""),
        ("Conv2d(64, 31, padding=15)", ""),  # no stride is said
        ("Conv2d(64, 32, 3, groups=64)", ""),
        ("Conv2d(64, 3, padding=1) -> BatchNorm2d(1.0)", "`BatchNorm2d` adds 1 to the variance | [1.0] this is `eps`"),
        ("Conv2d(64, 3, padding=1) -> BatchNorm2d(0.99)", ""),
        ("AdaptiveAvgPool2d(1) -> Flatten() -> Linear(64) -> Unflatten(1, (64, 1, 1))", ""),
    ],
)
def test_eager_signature_when_numbers_look_moved_on(layer: str, expected: str) -> None:
    body = f"  input x: [N, 64, 64, 64]\n  {layer}\n  y = AdaptiveAvgPool2d(1)\n"
    channels = 63 if "63" in layer else 64
    check_said("eager-signature", f"{body}  output y: [N, {channels}, 1, 1]", *([expected] if expected else []))


@pytest.mark.parametrize(
    ("layers", "out", "expected"),
    [
        ("Upsample(scale_factor=4)\n  y = MaxPool2d(2)", "8, 2 * H, 2 * W", "`MaxPool2d` drops resolution by 2"),
        ("Upsample(scale_factor=4)\n  y = MaxPool2d((1, 3))", "8, 4 * H, 4 * W // 3", "drops resolution by 3"),
        ("Upsample(scale_factor=4)\n  y = MaxPool2d(3, stride=1, padding=1)", "8, 4 * H, 4 * W", ""),
        ("Upsample(scale_factor=4)\n  y = AvgPool2d(2)", "8, 2 * H, 2 * W", ""),
        ("MaxPool2d(2)\n  y = Upsample(scale_factor=2)", "8, 2 * (H // 2), 2 * (W // 2)", ""),
        # of two outputs the one before anything is enlarged has lost nothing
        (
            "z = MaxPool2d(2)\n  y = Upsample(scale_factor=2)\n  output z: [N, 8, H // 2, W // 2]",
            "8, 2 * (H // 2), 2 * (W // 2)",
            "",
        ),
        # what has no grid enlarges nothing
        ("w = AdaptiveAvgPool2d(2)\n  y = MaxPool2d(2)", "8, 1, 1", ""),
    ],
)
def test_decoder_pool_when_something_was_enlarged_before(layers: str, out: str, expected: str) -> None:
    body = f"  input x: [N, 8, H, W]\n  {layers}\n  output y: [N, {out}]"
    check_said("maxpool-in-decoder", body, *([expected] if expected else []))


def test_align_corners_when_nothing_else_steps_is_quiet_and_names_the_first_that_does() -> None:
    up = "Upsample(scale_factor=2, mode=bilinear, align_corners=true)"
    body = f"  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0\n  {{}}\n  y = {up}\n  output y: [N, 8, {{}}]"
    check_said("align-corners", body.format("AdaptiveAvgPool2d(4)", "8, 8"))
    check_said("align-corners", body.format("Conv2d(8, 3, padding=1)", "2 * H, 2 * W"))
    check_said("align-corners", body.format("MaxPool2d(2) -> AvgPool2d(1)", "H, W"), "[MaxPool2d(2)] steps evenly")
    steps = "AvgPool2d(2)\n  Conv2d(8, 2, stride=2)\n  Upsample(scale_factor=2)"
    check_said("align-corners", body.replace("2 == 0", "4 == 0").format(steps, "H, W"), "[AvgPool2d(2)] steps evenly")


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        # of nine pixels of a corner window four are inside: (3 - 1) * (3 - 1)
        ("AvgPool2d(3, stride=1, padding=1)", "4 / 9 | 0.44 at the border | <, count_include_pad=false>"),
        ("AvgPool2d((3, 1), stride=1, padding=(1, 0))", "2 / 3 | 0.67"),
        ("AvgPool2d(3, stride=1, padding=1, count_include_pad=false)", ""),
        ("MaxPool2d(3, stride=1, padding=1)", ""),
        ("Filter2d(binomial, padding=1)", ""),  # no pool
        ("AvgPool2d(3, stride=1, padding=1, divisor_override=1)", ""),  # a sum of nine, and not a mean
        ("AvgPool2d(3, stride=1, padding=1, divisor_override=18)", ""),
    ],
)
def test_avgpool_border_when_zeros_count(layer: str, expected: str) -> None:
    body = f"  input x: [N, 8, H, W]\n  {layer}\n  y = Conv2d(2, 1)\n  output y: [N, 2, H, W]"
    check_said("avgpool-border", body, *([expected] if expected else []))


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (
            "MaxPool2d(2)\n  Flatten()\n  y = Linear(10, in_features=96)",
            "[MaxPool2d(2)] a map of [N, 8, H // 2, W // 2]",
        ),
        (
            "MaxPool2d(2)\n  Flatten(2) -> Flatten()\n  y = Linear(10, in_features=96)",
            "[MaxPool2d(2)] | `AdaptiveAvgPool2d(1)`",
        ),
        (
            "Flatten() -> Dropout(0.5)\n  y = Linear(10, in_features=96)",
            "`Linear` takes 96 numbers | 8 * H * W come in",
        ),
        ("Flatten()\n  Unflatten(1, (96, 1))\n  AdaptiveAvgPool1d(1) -> Flatten()\n  y = Linear(10)", ""),
    ],
)
def test_dense_lock_when_the_size_is_free(layers: str, expected: str) -> None:
    body = f"  input x: [N, 8, H, W]\n  {layers}\n  output y: [N, 10]"
    check_said("dense-locks-size", body, *([expected] if expected else []))


@pytest.mark.parametrize(
    ("layers", "out", "expected"),
    [
        # a window of 3 in the middle of 1 pixel: 1 of 9 taps, 8 * 64 weights without gradient
        ("y = Conv2d(8, 3, padding=1)", "8, 1, 1", "8 of 9 taps | a height of 1 | 512 weights"),
        ("y = Conv2d(8, (1, 3), padding=(0, 1))", "8, 1, 1", "2 of 3 taps | 3 pixels over a width of 1 | 128 weights"),
        ("y = Conv2d(8, 3, padding=1, padding_mode=replicate)", "8, 1, 1", ""),
        # 4 * 1 windows of stride 2 and padding 3 over 1 pixel: tap 1 of window 1 alone meets it
        ("y = Conv2d(8, 2, stride=2, padding=3)", "8, 3, 3", "3 of 4 taps | 2 pixels over a height of 1"),
        # taps 0 to 2 of one window over 1 pixel of the output, 1 is cut off at each side
        ("y = ConvTranspose2d(8, 3, padding=1)", "8, 1, 1", "8 of 9 taps of `ConvTranspose2d` paint only what is cut"),
        ("y = ConvTranspose2d(8, 3)", "8, 3, 3", ""),
        ("y = Conv2d(8, (1, 4096), padding=(0, 2048))", "8, 1, 2", "4094 of 4096 taps"),
        ("y = Conv2d(8, (1, 4097), padding=(0, 2048))", "8, 1, 1", ""),  # too wide to be looked at
    ],
)
def test_dead_taps_when_a_window_hangs_over_one_pixel(layers: str, out: str, expected: str) -> None:
    body = f"  input x: [N, 8, 1, 1]\n  {layers}\n  output y: [N, {out}]"
    check_said("dead-taps", body, *([expected] if expected else []))


def test_dead_taps_of_a_map_that_grows_are_an_info() -> None:
    body = "  input x: [N, 8, H, 1] where H == 1\n  y = Conv2d(8, 3, padding=1)\n  output y: [N, 8, H, 1]"
    (found,) = spoken("dead-taps", body)
    assert found.startswith("info | 8 of 9 taps of `Conv2d` meet nothing but padding, at H = 1")
