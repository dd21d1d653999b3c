"""Numbers as colours: white is 0, each side has its hue, and lightness falls on both, for all kinds of sight."""

from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from convdsl.render.canvas import Picture
from convdsl.train.inspecting.palette import (
    SHARP,
    Scale,
    colours,
    number_text,
    photograph,
    picture,
    scale_of,
    share_text,
)
from convdsl.train.inspecting.text import aligned, listed
from convdsl.train.picture import to_lab


def lightness(rgb: np.ndarray) -> np.ndarray:
    return to_lab(torch.from_numpy(rgb.reshape(1, 1, -1, 3)))[0, 0, 0].numpy()


def pixels(tile: object) -> np.ndarray:
    (item,) = tile.items
    assert isinstance(item, Picture)
    return np.asarray(Image.open(BytesIO(item.png)).convert("RGB"))


def test_colours_of_zero_are_white_and_the_sides_differ_in_hue() -> None:
    blue, white, orange = colours(np.array([-1.0, 0.0, 1.0]) * 0.5, Scale(1.0)).astype(int)
    assert white.tolist() == [255, 255, 255]
    assert blue[2] - blue[0] > 100 and orange[0] - orange[2] > 100


@pytest.mark.parametrize("sign", [-1, 1])
def test_colours_get_darker_the_further_from_zero(sign: int) -> None:
    steps = lightness(colours(sign * np.linspace(0, 1, 128), Scale(1.0)))
    assert (np.diff(steps) <= 1e-4).all()
    assert steps[0] == pytest.approx(100, abs=0.1) and steps[-1] < 20


def test_colours_of_both_sides_differ_for_who_sees_no_red() -> None:
    """Deuteranopes keep the blue-yellow axis, b of Lab: the sides lie on different ends of it."""
    away = np.linspace(0.1, 0.8, 20)
    b = [to_lab(torch.from_numpy(colours(sign * away, Scale(1.0))[None, None]))[0, 2, 0].numpy() for sign in (-1, 1)]
    assert (b[0] < -3).all() and (b[1] > 3).all()


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20))
def test_scale_reaches_every_number(numbers: list[float]) -> None:
    array = np.array(numbers)
    scale = scale_of(array)
    assert scale.reach == np.abs(array).max()
    assert scale.one_sided == bool((array >= 0).all())


def test_picture_of_few_cells_has_sharp_squares_of_their_colours() -> None:
    numbers = np.array([[-1.0, 0.0, 0.5], [0.25, 1.0, -0.5]])
    drawn = pixels(picture(numbers, Scale(1.0), 30, 20))
    assert drawn.shape == (20 * SHARP, 30 * SHARP, 3)
    wanted = colours(numbers, Scale(1.0)).repeat(10 * SHARP, axis=0).repeat(10 * SHARP, axis=1)
    assert (drawn == wanted).all()


def test_picture_of_many_cells_is_their_mean() -> None:
    numbers = np.tile(np.array([[0.0, 1.0], [1.0, 0.0]]), (40, 40))
    drawn = pixels(picture(numbers, Scale(1.0), 10, 10))
    assert np.abs(drawn.astype(int) - colours(np.array(0.5), Scale(1.0)).astype(int)).max() <= 2


def test_picture_of_nothing_but_zeros_and_of_what_is_no_number_is_white() -> None:
    assert (pixels(picture(np.zeros((3, 3)), scale_of(np.zeros((3, 3))), 9, 9)) == 255).all()
    assert (pixels(picture(np.full((3, 3), np.nan), Scale(1.0), 9, 9)) == 255).all()


def test_photograph_of_few_pixels_shows_each() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8)
    drawn = pixels(photograph(rgb, 50, 40))
    assert (drawn[:: 10 * SHARP, :: 10 * SHARP] == rgb).all()


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.03125, "0.0312"), (-2.345, "−2.35"), (148.4, "148"), (12345.6, "12,346"), (-1e-7, "−1e−07")],
)
def test_number_text_has_three_figures(number: float, text: str) -> None:
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0%"), (0.001, "<1%"), (0.5, "50%"), (0.996, ">99%"), (1, "100%"), (0.994, "99%")]
)
def test_share_text_is_never_all_or_nothing_where_it_is_not(share: float, text: str) -> None:
    assert share_text(share) == text


def test_listed_shortens_runs_of_three_and_more() -> None:
    assert listed([3, 7, 8, 12, 13, 14, 19]) == "3, 7, 8, 12-14, 19"
    assert listed([]) == ""


def test_aligned_puts_the_first_column_left_and_the_others_right() -> None:
    assert aligned([("a", "b"), ("long", "12")]) == ("a      b", "long  12")
