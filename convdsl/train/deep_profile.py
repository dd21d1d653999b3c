"""Turn numbers of 16 bits into sRGB by the profile that is embedded beside them.

LittleCMS computes. Pillow hands it 16 bits of gray alone, so the curve of each colour goes there as the curve of a gray
profile, and the matrix between two sets of primaries is applied here.
Source: ICC.1:2022, sections 7.2 and 7.3 (header and table of tags), 8.4 (profiles of curves and a matrix), 10.18.
"""

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, _imagingcms

from convdsl.record import dataclass

Deep = NDArray[np.uint16]
Light = NDArray[np.float32]

_PRECISE = ImageCms.Flags.NOOPTIMIZE  # else curves are tables of 4,096, off by 352 of 65,535 in the shadows
_SRGB = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # IEC 61966-2-1, as the parameters of function 3
_D50 = (0.9642, 1.0, 0.8249)  # the white of every profile
_UNUSABLE = (ImageCms.PyCMSError, OSError, ValueError, TypeError, struct.error)


@dataclass(frozen=True, slots=True)
class Colours:
    """How 16-bit colours become linear sRGB. light: (3, 65536), of each channel's values. mix: (3, 3), for a column
    of them.
    """

    light: Light
    mix: Light


def srgb() -> Colours:
    """Return what turns sRGB into linear light."""
    light = _linear(np.arange(65536, dtype=np.uint16))
    return Colours(np.stack((light, light, light)), np.eye(3, dtype=np.float32))


def gray_to_srgb(deep: Deep, profile: bytes) -> Deep | None:
    """Turn gray (H, W) into that of sRGB; None where the profile is none of gray, or broken."""
    try:
        return _by_curve(deep, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except _UNUSABLE:
        return None


def colours_of(profile: bytes) -> Colours | None:
    """Read a profile of curves and a matrix, as of Adobe RGB and most cameras; None for one of tables, or broken."""
    try:
        core, tags = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile, _tags(profile)
        if core.xcolor_space.strip() != "RGB" or "A2B0" in tags:
            return None
        ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
        curves = [_by_curve(ramp, _gray_profile(tags[name])).ravel() for name in ("rTRC", "gTRC", "bTRC")]
        ours = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).profile
        mix = np.linalg.inv(_primaries(ours)) @ _primaries(core)
        return Colours(np.stack([_linear(curve) for curve in curves]), mix.astype(np.float32))
    except (*_UNUSABLE, KeyError):
        return None


def encoded(light: Light) -> Deep:
    """Turn linear light, 0..1, into sRGB of 16 bits, rounded."""
    curved = np.where(light > 0.0031308, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055, 12.92 * light)
    out: Deep = (np.clip(curved, 0, 1) * 65535 + 0.5).astype(np.uint16)
    return out


def _linear(deep: Deep) -> Light:
    values = deep / 65535
    return np.where(values > 0.04045, ((values + 0.055) / 1.055) ** 2.4, values / 12.92).astype(np.float32)


def _by_curve(deep: Deep, source: ImageCms.ImageCmsProfile) -> Deep:
    target = _gray_profile(b"para\0\0\0\0\0\3\0\0" + struct.pack(">5i", *map(_fixed, _SRGB)))
    turn = ImageCms.buildTransform(source, target, "I;16", "I;16", flags=_PRECISE)
    turned = ImageCms.applyTransform(Image.fromarray(deep), turn)
    assert turned is not None  # it is given back where it is not made in place
    return np.asarray(turned)


def _gray_profile(curve: bytes) -> ImageCms.ImageCmsProfile:
    """Make a profile of gray with one curve, a tag's body."""
    white = struct.pack(">3i", *map(_fixed, _D50))
    head = struct.pack(">I4sI12s12x4s28x", 144 + len(curve), b"", 0x04200000, b"mntrGRAYXYZ ", b"acsp") + white
    table = struct.pack(">I4sII", 1, b"kTRC", 144, len(curve))
    return ImageCms.ImageCmsProfile(io.BytesIO(head.ljust(128, b"\0") + table + curve))


def _fixed(number: float) -> int:
    return round(number * 65536)


def _tags(profile: bytes) -> dict[str, bytes]:
    count = struct.unpack_from(">I", profile, 128)[0]
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(min(count, 100)))
    return {name.decode("latin-1"): profile[start : start + length] for name, start, length in entries}


def _primaries(profile: _imagingcms.CmsProfile) -> NDArray[np.float64]:
    colorants = (profile.red_colorant, profile.green_colorant, profile.blue_colorant)
    if None in colorants:
        raise ValueError
    return np.array([one[0] for one in colorants if one is not None]).T
