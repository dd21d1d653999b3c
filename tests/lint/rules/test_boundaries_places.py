"""What rules about places in the picture say at the boundary of their conditions, with the pixels worked out."""

import pytest

from tests.lint.rules.network import check_said, spoken

JOIN = """
  input x: [N, 8, H, W] where H % 8 == 0, W % 8 == 0
  {0}
  y = Conv2d(2, {1})
  output y: [N, 2, {2}]"""
HALF = "Conv2d(8, 3, stride=2, padding=1); up = ConvTranspose2d(8, 2, stride=2); Concat(x, up)"
FAR = "repeat 3 {; Conv2d(8, 3, stride=2, padding=1); }; up = Upsample(scale_factor=8); Concat(x, up)"


@pytest.mark.parametrize(
    ("layers", "last", "out", "expected"),
    [
        # every second pixel is kept, the first among them, and each is painted over two: half a pixel
        (HALF, "1", "H, W", "warning | 1/2 px apart | cell 0 at 0 px, step 1 px | along the height; nothing can make"),
        (HALF, "3, padding=1", "H, W", "info | 1/2 px apart | along the height; learned windows of three taps"),
        # three such steps: 1/2 + 1 + 2
        (FAR, "3, padding=1", "H, W", "warning | 7/2 px apart | along the height; it is 7/2 cells of 1 px"),
        (FAR, "1", "H, W", "warning | 7/2 px apart | along the height; nothing can make up"),
        # a window of three begins a pixel further on than what is cut off at the end
        (
            "a = Conv2d(8, 3); b = x -> Slice(stop=-2); Concat(a, b)",
            "3, padding=1",
            "H - 2, W - 2",
            "warning | 1 px apart | it is 1 cells of 1 px",
        ),
        ("a = Conv2d(8, 3); b = x -> Slice(start=1, stop=-1); Concat(a, b)", "3, padding=1", "H - 2, W - 2", ""),
        (
            "a = Conv2d(8, (1, 3)); b = x -> Slice(stop=-2, dim=3); Concat(a, b)",
            "1",
            "H, W - 2",
            "1 px apart | along the width",
        ),
        # of both axes the one that is further out
        (
            "a = Conv2d(8, (3, 5)); c = x -> Slice(stop=-2, dim=2); b = c -> Slice(stop=-4, dim=3); Concat(a, b)",
            "1",
            "H - 2, W - 4",
            "2 px apart | along the width",
        ),
    ],
)
def test_join_misaligned_says_how_far_and_whether_it_can_be_made_up_for(
    layers: str, last: str, out: str, expected: str
) -> None:
    body = JOIN.format("\n  ".join(layers.split("; ")), last, out)
    check_said("join-misaligned", body, *([expected] if expected else []))


def test_join_misaligned_of_cells_of_two_sizes_says_so() -> None:
    body = """
  input x: [N, 8, 16, 16]
  a = MaxPool2d(2)
  b = x -> Slice(start=4, stop=-4)
  Concat(a, b)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, 8, 8]"""
    check_said("join-misaligned", body, "warning | puts cells of 1 px and of 2 px together")


@pytest.mark.parametrize("start", [0, 1])
def test_join_misaligned_of_cells_of_two_sizes_that_begin_together_is_a_warning_too(start: int) -> None:
    """Cell 0 of every second pixel is pixel 0, or half a pixel from it: nothing learned makes them equally wide."""
    body = f"""
  input x: [N, 8, 16, 16]
  a = Conv2d(8, {3 + start}, stride=2, padding=1)
  b = x -> Slice(stop=8)
  Concat(a, b)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, 8, 8]"""
    half = "[Conv2d(8, 4, stride=2, padding=1)] cell 0 at 1/2 px, step 2 px"
    same = "[Conv2d(8, 3, stride=2, padding=1)] cell 0 at 0 px, step 2 px"
    check_said(
        "join-misaligned", body, f"warning | puts cells of 1 px and of 2 px together | {half if start else same}"
    )


@pytest.mark.parametrize(("times", "count"), [(3, 1), (10, 0)])
def test_join_misaligned_when_only_a_mean_is_known_is_silent(times: int, count: int) -> None:
    """Behind 10 doublings with windows between them there are 1,024 phases, of which only a mean is known."""
    body = f"""
  input x: [N, 8, H, W] where H % 2 == 0, W % 2 == 0
  Conv2d(8, 3, stride=2, padding=1)
  repeat {times} {{
    Conv2d(8, 3, padding=1)
    a = Upsample(scale_factor=2)
  }}
  b = x -> Upsample(scale_factor={2 ** (times - 1)})
  Concat(a, b)
  y = Conv2d(2, 1)
  output y: [N, 2, {2 ** (times - 1)} * H, {2 ** (times - 1)} * W]"""
    assert len(spoken("join-misaligned", body)) == count


