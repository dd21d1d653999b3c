"""Photographs as people keep them: upright, with profiles, alpha, 16 bits, CMYK, broken, huge, hidden."""

import contextlib
import errno
import io
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from convdsl.mistake import MistakeError
from convdsl.train import photos
from convdsl.train.album import open_album, refuse_too_many
from convdsl.train.photos import PhotoError, Skipped, decode, list_photos, require_photos

LEFT_RED = np.zeros((4, 8, 3), np.uint8)
LEFT_RED[:, :4, 0] = 200


def save(path: Path, image: Image.Image, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


def test_decode_when_exif_says_turned_gives_the_upright_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise: the left side comes to the top
    path = save(tmp_path / "a.png", Image.fromarray(LEFT_RED), exif=exif)
    image = decode(path).image
    assert image.size == (4, 8)
    assert photos.pixels(image)[:4, :, 0].min() == 200 and photos.pixels(image)[4:].max() == 0


def test_decode_when_there_is_alpha_lays_it_on_white_and_keeps_it(tmp_path: Path) -> None:
    rgba = np.dstack((LEFT_RED, np.full((4, 8), 255, np.uint8)))
    rgba[:, 4:, 3] = 0
    photo = decode(save(tmp_path / "a.png", Image.fromarray(rgba)))
    assert photo.image.getpixel((7, 0)) == (255, 255, 255) and photo.image.getpixel((0, 0)) == (200, 0, 0)
    assert photo.alpha is not None and photo.alpha.getpixel((7, 0)) == 0


def test_decode_when_gray_has_16_bits_scales_them_to_8(tmp_path: Path) -> None:
    values = np.array([[0, 257 * 100, 65535]], np.uint16)  # 65535 / 255 = 257
    image = decode(save(tmp_path / "a.png", Image.fromarray(values))).image
    assert [image.getpixel((x, 0)) for x in range(3)] == [(0, 0, 0), (100, 100, 100), (255, 255, 255)]


def test_decode_when_cmyk_gray_palette_or_bilevel_gives_rgb(tmp_path: Path) -> None:
    rgb = Image.fromarray(LEFT_RED)
    for mode, suffix in (("CMYK", "jpg"), ("L", "jpg"), ("P", "gif"), ("1", "png"), ("LA", "png")):
        assert decode(save(tmp_path / f"{mode}.{suffix}", rgb.convert(mode))).image.mode == "RGB"


def test_decode_when_a_profile_is_embedded_turns_colours_into_srgb(tmp_path: Path) -> None:
    # Lab's D50 profile does not fit RGB pixels: it must be ignored, and a true sRGB profile must change nothing
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = decode(save(tmp_path / "a.png", Image.fromarray(LEFT_RED), icc_profile=srgb)).image
    assert np.abs(photos.pixels(same).astype(int) - LEFT_RED).max() <= 1
    for profile in (ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(), b"no profile"):
        path = save(tmp_path / "b.png", Image.fromarray(LEFT_RED), icc_profile=profile)
        assert (photos.pixels(decode(path).image) == LEFT_RED).all()


def jpeg() -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    body = io.BytesIO()
    Image.fromarray(noise).save(body, "JPEG")
    return body.getvalue()


@pytest.mark.parametrize(
    "body, reason",
    [
        (b"", "the file is empty"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC, AVIF or a film"),
        (b"hello", "not an image"),
        (jpeg()[:700], "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "."),
        (b"II*\0" + b"\xff" * 64, "."),
        (b"GIF89a" + b"\xff" * 20, "."),
    ],
)
def test_decode_when_the_file_is_broken_says_so(tmp_path: Path, body: bytes, reason: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(body)
    with pytest.raises(PhotoError, match=reason):
        decode(path)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP"]), st.data())
def test_law_damaged_files_are_photo_errors_or_photos(kind: str, data: st.DataObject) -> None:
    body = io.BytesIO()
    Image.fromarray(LEFT_RED).save(body, kind)
    damaged = bytearray(body.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(bytes(damaged[: data.draw(st.integers(len(damaged) // 2, len(damaged)))]))
        with contextlib.suppress(PhotoError):
            assert decode(path).image.mode == "RGB"


def test_decode_when_the_picture_is_huge_refuses_before_reading_it(tmp_path: Path) -> None:
    # 1 bit a pixel compresses to a few kilobytes, and is over a gigabyte as RGB
    path = save(tmp_path / "a.png", Image.new("1", (20_000, 20_000)))
    with pytest.raises(PhotoError, match="pixels"):
        decode(path)


def test_decode_when_little_is_needed_reads_a_jpeg_smaller_but_no_less_than_twice(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", Image.new("RGB", (1600, 1200), (90, 120, 30)))
    assert min(decode(path, 100).image.size) in range(200, 1200)
    assert decode(path).image.size == (1600, 1200)


def test_list_when_given_folders_and_files_is_sorted_and_without_hidden_or_foreign_ones(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "sub/c.webp", ".hidden/d.png", ".e.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = list_photos((tmp_path, tmp_path / "notes.txt", tmp_path / "a.png"))
    assert [str(path.relative_to(tmp_path)) for path in found] == ["a.png", "b.JPG", "sub/c.webp", "notes.txt"]


def test_list_when_a_folder_cannot_be_looked_into_says_so_unless_it_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.png", "sub/b.png", ".trash/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    scan = os.scandir

    def closed(place: str) -> object:
        if Path(place).name in shut:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)
        return scan(place)

    monkeypatch.setattr(os, "scandir", closed)
    shut = {".trash"}
    assert [path.name for path in list_photos([tmp_path])] == ["a.png", "b.png"]
    shut = {"sub"}
    with pytest.raises(MistakeError, match="sub` cannot be looked into: Permission denied"):
        list_photos([tmp_path])


def test_list_when_nothing_is_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match="no photographs in"):
        require_photos((tmp_path,))
    with pytest.raises(MistakeError, match="no such file or folder"):
        list_photos((tmp_path / "nowhere",))


def test_square_when_wide_cuts_the_centre() -> None:
    picture = np.zeros((10, 30, 3), np.uint8)
    picture[:, 10:20] = 255
    assert photos.pixels(photos.square(Image.fromarray(picture), 10)).min() == 255


def test_resize_when_given_a_short_side_keeps_proportions() -> None:
    assert photos.resize_short(Image.new("RGB", (300, 200)), 100).size == (150, 100)
    assert photos.resize_short(Image.new("RGB", (50, 90)), 100).size == (100, 180)


def test_resize_when_a_picture_is_a_thread_refuses() -> None:
    with pytest.raises(PhotoError, match="too slender"):
        photos.resize_short(Image.new("RGB", (3000, 1)), 100)


def colourful(path: Path, seed: int) -> Path:
    noise = np.random.default_rng(seed).integers(0, 255, (40, 50, 3), np.uint8)
    return save(path, Image.fromarray(noise))


def test_album_when_files_are_unusable_leaves_them_out_and_says_why(tmp_path: Path) -> None:
    for number in range(18):
        colourful(tmp_path / f"{number:02}.png", number)
    save(tmp_path / "gray.png", Image.new("RGB", (40, 40), (7, 7, 7)))
    (tmp_path / "fake.jpg").write_bytes(b"hello")
    album = open_album((tmp_path,), (32, 40))
    assert len(album) == 18
    assert {item.path.name: item.reason for item in album.skipped} == {
        "gray.png": "has no colour",
        "fake.jpg": "not an image",
    }
    assert album.pixels(0, 1).shape == (40, 50, 3)


def test_album_when_memory_is_short_gives_the_same_pixels(tmp_path: Path) -> None:
    for number in range(3):
        colourful(tmp_path / f"{number}.jpg", number)
    rich, poor = (open_album((tmp_path,), (20, 36), budget=budget) for budget in (1 << 20, 5000))
    assert len(rich.kept) == 6 and len(poor.kept) == 0
    for photo in range(3):
        for size in range(2):
            assert (rich.pixels(photo, size) == poor.pixels(photo, size)).all()


def test_limit_when_too_many_are_unusable_refuses() -> None:
    bad = [Skipped(Path(f"{number}.jpg"), "not an image") for number in range(7)]
    refuse_too_many(bad[:1], 2, 0.1)
    refuse_too_many(bad[:2], 20, 0.1)
    with pytest.raises(MistakeError, match="3 of 20 files"):
        refuse_too_many(bad[:3], 20, 0.1)
    with pytest.raises(MistakeError) as caught:
        refuse_too_many(bad, 7, 1.0)
    assert caught.value.notes[-1] == "and 2 more"
