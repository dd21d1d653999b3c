"""Shifts at joins and at outputs, against sums of half pixels worked out by hand.

A layer moves the centre of output 0 by ((extent - 1) / 2 - padding) times the step of its input, a transposed one by
(padding - (extent - 1) / 2) / stride, an enlargement by (1 / factor - 1) / 2 (docs/geometry.md). Sources of the
constructs stand beside them.
"""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from convdsl.analysis.alignment import Join, Shift, joins, shifts
from convdsl.analysis.geometry import OWN_PIXEL, Field, Fields, receptive_fields
from convdsl.analysis.reach import Reach, step_of
from convdsl.diagnostics import Severity
from convdsl.graph.graph import Graph
from convdsl.op import AxisMap
from convdsl.pipeline import analyze
from convdsl.sizeset import SizeSet
from convdsl.source import Source

HALF = Fraction(1, 2)


def analyzed(body: str, shape: str = "[N, 1, H]") -> tuple[Graph, list[Join], list[Shift]]:
    text = f"convdsl 1\nmodel M {{\n  input x: {shape}\n{body}\n}}\n"
    analysis = analyze(Source("net.cdsl", text))
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None and legal is not None
    wrong = {found.code.id for found in analysis.diagnostics if found.code.severity is Severity.ERROR}
    assert wrong <= {"E126"}, analysis.diagnostics  # a join needs no output
    fields = receptive_fields(graph)
    return graph, joins(graph, fields), shifts(graph, fields, legal)


def met(body: str, shape: str = "[N, 1, H] where H % 32 == 0") -> list[Join]:
    return analyzed(body, shape)[1]


# constructs of one level: what goes down to half the size, and what comes up again
DOWN = {
    "max pool 2": "MaxPool1d(2)",
    "conv k4 s2 p1": "Conv1d(1, 4, stride=2, padding=1)",
    "conv k3 s2 p1": "Conv1d(1, 3, stride=2, padding=1)",
    "every second": "Slice(step=2)",
}
UP = {
    "transposed k2 s2": "ConvTranspose1d(1, 2, stride=2)",
    "transposed k4 s2 p1": "ConvTranspose1d(1, 4, stride=2, padding=1)",
    "transposed k3 s2 p1 op1": "ConvTranspose1d(1, 3, stride=2, padding=1, output_padding=1)",
    "nearest": "Upsample(scale_factor=2)",
    "bilinear": "Upsample(scale_factor=2, mode=linear)",
}
# U-Net (Ronneberger et al. 2015), pix2pix (Isola et al. 2017), and odd windows with an odd window up: 0
# odd windows or every second pixel, with an even window or an enlargement up: -1/2 pixel of the fine grid
OFFSETS = [
    *((down, up, 0) for down in ("max pool 2", "conv k4 s2 p1") for up in UP if up != "transposed k3 s2 p1 op1"),
    *((down, "transposed k3 s2 p1 op1", 0) for down in ("conv k3 s2 p1", "every second")),
    *((down, up, -HALF) for down in ("conv k3 s2 p1", "every second") for up in UP if up != "transposed k3 s2 p1 op1"),
]


@pytest.mark.parametrize(("down", "up", "offset"), OFFSETS)
def test_offset_of_one_level_is_that_of_its_windows(down: str, up: str, offset: Fraction) -> None:
    (join,) = met(f"  u = x -> {DOWN[down]} -> {UP[up]}\n  y = Concat(u, x)")
    assert (join.offset(0, 1), join.cells(join.offset(0, 1)), join.largest) == (offset, offset, abs(offset))


def test_resnet_shortcut_of_one_pixel_and_reductions_of_inception_are_aligned() -> None:
    # He et al. 2015: 3x3 s2 p1 beside 1x1 s2; Szegedy et al. 2016, figure 10: 3x3 s2 beside a 3x3 pool s2
    for one, other in (
        ("Conv1d(1, 3, stride=2, padding=1)", "Conv1d(1, 1, stride=2)"),
        ("Conv1d(1, 3, stride=2)", "MaxPool1d(3, stride=2)"),
    ):
        (join,) = met(f"  a = x -> {one}\n  b = x -> {other}\n  y = Concat(a, b)")
        assert join.largest == 0


