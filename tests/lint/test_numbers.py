"""Sizes, steps and ranges that rules count with, worked by hand."""

from math import exp, inf

import pytest

from convdsl.lint.bounded import largest_share, spread
from convdsl.lint.numbers import Numbers
from convdsl.lint.settings import setting

from .rules.network import subject_for


def numbers(lines: str, shape: str = "[N, 3, H, W]", out: str = "[N, 3, H, W]", rest: str = "") -> Numbers:
    return subject_for(f"  input x: {shape}\n  {lines}\n  output y: {out}", rest=rest)


@pytest.mark.parametrize(
    ("lines", "out", "step"),
    [
        ("y = ReLU()", "[N, 3, H, W]", 1),
        ("y = Conv2d(3, 1, stride=(1, 2))", "[N, 3, H, (W + 1) // 2]", 2),
        ("y = Conv2d(3, 1, stride=(4, 2))", "[N, 3, (H + 3) // 4, (W + 1) // 2]", 4),
        ("y = Upsample(scale_factor=2)", "[N, 3, 2 * H, 2 * W]", 0.5),
        ("y = AdaptiveAvgPool2d(1)", "[N, 3, 1, 1]", inf),
        ("y = AdaptiveAvgPool2d((1, none))", "[N, 3, 1, W]", inf),  # along one axis only
        ("AdaptiveAvgPool2d(1)\n  Flatten()\n  y = Linear(3)", "[N, 3]", inf),
    ],
)
def test_steps_are_those_along_the_axis_where_they_are_most(lines: str, out: str, step: float) -> None:
    assert numbers(lines, out=out).steps[-1] == step


def test_step_of_a_value_without_axes_is_infinite() -> None:
    assert numbers("y = ReLU()", "[N, 3]", "[N, 3]").steps == [inf, inf]


@pytest.mark.parametrize(
    ("where", "size"),
    [
        ("", {"H": 256, "W": 256}),
        ("where H <= 64", {"H": 64, "W": 256}),
        ("where H >= 300, W % 100 == 0", {"H": 300, "W": 300}),  # 300 is nearer to 256 than 200
        ("where H == 100 or H == 300", {"H": 300, "W": 256}),
        ("where H == 250 or H == 300", {"H": 250, "W": 256}),
        ("where H == 8 and W == 9 or H == 200 and W == 100", {"H": 200, "W": 100}),
        ("where H == 200 and W == 100 or H == 8 and W == 9", {"H": 200, "W": 100}),
    ],
)
def test_size_is_a_promised_one_near_to_256_pixels_a_side(where: str, size: dict[str, int]) -> None:
    assert numbers("y = ReLU()", f"[N, 3, H, W] {where}").size == {**size, "N": 1}


def test_size_with_a_training_crop_is_near_to_that() -> None:
    found = numbers("y = ReLU()", "[N, 3, H, W] where H % 50 == 0", rest="train {\n  crop = 70\n}\n")
    assert found.size == {"H": 50, "W": 70, "N": 1}


def test_size_of_a_product_is_one_at_which_it_holds() -> None:
    # (H + 1) // 2 * W == 64: 128 by 1 is nearer to 256 by 256 than 2 by 64, and than 127 by 1
    body = "Conv2d(1, 1, stride=(2, 1))\n  Flatten()\n  y = Linear(3, in_features=64)"
    found = numbers(body, "[N, 1, H, W]", "[N, 3]")
    assert found.size == {"H": 128, "W": 1, "N": 1}
    assert found.at_size(found.shape(found.graph.outputs[0].value)) == (1, 3)


