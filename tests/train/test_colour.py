"""Colour spaces against published numbers and against each other."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convdsl.train.colour import ciede2000, lab_to_rgb, out_of_gamut, pixels_to_lab, rgb_to_lab

# sRGB's corners in Lab under D65: B. Lindbloom's CIE calculator, two decimals (www.brucelindbloom.com)
CORNERS = {
    (0, 0, 0): (0.0, 0.0, 0.0),
    (1, 1, 1): (100.0, 0.0, 0.0),
    (1, 0, 0): (53.24, 80.09, 67.20),
    (0, 1, 0): (87.73, -86.18, 83.18),
    (0, 0, 1): (32.30, 79.19, -107.86),
    (0, 1, 1): (91.11, -48.09, -14.13),
    (1, 0, 1): (60.32, 98.23, -60.82),
    (1, 1, 0): (97.14, -21.55, 94.48),
}


def pixel(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).view(1, 3, 1, 1)


@pytest.mark.parametrize("rgb, lab", CORNERS.items())
def test_lab_when_the_colour_is_a_corner_of_srgb_equals_the_published_one(
    rgb: tuple[float, ...], lab: tuple[float, ...]
) -> None:
    torch.testing.assert_close(rgb_to_lab(pixel(*rgb)), pixel(*lab), rtol=0, atol=0.02)


def test_lab_when_the_colour_is_middle_gray_has_the_standard_lightness() -> None:
    # linear light of sRGB 0.5 is ((0.5 + 0.055) / 1.055)^2.4 = 0.21404, L = 116 * 0.21404^(1/3) - 16 = 53.389
    torch.testing.assert_close(rgb_to_lab(pixel(0.5, 0.5, 0.5)), pixel(53.389, 0, 0), rtol=0, atol=4e-3)


def test_lab_when_light_is_below_both_thresholds_follows_the_straight_parts() -> None:
    # sRGB 0.02: linear 0.02 / 12.92 = 0.0015480 <= 0.008856, so L = 903.3 * 0.0015480 = 1.3983
    assert rgb_to_lab(pixel(0.02, 0.02, 0.02))[0, 0].item() == pytest.approx(1.3983, abs=2e-4)


def test_lab_when_in_float32_is_close_to_float64() -> None:
    generator = torch.Generator().manual_seed(0)
    rgb = torch.rand(1, 3, 64, 64, generator=generator, dtype=torch.float64)
    # 5e-5 is what the project promises beside scikit-image, which computes in float64
    torch.testing.assert_close(rgb_to_lab(rgb.float()).double(), rgb_to_lab(rgb), rtol=0, atol=1e-4)


def test_lab_when_scikit_image_is_there_equals_it() -> None:
    oracle = pytest.importorskip("skimage.color")
    rgb = torch.rand(17, 23, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = torch.from_numpy(oracle.rgb2lab(rgb.numpy())).permute(2, 0, 1)[None]
    torch.testing.assert_close(rgb_to_lab(rgb.permute(2, 0, 1)[None]), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
def test_lab_when_pixels_have_8_bits_is_that_of_their_255ths(dtype: torch.dtype) -> None:
    pixels = torch.randint(0, 256, (2, 7, 5, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    pixels[0, 0, 0] = torch.tensor((0, 10, 11))  # 0, and both sides of 0.04045 * 255 = 10.3
    planes = pixels.permute(0, 3, 1, 2)
    torch.testing.assert_close(pixels_to_lab(planes, dtype), rgb_to_lab(planes.to(dtype) / 255), rtol=0, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_law_there_and_back_changes_nothing(rgb: tuple[float, float, float]) -> None:
    # the thresholds of the standard are rounded: at each joint the two branches miss each other by up to 1e-6
    torch.testing.assert_close(lab_to_rgb(rgb_to_lab(pixel(*rgb))), pixel(*rgb), rtol=0, atol=2e-5)


def test_gamut_when_a_colour_is_too_strong_is_left() -> None:
    labs = torch.cat((pixel(50, 0, 0), pixel(50, 120, 0), pixel(50, -100, 0)))
    assert out_of_gamut(lab_to_rgb(labs)).flatten().tolist() == [False, True, True]


def table() -> list[tuple[float, ...]]:
    text = (Path(__file__).parent / "data" / "ciede2000.tsv").read_text()
    return [tuple(map(float, line.split())) for line in text.splitlines() if not line.startswith("#")]


def test_ciede2000_when_given_the_papers_pairs_gives_the_papers_differences() -> None:
    rows = torch.tensor(table(), dtype=torch.float64)
    assert len(rows) == 34
    first, second = rows[:, 0:3, None, None], rows[:, 3:6, None, None]
    torch.testing.assert_close(ciede2000(first, second).flatten(), rows[:, 6], rtol=0, atol=6e-5)
    torch.testing.assert_close(ciede2000(second, first).flatten(), rows[:, 6], rtol=0, atol=6e-5)


def test_ciede2000_when_nothing_differs_is_zero() -> None:
    lab = rgb_to_lab(torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(2)))
    assert ciede2000(lab, lab).abs().max() == 0