def test_resnet_d_shortcut_lies_half_a_pixel_further() -> None:
    # He et al. 2019 (arXiv:1812.01187), figure 2c: an average pool of 2 is centred between pixels 0 and 1
    body = """  a = x -> Conv1d(1, 1) -> Conv1d(1, 3, stride=2, padding=1) -> Conv1d(1, 1)
  b = x -> AvgPool1d(2) -> Conv1d(1, 1)
  y = a + b"""
    (join,) = met(body)
    assert (join.offset(1, 0), join.cells(join.offset(1, 0))) == (HALF, Fraction(1, 4))  # cells of 2 pixels


def test_resnet_encoder_with_nearest_decoder_adds_the_halves_up() -> None:
    # (8 + 4 + 2 + 1) / 2 pixels for enlargements of steps 16, 8, 4 and 2
    down = " -> Conv1d(1, 3, stride=2, padding=1)" * 4
    up = " -> Upsample(scale_factor=2)" * 4
    (join,) = met(f"  u = x{down}{up}\n  y = Concat(u, x)")
    assert join.offset(0, 1) == Fraction(-15, 2)


def test_feature_pyramid_is_off_by_8_and_12_pixels_from_its_top() -> None:
    # Lin et al. 2017 (arXiv:1612.03144), figure 3: C5 has steps of 32; -32/4 = -8, then -16/4 = -4 more
    body = """  c3 = x -> Conv1d(1, 3, stride=8, padding=1)
  c4 = c3 -> Conv1d(1, 3, stride=2, padding=1)
  c5 = c4 -> Conv1d(1, 3, stride=2, padding=1)
  u4 = c5 -> Conv1d(1, 1) -> Upsample(scale_factor=2)
  l4 = c4 -> Conv1d(1, 1)
  p4 = u4 + l4
  u3 = p4 -> Upsample(scale_factor=2)
  l3 = c3 -> Conv1d(1, 1)
  y = u3 + l3"""
    first, second = met(body)
    assert first.offset(0, 1) == -8
    assert (second.offset(0, 1), second.deepest_offset(0, 1)) == (-4, -12)


def test_fusion_of_hrnet_is_off_by_half_a_pixel_of_the_finer_grid() -> None:
    # Sun et al. 2019 (arXiv:1902.09212), figure 3: steps of 4 and 8
    body = """  fine = x -> Conv1d(1, 3, stride=4, padding=1)
  coarse = fine -> Conv1d(1, 3, stride=2, padding=1) -> Conv1d(1, 1) -> Upsample(scale_factor=2)
  y = fine + coarse"""
    (join,) = met(body)
    assert (join.offset(1, 0), join.cells(join.offset(1, 0))) == (-2, -HALF)


def test_colorizer_of_2017_is_off_by_half_a_cell_at_each_of_its_three_sums() -> None:
    # Zhang et al. 2017 (arXiv:1705.02999), released network: [::2] three times, transposed k4 s2 p1 three times
    conv = "Conv1d(1, 3, padding=1)"
    body = f"""  b1 = x -> {conv} -> {conv}
  b2 = b1 -> Slice(step=2) -> {conv} -> {conv}
  b3 = b2 -> Slice(step=2) -> {conv} -> {conv}
  b4 = b3 -> Slice(step=2) -> {conv} -> Conv1d(1, 3, padding=2, dilation=2)
  u8 = b4 -> ConvTranspose1d(1, 4, stride=2, padding=1)
  s8 = b3 -> {conv}
  m8 = u8 + s8 -> {conv}
  u9 = m8 -> ConvTranspose1d(1, 4, stride=2, padding=1)
  s9 = b2 -> {conv}
  m9 = u9 + s9 -> {conv}
  u10 = m9 -> ConvTranspose1d(1, 4, stride=2, padding=1)
  s10 = b1 -> {conv}
  y = u10 + s10"""
    found = met(body)
    assert [join.cells(join.offset(0, 1)) for join in found] == [-HALF] * 3
    # from the bottom: -2, -2 - 1, -2 - 1 - 1/2
    assert [join.deepest_offset(0, 1) for join in found] == [-2, -3, Fraction(-7, 2)]


