"""Pictures and passages (convdsl/lint/picture.py), and stretches: the wiring that several rules ask about."""

from fractions import Fraction

import pytest

from convdsl.graph.graph import Graph
from convdsl.lint.picture import passages, pictures
from convdsl.lint.stretch import stretches

from .network import subject_for

UNET = """
  input x: [N, 3, H, W] where H % 4 == 0, W % 4 == 0
  input hint: [N, 1, H, W] = 0
  both = Concat(x, hint)
  e1 = Conv2d(8, 3, padding=1)
  MaxPool2d(2)
  Conv2d(8, 3, padding=1)
  Upsample(scale_factor=2)
  up = ReLU()
  Concat(e1, up)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
"""


def every_way(graph: Graph, node: int) -> list[set[int]]:
    """List all ways from an input to a node, each as the nodes on it."""
    inputs = graph.nodes[node].inputs
    return [{*way, node} for value in inputs for way in every_way(graph, value.node)] or [{node}]


@pytest.mark.parametrize(
    "body",
    [
        UNET,
        """
  input x: [N, 3, H, W]
  a = Conv2d(8, 1)
  b = Conv2d(8, 1)
  c = a + b
  d = ReLU()
  e = c + d
  y = ReLU()
  output y: [N, 8, H, W]
""",
    ],
)
def test_passages_when_all_ways_are_listed_are_what_these_have_in_common(body: str) -> None:
    subject = subject_for(body)
    (output,) = subject.graph.outputs
    common = set.intersection(*every_way(subject.graph, output.value.node))
    assert {node.index for node in passages(subject, output)} == common


def test_passages_when_a_value_only_lends_its_size_take_it_for_no_way() -> None:
    subject = subject_for("""
  input x: [N, 3, H, W]
  small = MaxPool2d(2)
  y = Resize(small, like=x)
  output y: [N, 3, H, W]
""")
    (output,) = subject.graph.outputs
    assert "small" in [node.name for node in passages(subject, output)]


@pytest.mark.parametrize(
    ("lines", "shape", "expected"),
    [
        ("y = Conv2d(2, 3)", "[N, 2, H - 2, W - 2]", True),
        ("y = Upsample(scale_factor=2)", "[N, 3, 2 * H, 2 * W]", True),
        ("y = MaxPool2d(2)", "[N, 3, H // 2, W // 2]", False),
        ("MaxPool2d(2)\n  y = Upsample(scale_factor=2)", "[N, 3, 2 * (H // 2), 2 * (W // 2)]", True),
        ("AdaptiveAvgPool2d(1)\n  y = Flatten()", "[N, 3]", False),
        ("y = AdaptiveAvgPool2d(7)", "[N, 3, 7, 7]", False),
    ],
)
def test_pictures_when_the_output_is_coarser_than_the_input_are_none(lines: str, shape: str, expected: bool) -> None:
    subject = subject_for(f"  input x: [N, 3, H, W] where H >= 4, W >= 4\n  {lines}\n  output y: {shape}")
    assert bool(pictures(subject)) is expected


@pytest.mark.parametrize(
    ("lines", "size", "expected"), [("y = Conv2d(2, 3)", 62, True), ("y = MaxPool2d(2)", 32, False)]
)
def test_pictures_when_sizes_are_fixed_go_by_the_step(lines: str, size: int, expected: bool) -> None:
    channels = 2 if expected else 3
    subject = subject_for(f"  input x: [N, 3, 64, 64]\n  {lines}\n  output y: [N, {channels}, {size}, {size}]")
    assert bool(pictures(subject)) is expected


def test_pictures_when_a_coarse_output_means_colour_are_pictures() -> None:
    subject = subject_for("""
  input x: [N, 1, H, W] means L
  y = Conv2d(2, 4, stride=4)
  output y: [N, 2, H // 4, W // 4] means ab
""")
    assert [output.name for output in pictures(subject)] == ["y"]


def test_stretches_when_a_value_is_read_twice_or_steps_change_end() -> None:
    subject = subject_for("""
  input x: [N, 3, H, W]
  a = Conv2d(3, 4, padding=same)
  b = ReLU()
  c = MaxPool2d(2)
  d = ConstantPad2d((1, 0, 1, 0), 0.0)
  e = Conv2d(3, 3, padding=1)
  f = d -> Conv2d(3, 3, padding=1)
  y = e + f
  output y: [N, 3, H // 2 + 1, W // 2 + 1]
""")
    found = {tuple(node.name for node in one.nodes): one.shifts for one in stretches(subject)}
    # centre (k - 1) / 2 - padding before: 3 / 2 - 1; a pixel before the picture moves pixel 0 by -1
    half, one, none = (Fraction(number) for number in ("1/2", "-1", "0"))
    assert found == {("a", "b"): (half, half), ("d",): (one, one), ("e",): (none, none), ("f",): (none, none)}


@pytest.mark.parametrize(
    ("lines", "output", "expected"),
    [
        ("y = Conv2d(5, 4, stride=4)", "[N, 5, H // 4, W // 4] means classes", False),
        ("y = MaxPool2d((1, 2))", "[N, 3, H, W // 2]", False),
        ("AdaptiveAvgPool2d(1)\n  y = Flatten()", "[N, 3] means RGB", False),
        # what lies under a pixel depends on the size, for the crop is of two parities; but there is one for each
        (
            "Conv2d(3, 2)\n  MaxPool2d(2)\n  up = Upsample(scale_factor=2)\n  skip = Crop(x, like=up)\n  y = up + skip",
            "[N, 3, 2 * ((H - 1) // 2), 2 * ((W - 1) // 2)]",
            True,
        ),
    ],
)
def test_pictures_when_axes_meanings_or_places_differ_have_a_pixel_for_each_of_the_input(
    lines: str, output: str, expected: bool
) -> None:
    subject = subject_for(f"  input x: [N, 3, H, W] where H >= 8, W >= 8\n  {lines}\n  output y: {output}")
    assert bool(pictures(subject)) is expected
