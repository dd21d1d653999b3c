"""A plot: its numbers are round, and its words stand clear of each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convdsl.render.canvas import Canvas, Disc, Line
from convdsl.render.plot import Axis, Mark, Series, plot
from convdsl.render.ticks import linear
from tests.render.canvas_faults import faults


@given(st.floats(1e-6, 1e6))
def test_ticks_are_few_and_reach_the_end(end: float) -> None:
    found = linear(0, end)
    assert found[0] == 0 and 3 <= len(found) <= 8
    assert end - found[1] < found[-1] <= end * (1 + 1e-9)


@pytest.mark.parametrize("at", [0, 3, 50, 99, 100])
def test_plot_puts_points_where_they_are_and_words_clear_of_each_other(at: int) -> None:
    series = [Series([(0, 0.0), (50, 1.0), (100, 0.5)], "edge", "one", dots=True), Series([(0, 1), (100, 1)], "skip")]
    across, up = ("across", Axis(0, 100)), ("what goes up", Axis(0, 1, percent=True))
    drawn = plot(across, up, series, [Mark(at, "a word")], (200, 100))
    assert not list(faults(Canvas("", "", drawn.width, drawn.height, drawn.items)))
    dots = [(item.x, item.y) for item in drawn.items if isinstance(item, Disc)]
    (left, floor), (middle, top), (right, half) = dots
    assert (middle - left, right - left) == (100, 200)
    assert (floor - top, floor - half) == (100, 50)
    assert sum(isinstance(item, Line) and item.weight == 20 and len(item.points) > 1 for item in drawn.items) == 3