def test_colorizer_of_2016_gives_its_output_seven_half_pixels_off() -> None:
    # Zhang et al. 2016 (arXiv:1603.08511), released network: -8/4 at the transposed window, -(4 - 1) / 2 at the last
    down = " -> Conv1d(1, 3, stride=2, padding=1)" * 3
    up = " -> ConvTranspose1d(1, 4, stride=2, padding=1) -> Upsample(scale_factor=4, mode=linear)"
    _, _, (shift,) = analyzed(f"  y = x{down}{up}\n  output y: [N, 1, H]", "[N, 1, H] where H % 8 == 0")
    assert (shift.start, shift.jump, shift.offset) == (Fraction(-7, 2), 1, Fraction(-7, 2))


def test_even_windows_with_padding_same_add_half_a_pixel_each() -> None:
    even = " -> Conv1d(1, 4, padding=same)" * 3
    _, _, (shift,) = analyzed(f"  y = x{even}\n  output y: [N, 1, H]")
    assert shift.offset == Fraction(3, 2)


def test_valid_windows_and_crops_leave_the_output_in_the_middle() -> None:
    path = "x -> Conv1d(1, 5) -> MaxPool1d(2) -> Conv1d(1, 3) -> Upsample(scale_factor=2) -> Crop(left=1, right=1)"
    _, _, (shift,) = analyzed(f"  y = {path}\n  output y: [N, 1, H - 10]", "[N, 1, H] where H % 2 == 0, H >= 12")
    # start 2, then 2 + 1/2, + 2, - 1/2, + 1: 5 pixels from the border, and so many at the other end
    assert (shift.start, shift.offset) == (5, 0)


def test_gates_lie_nowhere_and_unequal_steps_are_told() -> None:
    gate = "  g = x -> AdaptiveAvgPool1d(1) -> Sigmoid()\n  y = Mul(x, g, broadcast=true)"
    assert met(gate) == []
    unequal = "  a = x -> Slice(step=2)\n  b = x -> Crop(right=8)\n  y = a + b"
    (join,) = met(unequal, "[N, 1, 16]")
    assert join.has_unequal_jumps


def test_like_is_no_join() -> None:
    assert met("  a = x -> Conv1d(1, 9)\n  y = x -> Crop(like=a)") == []


SPECS = Path(__file__).parents[2] / "specs"


def of_spec(name: str) -> tuple[list[Join], list[Shift]]:
    analysis = analyze(Source(name, (SPECS / name).read_text()))
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None and legal is not None
    fields = receptive_fields(graph)
    return joins(graph, fields), shifts(graph, fields, legal)


def test_spec_of_the_colorizer_of_2017_has_three_sums_off_by_half_a_cell_along_both_axes() -> None:
    found, _ = of_spec("zhang2017.cdsl")
    assert [join.largest for join in found if join.largest] == [HALF] * 6


def test_spec_of_the_colorizer_of_2016_gives_its_output_seven_half_pixels_off() -> None:
    _, found = of_spec("zhang2016.cdsl")
    assert [shift.offset for shift in found] == [Fraction(-7, 2)] * 2


@pytest.mark.parametrize("name", ["unet.cdsl", "demo.cdsl", "pix2pix.cdsl", "seed/network4.cdsl", "resnet18.cdsl"])
def test_specs_of_even_windows_and_of_resnets_are_aligned_at_every_join(name: str) -> None:
    found, shifted = of_spec(name)
    assert found and not [join for join in found if join.largest]
    assert not [shift for shift in shifted if shift.offset]


def test_offset_when_asked_the_other_way_round_has_the_other_sign() -> None:
    (join,) = met("  u = x -> Conv1d(1, 3, stride=2, padding=1) -> Upsample(scale_factor=2)\n  y = Concat(u, x)")
    assert (join.offset(0, 1), join.offset(1, 0)) == (-HALF, HALF)
    assert (join.deepest_offset(0, 1), join.deepest_offset(1, 0)) == (-HALF, HALF)


def test_cells_of_unequal_steps_are_those_of_the_finest() -> None:
    coarse = OWN_PIXEL.through(step_of(AxisMap(Fraction(2), HALF, range(2))))
    join = Join(0, 0, (0, 1), (OWN_PIXEL, coarse))
    assert join.jumps == (1, 2)
    assert (join.cells(Fraction(3)), join.largest) == (3, HALF)


