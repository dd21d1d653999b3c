"""What a photograph's file says beside pixels is in the result's too; files are whole or not there."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from convdsl.mistake import MistakeError
from convdsl.train import photos
from convdsl.train.output import Format, encoded, whole
from convdsl.train.photo_file import Kept, read
from convdsl.train.photos import PhotoError

ORIENTATION, ARTIST, MAKE, EXPOSURE, COLOUR_SPACE, WIDE = 0x0112, 0x013B, 0x010F, 0x829A, 0xA001, 0xA002
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


def noise(mode: str = "RGB", size: tuple[int, int] = (20, 12)) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(values).convert(mode)


def told() -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION], exif[ARTIST], exif[MAKE] = 6, "Ada", "Kodak"
    exif.get_ifd(ExifTags.IFD.Exif)[EXPOSURE] = 0.5
    exif.get_ifd(ExifTags.IFD.Exif)[COLOUR_SPACE] = 65535
    exif.get_ifd(ExifTags.IFD.Exif)[WIDE] = 20
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    return exif


def stored(image: Image.Image, kind: str, **options: object) -> bytes:
    body = io.BytesIO()
    image.save(body, kind, **options)
    return body.getvalue()


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "tiff"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_metadata_is_kept_from_each_format_in_each(kind: str, form: str) -> None:
    options: dict[str, object] = {"exif": told(), "dpi": (300, 300)}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = info
    elif kind == "TIFF":
        exif = told()
        exif[700] = XMP
        for group in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            exif[group] = exif.get_ifd(group)
        options["exif"] = exif
    else:
        options["xmp"] = XMP
    original = read(stored(noise(), kind, **options))
    assert original.size == (20, 12)  # 12 high and 20 wide, turned by a quarter
    result = Image.open(io.BytesIO(encoded(noise(size=(12, 20)), original.kept, Format(form))))
    found = result.getexif()
    assert ORIENTATION not in found or found[ORIENTATION] == 1
    assert (found[ARTIST], found[MAKE]) == ("Ada", "Kodak")
    inside = found.get_ifd(ExifTags.IFD.Exif)
    assert inside[EXPOSURE] == 0.5 and inside[COLOUR_SPACE] == 1 and inside[WIDE] == 12
    assert found.get_ifd(ExifTags.IFD.GPSInfo)[1] == "N"
    result.load()
    kept = result.info["xmp"]
    assert b"xmpmeta" in kept and b"Orientation" not in kept.replace(b'tiff:Orientation="1"', b"")
    if form != "webp" and kind != "WEBP":  # which has no place for it beside EXIF
        assert result.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_text_comments_and_captions_are_kept() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "Der Hof")
    info.add_itxt("Description", "Ein Hof — 1911")
    png = read(stored(noise(), "PNG", pnginfo=info)).kept
    found = Image.open(io.BytesIO(encoded(noise(), png, Format("png"))))
    assert dict(found.text) == {"Title": "Der Hof", "Description": "Ein Hof — 1911"}
    caption = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0a\x1c\x02\x78\x00\x05hello"
    segment = b"\xff\xed" + (len(caption) + 2).to_bytes(2, "big") + caption
    kept = read(stored(noise(), "JPEG", comment=b"hi", extra=segment)).kept
    again = Image.open(io.BytesIO(encoded(noise(), kept, Format("jpeg"))))
    assert again.info["comment"] == b"hi" and ("APP13", caption) in again.applist
    assert Image.open(io.BytesIO(encoded(noise(), kept, Format("png")))).text["Comment"] == "hi"


def test_damaged_or_endless_metadata_does_not_stop_a_photograph() -> None:
    kept = read(stored(noise(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")).kept
    assert encoded(noise(), kept, Format("jpeg"))
    long = Kept(exif=stored_exif(70_000), xmp=b"x" * 70_000, comment=b"c" * 70_000, iptc=b"i" * 70_000)
    assert "exif" not in Image.open(io.BytesIO(encoded(noise(), long, Format("jpeg")))).info
    found = Image.open(io.BytesIO(encoded(noise(), long, Format("png"))))
    found.load()
    assert len(found.info["xmp"]) == 70_000


def stored_exif(length: int) -> bytes:
    exif = Image.Exif()
    exif[ARTIST] = "a" * length
    return exif.tobytes()


def test_profile_becomes_srgbs_where_there_was_one_and_none_where_there_was_none() -> None:
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tagged, plain = read(stored(noise(), "PNG", icc_profile=wide)).kept, read(stored(noise(), "PNG")).kept
    assert tagged.tagged and not plain.tagged
    result = Image.open(io.BytesIO(encoded(noise(), tagged, Format("jpeg"))))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(result.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert encoded(noise(), tagged, Format("png")) == encoded(noise(), tagged, Format("png"))
    assert "icc_profile" not in Image.open(io.BytesIO(encoded(noise(), plain, Format("jpeg")))).info


@pytest.mark.parametrize("form", ["png", "webp", "tiff"])
def test_alpha_is_kept_where_the_format_has_it(form: str) -> None:
    image = noise()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    found = Image.open(io.BytesIO(encoded(image, Kept(), Format(form, 100))))
    assert found.mode == "RGBA" and found.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    assert Image.open(io.BytesIO(encoded(image, Kept(), Format("jpeg")))).mode == "RGB"


@pytest.mark.parametrize("form", ["png", "tiff"])
def test_pixels_are_exact_where_the_format_keeps_them(form: str) -> None:
    found = Image.open(io.BytesIO(encoded(noise(), Kept(), Format(form))))
    assert (photos.pixels(found) == photos.pixels(noise())).all()


def test_quality_when_higher_makes_a_larger_file_that_is_nearer() -> None:
    low, high = (encoded(noise(size=(200, 200)), Kept(), Format("jpeg", q)) for q in (30, 98))
    far, near = (
        np.abs(photos.pixels(Image.open(io.BytesIO(b))).astype(int) - photos.pixels(noise(size=(200, 200)))).mean()
        for b in (low, high)
    )
    assert len(low) < len(high) and far > near


def test_picture_that_a_format_does_not_hold_is_refused() -> None:
    with pytest.raises(PhotoError, match="more than a webp file holds"):
        encoded(Image.new("RGB", (16_384, 1)), Kept(), Format("webp"))


def test_file_when_writing_is_interrupted_is_not_there_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.png"
    with pytest.raises(KeyboardInterrupt), whole(target, force=False) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert list(target.parent.iterdir()) == []
    target.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), whole(target, force=True) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert target.read_bytes() == b"old" and len(list(target.parent.iterdir())) == 1


def test_file_that_comes_to_be_there_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    with pytest.raises(MistakeError, match="meanwhile"), whole(target, force=False) as file:
        file.write(b"ours")
        target.write_bytes(b"theirs")
    assert target.read_bytes() == b"theirs" and len(list(tmp_path.iterdir())) == 1
    with whole(target, force=True) as file:
        file.write(b"ours")
    assert target.read_bytes() == b"ours"


def kinds() -> dict[str, Image.Image]:
    """Make a picture of four flat colours in every mode that people keep."""
    rgb = Image.new("RGB", (8, 8), (200, 80, 40))
    rgb.paste((30, 120, 220), (4, 0, 8, 8))
    alpha = Image.new("L", (8, 8), 255)
    alpha.paste(90, (0, 0, 4, 4))
    rgba, la = rgb.copy(), rgb.convert("L")
    rgba.putalpha(alpha)
    la.putalpha(alpha)
    return {"RGB": rgb, "RGBA": rgba, "L": rgb.convert("L"), "LA": la, "P": rgb.quantize(4), "1": rgb.convert("1")}


@pytest.mark.parametrize("mode", kinds())
def test_layers_of_every_mode_are_what_pillow_shows(mode: str) -> None:
    image = kinds()[mode]
    found = read(stored(image, "PNG")).layers
    assert (photos.pixels(found.colours) == photos.pixels(image.convert("RGB"))).all()
    assert (found.alpha is not None) == (mode in ("RGBA", "LA"))
    if found.alpha is not None:
        assert found.alpha.tobytes() == image.getchannel("A").tobytes()


def test_layers_of_a_palette_with_transparency_have_its_alpha() -> None:
    image = kinds()["P"]
    body = stored(image, "PNG", transparency=bytes([0, 128, 255, 255]))
    found = read(body).layers
    true = Image.open(io.BytesIO(body)).convert("RGBA")
    assert found.alpha is not None and found.alpha.tobytes() == true.getchannel("A").tobytes()


def test_cmyk_with_and_without_a_profile_is_what_littlecms_and_pillow_say() -> None:
    image = kinds()["RGB"].convert("CMYK")
    found = photos.pixels(read(stored(image, "TIFF")).layers.colours)
    assert (found == photos.pixels(image.convert("RGB"))).all()


def test_wide_profile_is_turned_into_srgb_as_littlecms_does() -> None:
    gray = gray_profile()
    image = Image.new("L", (4, 4), 100)
    found = read(stored(image, "PNG", icc_profile=gray)).layers.colours
    source = ImageCms.ImageCmsProfile(io.BytesIO(gray))
    true = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert true is not None and found.getpixel((0, 0)) == true.getpixel((0, 0)) != (100, 100, 100)


def gray_profile() -> bytes:
    """Write a gray profile of gamma 1, by hand: ICC.1:2010, sections 7.2 and 10.5 (a curve of no entries is y = x)."""
    curve = b"curv" + bytes(8)
    white = b"XYZ " + bytes(4) + b"".join(int(v * 65536).to_bytes(4, "big") for v in (0.9642, 1.0, 0.8249))
    tags = {b"kTRC": curve, b"wtpt": white}
    offset = 128 + 4 + 12 * len(tags)
    table, body = len(tags).to_bytes(4, "big"), b""
    for name, data in tags.items():
        table += name + (offset + len(body)).to_bytes(4, "big") + len(data).to_bytes(4, "big")
        body += data
    size = offset + len(body)
    header = size.to_bytes(4, "big") + bytes(4) + b"\x02\x10\0\0" + b"mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28)
    header += b"".join(int(v * 65536).to_bytes(4, "big") for v in (0.9642, 1.0, 0.8249))
    return header.ljust(128, b"\0") + table + body


def test_sixteen_bit_gray_is_kept_deep_and_shown_at_eight() -> None:
    values = np.arange(0, 65536, 1024, dtype=np.uint16).reshape(8, 8)
    for kind in ("PNG", "TIFF"):
        found = read(stored(Image.fromarray(values), kind)).layers
        assert found.deep is not None and (found.deep == values).all()
        true = np.floor(values / 65535 * 255 + 0.5)
        assert (photos.pixels(found.colours)[..., 0] == true).all()


def unfiltered(body: bytes) -> tuple[dict[str, bytes], np.ndarray]:
    """Read a PNG of 16 bits a channel, by hand: chunks, checksums, and the filter Up (PNG, sections 5.3, 9.2)."""
    chunks: dict[str, bytes] = {}
    place = 8
    while place < len(body):
        length, name = struct.unpack(">I4s", body[place : place + 8])
        data = body[place + 8 : place + 8 + length]
        assert zlib.crc32(name + data) == struct.unpack(">I", body[place + 8 + length : place + 12 + length])[0]
        chunks[name.decode()] = chunks.get(name.decode(), b"") + data
        place += 12 + length
    width, height, depth, kind = struct.unpack(">IIBB", chunks["IHDR"][:10])
    lines = np.frombuffer(zlib.decompress(chunks["IDAT"]), np.uint8).reshape(height, -1)
    assert depth == 16 and (lines[:, 0] == 2).all()
    rows = np.cumsum(lines[:, 1:], axis=0, dtype=np.uint8)  # modulo 256, each row added to the one above
    return chunks, rows.view(">u2").reshape(height, width, {2: 3, 6: 4}[kind])


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bits_are_written_as_the_specification_says_and_pillow_reads_them(channels: int) -> None:
    values = np.random.default_rng(1).integers(0, 65536, (130, 7, channels)).astype(np.uint16)
    kept = Kept(exif=told().tobytes(), xmp=XMP, dpi=(300, 150), text={"Title": "Hof"}, tagged=True)
    body = encoded(values, kept, Format("png"))
    chunks, found = unfiltered(body)
    assert (found == values).all() and chunks["pHYs"] == struct.pack(">IIB", 11811, 5906, 1)  # 300 / 0.0254
    image = Image.open(io.BytesIO(body))
    image.load()
    assert image.mode == ("RGB" if channels == 3 else "RGBA") and image.text["Title"] == "Hof"
    assert image.info["xmp"] == XMP and image.getexif()[ARTIST] == "Ada" and image.info["icc_profile"]
    assert (np.asarray(image) == values >> 8).all()  # Pillow keeps the upper byte
