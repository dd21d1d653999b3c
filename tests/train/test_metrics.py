"""Metrics by worked numbers, and the photo set's published baselines."""

import math
from pathlib import Path

import pytest
import torch

from convdsl.train.evaluate import flat_colour, read_squares
from convdsl.train.metrics import Score, colourfulness, psnr, score, ssim, summarize
from convdsl.train.picture import to_lab
from convdsl.train.progress import Silent

PHOTOS = Path(__file__).parents[2] / "specs" / "photos"


def test_psnr_when_the_error_is_a_tenth_is_20_db() -> None:
    assert psnr(0.1**2) == pytest.approx(20.0)
    assert psnr(0.0) == math.inf


def test_colourfulness_when_gray_is_zero_and_when_two_coloured_is_the_formula() -> None:
    assert colourfulness(torch.full((1, 3, 4, 4), 0.3)).item() == 0
    # half pure red (rg = 255, yb = 127.5), half black (0, 0): deviations 127.5 and 63.75, means the same numbers:
    # sqrt(127.5^2 + 63.75^2) + 0.3 * sqrt(127.5^2 + 63.75^2) = 1.3 * 142.5493
    picture = torch.zeros(1, 3, 2, 2)
    picture[:, 0, 0] = 1.0
    assert colourfulness(picture).item() == pytest.approx(1.3 * 142.5493, abs=1e-3)


def test_ssim_when_equal_is_one_and_when_flat_is_the_luminance_term() -> None:
    a = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(ssim(a, a), torch.ones(2, dtype=torch.float64))
    x, y = torch.full_like(a, 0.2), torch.full_like(a, 0.6)
    # no variance: (2 * 0.2 * 0.6 + 1e-4) / (0.2^2 + 0.6^2 + 1e-4) = 0.2401 / 0.4001
    torch.testing.assert_close(ssim(x, y), torch.full((2,), 0.2401 / 0.4001, dtype=torch.float64))


def test_score_when_ab_is_off_by_three_and_four_gives_their_means() -> None:
    truth = torch.tensor([50.0, 10.0, -10.0]).view(1, 3, 1, 1).expand(1, 3, 12, 12)
    lab = truth + torch.tensor([0.0, 3.0, -4.0]).view(1, 3, 1, 1)
    (one,) = score(lab, truth)
    assert one.ab_mse == pytest.approx((9 + 16) / 2, rel=1e-5)
    assert one.ab_mae == pytest.approx(3.5, rel=1e-5)
    assert one.out_of_gamut == 0


def numbers(ab_mse: float) -> Score:
    return Score(0.01, ab_mse, 1.0, 0.9, 5.0, 20.0, 40.0, 0.0)


def test_row_when_pooled_weighs_squares_and_per_photo_weighs_roots() -> None:
    row = summarize("x", [numbers(9.0), numbers(1.0)], [numbers(8.0), numbers(8.0)])
    assert row.ab_rmse == pytest.approx(math.sqrt(5.0))  # (9 + 1) / 2
    assert row.ab_rmse_per_photo == pytest.approx(2.0)  # (3 + 1) / 2
    assert row.better == 1
    assert row.psnr_mean == row.psnr_median == row.psnr_pooled == pytest.approx(20.0)


def test_baselines_on_the_photo_set_are_the_published_ones() -> None:
    """Expected: the table in specs/photos/README.md, two decimals, computed in float64 by another program."""
    squares = {name: to_lab(read_squares((PHOTOS / name,), 96, 0.1, Silent())[1]) for name in ("train", "val")}
    mean_ab = squares["train"][:, 1:].double().mean(dim=(0, 2, 3))
    assert mean_ab.tolist() == pytest.approx([-0.54, 5.84], abs=6e-3)
    val = squares["val"]
    assert len(val) == 48
    gray, mean = (score(flat_colour(val, ab), val) for ab in ((0.0, 0.0), (mean_ab[0].item(), mean_ab[1].item())))
    for scores, published in ((gray, (21.87, 21.74, 16.45, 14.95)), (mean, (22.06, 22.25, 16.34, 14.69))):
        row = summarize("baseline", scores)
        got = (row.psnr_mean, row.psnr_median, row.ab_rmse, row.ab_rmse_per_photo)
        assert got == pytest.approx(published, abs=6e-3)
        assert row.true_colourfulness == pytest.approx(43.2, abs=0.06)
        assert row.true_colourfulness_median == pytest.approx(39.9, abs=0.06)
