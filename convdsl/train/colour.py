"""Colour spaces on batches: sRGB, CIE L*a*b* under D65, the gamut's edge, and the CIEDE2000 difference.

Shape legend: N batch, 3 channels, H and W pixels. sRGB is 0..1; L is 0..100, a and b are about -110..110.
All of it is plain tensor arithmetic in the tensor's own precision; float32 agrees with float64 to about 5e-5 in Lab.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

# Linear sRGB to XYZ and the D65 white of the 2 degree observer, as scikit-image has them (IEC 61966-2-1, six digits).
XYZ_OF_RGB = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
WHITE = (0.95047, 1.0, 1.08883)
EPSILON = 0.008856  # where CIE 15 joins the cube root to its tangent, (6/29)^3
SLOPE = 7.787  # the tangent's slope, (29/6)^2 / 3
OFFSET = 16.0 / 116.0


@lru_cache(maxsize=64)  # to make one on a GPU is to wait until the GPU has done all else
def constant(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return numbers as a tensor; it is shared, so nobody may write to it."""
    return torch.tensor(values, dtype=dtype, device=device)


@lru_cache(maxsize=16)
def _matrix(inverse: bool, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the matrix from linear sRGB to XYZ, or back."""
    rows = torch.tensor(XYZ_OF_RGB, dtype=torch.float64)
    return (torch.linalg.inv(rows) if inverse else rows).to(device, dtype)


def _white(like: Tensor) -> Tensor:
    return constant(WHITE, like.dtype, like.device).view(3, 1, 1)


def _mix(rows: Tensor, x_N3HW: Tensor) -> Tensor:
    return torch.matmul(rows, x_N3HW.flatten(-2)).view(x_N3HW.shape)


def linear(rgb: Tensor) -> Tensor:
    """Turn sRGB, number by number, into linear light."""
    return torch.where(rgb > 0.04045, ((rgb.clamp(min=0) + 0.055) / 1.055) ** 2.4, rgb / 12.92)


@lru_cache(maxsize=16)
def _linear_of_8_bits(dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the light of each of the 256 values of a channel: to look it up is faster than to compute its power."""
    return linear(torch.arange(256, dtype=dtype) / 255.0).to(device)


def root(xyz: Tensor) -> Tensor:
    """Take the cube root of light that is a share of the white's, and its tangent where it is dark."""
    return torch.where(xyz > EPSILON, xyz.clamp(min=EPSILON) ** (1.0 / 3.0), SLOPE * xyz + OFFSET)


def rgb_to_lab(rgb_N3HW: Tensor) -> Tensor:
    """Turn sRGB in 0..1 into CIE L*a*b* (D65, 2 degrees).

    rgb_N3HW: floating point, (..., 3, H, W). Returns the same shape and precision.
    Source: IEC 61966-2-1 (transfer curve), CIE 15:2004 section 8.2.1 (Lab).
    """
    return _linear_to_lab(linear(rgb_N3HW))


def pixels_to_lab(pixels_N3HW: Tensor, dtype: torch.dtype) -> Tensor:
    """Turn uint8 sRGB into what `rgb_to_lab` makes of a 255th of it, in the precision asked for."""
    return _linear_to_lab(_linear_of_8_bits(dtype, pixels_N3HW.device).take(pixels_N3HW.contiguous().long()))


def _linear_to_lab(linear_N3HW: Tensor) -> Tensor:
    xyz = _mix(_matrix(False, linear_N3HW.dtype, linear_N3HW.device), linear_N3HW) / _white(linear_N3HW)
    x, y, z = root(xyz).unbind(-3)
    return torch.stack((116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)), dim=-3)


def lab_to_rgb(lab_N3HW: Tensor) -> Tensor:
    """Turn CIE L*a*b* into sRGB without clipping: what lies outside 0..1 is out of the gamut.

    lab_N3HW: floating point, (..., 3, H, W). Returns the same shape and precision.
    Source: the inverse of `rgb_to_lab`, step by step.
    """
    lightness, a, b = lab_N3HW.unbind(-3)
    y = (lightness + 16.0) / 116.0
    f = torch.stack((y + a / 500.0, y, y - b / 200.0), dim=-3)
    edge = EPSILON ** (1.0 / 3.0)
    xyz = torch.where(f > edge, f**3, (f - OFFSET) / SLOPE) * _white(f)
    linear = _mix(_matrix(True, xyz.dtype, xyz.device), xyz)
    curved = 1.055 * linear.clamp(min=0.0031308) ** (1.0 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, curved, 12.92 * linear)


def out_of_gamut(rgb_N3HW: Tensor, margin: float = 1e-3) -> Tensor:
    """Mark the pixels that no sRGB screen can show.

    rgb_N3HW: unclipped sRGB. margin: what rounding in float32 may add on either side of 0..1.
    Returns booleans (..., H, W).
    """
    return ((rgb_N3HW < -margin) | (rgb_N3HW > 1.0 + margin)).any(dim=-3)


def _hue(b: Tensor, a: Tensor) -> Tensor:
    degrees = torch.rad2deg(torch.atan2(b, a))
    return torch.where(degrees < 0, degrees + 360.0, degrees)


def ciede2000(first_N3HW: Tensor, second_N3HW: Tensor) -> Tensor:
    """Measure the CIEDE2000 colour difference pixel by pixel, with kL = kC = kH = 1.

    Both: Lab, (..., 3, H, W). Returns (..., H, W); about 1 is a just visible difference.
    Source: Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula", Color Res. Appl. 30 (2005), equations 2 to 22.
    """
    l1, a1, b1 = first_N3HW.unbind(-3)
    l2, a2, b2 = second_N3HW.unbind(-3)
    chroma = (torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2
    g = 0.5 * (1 - torch.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = torch.hypot(a1, b1), torch.hypot(a2, b2)
    h1, h2 = _hue(b1, a1), _hue(b2, a2)
    coloured = c1 * c2 != 0

    gap = h2 - h1
    gap = torch.where(gap > 180, gap - 360, torch.where(gap < -180, gap + 360, gap))
    gap = torch.where(coloured, gap, torch.zeros_like(gap))
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * torch.sqrt(c1 * c2) * torch.sin(torch.deg2rad(gap) / 2)

    ml, mc = (l1 + l2) / 2, (c1 + c2) / 2
    total = h1 + h2
    wrapped = torch.where(total < 360, (total + 360) / 2, (total - 360) / 2)
    mh = torch.where(coloured, torch.where((h1 - h2).abs() <= 180, total / 2, wrapped), total)

    t = 1 - 0.17 * _cos(mh - 30) + 0.24 * _cos(2 * mh) + 0.32 * _cos(3 * mh + 6) - 0.20 * _cos(4 * mh - 63)
    turn = 60 * torch.exp(-(((mh - 275) / 25) ** 2))
    rotation = -2 * torch.sqrt(mc**7 / (mc**7 + 25.0**7)) * torch.sin(torch.deg2rad(turn))
    sl = 1 + 0.015 * (ml - 50) ** 2 / torch.sqrt(20 + (ml - 50) ** 2)
    sc, sh = 1 + 0.045 * mc, 1 + 0.015 * mc * t
    squared = (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh)
    return torch.sqrt(squared.clamp(min=0))  # rounding may leave -1e-9 where both colours are equal


def _cos(degrees: Tensor) -> Tensor:
    return torch.cos(degrees * (math.pi / 180))
