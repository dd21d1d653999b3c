"""Layers with a window, of every kind: what the tests of their pictures run through."""

from collections.abc import Iterator

from convdsl.render.arithmetic.slide import Slide, slide_of
from convdsl.shape import shape_of
from tests.ops.making import make

Call = tuple[str, tuple[object, ...], dict[str, object], tuple[int, ...]]  # name, arguments, input


def calls() -> Iterator[Call]:
    """Yield calls of every operator that slides a window, with every argument that changes its arithmetic."""
    yield "Conv1d", (2, 3), {"padding": 1}, (1, 2, 9)
    yield "Conv1d", (1, 4), {"padding": "same"}, (1, 1, 5)
    yield "Conv1d", (2, 3), {"padding": 2, "padding_mode": "circular"}, (1, 1, 6)
    yield "Conv2d", (1, 3), {}, (1, 1, 5, 5)
    yield "Conv2d", (2, 3), {"stride": 2, "padding": 1}, (1, 3, 6, 6)
    yield "Conv2d", (1, 3), {"dilation": 2, "padding": 2, "bias": False}, (1, 1, 7, 7)
    yield "Conv2d", (4, 3), {"groups": 2, "padding": 1}, (1, 4, 4, 4)
    yield "Conv2d", (8, 3), {"groups": 4, "padding": 1}, (1, 4, 5, 4)
    yield "Conv2d", (2, (3, 5)), {"stride": (2, 1), "padding": (0, 2)}, (1, 2, 6, 7)
    yield "Conv2d", (1, 3), {"padding": 2, "padding_mode": "reflect"}, (1, 1, 4, 5)
    yield "Conv2d", (1, 3), {"padding": 1, "padding_mode": "replicate"}, (1, 1, 4, 4)
    yield "Conv2d", (3, 1), {}, (1, 8, 4, 4)
    yield "Conv2d", (64, 7), {"stride": 2, "padding": 3}, (1, 3, 30, 30)
    yield "Conv2d", (16, 3), {"padding": 1}, (1, 16, 64, 64)
    yield "Conv2d", (1, 3), {"padding": 16, "dilation": 16}, (1, 1, 48, 48)
    yield "Conv2d", (1, 21), {"padding": 10}, (1, 1, 32, 32)
    yield "Conv3d", (2, 3), {"padding": 1}, (1, 2, 4, 4, 4)
    yield "Conv3d", (1, (1, 3, 3)), {"stride": (1, 2, 2)}, (1, 1, 3, 7, 7)
    yield "ConvTranspose1d", (1, 3), {"stride": 3, "padding": 1, "output_padding": 1}, (1, 1, 4)
    yield "ConvTranspose2d", (1, 3), {"stride": 2, "padding": 1, "output_padding": 1}, (1, 1, 3, 3)
    yield "ConvTranspose2d", (2, 4), {"stride": 2, "padding": 1}, (1, 3, 4, 4)
    yield "ConvTranspose2d", (4, 2), {"stride": 2, "groups": 2}, (1, 4, 3, 3)
    yield "ConvTranspose2d", (1, 2), {"padding": 2, "stride": 3, "dilation": 2}, (1, 1, 4, 3)
    yield "ConvTranspose2d", (8, 4), {"stride": 2, "padding": 1}, (1, 8, 32, 32)
    yield "ConvTranspose3d", (1, 2), {"stride": 2}, (1, 1, 2, 2, 2)
    yield "MaxPool1d", (2,), {"padding": 1}, (1, 3, 7)
    yield "MaxPool2d", (3, 2), {"padding": 1, "ceil_mode": True}, (1, 1, 6, 6)
    yield "MaxPool2d", (2,), {"dilation": 2, "stride": 1}, (1, 2, 5, 6)
    yield "MaxPool3d", (2,), {}, (1, 1, 4, 4, 4)
    yield "AvgPool1d", (3,), {"stride": 2, "padding": 1}, (1, 1, 7)
    yield "AvgPool2d", (3, 2), {"padding": 1, "count_include_pad": False}, (1, 2, 6, 6)
    yield "AvgPool2d", (3, 2), {"padding": 1, "ceil_mode": True}, (1, 1, 6, 6)
    yield "AvgPool2d", (2,), {"divisor_override": 3}, (1, 1, 7, 7)
    yield "AvgPool3d", (2,), {"stride": 1}, (1, 1, 3, 3, 3)
    yield "LPPool1d", (2, 3), {"ceil_mode": True, "stride": 2}, (1, 1, 8)
    yield "LPPool2d", (2, 2), {}, (1, 1, 6, 6)
    yield "LPPool3d", (3, 2), {}, (1, 1, 4, 4, 4)
    yield "AdaptiveAvgPool2d", (3,), {}, (1, 1, 7, 8)
    yield "AdaptiveAvgPool2d", (1,), {}, (1, 2, 6, 6)
    yield "AdaptiveAvgPool1d", (4,), {}, (1, 1, 10)
    yield "AdaptiveMaxPool2d", ((2, None),), {}, (1, 1, 5, 4)
    yield "AdaptiveMaxPool3d", (2,), {}, (1, 1, 3, 3, 5)
    yield "AdaptiveAvgPool2d", (7,), {}, (1, 1, 40, 40)
    yield "Filter2d", ("sobel_x",), {"padding": 1}, (1, 2, 5, 6)
    yield "Filter2d", ("binomial",), {"padding": 1, "stride": 2}, (1, 1, 7, 7)
    yield "Filter2d", ("box",), {"dilation": 2}, (1, 1, 6, 6)


def slide(call: Call) -> Slide:
    """Make the layer of a call and lay its window over its input."""
    name, arguments, keywords, shape = call
    found = slide_of(make(name, *arguments, **keywords), [shape_of(*shape)])
    assert found is not None, call
    return found


def said(call: Call) -> str:
    """Name a call in the list of tests."""
    name, arguments, keywords, _ = call
    return "-".join(map(str, (name, *arguments, *keywords.values())))
