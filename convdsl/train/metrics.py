"""How good a colouring is, by the protocol of the photo set: true L kept, no rounding, sRGB clipped to 0..1.

Shape legend: N photos, 3 channels, H and W pixels; `lab` is CIE Lab, `rgb` sRGB 0..1. Numbers are in float64.
"""

import math
from collections.abc import Sequence
from statistics import fmean, median

import torch
from torch import Tensor
from torch.nn import functional

from convdsl.record import dataclass
from convdsl.train.colour import ciede2000, lab_to_rgb, out_of_gamut


@dataclass(frozen=True, slots=True)
class Score:
    """The numbers of one photo. Squared errors are means over the photo's pixels, so that photos of one size pool."""

    rgb_mse: float  # of clipped sRGB 0..1, over three channels
    ab_mse: float  # over a and b
    ab_mae: float
    ssim: float
    ciede2000: float
    colourfulness: float
    true_colourfulness: float
    out_of_gamut: float

    @property
    def psnr(self) -> float:
        """Give the peak signal-to-noise ratio in dB; infinite where nothing differs."""
        return psnr(self.rgb_mse)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a prediction's numbers over all photos; `better` counts photos with less ab error than
    the train set's mean colour has (None where that is not known)."""

    name: str
    photos: int
    psnr_mean: float
    psnr_median: float
    psnr_pooled: float
    ab_rmse: float
    ab_rmse_per_photo: float
    ab_mae: float
    ssim: float
    ciede2000: float
    colourfulness: float
    true_colourfulness: float
    true_colourfulness_median: float
    out_of_gamut: float
    better: int | None


def psnr(mse: float) -> float:
    """Turn a mean squared error of values in 0..1 into dB."""
    return math.inf if mse <= 0 else -10.0 * math.log10(mse)


def colourfulness(rgb_N3HW: Tensor) -> Tensor:
    """Measure Hasler and Suesstrunk's colourfulness, one number a photo, on the 0..255 scale.

    rgb_N3HW: sRGB 0..1. Standard deviations are the population's.
    Source: Hasler, Suesstrunk, "Measuring colourfulness in natural images", SPIE 5007 (2003), section 7, M(3).
    """
    red, green, blue = (255.0 * rgb_N3HW).unbind(-3)
    axes = torch.stack((red - green, (red + green) / 2 - blue)).flatten(start_dim=-2)
    spread = axes.std(dim=-1, correction=0).square().sum(dim=0).sqrt()
    return spread + 0.3 * axes.mean(dim=-1).square().sum(dim=0).sqrt()


def ssim(first_N3HW: Tensor, second_N3HW: Tensor) -> Tensor:
    """Measure structural similarity, one number a photo: Gaussian window of 11 pixels and sigma 1.5, mean over
    channels and over the places where the whole window lies inside.

    Both: 0..1, at least 11x11 pixels. Source: Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 13 (2004), section III.
    """
    offsets = torch.arange(11, dtype=first_N3HW.dtype) - 5
    bell = torch.exp(-offsets.square() / (2 * 1.5**2))
    bell = (bell / bell.sum()).to(first_N3HW.device)

    def blur(x: Tensor) -> Tensor:
        planes = x.flatten(0, 1).unsqueeze(1)
        planes = functional.conv2d(functional.conv2d(planes, bell.view(1, 1, 11, 1)), bell.view(1, 1, 1, 11))
        return planes.reshape(*x.shape[:2], *planes.shape[-2:])

    m1, m2 = blur(first_N3HW), blur(second_N3HW)
    v1 = blur(first_N3HW.square()) - m1.square()
    v2 = blur(second_N3HW.square()) - m2.square()
    both = blur(first_N3HW * second_N3HW) - m1 * m2
    c1, c2 = 0.01**2, 0.03**2  # the paper's K1 and K2 for a range of 1
    similarity = (2 * m1 * m2 + c1) * (2 * both + c2) / ((m1.square() + m2.square() + c1) * (v1 + v2 + c2))
    return similarity.mean(dim=(1, 2, 3))


def errors(lab_N3HW: Tensor, truth_N3HW: Tensor) -> tuple[tuple[float, float], ...]:
    """Give `rgb_mse` and `ab_mse` of each photo, as `score` does, without what takes longer."""
    lab, truth = lab_N3HW.double(), truth_N3HW.double()
    rgb, true_rgb = (lab_to_rgb(picture).clamp(0, 1) for picture in (lab, truth))
    rgb_N = (rgb - true_rgb).square().mean(dim=(1, 2, 3)).tolist()
    ab_N = (lab - truth)[:, 1:].square().mean(dim=(1, 2, 3)).tolist()
    return tuple(zip(rgb_N, ab_N, strict=True))


def score(lab_N3HW: Tensor, truth_N3HW: Tensor) -> tuple[Score, ...]:
    """Compare predicted Lab with the truth, photo by photo."""
    lab, truth = lab_N3HW.double(), truth_N3HW.double()
    raw, rgb = lab_to_rgb(lab), lab_to_rgb(lab).clamp(0, 1)
    true_rgb = lab_to_rgb(truth).clamp(0, 1)
    error = (lab - truth)[:, 1:]
    pixels = (1, 2, 3)
    wide = min(lab.shape[-2:]) >= 11
    columns = (
        (rgb - true_rgb).square().mean(dim=pixels),
        error.square().mean(dim=pixels),
        error.abs().mean(dim=pixels),
        ssim(rgb, true_rgb) if wide else torch.full((len(lab),), math.nan),
        ciede2000(lab, truth).mean(dim=(1, 2)),
        colourfulness(rgb),
        colourfulness(true_rgb),
        out_of_gamut(raw).double().mean(dim=(1, 2)),
    )
    return tuple(Score(*(float(value) for value in values)) for values in zip(*columns, strict=True))


def summarize(name: str, scores: Sequence[Score], mean_colour: Sequence[Score] | None = None) -> Row:
    """Put the scores of equally large photos into one row; `mean_colour` are the baseline's, photo by photo."""
    better = None
    if mean_colour is not None:
        better = sum(own.ab_mse < base.ab_mse for own, base in zip(scores, mean_colour, strict=True))
    return Row(
        name=name,
        photos=len(scores),
        psnr_mean=fmean(s.psnr for s in scores),
        psnr_median=median(s.psnr for s in scores),
        psnr_pooled=psnr(fmean(s.rgb_mse for s in scores)),
        ab_rmse=math.sqrt(fmean(s.ab_mse for s in scores)),
        ab_rmse_per_photo=fmean(math.sqrt(s.ab_mse) for s in scores),
        ab_mae=fmean(s.ab_mae for s in scores),
        ssim=fmean(s.ssim for s in scores),
        ciede2000=fmean(s.ciede2000 for s in scores),
        colourfulness=fmean(s.colourfulness for s in scores),
        true_colourfulness=fmean(s.true_colourfulness for s in scores),
        true_colourfulness_median=median(s.true_colourfulness for s in scores),
        out_of_gamut=fmean(s.out_of_gamut for s in scores),
        better=better,
    )
