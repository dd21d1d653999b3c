"""docs/peers.md: its pictures and numbers are of the tools that benchmarks/peers-requirements.txt pins."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs import peers_page

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / peers_page.IMAGES
RESULTS = json.loads(peers_page.RESULTS.read_text("utf-8"))
THEIRS = [path for path in sorted(FOLDER.iterdir()) if not path.name.startswith("convdsl")]


def pins(file: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / file).read_text("utf-8").lower(), re.MULTILINE))


def test_numbers_when_read_are_of_the_pinned_versions() -> None:
    pinned = pins("benchmarks/peers-requirements.txt")
    measured = {tool: text.partition("+")[0] for tool, text in RESULTS["versions"].items() if tool != "graphviz"}
    assert measured == {tool: pinned[tool] for tool in ("torchview", "torchlens", "visualtorch", "torch")}


def test_pins_when_the_tests_have_them_too_are_the_same() -> None:
    tests = pins("constraints.txt")
    assert {
        name: pin for name, pin in pins("benchmarks/peers-requirements.txt").items() if tests.get(name, pin) != pin
    } == {}


def test_numbers_when_read_are_of_the_networks_and_tools_of_the_page() -> None:
    measured = {(name, tool) for name, found in RESULTS["networks"].items() for tool in found}
    assert measured == {(name, tool) for name in peers_page.NETWORKS for tool in peers_page.TOOLS}
    assert {name: "x".join(map(str, size[2:])) for name, size in RESULTS["sizes"].items()} == peers_page.SIZES


def test_pictures_when_counted_are_those_of_the_page_and_light() -> None:
    wanted = {peers_page.picture(name, tool).name for name in peers_page.NETWORKS for tool in peers_page.TOOLS}
    assert {path.name for path in FOLDER.iterdir()} == wanted
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000


@pytest.mark.parametrize("path", THEIRS, ids=lambda path: path.stem)
def test_picture_of_another_tool_when_opened_runs_nothing_and_fetches_nothing(path: Path) -> None:
    if path.suffix == ".png":
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        return
    found = list(ElementTree.parse(path).iter())
    kinds = {element.tag.rpartition("}")[2] for element in found}
    names = {name.rpartition("}")[2] for element in found for name in element.attrib}
    assert kinds <= {"svg", "g", "a", "title", "polygon", "polyline", "path", "text", "ellipse"}
    assert not [name for name in names if name in ("href", "src") or name.startswith("on")]


def test_measure_when_a_picture_is_in_points_counts_pixels() -> None:
    text = '<svg width="30pt" height="60pt"><text font-size="9.00">a</text></svg>'
    found = peers_page.measure("a.svg", text.encode())
    assert (found.width, found.height, found.letters) == (40, 80, 12)  # a point is 4 / 3 pixels


def test_picture_when_larger_than_a_sheet_is_scaled_to_fit_by_its_longer_side() -> None:
    assert peers_page.Picture("a.svg", 1600, 1100, 1, 10).fitted == 0.5
    assert peers_page.Picture("a.svg", 800, 4400, 1, 10).fitted == 0.25
    assert peers_page.Picture("a.svg", 80, 44, 1, 10).fitted == 1
