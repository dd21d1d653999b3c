"""PNG: the right size where the package is there, one clear sentence where it is not."""

import sys

import pytest

from convdsl.mistake import MistakeError
from convdsl.render.canvas import Canvas, Label
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.png import png
from convdsl.render.theme import LIGHT

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="4"><rect width="10" height="4" fill="#f00"/></svg>'


def test_png_has_the_size_of_the_svg_times_the_scale():
    pytest.importorskip("resvg_py", reason="resvg-py is the extra `draw`")
    data = png(SVG, 10, 4, scale=3)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    # the header chunk: 4 bytes of length, "IHDR", then width and height
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (30, 12)


def test_png_when_the_package_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MistakeError) as caught:
        png(SVG, 10, 4)
    assert "resvg-py" in caught.value.message
    assert "convdsl[draw]" in caught.value.way_out


def test_png_when_the_picture_is_huge_refuses_before_it_takes_memory():
    with pytest.raises(MistakeError, match="too large"):
        png(SVG, 1000, 1_000_000)


def test_png_on_a_machine_without_fonts_shows_the_letters_all_the_same():
    """The machine's fonts are not looked at: without those of the package nothing would be drawn."""
    resvg = pytest.importorskip("resvg_py", reason="resvg-py is the extra `draw`")
    svg = paint_canvas(Canvas("t", "d", 120, 30, (Label(4, 20, "3×3 → ⌈H⌉"),)), LIGHT)
    blank = bytes(resvg.svg_to_bytes(svg_string=svg, skip_system_fonts=True))
    assert png(svg, 120, 30, scale=1) != blank
    assert png(svg, 120, 30) == png(svg, 120, 30)
