"""Enlarge a small map band by band, so that a large one need not be held: bicubic, as PyTorch's interpolation.

Shape legend: C channels, h and w of the map, H and W of what it becomes.
"""

import torch
from torch import Tensor
from torch.nn import functional

from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Enlarged:
    """A map at another size, any rows of it at a time.

    wide: (C, h, W), its rows as long as they become. rows: (H, h), what each new row takes of the old ones.
    """

    wide: Tensor
    rows: Tensor

    def band(self, top: int, bottom: int) -> Tensor:
        """Return some rows, (C, bottom - top, W)."""
        share = self.rows[top:bottom]
        used = torch.nonzero(share.any(dim=0))
        first, last = int(used[0]), int(used[-1]) + 1
        return share[:, first:last] @ self.wide[:, first:last]


def enlarge(map_Chw: Tensor, height: int, width: int) -> Enlarged:
    """Prepare a map for another size; where it becomes smaller, each new pixel is a mean of those that it covers.

    Source: PyTorch, torch.nn.functional.interpolate, mode bicubic: rows and columns are enlarged one after the other.
    """
    h = map_Chw.shape[1]
    wide = _interpolated(map_Chw[None], h, width)[0]
    return Enlarged(wide, _interpolated(torch.eye(h)[None, None], height, h)[0, 0])


def _interpolated(map_NChw: Tensor, height: int, width: int) -> Tensor:
    h, w = map_NChw.shape[-2:]
    if (h, w) == (height, width):
        return map_NChw
    smaller = height < h or width < w
    return functional.interpolate(map_NChw, (height, width), mode="bicubic", antialias=smaller)
