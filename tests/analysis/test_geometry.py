"""Receptive fields against a gradient probe by PyTorch, and against published numbers."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from convdsl.analysis.geometry import OWN_PIXEL, Field, inputs_read, receptive_fields
from convdsl.analysis.reach import step_of
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph
from convdsl.op import AxisMap, NoGrid
from convdsl.source import Source
from convdsl.syntax.parse import parse


def graph_of(body: str, shape: str = "[N, 1, H, W]") -> Graph:
    text = f"convdsl 1\nmodel M {{\n  input x: {shape}\n{body}\n}}\n"
    parsed = parse(Source("net.cdsl", text))
    graph, mistakes = elaborate(parsed.file)
    assert graph is not None
    assert {m.code.id for m in (*parsed.diagnostics, *mistakes)} <= {"E126", "E104", "E105"}, mistakes
    return graph


def last(body: str, shape: str = "[N, 1, H, W]") -> Field:
    fields = receptive_fields(graph_of(body, shape))[-1]
    assert fields is not None
    field = fields[0]
    assert isinstance(field, Field) and field == fields[-1]
    return field


def test_vgg16_sees_212_pixels_in_front_of_its_dense_layers() -> None:
    # Araujo, Norris & Sim, Distill 2019, table: VGG-16 212 at conv5_3's pool, effective stride 32
    conv = "  Conv2d(1, 3, padding=1)\n"
    body = "".join(conv * n + "  MaxPool2d(2)\n" for n in (2, 2, 3, 3, 3))
    field = last(body)
    assert (field.size, field.jump) == (212, 32)


def test_alexnet_sees_195_pixels_with_steps_of_32() -> None:
    # the same table: AlexNet v2 195, effective stride 32, effective padding 64 of its conv5's pool
    body = """  Conv2d(1, 11, stride=4)
  MaxPool2d(3, stride=2)
  Conv2d(1, 5, padding=2)
  MaxPool2d(3, stride=2)
  Conv2d(1, 3, padding=1)
  Conv2d(1, 3, padding=1)
  Conv2d(1, 3, padding=1)
  MaxPool2d(3, stride=2)"""
    field = last(body)
    assert (field.size, field.jump) == (195, 32)
    # output 0 begins 64 pixels in front of the image: padding 2 * 8 + 3 * 16 = 64
    assert field.widest.edges(0) == (-64, 130)


def test_join_sees_what_any_of_its_inputs_sees() -> None:
    body = """  a = x -> Conv2d(1, 7, padding=3)
  b = x -> Conv2d(1, 3)
  c = b -> Pad(1)
  Add(a, c)"""
    field = last(body)
    assert (field.widest.edges(0), field.jump, field.start) == ((-3, 3), 1, 0)
    assert field.smallest == 3


def test_like_lends_its_size_only() -> None:
    body = """  wide = x -> Conv2d(1, 9)
  y = x -> Crop(like=wide)"""
    fields = receptive_fields(graph_of(body))[-1]
    assert fields is not None
    assert [field.size for field in fields if isinstance(field, Field)] == [1, 1]


def test_global_pooling_and_flatten_see_everything_from_there_on() -> None:
    fields = receptive_fields(graph_of("  AdaptiveAvgPool2d(1)\n  Conv2d(8, 1)\n  Flatten()\n  Linear(10)"))
    assert fields[1:] == [(NoGrid.WHOLE, NoGrid.WHOLE)] * 4


def test_gate_sees_everything_and_leaves_the_grid() -> None:
    gate = """  y = x -> Conv2d(1, 3, stride=2)
  g = y -> AdaptiveAvgPool2d(1) -> Conv2d(1, 1) -> Sigmoid()
  Mul(y, g, broadcast=true)"""
    field = last(gate)
    assert (field.size, field.smallest, field.jump, field.start) == (None, 3, 2, 1)


def test_values_of_unequal_steps_have_no_grid_together() -> None:
    body = "  a = x -> Conv2d(1, 3, padding=1)\n  b = x -> MaxPool2d(2) -> Resize(like=a)\n  c = x -> MaxPool2d(2)\n"
    assert receptive_fields(graph_of(body + "  Add(a, b)"))[-1] != (NoGrid.UNEQUAL,) * 2
    unequal = "  a = x -> Conv2d(1, 2, stride=2)\n  b = x -> Crop(right=8, bottom=8)\n  Add(a, b)"
    assert receptive_fields(graph_of(unequal, "[N, 1, 16, 16]"))[-1] == (NoGrid.UNEQUAL,) * 2


def test_axes_are_told_apart() -> None:
    fields = receptive_fields(graph_of("  Conv2d(1, (3, 5), stride=(1, 2), padding=(1, 2))"))[-1]
    assert fields is not None
    assert [(f.size, f.jump) for f in fields if isinstance(f, Field)] == [(3, 1), (5, 2)]


def sizes(body: str, shape: str = "[N, 1, H, W]") -> list[int | NoGrid | None]:
    """Return what the last value sees along each axis, in pixels; None for the whole axis on a grid."""
    fields = receptive_fields(graph_of(body, shape))[-1]
    assert fields is not None
    return [field.size if isinstance(field, Field) else field for field in fields]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # windows of 3 widen what is seen by 2, those of 1 by nothing
        ("  Conv2d(1, (1, 3))", [1, 3]),
        ("  Conv2d(1, (1, 3))\n  Conv2d(1, 3)", [3, 5]),
        ("  Conv2d(1, (3, 1))\n  Conv2d(1, 3)", [5, 3]),
        ("  a = x -> Conv2d(1, 3, padding=1)\n  b = x -> Conv2d(1, (3, 5), padding=(1, 2))\n  Add(a, b)", [3, 5]),
        ("  a = x -> Conv2d(1, 3, padding=1)\n  b = x -> Conv2d(1, (3, 5), padding=(1, 2))\n  Add(b, a)", [3, 5]),
        ("  a = x -> Conv2d(1, 3, padding=1)\n  b = x -> Conv2d(1, (5, 3), padding=(2, 1))\n  Add(a, b)", [5, 3]),
    ],
)
def test_sizes_along_two_axes_are_those_of_their_windows(body: str, expected: list[int]) -> None:
    assert sizes(body) == expected


def test_sizes_along_three_axes_are_those_of_their_windows() -> None:
    shape = "[N, 1, H, W, D]"
    assert sizes("  Conv3d(1, (1, 3, 3))\n  Conv3d(1, 3)", shape) == [3, 5, 5]
    body = "  a = x -> Conv3d(1, (1, 3, 3), padding=(0, 1, 1))\n  Add(a, x)"
    assert sizes(body, shape) == [1, 3, 3]


WHOLE, UNKNOWN = NoGrid.WHOLE, NoGrid.UNKNOWN


@pytest.mark.parametrize(
    ("shape", "body", "expected"),
    [
        ("[N, 1, 8, 8]", "  Conv2d(2, 1)\n  Flatten()", [WHOLE, WHOLE]),
        ("[N, 1, 8, 8]", "  Conv2d(2, 1)\n  Flatten(2)", [WHOLE]),  # one axis is left
        ("[N, 12]", "  Unflatten(1, (3, 2, 2))", [WHOLE, WHOLE]),
        ("[N, 12]", "  ReLU()", []),
        ("[N, 1, 2, 6]", "  input z: [N, 12]\n  f = x -> Flatten()\n  Concat(f, z)", [WHOLE, WHOLE]),
        ("[N, 1, 2, 6]", "  input z: [N, 12]\n  f = x -> Flatten()\n  Concat(z, f)", [WHOLE, WHOLE]),
        # what is read depends on the size, and behind a mean over everything it is everything
        ("[N, 1, H, W]", "  Resize(size=8)", [UNKNOWN, UNKNOWN]),
        ("[N, 1, H, W]", "  Resize(size=8)\n  Conv2d(1, 3)", [UNKNOWN, UNKNOWN]),
        ("[N, 1, H, W]", "  Resize(size=8)\n  AdaptiveAvgPool2d(1)", [WHOLE, WHOLE]),
        ("[N, 1, H, W]", "  AdaptiveAvgPool2d(1)\n  Resize(size=8)", [WHOLE, WHOLE]),
        # a gate sees everything; on what has no grid that is all that is known
        (
            "[N, 1, H, W]",
            "  r = Resize(size=8)\n  g = AdaptiveAvgPool2d(1)\n  Mul(r, g, broadcast=true)",
            [WHOLE, WHOLE],
        ),
        (
            "[N, 1, H, W]",
            "  r = Resize(size=8)\n  g = AdaptiveAvgPool2d(1)\n  Mul(g, r, broadcast=true)",
            [WHOLE, WHOLE],
        ),
        ("[N, 1, H, W]", "  g = AdaptiveAvgPool2d(1)\n  Add(g, g)", [WHOLE, WHOLE]),
        ("[N, 1, H, W]", "  r = Resize(size=8)\n  Add(r, r)", [UNKNOWN, UNKNOWN]),
        ("[N, 1, H, W]", "  input z: [N, 1, K, L]\n  r = x -> Resize(like=z)\n  Add(r, z)", [UNKNOWN, UNKNOWN]),
        ("[N, 1, H, W]", "  input z: [N, 1, K, L]\n  r = x -> Resize(like=z)\n  Add(z, r)", [UNKNOWN, UNKNOWN]),
        # what the gate has multiplied lies on a grid, and sees everything
        ("[N, 1, H, W]", "  g = AdaptiveAvgPool2d(1)\n  Mul(g, x, broadcast=true)", [None, None]),
        ("[N, 1, H, W]", "  g = AdaptiveAvgPool2d(1)\n  Mul(x, g, broadcast=true)\n  Conv2d(1, 3)", [None, None]),
        ("[N, 1, H, W]", "  g = AdaptiveAvgPool2d(1)\n  Mul(x, g, broadcast=true)\n  Resize(size=8)", [WHOLE, WHOLE]),
    ],
)
def test_axes_without_a_grid_say_why(shape: str, body: str, expected: list[NoGrid | None]) -> None:
    assert sizes(body, shape) == expected


def test_inputs_that_are_computed_with_are_those_that_are_read() -> None:
    graph = graph_of("  a = x -> Conv2d(1, 3)\n  y = x -> Crop(like=a)\n  Concat(y, a)")
    assert [inputs_read(node) for node in graph.nodes] == [(), (0,), (0,), (0, 1)]


def test_unknown_shapes_are_skipped() -> None:
    graph = graph_of("  Conv2d(1, 3)\n  Conv2d(1, 3)\n  Conv2d(1, 3)")
    graph.nodes[1].shapes = None
    assert receptive_fields(graph)[1:] == [None, None, None]
    graph = graph_of("  a = x -> Conv2d(1, 3)\n  y = x -> Crop(like=a)")
    graph.nodes[1].shapes = None
    assert receptive_fields(graph)[1:] == [None, None]


def test_patchgan_sees_70_pixels() -> None:
    # Isola et al. 2017 (arXiv:1611.07004), section 3.2.2 and the appendix: 70 x 70 patches; steps of 2 * 2 * 2
    body = "".join(f"  Conv2d(1, 4, stride={stride}, padding=1)\n" for stride in (2, 2, 2, 1, 1))
    field = last(body)
    assert (field.size, field.jump) == (70, 8)


SEED = Path(__file__).parents[2] / "specs" / "seed"


@pytest.mark.parametrize(("number", "pixels"), [(1, 10), (2, 22), (3, 22), (4, 46), (5, 142), (6, 238)])
def test_seed_networks_see_at_the_bottom(number: int, pixels: int) -> None:
    # windows of 4 and steps of 2: 3 * (2^n - 1) + 1 pixels for n of them, and 2 * 3 * 16 = 96 for each dilated one
    graph, _ = elaborate(parse(Source("net.cdsl", (SEED / f"network{number}.cdsl").read_text())).file)
    assert graph is not None
    fields = receptive_fields(graph)
    bottom = next(i for i, node in enumerate(graph.nodes) if type(node.op).__name__.startswith("ConvTranspose")) - 1
    (height, width) = fields[bottom] or ()
    assert isinstance(height, Field) and height == width
    assert height.size == pixels


def test_field_behind_an_enlargement_by_two_counts_the_widest_phase() -> None:
    # outputs 2 m and 2 m + 1 read pixels in turn: a window of 2 at stride 1 over halves of different pixels
    body = '  Conv2d(1, 3, stride=3, padding=3)\n  Upsample(scale_factor=2)\n  Conv2d(1, 2, padding="same")'
    # phase 0 reads one window of 3, phase 1 two windows that lie side by side: 3 + 3
    field = last(body.replace('"', ""))
    assert field.size == 6
    assert field.widest.sizes == (3, 6)


def test_field_of_a_long_chain_of_enlargements_is_a_bound_that_says_so() -> None:
    body = "  Conv2d(1, 3, padding=1)\n  Upsample(scale_factor=2)\n" * 10
    field = last(body)
    assert field.approximate
    # the first window sees 3; each later one reaches one enlarged pixel further at most, 1/2 + 1/4 + ... on either side
    assert field.size is not None and 3 <= field.size <= 6
    assert field.jump == Fraction(1, 1024)
    # each enlargement moves the centre by (1/2 - 1) / 2 of its input's step: -1/4 * (1 + 1/2 + ... + 1/512)
    assert field.start == Fraction(-1, 4) * (2 - Fraction(1, 512))


def test_field_of_a_hole_sees_nothing() -> None:
    # a window of 1 with stride 2 reaches every other pixel, and the cut keeps the others
    body = "  ConvTranspose2d(1, 1, stride=2, output_padding=1)\n  Slice(1, step=2)\n  Conv2d(1, 3, padding=1)"
    field = last(body)
    assert (field.size, field.starts) == (0, (None,))


def test_field_that_is_a_bound_along_either_path_is_approximate() -> None:
    exact, bound = OWN_PIXEL.widest, replace(OWN_PIXEL.widest, exact=False)
    assert [Field(wide, narrow).approximate for wide in (exact, bound) for narrow in (exact, bound)] == [0, 1, 1, 1]


def test_union_sees_the_whole_axis_if_either_does_and_keeps_the_path_that_sees_least() -> None:
    # windows of 3 and 5: 5 pixels at most, 3 at least, whichever comes first
    three, five = (OWN_PIXEL.through(step_of(AxisMap(taps=range(size)))) for size in (3, 5))
    for one, other in ((three, five), (five, three)):
        joined = one.union(other)
        assert isinstance(joined, Field)
        assert (joined.size, joined.smallest) == (5, 3)
    # of two that see as much the first stands for both
    shifted = OWN_PIXEL.through(step_of(AxisMap(start=Fraction(1), taps=range(3))))
    joined = three.union(shifted)
    assert isinstance(joined, Field) and joined.narrowest is three.narrowest
    for one, other, whole in ((True, False, True), (False, True, True), (False, False, False)):
        joined = replace(three, whole=one).union(replace(five, whole=other))
        assert isinstance(joined, Field)
        assert joined.whole is whole


def test_skip_keeps_what_it_sees_through_further_layers() -> None:
    # two windows of 3 beside a skip: 5 and 1 pixels; a third widens both by 2
    field = last("  a = Conv2d(1, 3, padding=1) -> Conv2d(1, 3, padding=1)\n  a + x\n  y = Conv2d(1, 3, padding=1)")
    assert (field.size, field.smallest) == (7, 3)
