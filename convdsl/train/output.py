"""Write a coloured photograph: in which format, with what its file said, whole or not at all."""

import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train import deep
from convdsl.train.checkpoint import make_folder
from convdsl.train.deep import Deep
from convdsl.train.photo_file import Kept
from convdsl.train.photos import PhotoError

# format: the suffixes of its files, the one that we give first
SUFFIXES = {
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "webp": (".webp",),
    "tiff": (".tif", ".tiff"),
}
LOSSY = ("jpeg", "webp")
QUALITY = 95
_SEGMENT = 65_500  # bytes that one marker of a JPEG holds, its heading aside
_LONGEST = {"jpeg": 65_500, "webp": 16_383}  # pixels: libjpeg's and libwebp's limits
_GROUPS = {ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo}
_XMP = 700  # its tag in TIFF
_DATE = slice(24, 36)  # in the header of an ICC profile: when it was made


@dataclass(frozen=True, slots=True)
class Format:
    """How pictures are written. name: a key of SUFFIXES. quality: 1 to 100, of JPEG and WebP."""

    name: str
    quality: int = QUALITY


def format_of(suffix: str) -> str | None:
    """Return the format that a file's suffix names; None for one that we do not write."""
    return next((name for name, suffixes in SUFFIXES.items() if suffix.lower() in suffixes), None)


def save(image: Image.Image | Deep, kept: Kept, form: Format, file: BinaryIO) -> None:
    """Write a picture to an open file; one of 16 bits as PNG.

    Raises PhotoError where the format does not hold it.
    """
    if not isinstance(image, Image.Image):
        profile = _srgb() if kept.tagged else b""
        deep.write(image, file, _of_png(kept), profile=profile, exif=kept.exif, dpi=kept.dpi)
        return
    if max(image.size) > _LONGEST.get(form.name, max(image.size)):
        raise PhotoError(f"{image.width}x{image.height} pixels are more than a {form.name} file holds")
    said: dict[str, Any] = {"icc_profile": _srgb()} if kept.tagged else {}
    if kept.dpi is not None:
        said["dpi"] = kept.dpi
    if kept.exif:
        said["exif"] = kept.exif
    if form.name == "jpeg":
        image, more = image.convert("RGB"), {"quality": form.quality, "subsampling": 0, **_of_jpeg(kept)}
    elif form.name == "webp":
        more = {"quality": form.quality, "xmp": kept.xmp}
    elif form.name == "tiff":
        exif = _of_tiff(kept)
        # Pillow's compressing writer refuses groups of tags, such as exposure and place
        more = {"compression": None if _GROUPS & exif.keys() else "tiff_adobe_deflate", "exif": exif}
    else:
        more = {"pnginfo": _of_png(kept), "compress_level": deep.EFFORT}
    try:
        image.save(file, form.name.upper(), **{**said, **more})
    except (ValueError, TypeError, KeyError, RuntimeError, struct.error) as error:
        raise PhotoError(f"cannot be written as {form.name}: {error}") from error


def _of_jpeg(kept: Kept) -> dict[str, Any]:
    """Return what a JPEG holds of it: each part in one segment, or not at all."""
    parts = {"exif": kept.exif, "xmp": kept.xmp, "comment": kept.comment}
    if kept.iptc and len(kept.iptc) < _SEGMENT:
        parts["extra"] = b"\xff\xed" + (len(kept.iptc) + 2).to_bytes(2, "big") + kept.iptc
    return {name: part if len(part) < _SEGMENT else b"" for name, part in parts.items()}


def _of_tiff(kept: Kept) -> Image.Exif:
    exif = Image.Exif()
    if kept.exif:
        exif.load(kept.exif)
    if kept.xmp:
        exif[_XMP] = kept.xmp
    return exif


def _of_png(kept: Kept) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    said = dict(kept.text)
    if kept.comment:
        said.setdefault("Comment", kept.comment.decode("utf-8", "replace"))
    for word, text in said.items():
        with suppress(ValueError, UnicodeError):  # a keyword that PNG does not allow
            info.add_itxt(word, text)
    if kept.xmp:
        info.add_itxt("XML:com.adobe.xmp", kept.xmp.decode("utf-8", "replace"))
    return info


def _srgb() -> bytes:
    """Make sRGB's profile, the same bytes whenever it is made."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_DATE] = bytes(12)
    return bytes(profile)


def encoded(image: Image.Image | Deep, kept: Kept, form: Format) -> bytes:
    """Write a picture into memory.

    Raises PhotoError.
    """
    body = io.BytesIO()
    save(image, kept, form, body)
    return body.getvalue()


@contextmanager
def whole(target: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open a file to be written, which stands in its place when all of it is written, or not at all.

    force: it may replace one that is there. Raises MistakeError where it may not, or the disk does not take it.
    """
    make_folder(target.parent)
    part = target.with_name(f".{target.name[:40]}.{os.getpid()}.part")  # a name may have 255 bytes, a character 4
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            part.replace(target)
        else:
            _place(part, target)
    except FileExistsError as error:
        raise MistakeError(f"`{target}` has come to be there meanwhile", way_out="overwrite with `--force`") from error
    except OSError as error:
        message = f"`{target}` cannot be written: {error.strerror or error}"
        raise MistakeError(message, way_out="choose another folder by `--out`") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _place(part: Path, target: Path) -> None:
    """Give a file its name, unless there is one of that name; a link refuses where another program was faster.

    Raises FileExistsError.
    """
    try:
        target.hardlink_to(part)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError) as error:  # a disk without links
        if target.exists():
            raise FileExistsError(str(target)) from error
        part.replace(target)