TWO = """
  input gray: [N, 1, H, W] means {0}
  input hint: [N, 2, H, W] means {1}
  Concat(gray, hint)
  y = Conv2d(2, 1)
  output y: [N, 2, H, W] means {2}"""


@pytest.mark.parametrize(
    ("gray", "hint", "means", "expected"),
    [
        ("L / 100", "ab / 110", "ab", "about 1, and its target runs to 108"),
        ("L", "ab / 110", "ab", ""),  # one input is in its natural unit, and weights need not grow
        ("L / 100", "ab", "ab", ""),
        ("L / 100", "ab / 110", "ab / 110", ""),
    ],
)
def test_scale_pair_of_two_inputs_asks_for_the_larger(gray: str, hint: str, means: str, expected: str) -> None:
    check_said("norm-pair", TWO.format(gray, hint, means), *([expected] if expected else []))


PAINT = """
  input gray: [N, 1, {0}] means L / 100
  {1}
  output ab: [N, 2, {2}] means ab / 110{3}"""


@pytest.mark.parametrize(
    ("layers", "out", "expected"),
    [
        ("ab = Conv2d(2, 4, stride=4)", "H / 4, W / 4", ""),
        ("ab = Conv2d(2, 5, stride=5)", "H / 5, W / 5", "says one colour for 5 pixels | blocks of 5 x 5"),
        ("ab = Conv2d(2, (1, 5), stride=(1, 5))", "H, W / 5", "says one colour for 5 pixels"),
        ("Conv2d(2, 5, stride=5); ab = Upsample(scale_factor=5)", "H, W", "repeats each colour over 5 pixels"),
        ("Conv2d(2, 5, stride=5); ab = Upsample(scale_factor=5) -> Tanh()", "H, W", "repeats each colour over 5"),
        ("Conv2d(2, 6, stride=6); Upsample(scale_factor=2) -> Tanh(); ab = Upsample(scale_factor=3)", "H, W", "over 6"),
        ("Conv2d(2, (1, 5), stride=(1, 5)); ab = Upsample(scale_factor=(1, 5))", "H, W", "repeats each colour over 5"),
        ("Conv2d(2, 5, stride=5); ab = Upsample(scale_factor=5, mode=bilinear)", "H, W", ""),
        ("Conv2d(4, 5, stride=5); Upsample(scale_factor=5); ab = Conv2d(2, 3, padding=1)", "H, W", ""),
        ("Conv2d(2, 5, stride=5); a = Upsample(scale_factor=5); b = gray -> Conv2d(2, 1); ab = a + b", "H, W", ""),
        ("AdaptiveAvgPool2d(4); ab = Conv2d(2, 1)", "4, 4", ""),  # on no grid
        ("Conv2d(4, 5, stride=5); Upsample(scale_factor=5); ab = Conv2d(2, 1)", "H, W", ""),  # learns again
        # each colour over 10 pixels, and every second of them is kept
        (
            "Conv2d(2, 5, stride=5); Upsample(scale_factor=10); ab = Slice(step=2)",
            "H, W",
            "repeats each colour over 5 pixels",
        ),
        ("Conv2d(2, 4, stride=4); Upsample(scale_factor=8); ab = Slice(step=2)", "H, W", ""),
        (
            "Conv2d(2, (5, 1), stride=(5, 1)); Upsample(scale_factor=(5, 1)); ab = AdaptiveAvgPool2d((none, 1))",
            "H, 1",
            "",
        ),
    ],
)
def test_low_res_color_counts_the_pixels_of_a_colour(layers: str, out: str, expected: str) -> None:
    body = PAINT.format("H, W", "\n  ".join(layers.split("; ")), out, "")
    body = body.replace("L / 100", "L / 100 where H % 60 == 0, W % 60 == 0")
    check_said("low-res-color", body, *([expected] if expected else []))


SCALE = """
  input gray: [N, 1, H, W] means {0}
  {1}
  output y: [N, {2}, H, W] means {3}"""


