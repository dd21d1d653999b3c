"""The values that tensors can take, worked by hand."""

from math import inf

import pytest

from convdsl.analysis.ranges import intervals

from .test_cost import graph_of


@pytest.mark.parametrize(
    ("shape", "body", "expected"),
    [
        # L is from 0 to 100
        ("[N, 1, H, W] means L / 100", "  ReLU()", [(0, 1), (0, 1)]),
        ("[N, 1, H, W] means (L - 50) / 50", "  ReLU()", [(-1, 1), (0, 1)]),
        ("[N, 3, H, W] means RGB", "  a = Sub(1, x)\n  Mul(x, 3)", [(0, 1), (0, 1), (0, 3)]),
        ("[N, 3, H, W]", "  Sigmoid()\n  Conv2d(1, 3)", [(-inf, inf), (0, 1), (-inf, inf)]),
    ],
)
def test_intervals_are_those_of_what_numbers_mean_and_of_each_layer(
    shape: str, body: str, expected: list[tuple[float, float]]
) -> None:
    found = [each[0] for each in intervals(graph_of(body, shape))]
    assert [(one.low, one.high) for one in found] == expected


def test_intervals_of_several_channels_are_those_of_the_widest() -> None:
    # L from 0 to 100, a from -87 to 99, b from -108 to 95: sRGB in Lab (convdsl/meaning.py)
    ((found,), *_) = intervals(graph_of("  ReLU()", "[N, 3, H, W] means Lab"))
    assert (found.low, found.high) == (-108, 100)


def test_intervals_of_a_layer_with_two_outputs_are_told_for_each() -> None:
    _, first, second, third = intervals(
        graph_of("  a, b = Chunk(2)\n  Add(b, 1)\n  ReLU()", "[N, 2, H, W] means ab / 110")
    )
    assert len(first) == 2 and len(second) == len(third) == 1
