"""Curves of runs: round numbers at the axes, everything inside its frame, every curve told apart from the others."""

from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from convdsl.render import ticks
from convdsl.render.canvas import Canvas, Disc, Label, Line, flat
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.curves import HUES, LEFT, RIGHT, WIDE, Curve, Panel, canvas
from convdsl.render.metrics import text_width
from convdsl.render.run_picture import run_picture
from convdsl.render.run_table import Run
from convdsl.render.theme import LIGHT, PRINT

Points = Sequence[tuple[int, float]]


def one(points: Points, **more: object) -> Canvas:
    return canvas("title", [Panel("loss", [Curve("run", points)], **more)])


def curves(drawn: Canvas) -> list[Line]:
    hues = {hue for hue, _ in HUES}
    return [
        item for item in flat(drawn.items) if isinstance(item, Line) and item.stroke in hues and len(item.points) > 1
    ]


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0, 700, (0, 100, 200, 300, 400, 500, 600, 700)),
        (15.9, 19.8, (16, 16.5, 17, 17.5, 18, 18.5, 19, 19.5)),
        (1, 2, (1, 1.2, 1.4, 1.6, 1.8, 2)),
        (-3, 3, (-3, -2, -1, 0, 1, 2, 3)),
    ],
)
def test_numbers_at_an_axis_when_it_is_linear_are_round_and_few(
    low: float, high: float, wanted: tuple[float, ...]
) -> None:
    assert ticks.linear(low, high) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.5e-4, 2, (1e-4, 1e-3, 1e-2, 1e-1, 1)),
        (0.009, 0.11, (0.01, 0.02, 0.05, 0.1)),
        (0.99e-9, 1.01, (1e-9, 1e-7, 1e-5, 1e-3, 1e-1)),
        (0.100, 0.104, (0.1, 0.101, 0.102, 0.103, 0.104)),
    ],
)
def test_numbers_at_an_axis_when_it_is_logarithmic_are_round_and_few(
    low: float, high: float, wanted: tuple[float, ...]
) -> None:
    assert ticks.logarithmic(low, high) == pytest.approx(wanted)


@pytest.mark.parametrize(
    "points",
    [
        [(step, 1.0 / step) for step in range(1, 200)],
        [(1, 0.5)],
        [(7, 0.0), (8, 0.0)],
        [],
        [(1, 1e-30), (2, 1e30)],
        [(1, 5.0), (2, 5.0)],
        [(1, -1.0), (9, 2.0)],
    ],
    ids=["falls", "one step", "zero", "none", "far apart", "constant", "negative"],
)
def test_curve_when_drawn_is_well_formed_and_inside_its_frame(points: Points) -> None:
    drawn = one(points)
    ElementTree.fromstring(paint_canvas(drawn, LIGHT))
    frame = 60, 310  # title and head above, 250 pixels
    for line in curves(drawn):
        assert all(LEFT <= x <= WIDE - RIGHT and frame[0] <= y <= frame[1] for x, y in line.points)
    for item in flat(drawn.items):
        if isinstance(item, Label):
            assert 0 <= item.x <= WIDE and 0 < item.y <= drawn.height


def test_curve_when_values_fall_by_equal_factors_is_a_straight_line_of_two_points() -> None:
    """A loss of 2 ** -step on a logarithmic axis, which leaves 6 % of its height free above and below."""
    drawn = one([(step, 2.0**-step) for step in range(65)])
    (line,) = curves(drawn)
    assert line.points == ((LEFT, 60 + round(250 * 0.06 / 1.12)), (WIDE - RIGHT, 310 - round(250 * 0.06 / 1.12)))


def test_curves_when_there_are_twelve_all_look_different_and_have_their_numbers() -> None:
    runs = [Curve(f"run {number}", [(1, 1.0), (2 + number, 0.5)]) for number in range(12)]
    drawn = canvas("title", [Panel("loss", runs)])
    legend = [line for line in curves(drawn) if line.points[1][1] == line.points[0][1]]
    assert len({(line.stroke, line.dashed) for line in legend}) == 12
    words = [item.text for item in flat(drawn.items) if isinstance(item, Label)]
    assert [f"{number + 1} run {number}" in words for number in range(12)] == [True] * 12
    assert [str(number + 1) in words for number in range(12)] == [True] * 12


def test_numbers_at_the_ends_of_curves_when_these_meet_lie_beside_each_other() -> None:
    runs = [Curve(f"run {number}", [(1, 1.0), (100, 0.5)]) for number in range(8)]
    discs = [item for item in flat(canvas("t", [Panel("loss", runs)]).items) if isinstance(item, Disc)]
    assert len(discs) == 8
    for place, disc in enumerate(discs):
        assert all(abs(disc.y - other.y) >= 2 * disc.radius for other in discs[:place])


def test_picture_of_one_run_when_its_loss_has_terms_shows_each_and_every_step() -> None:
    losses = tuple((step, 1.0 / step) for step in range(1, 50))
    checked = {"val_ab_rmse": ((25, 17.0), (49, 16.0)), "val_gray_ab_rmse": ((25, 19.6), (49, 19.6))}
    drawn = run_picture((Run("here", losses, checked, parts={"L1": losses, "edges": losses}),))
    words = [item.text for item in flat(drawn.items) if isinstance(item, Label)]
    assert {"1 loss", "2 L1", "3 edges", "gray 19.6", "validation photographs: ab-RMSE"} <= set(words)
    assert (
        "loss: 1 at step 1" in drawn.description and "ab-RMSE, loss: 17 at step 25, 16 at step 49" in drawn.description
    )


def test_picture_when_names_are_hostile_stays_well_formed() -> None:
    runs = tuple(Run(name, ((1, 1.0), (2, 0.5)), {}) for name in ('<script>&"', "a\x00\u202eb", "x" * 500))
    for theme in (LIGHT, PRINT):
        text = paint_canvas(run_picture(runs), theme)
        assert "<script>" not in text
        ElementTree.fromstring(text)


@pytest.mark.parametrize("value", [13.1, 13.0, 12.8, 15.0])
def test_name_of_a_level_when_a_curve_ends_beside_it_is_crossed_by_no_line(value: float) -> None:
    levels = (("gray", 17.33), ("mean colour", 12.9))
    drawn = canvas("title", [Panel("ab-RMSE", [Curve("run", ((10, 13.4), (30, value)))], levels=levels)])
    names = [item for item in flat(drawn.items) if isinstance(item, Label) and item.text.startswith("mean colour")]
    ((left, start), (right, end)) = curves(drawn)[0].points
    for name in names:
        middle = name.x - text_width(name.text, 10) / 2
        share = (min(max(middle, left), right) - left) / (right - left)
        assert middle < left or not name.y - 8 <= start + share * (end - start) <= name.y