def test_steps_are_unequal_if_any_value_steps_otherwise_however_its_phases_are_counted() -> None:
    coarse = OWN_PIXEL.through(step_of(AxisMap(Fraction(2), HALF, range(2))))
    two = Reach(2, (0, 1), (0, 1), (1, 1), (0, 1))  # pixel 0, pixel 1, and so on by 2: single pixels, told in pairs
    pairs = Field(two, two)
    assert pairs.jump == OWN_PIXEL.jump == 1
    assert not Join(0, 0, (0, 1), (OWN_PIXEL, pairs)).has_unequal_jumps
    assert Join(0, 0, (0, 1, 2), (OWN_PIXEL, pairs, coarse)).has_unequal_jumps
    assert Join(0, 0, (0, 1, 2), (OWN_PIXEL, coarse, OWN_PIXEL)).has_unequal_jumps


def test_largest_offset_is_that_of_the_value_that_lies_furthest_off() -> None:
    # windows of 2 in front of a pixel: each moves by half a pixel, whatever agrees before
    half = OWN_PIXEL.through(step_of(AxisMap(start=HALF, taps=range(2))))
    one = half.through(step_of(AxisMap(start=HALF, taps=range(2))))
    for fields, largest in (
        ((OWN_PIXEL, OWN_PIXEL, half), HALF),
        ((half, one, OWN_PIXEL), 1),
        ((half, half, half), 0),
    ):
        assert Join(0, 0, (0, 1, 2), fields).largest == largest


def test_join_with_one_bound_among_exact_values_is_approximate() -> None:
    bound = Field(replace(OWN_PIXEL.widest, exact=False), OWN_PIXEL.narrowest)
    assert bound.approximate
    assert Join(0, 0, (0, 1), (OWN_PIXEL, bound)).approximate
    assert not Join(0, 0, (0, 1), (OWN_PIXEL, OWN_PIXEL)).approximate


def test_values_that_are_read_otherwise_than_one_to_one_are_no_join() -> None:
    # MaxUnpool reads two values on one grid, each for two cells of its output
    body = (
        "  p, places = MaxPool1d(2, return_indices=true)\n  q = p -> Conv1d(1, 3)\n  r = q -> ConvTranspose1d(1, 3)\n"
    )
    assert met(f"{body}  (r, places) -> MaxUnpool1d(2)\n  y = ReLU()\n  output y: [N, 1, H]") == []


def test_values_that_cannot_be_joined_are_no_join() -> None:
    body = "  a = x -> Conv1d(2, 1)\n  y = Add(a, z)\n  output y: [N, 2, H]"
    text = f"convdsl 1\nmodel M {{\n  input x: [N, 1, H]\n  input z: [N, 3, H]\n{body}\n}}\n"
    graph = analyze(Source("net.cdsl", text)).graph
    assert graph is not None and graph.nodes[-1].shapes is None
    assert joins(graph, receptive_fields(graph)) == []


def test_unknown_shapes_are_neither_joined_nor_shifted() -> None:
    body = "  a = Conv1d(4, 3, groups=3)\n  y = a + x\n  output y: [N, 4, H]"
    analysis = analyze(Source("net.cdsl", f"convdsl 1\nmodel M {{\n  input x: [N, 1, H]\n{body}\n}}\n"))
    assert analysis.graph is not None and analysis.legal is not None
    fields = receptive_fields(analysis.graph)
    assert joins(analysis.graph, fields) == []
    assert shifts(analysis.graph, fields, analysis.legal) == []
    analysis = analyze(Source("net.cdsl", "convdsl 1\nmodel M {\n  input x: [N, 1, H]\n  output x: [N, 1, H]\n}\n"))
    assert analysis.graph is not None and analysis.legal is not None
    assert len(shifts(analysis.graph, [(OWN_PIXEL,)], analysis.legal)) == 1
    assert shifts(analysis.graph, [None], analysis.legal) == []


@pytest.mark.parametrize(
    ("body", "shape", "expected"),
    [
        # of fixed size: symmetric padding leaves the middle where it was; a pixel more before moves it by half of one
        ("  y = Conv1d(1, 3, padding=1)\n  output y: [N, 1, 28]", "[N, 1, 28]", [0]),
        ("  Pad((2, 0))\n  y = Conv1d(1, 3)\n  output y: [N, 1, 28]", "[N, 1, 28]", [-1]),
        # a mean over the picture lies nowhere
        ("  y = AdaptiveAvgPool1d(1)\n  output y: [N, 1, 1]", "[N, 1, H]", []),
        ("  AdaptiveAvgPool1d(1)\n  Flatten()\n  y = Linear(3)\n  output y: [N, 3]", "[N, 1, H]", []),
    ],
)
def test_shift_of_an_output_is_told_where_it_has_a_grid(body: str, shape: str, expected: list[int]) -> None:
    assert [shift.offset for shift in analyzed(body, shape)[2]] == expected


