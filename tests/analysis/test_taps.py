"""Exact sets of taps: gridding, centres that are not read, parts of a path; numbers worked by hand."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from convdsl.analysis.taps import Footprint, Footprints, spread, taps
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import AxisMap, CallPlan, NoGrid, Op, Reading
from convdsl.record import dataclass
from convdsl.shape import Shape, shape_of
from convdsl.source import Source
from convdsl.syntax.parse import parse

from .test_geometry import graph_of
from .test_reach import THIRDS, TWICE, chains, influence, turning, window

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


# ---------------------------------------------------------- made-up layers


@dataclass(frozen=True, eq=False)
class Made(Op):
    """A layer that reads as it is told."""

    def shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def call(self, *inputs: Shape) -> CallPlan:
        raise NotImplementedError

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return TOLD[self]


TOLD: dict[Op, tuple[Reading, ...]] = {}
SAME = AxisMap()


def made(*layers: tuple[tuple[int, ...], tuple[Reading, ...]], inputs: int = 1, axes: int = 1) -> Graph:
    """Make a graph: inputs of some axes, and layers, each by the nodes that it reads and its maps."""
    shape = shape_of(*([1] * (2 + axes)))
    nodes = [Node(index, f"x{index}", None, None, (), (shape,)) for index in range(inputs)]
    for read, maps in layers:
        op = Made()
        TOLD[op] = maps
        nodes.append(Node(len(nodes), "y", None, op, tuple(map(Value, read)), (shape,)))
    return Graph("M", nodes)


def chained(chain: Sequence[AxisMap]) -> list[tuple[tuple[int, ...], tuple[Reading, ...]]]:
    return [((at,), (axis,)) for at, axis in enumerate(chain)]


def places(graph: Graph, node: int, axis: int = 0, origin: Value | None = None) -> object:
    found = taps(graph, Value(node), axis, origin)
    return [phase.places for phase in found.phases] if isinstance(found, Footprints) else found


@pytest.mark.parametrize("seed", range(5))
def test_law_taps_of_a_chain_are_the_pixels_of_influence(seed: int) -> None:
    for chain in chains(seed):
        graph = made(*chained(chain))
        for start in range(len(chain)):
            found = taps(graph, Value(len(chain)), 0, None if start == 0 else Value(start))
            assert isinstance(found, Footprints)
            for place, phase in enumerate(found.phases):
                wanted = tuple(sorted(influence(chain[start:], place)))
                assert phase.places == wanted, (chain, start, place)
                holes = sorted({*range(wanted[0], wanted[-1])} - {*wanted}) if wanted else ()
                assert phase.holes == tuple(holes)
            after = sorted(influence(chain[start:], len(found.phases)))
            assert after == [tap + found.step for tap in found.phases[0].places]


@pytest.mark.parametrize("seed", range(5))
def test_law_taps_of_a_join_are_those_of_either_path(seed: int) -> None:
    for chain in chains(seed):
        shifted, end = window(3, 1), len(chain)
        paired = turning(2, [(0,), (1,)])  # one to one, told in pairs
        for order in ((end + 2, end), (end, end + 2)):
            graph = made(*chained([*chain, shifted, paired]), (order, (SAME,)))
            found = taps(graph, Value(end + 3), 0)
            assert isinstance(found, Footprints)
            count = len(found.phases)
            either = [{*influence(chain, at), *influence([*chain, shifted], at)} for at in range(count + 1)]
            assert [phase.places for phase in found.phases] == [tuple(sorted(each)) for each in either[:count]], chain
            assert sorted(either[count]) == [tap + found.step for tap in found.phases[0].places]


PIXELS = 1 << 20


@pytest.mark.parametrize(
    ("maps", "known"),
    [
        ([window(0, PIXELS)], True),
        ([window(0, PIXELS + 1)], False),
        ([window(0, 2), window(0, PIXELS - 1)], True),
        ([window(0, 2), window(0, PIXELS)], False),
        ([window(0, 2, dilation=PIXELS - 1)], True),
        ([window(0, 2, dilation=PIXELS)], False),
        ([turning(1, [(0, PIXELS - 1)])], True),
        ([turning(1, [(0, PIXELS)])], False),
        ([turning(1, [(-5, PIXELS - 5)])], False),
        ([turning(1, [(0,), (0, PIXELS)])], False),  # one phase of two
        ([TWICE] * 8, True),  # 256 phases
        ([TWICE] * 9, False),
        ([TWICE] * 7 + [turning(3, [(0,), (0,)])], True),
        ([TWICE] * 7 + [turning(3, [(0,), (0,), (0,)])], False),
        ([THIRDS], False),
    ],
)
def test_sets_are_followed_up_to_a_million_pixels_and_256_phases(maps: list[AxisMap], known: bool) -> None:
    found = taps(made(*chained(maps)), Value(len(maps)), 0)
    assert isinstance(found, Footprints) if known else found is NoGrid.UNKNOWN


WHOLE, UNKNOWN, UNEQUAL = NoGrid.WHOLE, NoGrid.UNKNOWN, NoGrid.UNEQUAL
PAIRS = turning(2, [(0,), (1,)])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (SAME, SAME, [(0,)]),
        (SAME, WHOLE, WHOLE),
        (UNKNOWN, WHOLE, WHOLE),
        (SAME, UNKNOWN, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN),
        (SAME, window(0, 1, 2), UNEQUAL),
        (PAIRS, window(0, 1, 2), UNEQUAL),
        (PAIRS, SAME, [(0,), (1,)]),
        (PAIRS, turning(256, [(at,) for at in range(256)]), [(at,) for at in range(256)]),
        (turning(3, [(0,), (1,), (2,)]), turning(128, [(at,) for at in range(128)]), UNKNOWN),
        (SAME, window(PIXELS, 1), UNKNOWN),
        (turning(1, [(), (0,)]), turning(1, [(0,), (0,)]), [(0,), (0,)]),
    ],
)
def test_join_of_two_sets_is_both_or_says_why_not(one: Reading, other: Reading, expected: object) -> None:
    for first, second in ((one, other), (other, one)):
        assert places(made(((0,), (first,)), ((0,), (second,)), ((1, 2), (SAME,))), 3) == expected


def test_join_may_be_a_million_pixels_wide() -> None:
    found = taps(made(((0,), (SAME,)), ((0,), (window(PIXELS - 1, 1),)), ((1, 2), (SAME,))), Value(3), 0)
    assert isinstance(found, Footprints)
    assert (found.widest.first, found.widest.extent, found.widest.count) == (0, PIXELS, 2)


def test_axes_are_told_apart_and_flattened_ones_are_read_whole() -> None:
    wide = window(-1, 3)
    graph = made(((0,), (SAME, wide)), ((1,), (SAME, wide)), axes=2)
    assert [places(graph, 2, axis) for axis in (0, 1)] == [[(0,)], [(-2, -1, 0, 1, 2)]]
    assert places(graph, 2, 2) is WHOLE
    for maps in ((), (SAME,), (SAME, SAME, SAME)):  # of two axes
        assert places(made(((0,), maps), axes=2), 1) is WHOLE


def test_taps_are_read_from_the_origin_alone() -> None:
    # x0 -> 2 -> 3, and x1 joins: from 2 on, from x1 on, and from all inputs together
    wide = window(-1, 3)
    graph = made(((0,), (wide,)), ((2,), (wide,)), ((3, 1), (SAME,)), inputs=2)
    assert places(graph, 4) == [(-2, -1, 0, 1, 2)]
    assert places(graph, 4, 0, Value(2)) == [(-1, 0, 1)]
    assert places(graph, 4, 0, Value(1)) == [(0,)]
    assert places(graph, 4, 0, Value(0)) == [(-2, -1, 0, 1, 2)]
    assert places(graph, 2, 0, Value(1)) == [()]  # no path
    assert places(graph, 2, 0, Value(2)) == [(0,)]
    graph.nodes[3].shapes = None  # what is not known is not followed
    nothing = Footprints(1, (Footprint(0, 0),))
    assert [taps(graph, Value(node), 0) for node in (3, 4)] == [nothing] * 2
    assert taps(graph, Value(4), 0, Value(2)) == nothing
    graph.nodes[2].shapes = None
    assert places(graph, 3) == [()]


@pytest.mark.parametrize(
    ("mask", "count", "extent", "centre"),
    [
        (0b1, 1, 1, True),
        (0b11, 2, 2, True),
        (0b101, 2, 3, False),
        (0b111, 3, 3, True),
        (0b1001, 2, 4, False),
        (0b1011, 3, 4, True),  # of an even extent either of the two in the middle
        (0b1101, 3, 4, True),
        (0b10101, 3, 5, True),
        (0b11011, 4, 5, False),
    ],
)
def test_footprint_counts_its_pixels_and_knows_its_centre(mask: int, count: int, extent: int, centre: bool) -> None:
    found = Footprint(7, mask)
    assert (found.count, found.extent, found.reads_centre) == (count, extent, centre)
    assert found.has_holes is (count < extent)
    assert found.places == tuple(7 + at for at in range(extent) if mask & 1 << at)
    assert found.holes == tuple(7 + at for at in range(extent) if not mask & 1 << at)


def test_footprints_of_several_phases_answer_for_all_of_them() -> None:
    full, holed, nothing = Footprint(0, 0b111), Footprint(0, 0b101), Footprint(0, 0)
    wide = Footprint(3, 0b11111)
    for phases, holes, centre in (
        ((full, wide), False, True),
        ((full, holed), True, False),
        ((holed, full), True, False),
        ((full, nothing), False, True),
        ((nothing,), False, True),
    ):
        found = Footprints(2, phases)
        assert (found.has_holes, found.reads_centre) == (holes, centre)
    assert Footprints(2, (full, wide)).widest is Footprints(2, (wide, full)).widest is wide
