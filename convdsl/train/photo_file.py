"""A photograph that is to be coloured, with all that its file says besides pixels: what the result keeps of it."""

import io
import struct
from collections.abc import Mapping
from pathlib import Path

from PIL import ExifTags, Image, PngImagePlugin

from convdsl.record import dataclass, field, replace
from convdsl.train import deep_file, photos
from convdsl.train.photos import Layers

# What describes the photograph; the other tags of a TIFF file say how its pixels are stored. Exif 2.32, table 4.
_ABOUT = (
    *("DocumentName", "ImageDescription", "Make", "Model", "XResolution", "YResolution", "ResolutionUnit"),
    *("Software", "DateTime", "Artist", "HostComputer", "Copyright", "Rating", "RatingPercent"),
    *("XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject"),
)
_TAGS = tuple(ExifTags.Base[name].value for name in _ABOUT)
_COLOUR_SPACE, _WIDTH, _HEIGHT, _SRGB = 0xA001, 0xA002, 0xA003, 1
_XMP = "XML:com.adobe.xmp"  # the keyword of its text in PNG: XMP specification, part 3
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file says of its photograph. exif: without orientation and thumbnail. tagged: it had an ICC profile."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""  # a JPEG's APP13 segment: captions and credits of press agencies
    dpi: tuple[float, float] | None = None
    text: Mapping[str, str] = field(default_factory=dict)  # PNG's, by keyword
    comment: bytes = b""  # JPEG's and GIF's
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photograph as it was read. kind: of its file, by Pillow's name: "JPEG", "PNG". deep: it has more than 8 bits a
    channel, of which `layers.deep` holds the lightness if they were asked for and can be had. several: the file holds
    more pictures than this one, pages or frames; those that cameras add for themselves do not count.
    """

    layers: Layers
    kind: str = ""
    kept: Kept = field(default_factory=Kept)
    deep: bool = False
    several: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Its height and width."""
        return self.layers.colours.height, self.layers.colours.width


def read(place: Path | bytes, *, deep: bool = False) -> PhotoFile:
    """Read a photograph from a file, or from the bytes of one.

    deep: with the lightness that colours of 16 bits have; that of gray is there in any case. Raises PhotoError.
    """
    with photos.opened(place if isinstance(place, Path) else io.BytesIO(place)) as image:
        coloured = deep_file.holds_16_bits(image)
        several = image.format != "MPO" and bool(getattr(image, "is_animated", False))
        found = photos.layers(image)
        deep_too = coloured or found.deep is not None
        file = PhotoFile(found, image.format or "", _kept(image), deep=deep_too, several=several)
    return replace(file, layers=replace(found, deep=deep_file.gray_of(place))) if coloured and deep else file


def _kept(image: Image.Image) -> Kept:
    """Collect what an open file says; what is damaged is left out, for the picture is what counts."""
    info = image.info
    text: Mapping[str, str] = {}
    if isinstance(image, PngImagePlugin.PngImageFile):
        said = {word: str(value) for word, value in image.text.items()}
        text = {word: value for word, value in said.items() if word != _XMP and not word.startswith("Raw profile type")}
    xmp, dpi, comment = info.get("xmp", b""), info.get("dpi"), info.get("comment", b"")
    segments = getattr(image, "applist", ())
    return Kept(
        exif=_exif(image),
        xmp=xmp.encode() if isinstance(xmp, str) else bytes(xmp or b""),
        iptc=next((body for name, body in segments if name == "APP13" and body.startswith(b"Photoshop 3.0\0")), b""),
        dpi=_dpi(dpi),
        text=text,
        comment=comment.encode() if isinstance(comment, str) else bytes(comment or b""),
        tagged=bool(info.get("icc_profile")),
    )


def _dpi(said: object) -> tuple[float, float] | None:
    if not isinstance(said, tuple) or len(said) != 2:
        return None
    across, down = float(said[0]), float(said[1])
    return (across, down) if 0 < across < 65536 and 0 < down < 65536 else None


def _exif(image: Image.Image) -> bytes:
    try:
        found = image.getexif()
        kept = Image.Exif()
        for tag in _TAGS:
            if tag in found:
                kept[tag] = found[tag]
        for group in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            inside = dict(found.get_ifd(group))
            if group == ExifTags.IFD.Exif:
                told = {_COLOUR_SPACE: _SRGB, _WIDTH: image.width, _HEIGHT: image.height}
                inside |= {tag: value for tag, value in told.items() if tag in inside}
            if inside:
                kept.get_ifd(group).update(inside)
        return kept.tobytes() if len(kept) else b""
    except _DAMAGED:
        return b""
