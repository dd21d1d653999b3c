"""From pixels to the pictures that training needs, number by number: torch.compile makes one pass over memory of it.

It computes what `picture.to_lab`, `expose` and `pale` compute in some forty passes, up to the last digits of float32.
Shape legend: N crops, H and W pixels, 3 colour channels.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from convdsl.train.colour import WHITE, XYZ_OF_RGB, linear, root

Pictures = Callable[[Tensor, Tensor | None, float, torch.dtype], tuple[Tensor, Tensor]]


def pictures(
    pixels_NHW3: Tensor, power_N: Tensor | None, restraint: float, dtype: torch.dtype = torch.float32
) -> tuple[Tensor, Tensor]:
    """Return the pictures in Lab (N, 3, H, W) as the network sees them, and as it should make them.

    pixels_NHW3: uint8 sRGB. power_N: how each crop's lightness is bent, None if it is not. restraint: the share of the
    chroma that is taken away from what is wanted.
    """
    red, green, blue = (linear(channel) for channel in (pixels_NHW3.to(dtype) / 255.0).unbind(-1))
    mixed = ((a * red + b * green + c * blue) / white for (a, b, c), white in zip(XYZ_OF_RGB, WHITE, strict=True))
    x, y, z = (root(axis) for axis in mixed)
    lightness, a, b = 116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)
    seen = lightness
    if power_N is not None:
        seen = 100.0 * (lightness / 100.0).clamp(0.0, 1.0) ** power_N.exp()[:, None, None]
    kept = 1.0 - restraint
    return torch.stack((seen, a, b), dim=1), torch.stack((lightness, kept * a, kept * b), dim=1)


def compiled_pictures() -> Pictures:
    """Return `pictures` through torch.compile, which does its work at the first call."""
    run: Pictures = torch.compile(pictures, dynamic=False)
    return run
