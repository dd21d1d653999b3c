"""TikZ: every special of TeX is escaped, the file is ASCII and needs stock packages only, and pdflatex takes it."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from convdsl.ops.conv2d import Conv2d
from convdsl.pipeline import analyze
from convdsl.render.canvas import Canvas, Disc, Group, Label, Line, Polygon, Rect
from convdsl.render.canvas_tikz import paint_tikz
from convdsl.render.draw import STYLES, draw
from convdsl.render.facts import Network
from convdsl.render.figure.canvas import canvas
from convdsl.render.tex import escape_tex
from convdsl.render.theme import LIGHT, THEMES
from convdsl.render.wish import Wish
from convdsl.source import Source
from tests.render.networks import Draft, network6

HOSTILE = (
    r"\end{document}",
    r"\input{/etc/passwd}",
    "a_b^c~d#e%f&g$h{i}j",
    "^^5cend{document}",
    "}{]][",
    "$$",
    "100% \n % comment",
    "ligatures -- --- ,, << >> ?` !` ''",
    "naïve café Łódź Straße",
    "日本語 \u202e\u2066 \x00\x07 \U0001f600",
    "64×H/2 → ⌈W/2⌉ · √2 ≤ …",
    "</text><script>",
    "-->",
)


def picture(*texts: str) -> Canvas:
    labels = tuple(Label(5, 15 * (index + 1), text, 10) for index, text in enumerate(texts))
    shapes = (
        Rect(0, 0, 10, 5, "fill:conv", "bar:conv", 3, 10, True, 50),
        Polygon(((0, 0), (9, 0), (9, 9)), "heat:50", "ink"),
        Line(((0, 0), (20, 0), (20, 20)), "skip", bend=4, head=True),
        Disc(4, 4, 3, "problem"),
        Label(3, 90, "upright", upright=True, anchor="end", bold=True),
    )
    return Canvas(texts[0], "what it shows", 300, 15 * len(texts) + 20, (Group("g", texts[0], shapes), *labels))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("\\", r"\ensuremath{\backslash}"),
        ("{}", r"\ensuremath{\lbrace}\ensuremath{\rbrace}"),
        ("$&#%_", r"\$\&\#\%\_"),
        ("^", r"\textasciicircum{}"),
        ("~", r"\textasciitilde{}"),
        ("<|>", r"\ensuremath{<}\ensuremath{|}\ensuremath{>}"),
        ("--", "-{}-{}"),
        ("×", r"\ensuremath{\times}"),
        ("é", r"\'{e}"),
        ("日", "?{}"),
        ("a\n\tb", "a b"),
    ],
)
def test_escape_tex_of_a_special_prints_it(text: str, printed: str):
    assert escape_tex(text) == printed


def test_escape_tex_leaves_nothing_that_tex_reads_as_a_command():
    for text in HOSTILE:
        out = escape_tex(text)
        assert out.isascii()
        # what is left of the specials after our own words and escapes is nothing
        rest = re.sub(r"\\ensuremath\{(\^?(\\[A-Za-z]+|[0-9])|[-<|>])\}", "", out)
        rest = re.sub(r"\\(text[a-z]+|ldots|[a-zA-Z]{1,2}|['`^~\"=.])\{[a-zA-Z]?\}", "", rest)
        rest = re.sub(r"\\[$&#%_]", "", rest).replace("{}", "")
        assert not set(rest) & set("\\{}$&#%_^~"), (text, out, rest)


def test_tikz_is_ascii_with_stock_packages_and_each_colour_once():
    text = paint_tikz(picture(*HOSTILE), LIGHT)
    assert text.isascii()
    assert set(re.findall(r"\\usepackage(?:\[[^]]*\])?\{([^}]*)\}", text)) == {"tikz"}
    assert "\\documentclass{article}" in text
    colours = re.findall(r"\\definecolor\{(\w+)\}\{HTML\}\{([0-9A-F]{6})\}", text)
    assert len({value for _, value in colours}) == len(colours)
    used = set(re.findall(r"(?:fill|draw|text)=(c\d+)", text)) | set(re.findall(r"\\fill\[(c\d+)\]", text))
    assert used == {name for name, _ in colours}
    assert text.count("\\end{document}") == 1


def test_tikz_of_a_picture_has_its_size():
    text = paint_tikz(picture("x"), LIGHT)
    # 300 pixels of 1/96 inch are 225 big points of 1/72 inch
    assert "\\setlength{\\paperwidth}{225bp}" in text


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_tikz_is_the_same_every_time(theme):
    assert paint_tikz(picture("x"), theme) == paint_tikz(picture("x"), theme)


def compiled(text: str, folder: Path, program: str = "pdflatex") -> tuple[int, str]:
    """Compile, with a program that may start no other; return its exit status and its log."""
    (folder / "net.tex").write_text(text, "ascii")
    command = [program, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
    result = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    return result.returncode, (folder / "net.log").read_text("utf-8", "replace")


needs_latex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
ZOO = ("unet", "unet2015", "pix2pix", "resnet18", "vgg16", "zhang2017", "seed/network6", "seed/dense")


@needs_latex
@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_tikz_of_a_network_of_the_zoo_compiles_to_one_page(name: str, tmp_path: Path):
    path = Path("specs") / f"{name}.cdsl"
    network = analyze(Source(path.name, path.read_text("utf-8"))).network()
    status, log = compiled(paint_tikz(canvas(network, Wish()), LIGHT), tmp_path)
    assert status == 0, log[-2000:]
    assert "(1 page," in log
    assert "Overfull" not in log
    assert "Missing character" not in log
    assert "Warning" not in log


@pytest.mark.skipif(shutil.which("lualatex") is None, reason="there is no lualatex")
@pytest.mark.slow
def test_tikz_of_a_network_compiles_with_lualatex(tmp_path: Path):
    status, log = compiled(str(draw(network6().network(), "tikz", style="figure")), tmp_path, "lualatex")
    assert status == 0, log[-2000:]
    assert "(1 page," in log


@needs_latex
@pytest.mark.slow
@pytest.mark.parametrize("style", [name for name, style in STYLES.items() if "tikz" in style.formats])
def test_tikz_of_every_style_compiles_to_one_page(style: str, tmp_path: Path):
    network = network6().network()
    wish = Wish(layer="conv1") if STYLES[style].one_layer else Wish()
    status, log = compiled(str(draw(network, "tikz", wish, style=style)), tmp_path)
    assert status == 0, log[-2000:]
    assert "(1 page," in log
    assert "Overfull" not in log


def hostile_network() -> Network:
    """Make a network whose model, blocks, layers, inputs and outputs have hostile names."""
    draft = Draft(HOSTILE[0])
    x = draft.input(HOSTILE[2], 3)
    for index, name in enumerate(HOSTILE):
        outer = draft.open(HOSTILE[-1 - index], name)
        x = draft.call(Conv2d(8, (1, 1)), x, name=name)
        x = draft.call(Conv2d(9, (3, 3)), x)
        draft.close(outer)
    draft.output(HOSTILE[1], x)
    return draft.network()


@pytest.mark.parametrize("style", ["graph", "figure"])
def test_picture_of_hostile_names_is_well_formed(style: str):
    network = hostile_network()
    root = ET.fromstring(str(draw(network, "svg", style=style)))
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    text = str(draw(network, "tikz", style=style))
    assert text.isascii()
    assert text.count("\\end{document}") == 1
    assert "\\input" not in text


@needs_latex
@pytest.mark.slow
@pytest.mark.parametrize("style", ["graph", "figure"])
def test_tikz_of_a_network_of_hostile_names_compiles(style: str, tmp_path: Path):
    status, log = compiled(str(draw(hostile_network(), "tikz", style=style)), tmp_path)
    assert status == 0, log[-2000:]
    assert "(1 page," in log


@needs_latex
@pytest.mark.slow
def test_tikz_of_hostile_names_compiles_and_prints_them(tmp_path: Path):
    status, log = compiled(paint_tikz(picture(*HOSTILE), LIGHT), tmp_path)
    assert status == 0, log[-2000:]
    assert "(1 page," in log
    if shutil.which("pdftotext"):
        command = ["pdftotext", "-layout", "net.pdf", "-"]
        said = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=60).stdout.decode()
        assert "input" in said
        assert "/etc/passwd" in said
        assert "script" in said
        assert "comment" in said