@pytest.mark.parametrize(
    ("first", "other", "made", "shape"),
    [
        ("[N, 1, H]", "[N, 1, W]", "Conv1d(1, 3, padding=1)", "[N, 1, W]"),
        ("[N, 1, 28]", "[N, 1, W]", "ReLU()", "[N, 1, W]"),  # one is fixed, the other open
        ("[N, 1, H]", "[N, 1, H, W]", "ReLU()", "[N, 1, H, W]"),  # of more axes
        ("[N, 1, H, W]", "[N, 1, H]", "ReLU()", "[N, 1, H]"),
    ],
)
def test_output_whose_size_comes_from_another_input_is_not_compared(
    first: str, other: str, made: str, shape: str
) -> None:
    body = f"  input z: {other}\n  y = z -> {made}\n  v = x -> ReLU()\n  output y: {shape}\n  output v: {first}"
    # the second output is the first input itself
    axes = first.count(",") - 1
    assert [(shift.output, shift.offset) for shift in analyzed(body, first)[2]] == [(1, 0)] * axes


def test_output_that_is_flattened_has_a_number_of_pixels_and_no_row_of_them() -> None:
    body = "input z: [N, 1, 1]\n  input x: [N, 1, H, W]\n  y = x -> Flatten(2) -> Mul(z, broadcast=true)\n"
    analysis = analyze(Source("net.cdsl", f"convdsl 1\nmodel M {{\n  {body}  output y: [N, 1, 9]\n}}\n"))
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None and legal is not None
    fields = receptive_fields(graph)
    assert isinstance((fields[-1] or ())[0], Field)  # the grid of z, of a single pixel
    assert shifts(graph, fields, legal) == []


def shifted_at(sizes: SizeSet, body: str, fields: list[Fields | None] | None = None) -> list[Fraction]:
    analysis = analyze(Source("net.cdsl", f"convdsl 1\nmodel M {{\n  input x: [N, 1, H]\n{body}\n}}\n"))
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None and legal is not None and analysis.ok
    found = shifts(graph, fields or receptive_fields(graph), replace(legal, axes={"H": sizes}))
    return [shift.offset for shift in found]


@pytest.mark.parametrize(
    ("sizes", "offset"),
    [
        # three pixels behind, a window of 4 in steps of 4: start 3/2, (H + 3) // 4 outputs, and so the middles lie
        # 3/2 + 4 * ((H + 3) // 4 - 1) / 2 - (H - 1) / 2 = 2 * ((H + 3) // 4) - H / 2 apart:
        (SizeSet((), 1, 1, (0,)), 0),  # 3/2, 1, 1/2, 0 at H = 1, 2, 3, 4, and from 5 on again
        (SizeSet((1, 2, 3)), HALF),
        (SizeSet((1, 2)), 1),
        (SizeSet((), 1, 4, (1,)), Fraction(3, 2)),  # H % 4 == 1
    ],
)
def test_shift_is_that_at_the_size_that_suits_best(sizes: SizeSet, offset: Fraction) -> None:
    assert shifted_at(sizes, "  Pad((0, 3))\n  y = Conv1d(1, 4, stride=4)\n  output y: [N, 1, (H + 3) // 4]") == [
        offset
    ]


@pytest.mark.parametrize("on", [SizeSet(tuple(range(1, 9999))), SizeSet((), 1, 9998, tuple(range(9998)))])
@pytest.mark.parametrize(("outputs", "offset"), [(4096, 0), (4097, HALF)])
def test_shift_is_looked_for_at_4096_sizes_and_no_more(outputs: int, offset: Fraction, on: SizeSet) -> None:
    # H pixels and so many outputs, both in steps of 1 from 0: the middles agree at H = outputs, else (outputs - H) / 2
    body = f"  y = AdaptiveAvgPool1d({outputs})\n  output y: [N, 1, {outputs}]"
    assert shifted_at(on, body, [(OWN_PIXEL,), (OWN_PIXEL,)]) == [offset]
