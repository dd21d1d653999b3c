"""16-bit photographs keep the lightness of 16 bits. OpenCV 5.0, pypng 0.20220715 and tifffile wrote the files."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from convdsl.train import photos
from convdsl.train.colour import rgb_to_lab
from convdsl.train.colouring import Colourist
from convdsl.train.deep_profile import gray_to_srgb
from convdsl.train.photo_file import read
from convdsl.train.photos import PhotoError
from convdsl.train.places import Naming
from convdsl.train.predict import Wish, colorize_files
from convdsl.train.progress import Silent
from tests.train.setting import job
from tests.train.test_output import gray_profile, unfiltered

DATA = Path(__file__).parent / "data" / "deep"


def ramp(channels: int) -> NDArray[np.uint16]:
    """The picture in all files of DATA: each number is the one before it plus 40503, modulo 65536."""
    place = np.arange(9 * 11 * channels, dtype=np.uint64).reshape(9, 11, channels)
    return (place * 40503 % 65536).astype(np.uint16)


def lightness(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """L of sRGB in 0..1, (H, W, 3), in double precision."""
    lab = rgb_to_lab(torch.from_numpy(values).permute(2, 0, 1)[None])
    return lab[0, 0].numpy()  # type: ignore[no-any-return]


def found_in(place: Path | bytes) -> NDArray[np.float64]:
    deep = read(place, deep=True).layers.deep
    assert deep is not None
    return lightness(np.dstack((deep,) * 3) / 65535)


# Half a step of 65,535 where sRGB is steepest, at black: dL = 903.3 dY = 903.3 / 12.92 / 65535 / 2
ROUNDING = 0.0006
# and that of Y, which float32 adds up to 1.2e-7 of 1
FLOAT32 = 0.0005


@pytest.mark.parametrize(
    "name", ["opencv.png", "opencv-lzw.tif", "pypng.png", "pypng-interlaced.png", "pypng-alpha.png"]
)
def test_colours_of_16_bits_keep_their_lightness(name: str) -> None:
    values = ramp(4 if "alpha" in name else 3)[..., :3] / 65535
    assert np.abs(found_in(DATA / name) - lightness(values)).max() < ROUNDING + FLOAT32
    assert np.abs(found_in((DATA / name).read_bytes()) - lightness(values)).max() < ROUNDING + FLOAT32


def test_gray_of_16_bits_with_alpha_is_read_exactly() -> None:
    found = read(DATA / "pypng-gray-alpha.png", deep=True).layers
    assert found.deep is not None and (found.deep == ramp(2)[..., 0]).all() and found.alpha is not None
    assert (np.asarray(found.alpha) == ramp(2)[..., 1] >> 8).all()


LAYOUTS: dict[str, dict[str, object]] = {
    "little-endian": {},
    "big-endian": {"byteorder": ">"},
    "deflate": {"compression": "zlib"},
    "strips": {"rowsperstrip": 2},
    "tiles": {"tile": (16, 16)},
    "planes": {"planarconfig": "separate"},
    "planes, big-endian": {"planarconfig": "separate", "byteorder": ">"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tiff_of_16_bits_keeps_its_lightness_however_it_is_laid_out(layout: str) -> None:
    said, body = LAYOUTS[layout], io.BytesIO()
    values = np.moveaxis(ramp(3), -1, 0) if "planarconfig" in said else ramp(3)
    tifffile.imwrite(body, values, photometric="rgb", **said)
    assert np.abs(found_in(body.getvalue()) - lightness(ramp(3) / 65535)).max() < ROUNDING + FLOAT32
    colours = photos.pixels(read(body.getvalue()).layers.colours)
    assert np.abs(colours - ramp(3) / 257).max() <= 1  # Pillow keeps the upper byte


def test_turned_photograph_of_16_bits_is_turned(tmp_path: Path) -> None:
    body = io.BytesIO()
    tifffile.imwrite(body, ramp(3), photometric="rgb", extratags=[(274, "H", 1, 6, True)])  # a quarter clockwise
    upright = np.rot90(ramp(3), -1)
    assert np.abs(found_in(body.getvalue()) - lightness(upright / 65535)).max() < ROUNDING + FLOAT32


@pytest.mark.parametrize(
    "photometric, said",
    [
        ("separated", {}),
        ("rgb", {"extrasamples": ["assocalpha"]}),
        ("rgb", {"planarconfig": "separate", "compression": "zlib", "extrasamples": ["unassalpha"]}),
    ],
)
def test_what_can_only_be_read_in_8_bits_says_so(photometric: str, said: dict[str, object]) -> None:
    body = io.BytesIO()
    values = np.moveaxis(ramp(4), -1, 0) if "planarconfig" in said else ramp(4)
    tifffile.imwrite(body, values, photometric=photometric, **said)
    found = read(body.getvalue(), deep=True)
    assert found.deep and found.layers.deep is None


def test_tiff_that_pillow_does_not_know_is_called_one() -> None:
    body = io.BytesIO()
    tifffile.imwrite(body, ramp(3).astype(np.float32), photometric="rgb")
    with pytest.raises(PhotoError, match="a TIFF file of a kind that is not read"):
        read(body.getvalue())


# Adobe RGB (1998), section 4.3.1.1: gamma 563 / 256; its primaries adapted to D50, as its own profile has them.
GAMMA = 563 / 256
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
# sRGB's primaries adapted to D50: IEC 61966-2-1, annex; lindbloom.com, "RGB/XYZ Matrices"
SRGB = ((0.4360747, 0.2225045, 0.0139322), (0.3850649, 0.7168786, 0.0971045), (0.1430804, 0.0606169, 0.7141733))


def adobe_rgb(*more: tuple[bytes, bytes]) -> bytes:
    """Write the profile by hand: ICC.1:2010, sections 7.2, 8.3.3 and 10.5."""
    tags = [(f"{name}TRC".encode(), b"curv" + bytes(4) + struct.pack(">IH", 1, 563) + bytes(2)) for name in "rgb"]
    for name, primary in zip("rgb", ADOBE, strict=True):
        tags.append((f"{name}XYZ".encode(), b"XYZ " + struct.pack(">4x3i", *(round(v * 65536) for v in primary))))
    table, body, tags = b"", b"", [*tags, *more]
    for name, data in tags:
        table += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(data))
        body += data
    white = struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    head = struct.pack(">I4xI12s12x4s28x12s", 132 + len(table + body), 0x02100000, b"mntrRGB XYZ ", b"acsp", white)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def test_colours_of_16_bits_with_a_profile_are_turned_into_srgb_in_16_bits() -> None:
    values = (ramp(3) // 2 + 16384).astype(np.uint16)  # colours that sRGB holds too, but for the most saturated
    body = io.BytesIO()
    tifffile.imwrite(body, values, photometric="rgb", iccprofile=adobe_rgb())
    linear = np.linalg.inv(np.array(SRGB).T) @ np.array(ADOBE).T @ ((values.reshape(-1, 3) / 65535) ** GAMMA).T
    clipped = linear.T.reshape(values.shape).clip(0, 1)
    rgb = np.where(clipped > 0.0031308, 1.055 * np.maximum(clipped, 0.0031308) ** (1 / 2.4) - 0.055, clipped * 12.92)
    found = found_in(body.getvalue())
    assert np.abs(found - lightness(rgb)).max() < 0.01  # four digits of primaries; a step of 8 bits is 0.3
    own = photos.pixels(read(body.getvalue()).layers.colours)
    assert np.abs(found - lightness(own / 255)).max() < 1  # what LittleCMS makes of 8 bits


def test_profile_of_tables_is_not_taken_for_one_of_curves() -> None:
    body = io.BytesIO()
    tifffile.imwrite(body, ramp(3), photometric="rgb", iccprofile=adobe_rgb((b"A2B0", b"mft2" + bytes(44))))
    assert read(body.getvalue(), deep=True).layers.deep is None


def test_broken_profile_leaves_a_photograph_as_it_is() -> None:
    for profile in (b"", b"x" * 200, gray_profile()[:140], adobe_rgb()):
        assert gray_to_srgb(ramp(1)[..., 0], profile) is None


def test_gray_of_16_bits_is_turned_into_srgb_by_its_profile() -> None:
    """The profile's gamma is 1, so that half of the light is sRGB's 1.055 * 0.5 ** (1 / 2.4) - 0.055 = 0.73536."""
    body = io.BytesIO()
    Image.fromarray(np.full((3, 4), 32768, np.uint16)).save(body, "PNG", icc_profile=gray_profile())
    found = read(body.getvalue()).layers
    assert found.deep is not None and np.abs(found.deep.astype(int) - round(0.73536 * 65535)).max() <= 2
    assert (
        photos.pixels(found.colours) == 188
    ).all()  # 0.73536 * 255 = 187.5, and a little more than half of the light


def colourless(picture_NCHW: Tensor, more: object) -> Tensor:
    return torch.zeros(len(picture_NCHW), 2, *picture_NCHW.shape[-2:])


class Heard(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)


def coloured(tmp_path: Path, form: str, depth: int) -> tuple[list[str], bytes]:
    heard = Heard()
    wish = Wish(Naming(tmp_path / "out", form=form), depth=depth)
    done = colorize_files(Colourist(job(), colourless), (tmp_path / "in.tif",), wish, watch=heard)
    return heard.lines, done.written[0].read_bytes()


def test_result_of_16_bits_has_the_lightness_of_16_bit_colours(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "in.tif", ramp(3), photometric="rgb")
    lines, body = coloured(tmp_path, "png", 16)
    _, pixels = unfiltered(body)
    error = np.abs(lightness(pixels / 65535) - lightness(ramp(3) / 65535)).max()
    assert error < 0.002 and not lines  # two roundings, and Lab in float32; a step of 8 bits is 0.3


def test_bits_that_a_result_does_not_have_are_told(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "in.tif", ramp(3), photometric="rgb")
    assert coloured(tmp_path, "", 8)[0] == [
        "the photograph has 16 bits a channel, and the result 8; all of the lightness: `--depth 16 --format png`"
    ]
    assert not coloured(tmp_path, "jpeg", 8)[0]  # which holds no more
    tifffile.imwrite(tmp_path / "in.tif", ramp(4), photometric="separated")
    assert coloured(tmp_path, "png", 16)[0] == [f"{tmp_path}/in.tif: of its 16 bits only 8 could be read"]
