"""Where networks may be cut: against PyTorch on parts of random pictures, and by hand."""

from fractions import Fraction

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convdsl.analysis.locality import Global, Line, lines
from convdsl.lower.build import build
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source


def analysis_of(body: str, channels: int = 1) -> Analysis:
    """Analyse layers, the last of which is called `y`; the shape of the output is what the layers make it."""
    text = f"convdsl 1\nmodel M {{\n  input x: [N, {channels}, H, W]\n{body}\n"
    graph = analyze(Source("net.cdsl", f"{text}}}\n")).graph
    assert graph is not None and graph.nodes[-1].shapes is not None
    return analyze(Source("net.cdsl", f"{text}  output y: {graph.nodes[-1].shapes[0]}\n}}\n"))


def line_of(body: str, channels: int = 1) -> Line:
    graph = analysis_of(body, channels).require_ok().graph
    assert graph is not None
    return lines(graph, graph.inputs[0].node, graph.outputs[0].value)[0]


def test_line_of_one_window_loses_half_of_it_at_each_side_that_goes_on() -> None:
    line = line_of("  y = Conv2d(1, 5, padding=2)")
    assert (line.grid, line.step) == (1, 1)
    assert line.right(20, False, False) == (2, 18)  # outputs 0 and 1 read 2 and 1 pixels before the part
    assert line.right(20, True, False) == (0, 18)
    assert line.right(20, False, True) == (2, 20)
    assert line.right(20, True, True) == (0, 20)
    assert line.right(4, False, False) == (0, 0)


def test_line_of_strides_begins_at_their_product_and_gives_fewer_outputs() -> None:
    line = line_of("  Conv2d(2, 3, stride=2, padding=1)\n  y = MaxPool2d(2)")
    assert (line.grid, line.step, line.outputs(32)) == (4, Fraction(4), 8)
    # output o reads pixels 4 o - 1 .. 4 o + 3: the first of a part reads one pixel before it
    assert line.right(32, False, False) == (1, 8)


def test_line_of_a_crop_before_padding_does_not_take_padding_for_picture() -> None:
    """Output 0 reads padding, and the two pixels that were cut off lie within the part: size alone would say right."""
    line = line_of("  Crop(left=2, right=2, top=2, bottom=2)\n  y = Conv2d(1, 3, padding=1)")
    assert line.right(20, False, False) == (1, 15)


@pytest.mark.parametrize(
    "body, layer, why",
    [
        ("  a = Conv2d(4, 3)\n  y = AdaptiveAvgPool2d(1)", "y", "reads the whole picture"),
        ("  a = Conv2d(4, 3, padding=1)\n  n = InstanceNorm2d()\n  y = Conv2d(1, 1)", "n", "mean and variance"),
        ("  n = GroupNorm(1)\n  y = Conv2d(1, 1)", "n", "mean and variance"),
        ("  n = BatchNorm2d(track_running_stats=false)\n  y = Conv2d(1, 1)", "n", "mean and variance"),
        ("  y = Conv2d(1, 3, padding=1, padding_mode=circular)", "y", "opposite side"),
        ("  p = CircularPad2d(1)\n  y = Conv2d(1, 3)", "p", "opposite side"),
        ("  y = Upsample(scale_factor=2, mode=bilinear, align_corners=true)", "y", "align_corners"),
        ("  y = Upsample(size=64)", "y", "size"),
        ("  y = SelfAttention2d()", "y", "whole picture"),
        ("  a = Softmax(2)\n  y = Conv2d(1, 1)", "a", "whole picture"),
        ("  g = Mean((2, 3), keepdim=true)\n  y = Mul(x, g, broadcast=true)", "g", "whole picture"),
    ],
)
def test_network_with_a_global_layer_is_refused_by_its_name(body: str, layer: str, why: str) -> None:
    with pytest.raises(Global) as caught:
        line_of(body, 8 if "Attention" in body else 1)
    assert caught.value.node.target == layer
    assert why in caught.value.why


def test_global_layer_that_the_output_does_not_need_is_no_obstacle() -> None:
    text = """convdsl 1
model M {
  input x: [N, 1, H, W]
  y = Conv2d(1, 3, padding=1)
  g = AdaptiveAvgPool2d(1)
  output y: [N, 1, H, W]
  output g: [N, 1, 1, 1]
}
"""
    graph = analyze(Source("net.cdsl", text)).graph
    assert graph is not None
    assert lines(graph, 0, graph.outputs[0].value)[0].right(20, False, False) == (1, 19)


PIECES = (
    "Conv2d(2, 3, padding=1)",
    "Conv2d(2, 3)",
    "Conv2d(2, 3, padding=2, dilation=2, padding_mode=reflect)",
    "Conv2d(2, 4, stride=2, padding=1)",
    "Conv2d(2, 5, stride=2, padding=2, padding_mode=replicate)",
    "MaxPool2d(2)",
    "MaxPool2d(3, stride=2, padding=1)",
    "AvgPool2d(3, stride=2, ceil_mode=true)",
    "ConvTranspose2d(2, 4, stride=2, padding=1)",
    "ConvTranspose2d(2, 3, stride=2)",
    "ConvTranspose2d(2, 3, stride=3)",
    "Upsample(scale_factor=2)",
    "Upsample(scale_factor=2, mode=bilinear)",
    "Upsample(scale_factor=2, mode=bicubic)",
    "ReflectionPad2d(2)",
    "Pad((1, 2, 0, 3), value=0.5)",
    "Crop(top=1, left=2, bottom=3, right=1)",
    "PixelUnshuffle(2) -> Conv2d(2, 1)",
    "Conv2d(4, 1) -> PixelShuffle(2) -> Conv2d(2, 1)",
    "BatchNorm2d()",
    "LeakyReLU(0.2)",
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5), st.data())
def test_law_right_outputs_of_a_part_are_those_of_the_whole(pieces: list[str], data: st.DataObject) -> None:
    """A random chain, a random legal picture, a random legal part of it: PyTorch says what is right."""
    body = "  " + "\n  ".join([*pieces, "y = Conv2d(1, 1)"])
    analysis = analysis_of(body, 2)
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None and legal is not None
    assume(analysis.ok)  # some chains take no size at all
    down, across = lines(graph, 0, graph.outputs[0].value)
    assert down.grid == across.grid

    def fits(n: int) -> bool:
        return legal.contains({"H": n, "W": n})

    sizes = [n for n in range(40, 91) if fits(n)]
    assume(sizes)
    whole = data.draw(st.sampled_from(sizes))
    starts = list(range(0, whole, down.grid))
    start = data.draw(st.sampled_from(starts))
    stops = [b for b in range(start + 1, whole + 1) if fits(b - start)]
    assume(stops)
    stop = data.draw(st.sampled_from(stops))
    torch.manual_seed(0)
    network = build(graph).eval().double()
    picture = torch.randn(1, 2, whole, whole, dtype=torch.float64)
    with torch.no_grad():
        true, part = network(picture), network(picture[:, :, start:stop, start:stop])
    (top, bottom), (left, right) = (line.right(stop - start, start == 0, stop == whole) for line in (down, across))
    before = int(start / down.step)
    outer = true[:, :, top + before : bottom + before, left + before : right + before]
    assert torch.allclose(part[:, :, top:bottom, left:right], outer, atol=1e-12)
