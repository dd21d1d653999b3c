"""The lightness of photographs with 16 bits for each colour, of which Pillow gives the upper 8.

Pillow's decoders take one byte of each number, the first or the second, as they are told which of them is the upper
one. Told the other way round they give the lower bytes, in whatever format and compression Pillow reads.
"""

import io
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, TiffImagePlugin

from convdsl.train import deep_profile, photos
from convdsl.train.deep_profile import Colours

Deep = NDArray[np.uint16]
Tile = ImageFile._Tile

_GRAY_ALPHA = "LA;16B"
_PLANES = 284  # the tag PlanarConfiguration, TIFF 6.0, section 8
_MODES = ("RGB", "RGBA", "RGBX", "R", "G", "B", "A")
_OWN, _OTHER = ("L", "B") if sys.byteorder == "little" else ("B", "L")
_OPPOSITE = {
    f"{mode};16{order}": f"{mode};16{opposite}"
    for mode in _MODES
    for order, opposite in (("L", "B"), ("B", "L"), ("N", _OTHER))
}
_LUMINANCE = np.array((0.212671, 0.715160, 0.072169), np.float32)  # of linear sRGB, as in colour.py
_BAND = 1 << 18  # pixels that are held as floating-point numbers at once


def holds_16_bits(image: ImageFile.ImageFile) -> bool:
    """Tell whether an open file, not yet read, has 16 bits for each of several channels."""
    return any(";16" in _raw(tile) for tile in image.tile) and not image.mode.startswith("I")


def gray_of(place: Path | bytes) -> Deep | None:
    """Read the gray, (H, W) of sRGB, that is as light as each colour of a file with 16 bits a channel; upright.

    Returns None where only Pillow's 8 bits can be had: its profile is a table, its colours are those of print or
    compressed one by one, or its alpha is multiplied in. Raises PhotoError.
    """
    with _opened(place) as image:
        profile = image.info.get("icc_profile", b"")
        raw = {_raw(tile) for tile in image.tile}
        if raw == {_GRAY_ALPHA}:
            image.tile = [_told(tile, "RGBA") for tile in image.tile]  # the two bytes of gray, those of alpha
            bytes_of = np.asarray(_upright(image), np.uint16)
            gray = (bytes_of[..., 0] << 8 | bytes_of[..., 1]).astype(np.uint16)
            return deep_profile.gray_to_srgb(gray, profile) if profile else gray
        colours = deep_profile.colours_of(profile) if profile else deep_profile.srgb()
        if colours is None or not raw <= _OPPOSITE.keys() or _by_libtiff_in_planes(image):
            return None
        upper = _upright(image)
    with _opened(place) as image:
        image.tile = [_told(tile, _OPPOSITE[_raw(tile)]) for tile in image.tile]
        return _gray(upper, _upright(image), colours)


def _by_libtiff_in_planes(image: ImageFile.ImageFile) -> bool:
    """Tell whether each colour is compressed by itself: there Pillow chooses the byte, whatever it is told."""
    planes = isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(_PLANES) == 2
    return planes and any(tile[0] == "libtiff" for tile in image.tile)


def _opened(place: Path | bytes) -> AbstractContextManager[ImageFile.ImageFile]:
    return photos.opened(place if isinstance(place, Path) else io.BytesIO(place))


def _raw(tile: Tile) -> str:
    """Return how a part of a file lies there, in Pillow's words; some decoders are told more than that."""
    said = tile[3]
    return str(said[0] if isinstance(said, tuple) else said)


def _told(tile: Tile, raw: str) -> Tile:
    said = tile[3]
    return tile._replace(args=(raw, *said[1:]) if isinstance(said, tuple) else raw)


def _upright(image: ImageFile.ImageFile) -> Image.Image:
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _gray(upper: Image.Image, lower: Image.Image, colours: Colours) -> Deep:
    out = np.empty((upper.height, upper.width), np.uint16)
    step = max(1, _BAND // upper.width)
    for top in range(0, upper.height, step):
        box = (0, top, upper.width, min(top + step, upper.height))
        high, low = (np.asarray(image.crop(box), np.uint16)[..., :3] for image in (upper, lower))
        values = np.moveaxis(high << 8 | low, -1, 0)
        light = np.stack([curve[channel] for curve, channel in zip(colours.light, values, strict=True)])
        mixed = np.tensordot(colours.mix, light, 1).clip(0, 1)
        out[top : box[3]] = deep_profile.encoded(np.tensordot(_LUMINANCE, mixed, 1))
    return out
