"""Tiles from plain numbers: every output once, from a tile that is right about it."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.analysis.locality import Layer, Line
from convdsl.analysis.reach import step_of
from convdsl.op import AxisMap
from convdsl.sizes import symbol
from convdsl.train.tiles import TooSmall, cuts, least_side, usual_side


def line(halo: int, grid: int = 1) -> Line:
    """Make a network of one window of 2 * halo + 1 pixels, whose tiles begin at multiples of `grid`."""
    window = step_of(AxisMap(start=Fraction(0), taps=range(2 * halo + 1)))
    return Line(grid, Fraction(1), (Layer(symbol("H"), step_of(AxisMap())), Layer(symbol("H"), window, (0,))))


def every(n: int) -> bool:
    return True


def test_cuts_when_one_is_enough_is_the_whole() -> None:
    assert [(c.start, c.stop, c.first, c.last, c.skip) for c in cuts(line(3), 50, 64, every)] == [(0, 50, 0, 50, 0)]


def test_cuts_when_worked_by_hand() -> None:
    # 100 pixels, tiles of 40, 5 spoiled at each inner side, grid 8: 0..40 gives 0..35; the next may begin at
    # 35 - 5 = 30, so at 24, and gives 29..59; then 54 -> 48: 53..83; then 78 -> 72 reaches the end
    found = cuts(line(5, 8), 100, 40, every)
    assert [(c.start, c.stop, c.first, c.last) for c in found] == [
        (0, 40, 0, 35),
        (24, 64, 35, 59),
        (48, 88, 59, 83),
        (72, 100, 83, 100),
    ]
    assert [c.skip for c in found] == [0, 11, 11, 11]


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 12),
    st.sampled_from([1, 2, 4, 8]),
    st.integers(1, 200),
    st.integers(8, 80),
    st.sampled_from([1, 4, 8]),
)
def test_law_cuts_give_each_output_once_and_each_is_right(
    halo: int, grid: int, blocks: int, side: int, multiple: int
) -> None:
    def legal(n: int) -> bool:
        return n % multiple == 0 and n >= multiple

    length = blocks * multiple
    network = line(halo, max(grid, multiple))
    try:
        found = cuts(network, length, side, legal)
    except TooSmall:
        assert side <= 2 * halo + max(grid, multiple) + multiple  # no more than a step of progress is needed
        return
    assert found[0].first == 0 and found[-1].last == length
    for cut in found:
        first, last = network.right(cut.length, cut.start == 0, cut.stop == length)
        assert cut.start % network.grid == 0 and legal(cut.length) and cut.length <= max(side, 1)
        assert first + cut.start <= cut.first < cut.last <= last + cut.start and cut.skip == cut.first - cut.start
    assert all(one.last == two.first for one, two in pairwise(found))


def test_side_when_not_given_gives_half_a_tile_for_the_right_ones() -> None:
    assert usual_side(line(20), 5000, every) == 512
    assert usual_side(line(200), 5000, every) == 896  # 896 - 400 = 496 of 896; 768 leaves 368
    with pytest.raises(TooSmall):
        usual_side(line(10_000), 50_000, every)


def test_side_when_too_small_is_known_how_much_is_enough() -> None:
    with pytest.raises(TooSmall):
        cuts(line(40), 1000, 64, every)
    enough = least_side(line(40), 1000, every)
    assert enough == 96 and len(cuts(line(40), 1000, enough, every)) > 10
    assert least_side(line(10_000), 50_000, every) is None