@pytest.mark.parametrize(
    ("gray", "layers", "channels", "means", "expected"),
    [
        # about 1 at first, and b runs to 108
        ("L / 100", "y = Conv2d(2, 1)", 2, "ab", "[ab] up to 108 | about 1, | `means ab / 108`, or | `Mul(108)`"),
        ("L / 100", "Conv2d(2, 1); y = Mul(2)", 2, "ab", "numbers of about 2, | `means ab / 54`"),
        ("L / 100", "Conv2d(1, 1); y = Mul(100)", 1, "L / 100", "about 100, | leave the factor out that makes it 100"),
        ("L / 100", "y = gray -> Mul(100)", 1, "L / 100", ""),  # nothing is learned
        ("L / 100", "y = Conv2d(1, 1)", 1, "L / 10", "`means L / 10`"),  # 10 times, where the input is small
        ("L / 100", "y = Conv2d(1, 1)", 1, "L / 10.1", ""),
        ("L", "y = Conv2d(2, 1)", 2, "ab", ""),
        # a bounded activation ends at 1, and all factors behind it count, each once
        ("L / 100", "Conv2d(2, 1) -> Tanh(); y = Mul(100)", 2, "ab / 110", "about 100, | leave the factor out"),
        ("L / 100", "Conv2d(2, 1) -> Tanh(); Mul(10); y = Mul(20)", 2, "ab / 110", "about 200,"),
        ("L / 100", "Conv2d(2, 1) -> Sigmoid(); Mul(10); y = Mul(0.5)", 2, "ab / 110", ""),  # 5 against 0.98
        ("L / 100", "Conv2d(2, 1) -> ReLU6(); y = Mul(20)", 2, "ab / 110", "about 120,"),
        # what is about 1, on either side of 0, is moved
        ("L / 100", "Conv2d(2, 1); y = Add(50)", 2, "ab / 110", "about 51,"),
        ("L / 100", "Conv2d(2, 1); y = Add(-50)", 2, "ab / 110", "about 51,"),
        ("L / 100", "Conv2d(1, 1); y = LogSigmoid()", 1, "L / 2000", "about 1, and its target runs to 0.05"),
        ("L / 100", "a = Conv2d(2, 1); b = gray -> Conv2d(2, 1); y = a + b", 2, "ab / 110", ""),
    ],
)
def test_scale_pair_says_by_how_much(gray: str, layers: str, channels: int, means: str, expected: str) -> None:
    body = SCALE.format(gray, "\n  ".join(layers.split("; ")), channels, means)
    check_said("norm-pair", body, *([expected] if expected else []))


@pytest.mark.parametrize(
    ("size", "layers", "train", "expected"),
    [
        # 17 of 256 px, fewer than one in 14; 8.5 of them count
        (
            "H, W",
            "ab = Conv2d(2, 17, padding=8)",
            "",
            "warning | sees 17 of the 256 px of the height | about 8.5 | no size is fixed: 256",
        ),
        ("H, W", "ab = Conv2d(2, 19, padding=9)", "", "info | sees 19 of the 256 px of the height"),  # 256 / 14 = 18.3
        ("64, 64", "ab = Conv2d(2, 5, padding=2)", "", "info | sees 5 of the 64 px"),
        ("64, 32", "ab = Conv2d(2, 3, padding=1)", "", "warning | sees 3 of the 64 px of the height"),
        ("32, 64", "ab = Conv2d(2, 3, padding=1)", "", "warning | sees 3 of the 64 px of the width"),
        ("H, W", "ab = Conv2d(2, 17, padding=8)", "train { crop = 128 }", "info | sees 17 of the 128 px"),
        ("16, 16", "ab = Conv2d(2, 17, padding=8)", "", ""),
        # the coarsest sees 2 of 64, the output more
        (
            "64, 64",
            "Conv2d(8, 2, stride=2) -> ReLU(); ab = ConvTranspose2d(2, 2, stride=2)",
            "",
            "the coarsest value of `ab` sees 2 of the 64 px | the coarsest: a cell is 2 px wide",
        ),
    ],
)
def test_small_rf_says_what_part_is_seen(size: str, layers: str, train: str, expected: str) -> None:
    body = PAINT.format(size, "\n  ".join(layers.split("; ")), size, "")
    check_said("small-rf", body, *([expected] if expected else []), rest=train)
    (*found,) = spoken("small-rf", body, train)
    assert all(("no size is fixed" in line) == (size == "H, W" and not train) for line in found)
    assert all(("the coarsest" in line) == ("stride=2" in layers) for line in found)


BACK = "Conv2d(8, 2, stride=2) -> ReLU(); up = ConvTranspose2d(8, 2, stride=2); "


@pytest.mark.parametrize(
    ("layers", "shape", "expected"),
    [
        # the coarsest sees 2 of 8 px; 15 px of the enlarged map lie in 8 blocks of 2, 16 px, of which half count
        (f"{BACK}ab = Conv2d(2, 15, padding=7)", ", 8, 8", ""),
        (f"{BACK}ab = Conv2d(2, 13, padding=6)", ", 8, 8", "the coarsest value of `ab` sees 2 of the 8 px"),
        # the coarsest does not see all, and a gate behind it does
        (f"{BACK}g = gray -> AdaptiveAvgPool2d(1); Mul(up, g, broadcast=true); ab = Conv2d(2, 1)", ", 8, 8", ""),
        ("AdaptiveAvgPool2d(1) -> Flatten(); ab = Linear(2)", "", ""),  # one colour of all
    ],
)
def test_small_rf_when_the_output_sees_more_than_its_coarsest_value(layers: str, shape: str, expected: str) -> None:
    body = PAINT.format("8, 8", "\n  ".join(layers.split("; ")), "{2}", "").replace(", {2}", shape)
    check_said("small-rf", body, *([expected] if expected else []))


