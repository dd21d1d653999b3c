"""Meanings: their ranges, and how they read."""

import pytest

from convdsl.meaning import Meaning


@pytest.mark.parametrize(
    ("channels", "scale", "offset", "text"),
    [
        (("L",), (1.0,), (0.0,), "L"),
        (("L",), (1.0,), (-50.0,), "L - 50"),
        (("L",), (0.02,), (-1.0,), "(L - 50) / 50"),
        (("L",), (0.02,), (1.0,), "(L + 50) / 50"),
        (("a", "b"), (1 / 110, 1 / 110), (0.0, 0.0), "a / 110, b / 110"),
        (("R",), (1 / 0.229,), (-0.485 / 0.229,), "(R - 0.485) / 0.229"),
        (("R",), (255.0,), (0.0,), "R * 255"),
        (("R",), (2.0,), (-1.0,), "(R - 0.5) * 2"),
        (("a",), (-0.5,), (0.0,), "a / -2"),
    ],
)
def test_meaning_reads_as_people_write_it(
    channels: tuple[str, ...], scale: tuple[float, ...], offset: tuple[float, ...], text: str
) -> None:
    assert str(Meaning("colour", channels, scale, offset)) == text


def test_ranges_of_scaled_colours() -> None:
    # L is 0..100, so (L - 50) / 50 is -1..1; a is -87..99, and a / -10 turns the ends round
    assert Meaning("colour", ("L", "a"), (0.02, -0.1), (-1.0, 0.0)).ranges() == (
        (-1.0, 1.0),
        (pytest.approx(-9.9), pytest.approx(8.7)),
    )
