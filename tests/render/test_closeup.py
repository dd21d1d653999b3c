"""`show --layer`: the formula with the numbers put in, and what locality and shared weights save."""

import pytest

from convdsl.api import closeup, convert
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.source import Source

NEAR = """convdsl 1

model Near {
  input x: [N, 3, H, W]
  same = Conv2d(3, 3, padding=1, bias=false)
  wide = Conv2d(8, 3, padding=2, dilation=2)
  pool = MaxPool2d(3, stride=2, ceil_mode=true) -> ReLU()
  half = Conv2d(8, (3, 5), stride=2, groups=2)
  up = ConvTranspose2d(4, 4, stride=2, padding=1)
  y = AdaptiveAvgPool2d(1)
  output y: [N, 4, 1, 1]
}
"""

# 3 * 256 * 256 = 196,608; squared 38,654,705,664; 256 * 256 * 81 = 5,308,416
SAME = """same: Conv2d(3, 3, padding=1, bias=false)

  at       H = 256, W = 256
  reads    x [1, 3, 256, 256]
  gives    [1, 3, 256, 256]
  formula  (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1
  height   (256 + 2 * 1 - 1 * (3 - 1) - 1) // 1 + 1 = 256
  width    (256 + 2 * 1 - 1 * (3 - 1) - 1) // 1 + 1 = 256
  weight   3 * 3 * 3 * 3 = 81
  MACs     5,308,416

what one output sees of the input, borders aside:
  size   3 pixels
  jump   1 pixel from one output to the next
  start  0

the same map with other wiring, in weights, biases aside:
  a dense layer  38,654,705,664  (3 * 256 * 256) * (3 * 256 * 256)
  a local layer       5,308,416  65,536 places * 81, a window of its own for each
  this layer                 81  one window for all places"""


def line(text: str, word: str) -> str:
    return next(row.split(maxsplit=1)[1] for row in text.splitlines() if row.split()[:1] == [word])


def test_closeup_of_the_seeds_example_is_this_page() -> None:
    assert closeup(NEAR, "same", "256x256") == SAME
    assert 196_608**2 == 38_654_705_664
    assert 256 * 256 * 81 == 5_308_416


def test_closeup_of_a_dilated_window_counts_taps_and_extent() -> None:
    text = closeup(NEAR, "wide", "256x256")
    # 2 * (3 - 1) + 1 = 5
    assert line(text, "window") == "3x3 = 9 weights over an extent of 5x5, where a full window has 25"
    assert line(text, "height") == "(256 + 2 * 2 - 2 * (3 - 1) - 1) // 1 + 1 = 256"


def test_closeup_of_a_pool_that_reaches_over_the_edge_rounds_up() -> None:
    text = closeup(NEAR, "pool.0", "9x12")
    # ceil((9 - 3) / 2) + 1 = 4; ceil((12 - 3) / 2) + 1 = 6
    assert line(text, "height") == "ceil((9 + 2 * 0 - 1 * (3 - 1) - 1) / 2) + 1 = 4"
    assert line(text, "width") == "ceil((12 + 2 * 0 - 1 * (3 - 1) - 1) / 2) + 1 = 6"
    assert "wiring" not in text
    spec = "convdsl 1\nmodel A {\n  input x: [N, 1, L]\n  y = MaxPool1d(1, stride=2, ceil_mode=true)\n"
    text = closeup(f"{spec}  output y: [N, 1, (L + 1) // 2]\n}}\n", "y", {"L": 2})
    # ceil(1 / 2) + 1 = 2 windows, and the second would begin at pixel 2 of 0 and 1
    assert line(text, "length").endswith("+ 1 = 2, less 1 that would begin in the padding = 1")


def test_closeup_of_several_outputs_names_each() -> None:
    spec = """convdsl 1
model A {
  input x: [N, 8, H, W]
  a, b = Split((3, 5))
  Concat(b, a)
  y = Filter2d([[1, 2, 3], [1, 2, 3]], dilation=2)
  output y: [N, 8, H - 2, W - 4]
}
"""
    assert closeup(spec, "split", "9x9").splitlines()[4:6] == [
        "  gives   [1, 3, 9, 9]",
        "          [1, 5, 9, 9]",
    ]
    assert line(closeup(spec, "concat", "9x9"), "reads") == "split, its output 2, [1, 5, 9, 9]"
    # a fixed window has the formula of all windows
    assert line(closeup(spec, "y", "9x9"), "width") == "(9 + 2 * 0 - 2 * (3 - 1) - 1) // 1 + 1 = 5"


def test_closeup_of_a_group_names_what_is_in_it() -> None:
    with pytest.raises(MistakeError) as caught:
        closeup(NEAR, "pool", "9x12")
    assert caught.value.way_out == "`pool` is made of pool.0, pool.1"


def test_closeup_of_what_is_no_window_shows_the_size_as_a_function() -> None:
    assert line(closeup(NEAR, "pool.1", "9x12"), "height") == "4"
    assert "height" not in closeup(NEAR, "y", "32x32")  # one number, whatever the size


