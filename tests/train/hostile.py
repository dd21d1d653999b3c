"""Broken, odd and hostile files that lie among people's photographs, each with what must become of it.

Pictures show four quarters of known colours, so that what is upright, in which frame and in which colours can be told.
"""

import io
import os
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

H, W = 48, 64
RED, GREEN, BLUE, OCHRE = (200, 30, 40), (30, 150, 50), (40, 60, 190), (190, 150, 40)
Colour = tuple[int, int, int]
QUARTERS = (RED, GREEN, BLUE, OCHRE)  # top left, top right, bottom left, bottom right


@dataclass(frozen=True)
class Kind:
    """A file: its name, how it is made, and the colours of its quarters or a pattern of the reason why it is left out.

    near: how far a channel may be off. gray: it is a photograph, of which no colour can be learned. listed: whether
    it is found in a folder at all.
    """

    name: str
    make: Callable[[Path], object]
    quarters: tuple[Colour, ...] = ()
    reason: str = ""
    near: int = 0
    gray: bool = False
    listed: bool = True


def picture(quarters: tuple[Colour, ...] = QUARTERS) -> np.ndarray:
    """Paint the quarters, (H, W, 3)."""
    out = np.zeros((H, W, 3), np.uint8)
    for number, colour in enumerate(quarters):
        row, column = divmod(number, 2)
        out[row * H // 2 : (row + 1) * H // 2, column * W // 2 : (column + 1) * W // 2] = colour
    return out


def encoded(kind: str, image: Image.Image | None = None, **more: object) -> bytes:
    body = io.BytesIO()
    (Image.fromarray(picture()) if image is None else image).save(body, kind, **more)
    return body.getvalue()


def plain_jpeg(image: Image.Image | None = None, **more: object) -> bytes:
    return encoded("JPEG", image, quality=95, subsampling=0, **more)


def holds(body: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(body)


def chunk(name: bytes, body: bytes) -> bytes:
    """Make a chunk of a PNG file (section 5.3 of the PNG specification)."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(rows: bytes, width: int, height: int, depth: int, colour: int, *between: bytes, interlace: int = 0) -> bytes:
    """Write a PNG by hand; rows: unfiltered, each with its filter byte. colour: 0 gray, 2 RGB, 3 palette."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def scanlines(values: np.ndarray) -> bytes:
    return b"".join(b"\0" + row.tobytes() for row in values)


def adam7() -> bytes:
    """Write the picture interlaced: seven passes, each a coarser picture (section 8.2 of the PNG specification)."""
    steps = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    passes = (picture()[top::down, left::right] for top, left, down, right in steps)
    return png(b"".join(scanlines(part) for part in passes), W, H, 8, 2, interlace=1)


def sixteen_bits() -> bytes:
    return png(scanlines((picture().astype(np.uint16) * 257).astype(">u2")), W, H, 16, 2)


def rgb_tiff_of_16_bits() -> bytes:
    """Write a little-endian TIFF of one strip (TIFF 6.0, section 2)."""
    body = (picture().astype("<u2") * 257).astype("<u2").tobytes()
    entries = ((256, W), (257, H), (259, 1), (262, 2), (273, 8), (277, 3), (278, H), (279, len(body)))
    bits_at = 8 + len(body)
    fields = [(tag, 4, 1, value) for tag, value in entries] + [(258, 3, 3, bits_at)]
    table = b"".join(struct.pack("<HHII", *one) for one in sorted(fields))
    return (
        struct.pack("<2sHI", b"II", 42, bits_at + 6)
        + body
        + struct.pack("<3H", 16, 16, 16)
        + struct.pack("<H", len(fields))
        + table
        + b"\0\0\0\0"
    )


def turned(orientation: int) -> bytes:
    """Store the picture as a camera held that way does (Exif 2.3, tag 0x0112: where row 0 and column 0 are seen)."""
    upright = picture()
    place: Callable[[int, int], tuple[int, int]] = {
        1: lambda r, c: (r, c),
        2: lambda r, c: (r, W - 1 - c),
        3: lambda r, c: (H - 1 - r, W - 1 - c),
        4: lambda r, c: (H - 1 - r, c),
        5: lambda r, c: (c, r),
        6: lambda r, c: (c, W - 1 - r),
        7: lambda r, c: (H - 1 - c, W - 1 - r),
        8: lambda r, c: (H - 1 - c, r),
    }[orientation]
    height, width = (H, W) if orientation < 5 else (W, H)
    stored = np.array([[upright[place(r, c)] for c in range(width)] for r in range(height)])
    exif = Image.Exif()
    exif[0x0112] = orientation
    return plain_jpeg(Image.fromarray(stored), exif=exif)


def cmyk() -> bytes:
    """Ink that is the opposite of RGB, without black: what Pillow turns back into the same colours."""
    inks = np.dstack([255 - picture(), np.zeros((H, W), np.uint8)])
    return plain_jpeg(Image.fromarray(inks, "CMYK"))


def ycck() -> bytes:
    """The same in the other colour space of Adobe's JPEG files, YCbCr and black.

    A decoder turns YCbCr into R'G'B' and calls 255 - R' cyan (libjpeg, jdcolor.c); these files hold ink as 255 less it,
    so R' is the cyan itself: 255 less the red of the picture. What Pillow writes is 255 less what it is given.
    """
    ycc = np.asarray(Image.fromarray(255 - picture()).convert("YCbCr"))
    stored = np.dstack([ycc, np.full((H, W), 255, np.uint8)])
    body = plain_jpeg(Image.fromarray(255 - stored, "CMYK"))
    at = body.index(b"Adobe") + 11  # the last byte of the marker: 0 CMYK, 2 YCCK
    assert body[at] == 0
    return body[:at] + b"\2" + body[at + 1 :]


def patched(body: bytes, at: int, new: bytes) -> bytes:
    return body[:at] + new + body[at + len(new) :]


def frame_at(body: bytes) -> int:
    """Find the marker of a JPEG's frame."""
    return body.index(b"\xff\xc0")


def frames(kind: str) -> bytes:
    others = [Image.new("RGB", (W, H), (number * 60, 20, 90)) for number in range(3)]
    return encoded(kind, save_all=True, append_images=others, **({"lossless": True} if kind == "WEBP" else {}))


def see_through() -> bytes:
    """A palette of four colours, of which the second cannot be seen at all."""
    indices = np.zeros((H, W), np.uint8)
    for number in range(4):
        row, column = divmod(number, 2)
        indices[row * H // 2 : (row + 1) * H // 2, column * W // 2 : (column + 1) * W // 2] = number
    palette = chunk(b"PLTE", bytes(value for colour in QUARTERS for value in colour))
    return png(scanlines(indices), W, H, 8, 3, palette, chunk(b"tRNS", b"\xff\x00\xff\xff"))


def claims(width: int, height: int) -> bytes:
    return png(b"\0" * 64, width, height, 8, 2)


def listening(path: Path) -> None:
    """Make a socket; its name may be 107 bytes long, so it is made from its folder."""
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def grays(*levels: int) -> tuple[Colour, ...]:
    return tuple((level, level, level) for level in levels)


def in_gray(levels: tuple[Colour, ...], kind: type, factor: float) -> np.ndarray:
    return (picture(levels)[:, :, 0].astype(np.float64) * factor).astype(kind)


LEVELS = grays(10, 200, 90, 255)
PNG, JPEG, GIF, TIFF = encoded("PNG"), plain_jpeg(), encoded("GIF"), encoded("TIFF")
WHITE = (255, 255, 255)


def kinds() -> Iterator[Kind]:
    """All of them."""
    nothing = "not an image"
    for name, body in (
        ("empty.jpg", b""),
        ("text.jpg", b"dear diary\n" * 90),
        ("page.png", b"<!doctype html><title>404</title>"),
        ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("zeros.jpg", bytes(4096)),
        ("ones.png", b"\xff" * 4096),
        ("apple.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500)),
        ("postscript.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"),
        ("program.gif", b"\x7fELF" + bytes(200)),
        ("archive.jpeg", b"PK\3\4" + bytes(200)),
    ):
        yield Kind(name, holds(body), reason=nothing)
    for name, body in (
        ("half.jpg", JPEG[: len(JPEG) // 2]),
        ("half.png", PNG[: len(PNG) // 2]),
        ("half.webp", (webp := encoded("WEBP", lossless=True))[: len(webp) // 2]),
        ("half.gif", GIF[: len(GIF) - 60]),
        ("half.tif", TIFF[: len(TIFF) // 2]),
        ("half.bmp", (bmp := encoded("BMP"))[: len(bmp) // 2]),
        ("half.ppm", (ppm := encoded("PPM"))[: len(ppm) // 2]),
        ("header.jpg", JPEG[:20]),
        ("header.png", PNG[:33]),
        ("no-screen.gif", b"GIF89a" + b"\xff" * 20),
        ("wrong-data.png", patched(PNG, PNG.index(b"IDAT") + 12, b"\xee\xee\xee\xee")),
        ("twelve-bits.jpg", patched(JPEG, frame_at(JPEG) + 4, b"\x0c")),
        ("lossless.jpg", patched(JPEG, frame_at(JPEG) + 1, b"\xc3")),
        ("no-size.png", claims(0, 0)),
        ("no-size.jpg", patched(JPEG, frame_at(JPEG) + 5, b"\0\0\0\0")),
    ):
        yield Kind(name, holds(body), reason=".")
    for name, body in (
        ("claims.png", claims(100_000, 100_000)),
        ("claims.jpg", patched(JPEG, frame_at(JPEG) + 5, b"\xff\xdc\xff\xdc")),
        ("claims.gif", patched(GIF, 6, b"\xff\xff\xff\xff")),
        ("claims.bmp", patched(encoded("BMP"), 18, struct.pack("<ii", 2**30, 2**30))),
        ("bomb.png", encoded("PNG", Image.new("1", (20_000, 20_000)))),
    ):
        yield Kind(name, holds(body), reason="pixels")
    yield Kind("nothing.jpg", lambda path: path.symlink_to("there-is-no-such-file"), reason="No such file")
    yield Kind("itself.jpg", lambda path: path.symlink_to(path.name), reason="symbolic links")
    yield Kind("pipe.jpg", os.mkfifo, reason="is a pipe, not a file")
    yield Kind("endless.png", lambda path: path.symlink_to("/dev/zero"), reason="is a device, not a file")
    yield Kind("terminal.png", lambda path: path.symlink_to("/dev/tty"), reason="is a device, not a file")
    yield Kind("socket.jpg", listening, reason="is a socket, not a file")
    yield Kind("folder.jpg", Path.mkdir, listed=False, reason="is a folder, not a file")
    yield Kind("around.jpg", lambda path: path.symlink_to("."), listed=False, reason="is a folder, not a file")

    yield Kind("plain.png", holds(PNG), QUARTERS)
    yield Kind("plain.jpg", holds(JPEG), QUARTERS, near=6)
    yield Kind("one-pixel.png", holds(encoded("PNG", Image.new("RGB", (1, 1), RED))), (RED,) * 4)
    yield Kind("png.jpg", holds(PNG), QUARTERS)
    yield Kind("interlaced.png", holds(adam7()), QUARTERS)
    yield Kind("progressive.jpg", holds(plain_jpeg(progressive=True)), QUARTERS, near=6)
    yield Kind("16-bits.png", holds(sixteen_bits()), QUARTERS)
    yield Kind("16-bits.tif", holds(rgb_tiff_of_16_bits()), QUARTERS)
    # before IEND, whose chunk has 12 bytes: Pillow looks at the sum that zlib keeps of the same bytes
    yield Kind("wrong-sum.png", holds(patched(PNG, len(PNG) - 16, b"\0\1\2\3")), QUARTERS)
    yield Kind("cmyk.jpg", holds(cmyk()), QUARTERS, near=6)
    yield Kind("ycck.jpg", holds(ycck()), QUARTERS, near=8)
    yield Kind("see-through.png", holds(see_through()), (RED, WHITE, BLUE, OCHRE))
    # L = 120 * 100 / 255, a = 140 - 128, b = 160 - 128 (TIFF 6.0, section 23) for a D50 white; through XYZ and
    # Lindbloom's matrix from D50 (Bradford) to sRGB: 141.9, 103.4, 57.3
    lab = Image.new("LAB", (W, H), (120, 140, 160))
    yield Kind("lab.tif", holds(encoded("TIFF", lab)), ((142, 103, 57),) * 4, near=1)
    yield Kind("pages.tif", holds(frames("TIFF")), QUARTERS)
    yield Kind("moving.gif", holds(frames("GIF")), QUARTERS, near=3)
    yield Kind("moving.webp", holds(frames("WEBP")), QUARTERS)
    yield Kind("moving.png", holds(frames("PNG")), QUARTERS)
    yield Kind("two.jpg", holds(frames("MPO")), QUARTERS, near=20)
    yield Kind("lzw.tif", holds(encoded("TIFF", compression="tiff_lzw")), QUARTERS)
    yield Kind("jpeg-2000.jpg", holds(encoded("JPEG2000")), QUARTERS, near=2)
    yield Kind("tail.jpg", holds(JPEG + b"what a program has put behind it" * 9), QUARTERS, near=6)
    yield Kind("no-profile.png", holds(encoded("PNG", icc_profile=b"\0\1\2 no profile")), QUARTERS)
    yield Kind("no-exif.jpg", holds(plain_jpeg(exif=b"Exif\0\0II*\0\xff")), QUARTERS, near=6)
    yield Kind("odd-exif.jpg", holds(patched(turned(6), turned(6).index(b"Exif") + 14, b"\xff\xff")), near=6)
    for orientation in range(1, 9):
        yield Kind(f"turned-{orientation}.jpg", holds(turned(orientation)), QUARTERS, near=6)

    checks, levels = grays(0, 255, 255, 0), Image.fromarray(picture(LEVELS)).convert("L")
    sixteen = png(scanlines(in_gray(LEVELS, np.uint16, 257).astype(">u2")), W, H, 16, 0)
    shares = Image.fromarray(in_gray(LEVELS, np.float32, 1 / 255))
    holes = Image.fromarray(np.full((H, W), np.nan, np.float32))
    for name, body, quarters, near in (
        ("1-bit.png", encoded("PNG", Image.fromarray(picture(checks)).convert("1")), checks, 0),
        ("gray.jpg", encoded("JPEG", levels, quality=95), LEVELS, 6),
        ("16-bits-gray.png", sixteen, LEVELS, 0),
        ("float.tif", encoded("TIFF", shares), LEVELS, 1),
        ("not-finite.tif", encoded("TIFF", holes), grays(0, 0, 0, 0), 0),
    ):
        yield Kind(name, holds(body), quarters, near=near, gray=True)

    for name in (
        "\N{SNOW CAPPED MOUNTAIN}\N{VARIATION SELECTOR-16} tour.png",
        "two\nlines.png",
        "\x1b[31mred\x1b[2J\x07.png",
        "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe.png",
        "{0} %s $HOME `id` 'q' \"d\".png",
        "-rf.png",
        " spaces .png",
        "back\\slash.PNG",
        os.fsdecode(b"caf\xe9.png"),
        "\N{MUSICAL SYMBOL G CLEF}" * 62 + ".png",  # 252 bytes
    ):
        yield Kind(name, holds(PNG), QUARTERS)
