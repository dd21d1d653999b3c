"""Exact sets of taps: gridding, centres that are not read, parts of a path; numbers worked by hand."""

from pathlib import Path

import pytest

from convdsl.analysis.taps import Footprint, Footprints, spread, taps
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph, Value
from convdsl.op import NoGrid
from convdsl.source import Source
from convdsl.syntax.parse import parse

from .test_geometry import graph_of

SEED = Path(__file__).parents[2] / "specs" / "seed"


def read(graph: Graph, node: int = -1, origin: Value | None = None) -> Footprint:
    found = taps(graph, Value(node % len(graph.nodes)), 0, origin)
    assert isinstance(found, Footprints) and len(found.phases) == 1
    return found.phases[0]


def test_two_dilated_layers_of_the_seed_read_49_of_169_positions_and_never_their_centre() -> None:
    # k4 d2 p3 reads -3, -1, 1, 3; twice -6, -4 ... 6: 7 of 13 along each axis, 49 of 169
    graph, _ = elaborate(parse(Source("net.cdsl", (SEED / "network6.cdsl").read_text())).file)
    assert graph is not None
    first, second = (i for i, node in enumerate(graph.nodes) if node.name in ("conv5", "conv6"))
    before = graph.nodes[first].inputs[0]
    one, two = read(graph, first, before), read(graph, second, before)
    assert (one.places, one.reads_centre) == ((-3, -1, 1, 3), False)
    assert (two.places, two.holes) == ((-6, -4, -2, 0, 2, 4, 6), (-5, -3, -1, 1, 3, 5))
    assert spread((two, two)) == (49, 169)
    # read from the picture, windows of four pixels overlap: nothing is left out
    assert not read(graph, second).has_holes


@pytest.mark.parametrize(
    ("rates", "count"),
    [((2, 2, 2), 7), ((1, 2, 3), 13), ((1, 2, 5), 17), ((2, 3), 9)],
    # Wang et al. 2018, figures 1 and 2: three rates of 2 read 7 of 13; 1, 2, 5 read all of 17.
    # 2 and 3: -5, -3, -2, -1, 0, 1, 2, 3, 5, 9 of 11
)
def test_stacks_of_dilated_windows_read_so_many(rates: tuple[int, ...], count: int) -> None:
    found = read(graph_of("\n".join(f"  Conv2d(1, 3, dilation={rate}, padding={rate})" for rate in rates)))
    assert (found.count, found.extent) == (count, 1 + 2 * sum(rates))


def test_phases_of_a_transposed_window_are_told_apart() -> None:
    # o = 2 i - 1 + t, t in 0..3: phase 0 reads i = 0 (t = 1) and -1 (t = 3), phase 1 reads i = 1 (t = 0) and 0 (t = 2)
    found = taps(graph_of("  ConvTranspose2d(1, 4, stride=2, padding=1)"), Value(1), 0)
    assert isinstance(found, Footprints)
    assert [phase.places for phase in found.phases] == [(-1, 0), (0, 1)]


def test_window_of_any_size_is_read_at_once_and_one_beyond_the_cap_is_not_followed() -> None:
    assert read(graph_of("  Conv2d(1, 1000000)")).count == 1_000_000
    assert taps(graph_of("  Conv2d(1, 2000000000)"), Value(1), 0) is NoGrid.UNKNOWN


def test_everything_is_read_behind_a_global_pool_and_nothing_from_what_does_not_lead_there() -> None:
    graph = graph_of("  a = x -> Conv2d(1, 3)\n  b = x -> Conv2d(1, 3)\n  AdaptiveAvgPool2d(1)")
    assert taps(graph, Value(3), 0) is NoGrid.WHOLE
    assert read(graph, 2, Value(1)).count == 0


def test_skip_fills_the_hole_in_the_middle() -> None:
    # -3, -1, 1, 3 and 0 itself
    found = read(graph_of("  y = x -> Conv2d(1, 4, dilation=2, padding=3)\n  Add(x, y)"))
    assert (found.places, found.reads_centre) == ((-3, -1, 0, 1, 3), True)


def test_two_thousand_layers_are_read() -> None:
    # 1 + 2 * 2,000 places
    assert read(graph_of("  repeat 2000 { Conv2d(1, 3, padding=1) }")).count == 4001
