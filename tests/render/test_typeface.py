"""The fonts of the package: they have what they are said to have, as wide as pictures reckon."""

import struct
from collections.abc import Iterator

import pytest

from convdsl.render.metrics import text_width
from convdsl.render.typeface import FILES, RANGES, covers


def tables(data: bytes) -> dict[str, bytes]:
    """Cut a font into its tables (https://learn.microsoft.com/typography/opentype/spec/otff)."""
    count = int.from_bytes(data[4:6], "big")
    out = {}
    for index in range(count):
        name, _, start, size = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        out[name.decode()] = data[start : start + size]
    return out


def glyphs(cmap: bytes) -> dict[int, int]:
    """Read the glyph of each code point from the subtable for Unicode's first plane, of format 4."""
    starts = [struct.unpack_from(">HHI", cmap, 4 + 8 * index)[2] for index in range(int.from_bytes(cmap[2:4], "big"))]
    table = next(cmap[start:] for start in starts if cmap[start : start + 2] == b"\0\4")
    count = int.from_bytes(table[6:8], "big") // 2
    ends, begins, deltas, offsets = (
        struct.unpack_from(f">{count}H", table, 14 + place)
        for place in (0, 2 * count + 2, 4 * count + 2, 6 * count + 2)
    )
    out = {}
    for index in range(count):
        for code in range(begins[index], min(ends[index], 0xFFFE) + 1):
            glyph = code
            if offsets[index]:
                place = 16 + 6 * count + 2 * index + offsets[index] - 2 + 2 * (code - begins[index]) + 0
                glyph = int.from_bytes(table[place : place + 2], "big")
            out[code] = (glyph + deltas[index]) % 65536 if glyph or not offsets[index] else 0
    return out


def widths(data: bytes) -> Iterator[tuple[int, int]]:
    """Give each code point with its advance width in thousandths of the size, rounded up."""
    found = tables(data)
    unit = int.from_bytes(found["head"][18:20], "big")
    count = int.from_bytes(found["hhea"][34:36], "big")
    for code, glyph in glyphs(found["cmap"]).items():
        if glyph:
            place = 4 * min(glyph, count - 1)
            yield code, -(-int.from_bytes(found["hmtx"][place : place + 2], "big") * 1000 // unit)


@pytest.mark.parametrize("bold", [False, True])
def test_font_has_every_character_that_it_is_said_to_have(bold: bool):
    there = {code for code, _ in widths(FILES[bold].read_bytes())}
    assert [hex(code) for first, last in RANGES for code in range(first, last + 1) if code not in there] == []


@pytest.mark.parametrize("bold", [False, True])
def test_text_in_the_font_is_never_wider_than_pictures_reckon(bold: bool):
    """Of 1,000 letters: what the table rounds down, half a thousandth, would show."""
    narrow = [
        (chr(code), width, text_width(chr(code) * 1000, 1, bold=bold))
        for code, width in widths(FILES[bold].read_bytes())
        if covers(chr(code)) and text_width(chr(code) * 1000, 1, bold=bold) < width - 1
    ]
    assert narrow == []


def test_covers_tells_characters_that_the_fonts_lack():
    assert covers('3×3 → ⌈H/2⌉ · "Сеть" Σ\n')
    assert not covers("網")
    assert not covers("\u200b")
    assert not covers("\U0001f642")