def test_small_rf_of_an_output_on_no_grid_is_silent() -> None:
    check_said("small-rf", PAINT.format("H, W", "AdaptiveAvgPool2d(4)\n  ab = Conv2d(2, 1)", "4, 4", ""))


def test_small_rf_of_a_picture_that_is_made_of_a_row_of_numbers_is_silent() -> None:
    body = "  input code: [N, 8]\n  Unflatten(1, (8, 1, 1))\n  ab = ConvTranspose2d(2, 4)\n"
    check_said("small-rf", f"{body}  output ab: [N, 2, 4, 4] means ab / 110")


DEEP = "Conv2d(8, {0}, stride={0}) -> ReLU(); ab = ConvTranspose2d(2, {0}, stride={0})"
LEVELS = (
    "a = Conv2d(8, {0}, stride={0}) -> ReLU(); Conv2d(8, {1}, stride={1}) -> ReLU();"
    " up = ConvTranspose2d(8, {1}, stride={1}); Concat(a, up); ab = ConvTranspose2d(2, {0}, stride={0})"
)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (DEEP.format(7), ""),
        (DEEP.format(8), "every way to `ab` leads through cells of 8 px | [ReLU()] cells of 8 px"),
        (LEVELS.format(2, 4), ""),  # a skip of cells of 2
        (LEVELS.format(3, 3), "leads through cells of 3 px | cells of 9 px"),
        (LEVELS.format(1, 8), ""),
    ],
)
def test_skip_missing_says_how_coarse_every_way_is(layers: str, expected: str) -> None:
    body = PAINT.format("H, W", "\n  ".join(layers.split("; ")), "H, W", "")
    body = body.replace("L / 100", "L / 100 where H % 504 == 0, W % 504 == 0")
    check_said("skip-missing", body, *([expected] if expected else []))


BATCH = """
  input gray: [N, 1, {0}] means (L - 50) / 50
  {1}
  ab = Conv2d(2, 3, padding=1)
  output ab: [N, 2, {0}] means ab / 110"""
NORM = "Conv2d(8, 3, padding=1, bias=false) -> BatchNorm2d() -> ReLU()"


@pytest.mark.parametrize(
    ("size", "count", "batch", "expected"),
    [
        ("64, 64", 1, 1, "a batch of 1 is little | [batch = 1] the statistics of 1 crop | [BatchNorm2d()] one |"),
        ("64, 64", 3, 2, "a batch of 2 is little | the statistics of 2 crops | [BatchNorm2d()] one, and 2 more"),
        ("1, 1", 1, 1, ""),  # one number a channel is another's
        ("1, 2", 1, 1, "a batch of 1"),
        ("64, 64", 0, 1, ""),
        ("64, 64", 1, 64, ""),
    ],
)
def test_small_batch_norm_counts_the_norms(size: str, count: int, batch: int, expected: str) -> None:
    body = BATCH.format(size, "\n  ".join([NORM] * count))
    train = f"train {{\n  crop = 64\n  batch = {batch}\n}}\n"
    check_said("small-batch-bn", body, *([expected] if expected else []), rest=train)
    if size == "1, 1":
        parts = "gets one number a channel | [BatchNorm2d()] 1 pixel of a crop of 1 x 1 | [batch = 1] one crop a step"
        check_said("train-one-value", body, parts, rest=train)


SHADOW = """
block Unit({0}) {{
  {1}
}}

block Twice({0}) {{
  Unit() -> ReLU()
}}
"""


@pytest.mark.parametrize(
    ("parameter", "given", "layer", "expected"),
    [
        ("width: int = 8", "width=16", "Conv2d(width, 3, padding=1)", "its own `width`, 8, not the 16 of `Twice`"),
        (
            "bias: bool = true",
            "bias=false",
            "Conv2d(8, 3, padding=1, bias=bias)",
            "its own `bias`, true, not the false",
        ),
    ],
)
def test_shadowed_default_spells_both_values(parameter: str, given: str, layer: str, expected: str) -> None:
    body = f"  input x: [N, 8, H, W]\n  Twice({given})\n  y = Conv2d(1, 1)\n  output y: [N, 1, H, W]"
    check_said("shadowed-default", body, expected, rest=SHADOW.format(parameter, layer))
