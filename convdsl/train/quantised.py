"""Colour as a choice among bins of the ab plane: what is learned, what each pixel counts, and back to one colour.

Zhang, Isola & Efros 2016, "Colorful Image Colorization" (arXiv:1603.08511), section 2. Shape legend: N pictures,
Q bins, K nearest bins, h and w pixels of the network's output; ab in natural units.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from convdsl import bins
from convdsl.optimization import RebalancedCrossEntropy

_CELLS = 27  # on each axis of the plane, for whole tens from -130 to 130


def annealed_mean(scores_NQhw: Tensor, temperature: float) -> Tensor:
    """Take one colour of the scores of bins: the mean after their distribution is sharpened.

    temperature: 1 gives the mean, near 0 the likeliest bin. Returns ab (N, 2, h, w). Source: equation 5, where
    softmax(log softmax(scores) / T) is softmax(scores / T).
    """
    shares_NQhw = torch.softmax(scores_NQhw / temperature, dim=1)
    return torch.einsum("nqhw,qc->nchw", shares_NQhw, _centres(scores_NQhw))


def soften(ab_N2hw: Tensor, nearest: int, sigma: float) -> tuple[Tensor, Tensor]:
    """Spread each colour over its nearest bins, by a Gaussian of the distance.

    Returns the bins' numbers, the nearest first, and their shares, which sum to 1, both (N, K, h, w). Source: section
    2.1, with K = 5 and sigma 5.
    """
    ab_NhwC, centres_QC = ab_N2hw.permute(0, 2, 3, 1), _centres(ab_N2hw)
    # half the squared distance is |ab|^2 / 2 less this, and the first part is the same for all bins of a pixel
    near_NhwQ = ab_NhwC @ centres_QC.T - centres_QC.square().sum(1) / 2
    found = near_NhwQ.topk(nearest, dim=-1)
    shares_NhwK = torch.softmax(found.values / sigma**2, dim=-1)
    return found.indices.permute(0, 3, 1, 2), shares_NhwK.permute(0, 3, 1, 2)


def nearest_bin(ab_N2hw: Tensor) -> Tensor:
    """Return the number of the bin that is nearest to each colour, (N, h, w)."""
    cell = (ab_N2hw / bins.SIDE).round().long() + _CELLS // 2
    cell = cell.clamp(0, _CELLS - 1)
    return _table(ab_N2hw.device)[cell[:, 0] * _CELLS + cell[:, 1]]


def count(ab_N2hw: Tensor) -> Tensor:
    """Count the pixels of each bin, (Q)."""
    return torch.bincount(nearest_bin(ab_N2hw).flatten(), minlength=bins.COUNT)


def balance(counts_Q: Tensor, word: RebalancedCrossEntropy) -> Tensor:
    """Say what a pixel of each bin counts in the loss: more where the photographs have few such colours.

    counts_Q: pixels of each bin in the training photographs; bins that none of them has count as the rarest do.
    Returns float64 (Q) whose mean over the photographs' pixels is 1. Source: equation 4: the shares, smoothed by a
    Gaussian, are mixed with equal ones and inverted.
    """
    shares_Q = counts_Q.double() / counts_Q.sum().clamp(min=1)
    centres = _centres(shares_Q)
    kernel_QQ = torch.exp(-torch.cdist(centres, centres).square() / (2 * word.sigma**2))
    smooth_Q = shares_Q @ (kernel_QQ / kernel_QQ.sum(dim=1, keepdim=True))
    weights_Q = 1 / ((1 - word.uniform) * smooth_Q + word.uniform / bins.COUNT)
    return weights_Q / (shares_Q @ weights_Q)


def cross_entropy(
    word: RebalancedCrossEntropy, scores_NQhw: Tensor, ab_N2hw: Tensor, balance_Q: Tensor | None = None
) -> Tensor:
    """Compare scores with the true colours: the mean over pixels. balance_Q: what each bin counts, 1 if none.

    Source: equation 2, over the number of pixels.
    """
    bins_NKhw, shares_NKhw = soften(ab_N2hw, word.nearest, word.sigma)
    found_NKhw = functional.log_softmax(scores_NQhw, dim=1).gather(1, bins_NKhw)
    loss_Nhw = -(shares_NKhw * found_NKhw).sum(dim=1)
    if balance_Q is not None:
        loss_Nhw = loss_Nhw * balance_Q.to(loss_Nhw)[bins_NKhw[:, 0]]
    return loss_Nhw.mean()


def _centres(like: Tensor) -> Tensor:
    return _centres_on(like.dtype, like.device)


@cache
def _centres_on(dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return a and b of each bin (Q, 2); shared, so nobody may write to it."""
    return torch.tensor(bins.centres(), dtype=dtype, device=device)


@cache
def _table(device: torch.device) -> Tensor:
    """For each square of the plane, the bin that is nearest to its middle: itself where it is a bin."""
    line = torch.arange(_CELLS, dtype=torch.float64, device=device) - _CELLS // 2
    cells = torch.cartesian_prod(line, line) * bins.SIDE
    return torch.cdist(cells, _centres(cells)).argmin(dim=1)
