"""The node tests of ONNX for windows and pads, as its operator pages give them: attributes, input shape, output shape.

Source: ONNX, docs/Operators.md and onnx/backend/test/case/node/{conv,convtranspose,maxpool,averagepool,lppool}.py;
the cases without a counterpart in PyTorch (SAME_UPPER with a stride, unequal pads of pools) are written with Pad, as a
spec would write them.
"""

import pytest

from convdsl.shape import Shape, shape_of

from .making import make

Numbers = tuple[int, ...]
Layer = tuple[str, tuple[object, ...], dict[str, object]]


def layer(name: str, *positional: object, **keywords: object) -> Layer:
    return name, positional, keywords


CASES: list[tuple[str, list[Layer], Numbers, Numbers]] = [
    ("conv_with_padding", [layer("Conv2d", 1, 3, padding=1)], (1, 1, 5, 5), (1, 1, 5, 5)),
    ("conv_without_padding", [layer("Conv2d", 1, 3)], (1, 1, 5, 5), (1, 1, 3, 3)),
    ("conv_with_strides_padding", [layer("Conv2d", 1, 3, stride=2, padding=1)], (1, 1, 7, 5), (1, 1, 4, 3)),
    ("conv_with_strides_no_padding", [layer("Conv2d", 1, 3, stride=2)], (1, 1, 7, 5), (1, 1, 3, 2)),
    # pads [1, 0, 1, 0]: top and bottom only
    (
        "conv_with_strides_and_asymmetric_padding",
        [layer("Conv2d", 1, 3, stride=2, padding=(1, 0))],
        (1, 1, 7, 5),
        (1, 1, 4, 2),
    ),
    # SAME_LOWER with stride 2 on 5x5: ceil(5 / 2) = 3, pads 1 and 1
    ("conv_with_autopad_same", [layer("Conv2d", 1, 3, stride=2, padding=1)], (1, 1, 5, 5), (1, 1, 3, 3)),
    ("convtranspose", [layer("ConvTranspose2d", 2, 3)], (1, 1, 3, 3), (1, 2, 5, 5)),
    ("convtranspose_1d", [layer("ConvTranspose1d", 2, 3)], (1, 1, 3), (1, 2, 5)),
    ("convtranspose_3d", [layer("ConvTranspose3d", 2, 3)], (1, 1, 3, 4, 5), (1, 2, 5, 6, 7)),
    # output_shape [10, 8] from strides (3, 2): (3 - 1) * 3 + 3 + 1 = 10, (3 - 1) * 2 + 3 + 1 = 8
    (
        "convtranspose_output_shape",
        [layer("ConvTranspose2d", 2, 3, stride=(3, 2), output_padding=1)],
        (1, 1, 3, 3),
        (1, 2, 10, 8),
    ),
    ("convtranspose_pads", [layer("ConvTranspose2d", 2, 3, stride=(3, 2), padding=(1, 2))], (1, 1, 3, 3), (1, 2, 7, 3)),
    ("convtranspose_dilations", [layer("ConvTranspose2d", 1, 2, dilation=2)], (1, 1, 3, 3), (1, 1, 5, 5)),
    # group 2: two maps of one channel each
    (
        "convtranspose_group_2",
        [layer("ConvTranspose2d", 2, 3, groups=2)],
        (1, 2, 3, 3),
        (1, 2, 5, 5),
    ),
    ("maxpool_1d_default", [layer("MaxPool1d", 2, stride=1)], (1, 3, 32), (1, 3, 31)),
    ("maxpool_2d_default", [layer("MaxPool2d", 2, stride=1)], (1, 3, 32, 32), (1, 3, 31, 31)),
    ("maxpool_3d_default", [layer("MaxPool3d", 2, stride=1)], (1, 3, 32, 32, 32), (1, 3, 31, 31, 31)),
    ("maxpool_2d_pads", [layer("MaxPool2d", 5, stride=1, padding=2)], (1, 3, 28, 28), (1, 3, 28, 28)),
    ("maxpool_2d_strides", [layer("MaxPool2d", 5, stride=3)], (1, 3, 32, 32), (1, 3, 10, 10)),
    ("maxpool_2d_ceil", [layer("MaxPool2d", 3, stride=2, ceil_mode=True)], (1, 1, 4, 4), (1, 1, 2, 2)),
    # the last window would begin in the padding, and is left out
    (
        "maxpool_2d_ceil_output_size_reduce_by_one",
        [layer("MaxPool2d", 1, stride=2, ceil_mode=True)],
        (1, 1, 2, 2),
        (1, 1, 1, 1),
    ),
    ("maxpool_2d_dilations", [layer("MaxPool2d", 2, stride=1, dilation=2)], (1, 1, 4, 4), (1, 1, 2, 2)),
    ("maxpool_3d_dilations", [layer("MaxPool3d", 2, stride=1, dilation=2)], (1, 1, 4, 4, 4), (1, 1, 2, 2, 2)),
    ("maxpool_2d_precomputed_pads", [layer("MaxPool2d", 5, stride=1, padding=2)], (1, 1, 5, 5), (1, 1, 5, 5)),
    ("maxpool_2d_precomputed_strides", [layer("MaxPool2d", 2, stride=2)], (1, 1, 5, 5), (1, 1, 2, 2)),
    # SAME_UPPER with stride 1: 32 stays 32, the odd pixel after the image
    (
        "maxpool_2d_same_upper",
        [layer("Pad", (0, 1, 0, 1)), layer("MaxPool2d", 2, stride=1)],
        (1, 3, 32, 32),
        (1, 3, 32, 32),
    ),
    (
        "maxpool_2d_same_lower",
        [layer("Pad", (1, 0, 1, 0)), layer("MaxPool2d", 2, stride=1)],
        (1, 3, 32, 32),
        (1, 3, 32, 32),
    ),
    ("averagepool_1d_default", [layer("AvgPool1d", 2, stride=1)], (1, 3, 32), (1, 3, 31)),
    ("averagepool_2d_default", [layer("AvgPool2d", 2, stride=1)], (1, 3, 32, 32), (1, 3, 31, 31)),
    ("averagepool_3d_default", [layer("AvgPool3d", 2, stride=1)], (1, 3, 32, 32, 32), (1, 3, 31, 31, 31)),
    # pads 2 with a window of 3: more than half of it, which PyTorch's pools refuse and Pad does
    (
        "averagepool_2d_pads_count_include_pad",
        [layer("ZeroPad2d", 2), layer("AvgPool2d", 3, stride=1)],
        (1, 3, 28, 28),
        (1, 3, 30, 30),
    ),
    ("averagepool_2d_strides", [layer("AvgPool2d", 5, stride=3)], (1, 3, 32, 32), (1, 3, 10, 10)),
    ("averagepool_2d_ceil", [layer("AvgPool2d", 3, stride=2, ceil_mode=True)], (1, 1, 4, 4), (1, 1, 2, 2)),
    ("lppool_1d_default", [layer("LPPool1d", 3, 2, stride=1)], (1, 3, 32), (1, 3, 31)),
    ("lppool_2d_default", [layer("LPPool2d", 4, 2, stride=1)], (1, 3, 32, 32), (1, 3, 31, 31)),
    ("lppool_3d_default", [layer("LPPool3d", 3, 2, stride=1)], (1, 3, 32, 32, 32), (1, 3, 31, 31, 31)),
    ("lppool_2d_strides", [layer("LPPool2d", 2, 5, stride=3)], (1, 3, 32, 32), (1, 3, 10, 10)),
    ("lppool_2d_pads", [layer("ZeroPad2d", 2), layer("LPPool2d", 3, 3, stride=1)], (1, 3, 28, 28), (1, 3, 30, 30)),
    ("globalaveragepool", [layer("AdaptiveAvgPool2d", 1)], (1, 3, 5, 5), (1, 3, 1, 1)),
    ("globalmaxpool", [layer("AdaptiveMaxPool2d", 1)], (1, 3, 5, 5), (1, 3, 1, 1)),
    # DCR order is other data, of the same shape
    ("depthtospace", [layer("PixelShuffle", 2)], (1, 8, 2, 3), (1, 2, 4, 6)),
    ("spacetodepth", [layer("PixelUnshuffle", 2)], (1, 1, 4, 6), (1, 4, 2, 3)),
    ("constant_pad", [layer("Pad", (2, 4, 0, 3), value=1.2)], (1, 3, 4, 5), (1, 3, 7, 11)),
    ("reflect_pad", [layer("ReflectionPad2d", (1, 1, 1, 1))], (1, 3, 4, 5), (1, 3, 6, 7)),
    ("edge_pad", [layer("ReplicationPad2d", 1)], (1, 3, 4, 5), (1, 3, 6, 7)),
    ("wrap_pad", [layer("CircularPad2d", (1, 1, 2, 1))], (1, 3, 4, 5), (1, 3, 7, 7)),
    ("reduce_mean_keepdims", [layer("Mean", 1, keepdim=True)], (3, 2, 2), (3, 1, 2)),
    ("reduce_mean_do_not_keepdims", [layer("Mean", 1)], (3, 2, 2), (3, 2)),
    ("transpose", [layer("Permute", (0, 2, 1))], (2, 3, 4), (2, 4, 3)),
    ("center_of_image", [layer("Crop", top=3, bottom=2, left=5, right=4)], (1, 3, 10, 14), (1, 3, 5, 5)),
]


@pytest.mark.parametrize(("layers", "given", "result"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_node_of_onnx_has_its_output_shape(layers: list[Layer], given: Numbers, result: Numbers) -> None:
    shape: Shape = shape_of(*given)
    for name, positional, keywords in layers:
        shape = make(name, *positional, **keywords).shape(shape)
    assert shape.numbers == result
