"""Ronneberger, Fischer & Brox 2015, the U-Net, written again as a class. N: pictures; H, W: rows and columns."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class UNet2015(nn.Module):
    """Ronneberger, Fischer & Brox 2015: valid convolutions, skips cropped to their middle.

    The released network is in Caffe; the names are the spec's: `enc`, `bottom`, `up` and `dec` by level, `head`.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (64, 128, 256, 512)
        self.enc = nn.ModuleList(valid_pair(before, c) for before, c in zip((1, *widths), widths, strict=False))
        self.bottom = valid_pair(512, 1024)
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * c, c, 2, 2) for c in widths)
        self.dec = nn.ModuleList(valid_pair(2 * c, c) for c in widths)
        self.head = nn.Conv2d(64, 2, 1)

    def forward(self, image_N1HW: Tensor) -> Tensor:
        x, skips = image_N1HW, []
        for level in self.enc:
            x = level(x)
            skips.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for up, dec, skip in zip(reversed(self.up), reversed(self.dec), reversed(skips), strict=True):
            x = up(x)
            top, left = ((skip.shape[axis] - x.shape[axis]) // 2 for axis in (2, 3))
            x = dec(torch.cat((skip[:, :, top : top + x.shape[2], left : left + x.shape[3]], x), 1))
        return self.head(x)


def valid_pair(before: int, channels: int) -> nn.Sequential:
    """Two convolutions of 3x3 without padding, each with ReLU."""
    return nn.Sequential(nn.Conv2d(before, channels, 3), nn.ReLU(), nn.Conv2d(channels, channels, 3), nn.ReLU())
