"""PDF: one page as large as the picture, text that can be searched, the same bytes every time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convdsl.mistake import MistakeError
from convdsl.render.draw import draw
from convdsl.render.pdf import pdf
from tests.render.networks import network6


def pdftotext(data: bytes, folder: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    (folder / "net.pdf").write_bytes(data)
    done = subprocess.run(["pdftotext", "-layout", "net.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


def test_pdf_holds_text_that_can_be_found_symbols_too(tmp_path: Path):
    pytest.importorskip("typst", reason="typst is the extra `draw`")
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">'
        '<text x="4" y="20" font-family="DejaVu Sans">64→128 · 3×3 ⌈H/2⌉ Σ −1</text></svg>'
    )
    assert pdftotext(pdf(svg, 200, 40, "t", "d"), tmp_path).strip() == "64→128 · 3×3 ⌈H/2⌉ Σ −1"


def test_pdf_of_a_network_names_its_layers_and_shapes(tmp_path: Path):
    pytest.importorskip("typst", reason="typst is the extra `draw`")
    words = pdftotext(bytes(draw(network6().network(), "pdf")), tmp_path)
    for word in ("Network6", "t_conv2", "N×256×H/16×W/16", "3,643,514 parameters"):
        assert word in words


def test_pdf_twice_is_the_same_to_the_byte_in_another_process_too():
    pytest.importorskip("typst", reason="typst is the extra `draw`")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from convdsl.render.draw import draw\nfrom tests.render.networks import network6\n"
        "sys.stdout.buffer.write(draw(network6().network(), 'pdf'))"
    )
    here = draw(network6().network(), "pdf")
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parents[2])],
        capture_output=True,
        check=True,
        env={"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"},
    )
    assert done.stdout == here
    assert b"CreationDate" not in done.stdout


def test_pdf_page_is_as_large_as_the_picture_at_96_pixels_an_inch():
    pytest.importorskip("typst", reason="typst is the extra `draw`")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="960" height="480"/>'
    assert b"/MediaBox[0 0 720 360]" in pdf(svg, 960, 480, "", "")
    # 200 inches is the longest page that viewers have to open: 14,400 points
    tall = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="28800"/>'
    assert b"/MediaBox[0 0 50 14400]" in pdf(tall, 100, 28_800, "", "")


def test_pdf_when_title_or_description_hold_markup_takes_them_as_they_are():
    pytest.importorskip("typst", reason="typst is the extra `draw`")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'
    assert pdf(svg, 10, 10, '"]\n#panic("x")', '\\#read("/etc/passwd")').startswith(b"%PDF")


def test_pdf_when_the_package_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MistakeError, match="typst") as caught:
        pdf("<svg/>", 10, 10, "", "")
    assert "convdsl[draw]" in caught.value.way_out