def test_closeup_of_a_grouped_rectangle_puts_each_axis_in_its_own_formula() -> None:
    text = closeup(NEAR, "half", "32x64")
    assert line(text, "height") == "(16 + 2 * 0 - 1 * (3 - 1) - 1) // 2 + 1 = 7"
    assert line(text, "width") == "(32 + 2 * 0 - 1 * (5 - 1) - 1) // 2 + 1 = 14"
    assert line(text, "weight") == "8 * 4 * 3 * 5 = 480"
    # 7 * 14 places, 480 weights at each
    assert line(text, "MACs") == f"{7 * 14 * 480:,}"
    assert f"{8 * 16 * 32 * 8 * 7 * 14:,}" in text


def test_closeup_of_a_transposed_convolution_counts_places_of_the_input() -> None:
    text = closeup(NEAR, "up", "32x64")
    assert line(text, "height") == "(7 - 1) * 2 - 2 * 1 + 1 * (4 - 1) + 0 + 1 = 14"
    assert f"{7 * 14 * 8 * 4 * 16:,}  98 places * 512, a window of its own for each" in text


def test_closeup_of_a_wrapped_layer_shows_the_window_inside() -> None:
    text = closeup(
        NEAR.replace("Conv2d(3, 3, padding=1, bias=false)", "WeightNorm(Conv2d(3, 3, padding=1))"), "same", 256
    )
    assert line(text, "height") == "(256 + 2 * 1 - 1 * (3 - 1) - 1) // 1 + 1 = 256"
    assert "65,536 places * 81" in text


def test_closeup_without_a_size_takes_the_smallest() -> None:
    # half: 3 x 5 after a pool that keeps n // 2: 6 x 10
    assert line(closeup(NEAR, "same"), "at") == "H = 6, W = 10"


def test_closeup_of_an_unknown_layer_offers_the_nearest() -> None:
    with pytest.raises(MistakeError, match="there is no layer `wid`") as caught:
        closeup(NEAR, "wid")
    assert caught.value.way_out == "did you mean `wide`?"


SEEN = """convdsl 1

model Seen {
  input x: [N, 1, H, W] where H % 2 == 0, W % 2 == 0
  odd = x -> Conv2d(1, 3, stride=2, padding=1)
  up = odd -> ConvTranspose2d(1, 4, stride=2, padding=1)
  y = Concat(x, up)
  holes = x -> Conv2d(1, (4, 1), dilation=2, padding=(3, 0))
  output y: [N, 2, H, W]
  output holes: [N, 1, H, W]
}
"""


def test_closeup_tells_what_the_phases_of_a_transposed_window_see() -> None:
    text = closeup(SEEN, "up", "16")
    # each output reads two windows of 3 that are 2 apart: 5 pixels, from -3 or from -1
    assert line(text, "size") == "5 pixels"
    # centres at -2/2 = -1 and 2/2 = 1, which is 0 one output before: -1/2 on average
    assert line(text, "start") == "-1/2 on average; outputs lie -1/2, 1/2 off it in turn"


def test_closeup_lists_no_phases_whose_outputs_lie_in_line() -> None:
    spec = "convdsl 1\nmodel A {\n  input x: [N, 1, H, W]\n  y = Upsample(scale_factor=2, mode=bilinear)\n"
    text = closeup(f"{spec}  output y: [N, 1, 2 * H, 2 * W]\n}}\n", "y", "16")
    # output 0 is 3/4 of pixel 0 and 1/4 of pixel -1, output 1 3/4 of pixel 0 and 1/4 of pixel 1: half a pixel apart
    assert line(text, "start") == "-1/4"


def test_closeup_tells_the_path_that_sees_least_and_what_lies_off_at_a_join() -> None:
    text = closeup(SEEN, "y", "16")
    assert line(text, "smallest") == "1 pixel, through the path that sees least"
    assert line(text, "offset") == "`up` lies -1/2 pixel from `x`, -1/2 of a cell"


def test_closeup_tells_holes_and_axes_apart() -> None:
    text = closeup(SEEN, "holes", "16")
    assert line(text, "size") == "height 7 pixels, width 1 pixel"
    # rows -3, -1, 1, 3
    assert line(text, "taps") == "4 of the 7 pixels between the first and the last, and not the one in the middle"


def test_closeup_of_what_sees_everything_has_no_field() -> None:
    assert "sees of the input" not in closeup(NEAR, "y", "256")


def test_closeup_of_a_layer_with_parameters_says_their_numbers_in_text_and_yaml() -> None:
    text = """convdsl 1
model M(width: int = 8) {
  input x: [N, 1, 4, 4]
  y = Conv2d(2 * width, kernel_size=4, bias=false)
  output y: [N, 16, 1, 1]
}
"""
    shown = closeup(text, "y", None)
    assert shown.splitlines()[0] == "y: Conv2d(2 * width, kernel_size=4, bias=false)"
    assert line(shown, "with") == "out_channels=16, kernel_size=4, bias=false"
    yaml = analyze(Source("m.yaml", convert(text, "yaml")))
    assert line(closeup(yaml, "y", None), "with") == line(shown, "with")
    wrapped = text.replace("Conv2d(2 * width, kernel_size=4, bias=false)", "SpectralNorm(Conv2d(2 * width, 4))")
    assert line(closeup(wrapped, "y", None), "with") == "layer=Conv2d(out_channels=16, kernel_size=4)"
    # one window of 4 * 4 fits in 4 * 4 once: 16 * 1 * 4 * 4 = 256 weights, used once each
    assert "256  1 place * 256, a window of its own for each" in shown
    assert "256  one window for it" in shown
    assert "with" not in closeup(NEAR, "same", "256x256").split("\n\nwhat")[0]