@pytest.mark.parametrize(
    ("where", "heights", "widths"),
    [
        ("", [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
        ("where H % 2 == 0", [2, 4, 6], [1, 2, 3, 4, 5, 6]),
        ("where H <= 2 or H >= 5", [1, 2, 5, 6], [1, 2, 3, 4, 5, 6]),
        ("where H == 3 and W == 4 or H == 5 and W == 6", [3, 5], [4, 6]),
    ],
)
def test_promised_sizes_are_each_symbol_s_side(where: str, heights: list[int], widths: list[int]) -> None:
    found = numbers("y = ReLU()", f"[N, 3, H, W] {where}").promised_sizes
    assert [list(found.axes[symbol].below(7)) for symbol in "HW"] == [heights, widths]
    assert [list(found.free[symbol].below(7)) for symbol in "HW"] == [heights, widths]


def test_costs_are_those_of_each_layer_and_of_no_other() -> None:
    found = numbers("a = Conv2d(4, 1)\n  ReLU()\n  y = Conv2d(3, 1)", "[N, 3, 10, 20]", "[N, 3, 10, 20]")
    # 3 * 4 + 4 and 4 * 3 + 3 numbers; 12 products at each of 200 places
    assert (found.parameters, found.macs) == ({1: 16, 3: 15}, {1: 2400, 3: 2400})
    # the picture 3, a 4 which ReLU works on in place, and y 3: planes of 200 numbers of 4 bytes
    assert found.memory.total == 10 * 200 * 4
    assert found.waists == {1, 2, 3}


def test_parameters_of_layers_that_are_never_applied_stand_before_all() -> None:
    layers = "layer h = Linear(5, in_features=4)\n  layer i = Linear(2, in_features=3, bias=false)\n  y = Conv2d(3, 1)"
    found = numbers(layers)
    # 3 * 3 + 3, 5 * 4 + 5 and 2 * 3 numbers
    assert found.parameters == {1: 12, -1: 25, -2: 6}


def test_total_counts_a_node_as_often_as_it_stands_for_others() -> None:
    one = numbers("a = ReLU()\n  y = ReLU()")
    assert one.total({0: 5, 2: 7, -1: 3}) == 5 + 7 + 3
    many = Numbers(one.graph, one.accepted, one.legal, None, (2, 3, 4))
    assert many.total({0: 5, 2: 7, -1: 3}) == 2 * 5 + 4 * 7 + 3


@pytest.mark.parametrize(
    ("lines", "width"),
    [
        ("y = Sigmoid()", 1),  # what it reads: RGB from 0 to 1
        ("Mul(3)\n  Sub(1)\n  y = Sigmoid()", 3),
        ("Conv2d(3, 1)\n  y = Sigmoid()", inf),
        ("Conv2d(3, 1)\n  ReLU()\n  y = Sigmoid()", inf),
        ("Add(1)\n  Mul(1e300)\n  Mul(1e300)\n  y = Sigmoid()", inf),  # beyond floats at either end
    ],
)
def test_spread_is_how_far_apart_the_numbers_can_be(lines: str, width: float) -> None:
    found = numbers(lines, "[N, 3, H, W] means RGB")
    assert spread(found, found.nodes[-1]) == width


@pytest.mark.parametrize(
    ("width", "count", "share"),
    [
        (0.0, 4, 1 / 4),  # all alike
        (2.0, 3, exp(2) / (exp(2) + 2)),  # one by 2 above two others
        (5.0, 1, 1.0),
        (inf, 10, 1.0),
    ],
)
def test_largest_share_of_a_softmax_is_that_of_one_above_all_others(width: float, count: int, share: float) -> None:
    assert largest_share(width, count) == pytest.approx(share)


def test_setting_is_where_it_is_written_or_the_section() -> None:
    body = "  input x: [N, 3, H, W]\n  y = ReLU()\n  output y: [N, 3, H, W]"
    subject = subject_for(body, rest="train {\n  batch = 8\n  crop = 70\n}\n")
    found = [setting(subject, name) for name in ("crop", "batch", "steps")]
    texts = [subject.sources[0].excerpt(span) if span is not None else None for span in found]
    assert texts == ["crop = 70", "batch = 8", "train {\n  batch = 8\n  crop = 70\n}"]
    assert setting(subject_for(body), "crop") is None
