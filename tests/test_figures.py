"""The pictures of docs/series.md and docs/gallery.md: from specs that run, and small; sums beside them come out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from convdsl import api
from docs import gallery_page, inspecting_page, series_page
from docs.figures import Figure

ROOT = Path(__file__).parent.parent
FIGURES = (*series_page.FIGURES.values(), *gallery_page.FIGURES.values())
SPECS = sorted([*ROOT.glob("docs/series/*.cdsl"), *ROOT.glob("docs/gallery/*.cdsl")])
PART_3 = (
    "Dense layer against convolution",
    "Convolution",
    "Padding",
    "Stride",
    "Average pooling",
    "Max pooling",
    "Dilation",
    "Transposed convolution",
)
_PACKED = re.compile(r'(?<=base64,)[^"]*|(?<=-)[0-9a-f]{8}(?=-)')  # and the checksum in names of parts
_SUM = re.compile(r"`([\d, +*/()-]+) = (\d[\d,.]*)`")


def test_figures_on_disk_are_those_of_the_pages_and_no_more() -> None:
    made = {
        str(path.relative_to(ROOT)) for name in ("series", "gallery") for path in ROOT.glob(f"docs/images/{name}/*")
    }
    # those of trained networks are drawn where there is a run
    assert made == {figure.path for figure in (*FIGURES, *inspecting_page.SERIES.values())}


def test_figures_together_are_light() -> None:
    assert sum((ROOT / figure.path).stat().st_size for figure in FIGURES) < 3_000_000


@pytest.mark.parametrize(
    "figure", [figure for figure in FIGURES if figure.path.endswith(".svg")], ids=lambda one: one.path
)
def test_figure_is_not_taller_than_four_times_its_width(figure: Figure) -> None:
    found = re.search(r'<svg[^>]* width="(\d+)" height="(\d+)"', (ROOT / figure.path).read_text("utf-8"))
    assert found is not None
    assert int(found[2]) <= 4 * int(found[1])


def test_figure_of_a_photograph_when_drawn_anew_is_the_same_but_for_its_packing() -> None:
    """Stale: run `make figures` and look at the picture."""
    figure = gallery_page.FIGURES[gallery_page.DECODED]
    texts = (ROOT / figure.path).read_text("utf-8"), figure.draw()
    before, after = (_PACKED.sub("", text) for text in texts)
    assert before == after


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_spec_of_a_page_is_drawn_and_checks_but_for_the_broken_one(spec: Path) -> None:
    assert any(str(spec.relative_to(ROOT)) in figure.command for figure in FIGURES)
    assert api.load(spec).ok is (spec.stem != "broken")


@pytest.mark.parametrize("heading", [*PART_3, *(f"Network {number}" for number in range(1, 7))])
def test_heading_of_the_series_has_a_picture(heading: str) -> None:
    _, _, rest = (ROOT / series_page.PAGE).read_text("utf-8").partition(f"\n### {heading}\n")
    assert "](images/series/" in rest.partition("\n### ")[0]


def sums() -> Iterator[tuple[str, str]]:
    yield from _SUM.findall((ROOT / series_page.PAGE).read_text("utf-8"))


@pytest.mark.parametrize(("left", "right"), list(sums()))
def test_sum_of_the_series_comes_out(left: str, right: str) -> None:
    assert eval(left.replace(",", "")) == float(right.replace(",", ""))


def test_sums_of_the_series_are_found() -> None:
    # each `... = number` that stands in the text
    text = re.sub(r"^```.*?^```", "", (ROOT / series_page.PAGE).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert len(list(sums())) == len(re.findall(r"`[^`\n]* = [\d,.]+`", text)) >= 25
