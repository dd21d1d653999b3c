"""Photographs from files: which there are, decoding whatever people keep in them, and sizes.

Everything here is uint8 sRGB of shape (H, W, 3) or a Pillow image in mode RGB; Lab comes later, on the batch.
"""

import io
import os
import stat
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from convdsl.mistake import MistakeError
from convdsl.nearest import nearest
from convdsl.record import dataclass
from convdsl.train import deep_profile

Pixels = NDArray[np.uint8]

MAX_PIXELS = 120_000_000  # 360 MB as RGB: larger than any camera's photo, small enough for a laptop
_BITS, _PHOTOMETRIC = 258, 262  # tags of TIFF 6.0, section 8
SLENDER = 20  # no panorama is wider than 20 times its height
SUFFIXES = frozenset({".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
# Whatever a file is called, it is read as one of these: for PostScript Pillow would start a program, Ghostscript.
_READ = (
    JpegImagePlugin.JpegImageFile,
    PngImagePlugin.PngImageFile,
    TiffImagePlugin.TiffImageFile,
    WebPImagePlugin.WebPImageFile,
    GifImagePlugin.GifImageFile,
    BmpImagePlugin.BmpImageFile,
    PpmImagePlugin.PpmImageFile,
    Jpeg2KImagePlugin.Jpeg2KImageFile,
)
FORMATS = tuple(kind.format for kind in _READ if kind.format in Image.OPEN)
# What Pillow's decoders raise on bytes that are not the picture that they promise to be.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class PhotoError(Exception):
    """One file that is no usable photograph; `str()` says why in a few words."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded photograph: sRGB, upright, and its alpha channel (mode L, same size) if it had one."""

    image: Image.Image
    alpha: Image.Image | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why."""

    path: Path
    reason: str


def list_photos(places: Iterable[Path]) -> tuple[Path, ...]:
    """List the files that look like photographs by their suffix, sorted, each once.

    places: files (taken as they are, whatever their suffix) and folders (searched through all their subfolders, hidden
    files and folders left out). What has the suffix and is no file (a link to nothing, a pipe) is listed too, so that
    it is said why it is left out. Raises MistakeError where a place does not exist, or a folder cannot be looked into.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = sorted(_inside(place))
            found.extend(path for path in inside if path.suffix.lower() in SUFFIXES and not path.is_dir())
        elif os.path.lexists(place):
            found.append(place)
        else:
            beside = (path.name for path in place.parent.iterdir()) if place.parent.is_dir() else ()
            near = nearest(place.name, beside)
            way_out = "" if near is None else f"did you mean `{place.with_name(near)}`"
            raise MistakeError(f"no such file or folder: `{place}`", way_out=way_out or "check the name and the folder")
    return tuple(dict.fromkeys(found))


def _inside(place: Path) -> Iterator[Path]:
    """Give all that lies below a folder and is not hidden; links to folders are not followed."""
    for parent, folders, names in os.walk(place, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in (*folders, *names) if not name.startswith("."))


def _refuse(error: OSError) -> None:
    """Raise MistakeError: photographs that nobody sees would be missing without a word."""
    message = f"the folder `{error.filename}` cannot be looked into: {error.strerror or error}"
    raise MistakeError(message, way_out="allow it to be read, or name the folders in it that can be") from error


def require_photos(places: Sequence[Path]) -> tuple[Path, ...]:
    """List the photographs as `list_photos` does and refuse an empty list."""
    found = list_photos(places)
    if not found:
        names = ", ".join(f"`{place}`" for place in places)
        raise MistakeError(
            f"no photographs in {names}", way_out=f"files are recognised by their suffix: {', '.join(sorted(SUFFIXES))}"
        )
    return found


def class_of(path: Path, places: Sequence[Path]) -> str:
    """Return the class of a photograph: the first folder below the place in which it was found.

    Raises MistakeError for a file that lies in no such folder.
    """
    for place in places:
        if place.is_dir() and path.is_relative_to(place):
            inner = path.relative_to(place).parts
            if len(inner) > 1:
                return inner[0]
    message = f"`{path}` lies in no folder that names its class"
    raise MistakeError(message, way_out="give a folder that holds one folder for each class: photos/cat, photos/dog")


@dataclass(frozen=True, slots=True)
class Layers:
    """What a picture file holds, upright: colours in sRGB as they are under the alpha channel, and that (mode L).

    deep: gray of 16 bits, (H, W), from which the colours were rounded; None where the file has no more than 8.
    """

    colours: Image.Image
    alpha: Image.Image | None = None
    deep: NDArray[np.uint16] | None = None

    def on_paper(self) -> Image.Image:
        """Lay the picture on white, as it is seen."""
        if self.alpha is None:
            return self.colours
        paper = Image.new("RGB", self.colours.size, (255, 255, 255))
        paper.paste(self.colours, mask=self.alpha)
        return paper


def decode(path: Path, short: int | None = None) -> Photo:
    """Read one photograph as upright 8-bit sRGB, on white where it is transparent.

    short: where only about this many pixels of the short side are needed, a JPEG is decoded at a reduced scale (never
    below twice that, so that a following resize still does the filtering). Raises PhotoError.
    """
    with opened(path) as image:
        if short is not None:
            image.draft("RGB", _draft_size(image, 2 * short))
        found = layers(image)
        return Photo(found.on_paper(), found.alpha)


@contextmanager
def opened(place: Path | io.BytesIO) -> Iterator[ImageFile.ImageFile]:
    """Open a picture file; whatever is wrong with it, then or while its pixels are read, is a PhotoError."""
    try:
        if isinstance(place, Path):
            _require_file(place)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", category=UserWarning)  # odd EXIF and palettes: the picture is what counts
            with Image.open(place, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PhotoError(f"{image.width}x{image.height} pixels are more than {MAX_PIXELS}")
                _mend_planes(image)
                yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError("more pixels than any photograph has") from error
    except UnidentifiedImageError as error:
        raise PhotoError(_unknown(place)) from error
    except BROKEN as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise PhotoError(f"cannot be read: {reason or str(error) or type(error).__name__}") from error


def _unknown(place: Path | io.BytesIO) -> str:
    """Say what a file is that no decoder takes for its own."""
    start = place.getvalue()[:8] if isinstance(place, io.BytesIO) else _start(place)
    if start[4:] == b"ftyp":
        return "not an image that is read: HEIC, AVIF or a film"
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "a TIFF file of a kind that is not read, such as floating-point colours"
    return "not an image" if start else "not an image: the file is empty"


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _require_file(path: Path) -> None:
    """Raise PhotoError for what must not be opened, since reading it would wait or never end."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
        raise PhotoError(f"is {kinds.get(stat.S_IFMT(mode), 'a device')}, not a file")


def _mend_planes(image: ImageFile.ImageFile) -> None:
    """Say of a TIFF file with each colour in a plane of its own that it has 16 bits, where it has them: Pillow takes
    such numbers for 8 bits each.
    """
    if isinstance(image, TiffImagePlugin.TiffImageFile) and set(image.tag_v2.get(_BITS, ())) == {16}:
        order = "B" if image.tag_v2.prefix == b"MM" else "L"
        image.tile = [
            tile._replace(args=(f"{tile.args[0]};16{order}", *tile.args[1:]))
            if tile.codec_name == "raw" and isinstance(tile.args, tuple) and tile.args[0] in tuple("RGBA")
            else tile
            for tile in image.tile
        ]


def _draft_size(image: Image.Image, short: int) -> tuple[int, int]:
    scale = short / min(image.size)
    return (max(1, round(image.width * scale)), max(1, round(image.height * scale)))


def layers(image: Image.Image) -> Layers:
    """Read the pixels of an open file, turn them upright, and its colours into sRGB.

    Raises what BROKEN lists.
    """
    image.load()
    profile = image.info.get("icc_profile")
    ImageOps.exif_transpose(image, in_place=True)
    alpha: Image.Image | None = None
    deep: NDArray[np.uint16] | None = None
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        deep = _to_16_bits(image)
        turned = deep_profile.gray_to_srgb(deep, profile) if profile else None
        if turned is not None:
            deep, profile = turned, None
        image = Image.fromarray(rounded(deep))
    elif image.mode in ("PA", "LA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        gray = image.mode in ("LA", "La") or (image.mode == "L" and profile)
        image = image.convert("LA" if gray and image.mode != "L" else "RGBA")
        alpha = image.getchannel("A")
        image = image.getchannel(0) if gray else image.convert("RGB")
        if alpha.getextrema() == (255, 255):
            alpha = None
    elif image.mode in ("P", "1"):
        image = image.convert("RGB")
    if profile:
        image = _through_profile(image, profile)
    return Layers(image if image.mode == "RGB" else image.convert("RGB"), alpha, deep)


def _to_16_bits(image: Image.Image) -> NDArray[np.uint16]:
    """Scale 12-bit, 16-bit, 32-bit and floating-point gray to 0..65535; Pillow's own conversion to 8 bits clips."""
    values = np.asarray(image)
    tags = getattr(image, "tag_v2", {})  # of a TIFF file
    if image.mode == "F":
        top = 1.0 if values.max(initial=0.0) <= 1.0 else 255.0
    elif image.mode == "I":
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
    else:
        top = 4095.0 if tags.get(_BITS) == (12,) else 65535.0
    if top != 65535.0 or image.mode in ("I", "F"):
        values = np.clip(np.nan_to_num(values) * (65535.0 / top) + 0.5, 0, 65535)
    out: NDArray[np.uint16] = values.astype(np.uint16)
    return 65535 - out if tags.get(_PHOTOMETRIC) == 0 else out  # white is 0, which Pillow leaves as it is at 16 bits


def rounded(deep: NDArray[np.uint16]) -> Pixels:
    """Round 0..65535 to 0..255: 65535 = 257 * 255."""
    return ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Turn colours into sRGB by the embedded profile; a profile that does not fit its own picture is ignored."""
    if image.mode not in ("RGB", "CMYK", "L"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if turned is None else turned


def resize_short(image: Image.Image, short: int) -> Image.Image:
    """Resize so that the short side has `short` pixels, the other in proportion (Lanczos).

    Raises PhotoError where the picture is so slender that the other side would have no end.
    """
    if max(image.size) > SLENDER * min(image.size):
        raise PhotoError(f"{image.width}x{image.height} pixels is too slender for a photograph")
    scale = short / min(image.size)
    size = (max(short, round(image.width * scale)), max(short, round(image.height * scale)))
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def square(image: Image.Image, side: int) -> Image.Image:
    """Cut the centre square of the short side and resize it to `side` pixels (Lanczos): the evaluation protocol."""
    short = min(image.size)
    left, top = (image.width - short) // 2, (image.height - short) // 2
    return image.crop((left, top, left + short, top + short)).resize((side, side), Image.Resampling.LANCZOS)


def pixels(image: Image.Image) -> Pixels:
    """Copy an RGB image into a writable array (H, W, 3)."""
    return np.array(image, dtype=np.uint8)


def png(picture: Pixels) -> bytes:
    """Encode pixels (H, W, 3) as PNG."""
    body = io.BytesIO()
    Image.fromarray(picture).save(body, format="PNG")
    return body.getvalue()


def is_gray(image: Pixels) -> bool:
    """Tell whether no pixel has a colour: channels at most 2 of 255 apart, which JPEG adds to plain gray."""
    signed = image.astype(np.int16)
    return int((signed.max(axis=2) - signed.min(axis=2)).max(initial=0)) <= 2
