"""The page in a browser without a window: what lights up, what search, heat, depth and keys do; nothing breaks.

Skipped where there is no Chromium. The page is copied with a harness whose hash its policy is told; all else is as
people get it.
"""

import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from convdsl import load
from convdsl.render.cells import visible
from convdsl.render.draw import draw
from convdsl.render.html.page import page
from convdsl.render.theme import DARK, LIGHT
from convdsl.render.wish import Wish
from convdsl.view import network_of
from tests.render.test_page import HOSTILE, Page, draft_named
from tests.zoo import path

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
HARNESS = Path(__file__).with_name("page_harness.js").read_text("utf-8")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
]


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


def driven(text: str, folder: Path, words: dict[str, object], *flags: str) -> dict:
    """Open a page with the harness in it, and return what it saw."""
    values = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in words.items())
    script = f"{values}{HARNESS}"
    digest = b64encode(sha256(script.encode()).digest()).decode()
    text = text.replace("script-src '", f"script-src 'sha256-{digest}' '", 1)
    file = folder / "page.html"
    file.write_text(text.replace("<title>", f"<script>{script}</script><title>", 1), "utf-8")
    done = subprocess.run(
        [
            CHROMIUM,
            *("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,900", "--virtual-time-budget=20000"),
            *(f"--user-data-dir={folder / 'profile'}", *flags, "--dump-dom", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, f"the page did not come to its end: {done.stderr[-2000:]}"
    return json.loads(Page(f"<p>{found[1]}</p>").elements[0][2][0])


@pytest.fixture(scope="module", name="seen")
def _seen(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The U-Net of the README, as a reader goes through it."""
    text = draw(network_of(load(path("unet"))), "html")
    assert isinstance(text, str)
    words = {"HOVER": "u2", "LINE": 15, "SEARCH": "transpose"}
    return driven(text, tmp_path_factory.mktemp("page"), words)


def test_page_in_a_browser_has_no_error_and_asks_for_nothing(seen: dict):
    assert seen["errors"] == []
    assert seen["forbidden"] == []
    assert seen["requests"] == []


def test_page_when_pointed_at_a_row_lights_the_box_the_line_and_the_volume(seen: dict):
    lit = seen["byRow"]["lit"]
    u2 = next(one for one in lit if one.startswith("r"))
    assert {u2, "s0-15", "vol-u2", "v2-u2"} <= set(lit)  # `u2 = …` stands in line 15
    assert seen["byVolume"] == [u2]
    assert set(seen["byBox"]) == set(lit)
    assert seen["byLine"] == [u2]
    assert seen["away"] == []


def test_page_when_a_line_is_clicked_chooses_its_layer_and_tells_of_it(seen: dict):
    assert len(seen["chosen"]["rows"]) == 1
    told = seen["chosen"]["told"]
    assert told[0] == "u2"
    # 64 * 32 * 2 * 2 weights and 32 biases
    assert "parameters: 8,224" in told
    assert seen["dropped"] == []


def test_page_when_keys_are_pressed_goes_from_layer_to_layer(seen: dict):
    assert seen["first"]["told"][0] == "gray"
    assert seen["first"]["focus"] == seen["back"] == "v2-gray"
    assert seen["second"]["told"][0].endswith("e1.0")
    assert seen["last"] == "v2-ab"
    assert seen["line"]  # the line of what is chosen is brought into view
    assert seen["scrolls"] == ["v2-ab"]  # an arrow in another panel scrolls that, and chooses nothing
    assert seen["searching"] == "search"


def test_page_when_searched_finds_and_goes_through_what_it_found(seen: dict):
    assert seen["found"]["count"] == "2 of 28"
    assert len(seen["found"]["rows"]) == 2
    assert seen["entered"]["told"][0] == "u2"
    assert seen["entered"]["count"] == "1 of 2"
    assert seen["ended"] == {"count": "", "rows": [], "value": ""}


def test_page_when_zoomed_is_larger_and_smaller(seen: dict):
    assert seen["zoom"] == [pytest.approx(1.25, abs=0.01), pytest.approx(0.8, abs=0.01)]


def test_page_when_heated_writes_the_sums_of_each_box(seen: dict):
    assert "hot" in seen["heat"]["hot"]
    assert seen["scale"] == "darkest: 55.4k"  # two convolutions, 32 -> 64 and 64 -> 64: 18,496 + 36,928
    assert {"8.22k", "55.4k", "290"} <= set(seen["heat"]["badges"])
    assert "8.00 MiB" in seen["memory"]  # the last concat: 32 channels of 256 x 256, 4 bytes each
    assert seen["cold"] == 0


def test_page_when_blocks_are_closed_shows_one_box_and_row_of_each(seen: dict):
    assert seen["depths"] == ["no blocks", "1 level", "all blocks"]
    assert all(one.startswith("v0-") for one in seen["closed"]["boxes"])
    assert not any(one in seen["closed"]["rows"] for one in ("r1", "r2"))
    assert "g1-4-0" in seen["closed"]["rows"]
    # all levels; c, c, c; two clicks on the closed e1; o
    assert seen["levels"] == [2, 1, 0, 1, 2]
    assert seen["opened"] == 28 + 6  # layers; e1, e2 and the block in it, and three blocks without a name
    assert seen["folded"] == [28 + 6 - 4, "false"]


def test_page_when_a_closed_card_is_opened_leaves_its_neighbours_closed(seen: dict):
    assert set(seen["card"]["frames"]) - set(seen["card"]["shut"]) == {"v1-e1-frame"}
    assert len(seen["card"]["shut"]) == 4
    assert seen["card"]["opened"] == []  # two clicks on each


def test_page_when_a_block_is_closed_is_shorter_and_shows_its_sum(seen: dict):
    block = seen["block"]
    assert block["shut"] == ["v2-e1-frame"]
    assert block["expanded"] == ["false", "false"]
    # 9 * 16 + 16 and 9 * 16 * 16 + 16: two convolutions and two ReLUs
    assert block["words"][::2] == ["e1 Double", "4 layers, 2,480 parameters"]
    assert block["told"][:2] == ["4 layers from e1.0", "parameters: 2,480"]
    assert block["heat"] == "2.48k"
    assert block["hidden"] == 1  # the card that stands for both
    assert block["rows"] == 28 + 6 - 4
    assert block["saved"] > 40
    assert (block["overlaps"], block["page"]) == (0, True)


def test_page_when_a_block_is_closed_and_opened_by_keys_and_by_its_row_is_as_before(seen: dict):
    block = seen["block"]
    assert (block["next"], block["back"]) == ("e2.0", "v2-e1-frame")  # the arrows pass over what is hidden
    assert block["again"] == [[], True]
    assert block["byKey"] == ["v2-e1-frame"]
    assert block["byRow"] == [[], "true"]


def test_page_when_the_theme_is_switched_changes_its_colours(seen: dict):
    assert (seen["dark"], seen["other"]) == (rgb(LIGHT.page), rgb(DARK.page))
    assert (seen["help"], seen["closedHelp"]) == (True, False)


def test_page_when_every_name_is_hostile_runs_nothing_of_it(tmp_path: Path):
    for number, name in enumerate(HOSTILE):
        folder = tmp_path / str(number)
        folder.mkdir()
        seen = driven(str(draw(draft_named(name).network(), "html")), folder, {"HOVER": "", "LINE": 0, "SEARCH": ""})
        assert (seen["errors"], seen["forbidden"], seen["requests"]) == ([], [], [])
        assert seen["title"] == " ".join(visible(name).split())


def test_page_when_the_screen_is_dark_is_dark(tmp_path: Path):
    text = page(network_of(load(path("unet"))), Wish())
    words = {"HOVER": "u2", "LINE": 15, "SEARCH": "x"}
    seen = driven(text, tmp_path, words, "--blink-settings=preferredColorScheme=0")
    assert seen["errors"] == []
    assert (seen["dark"], seen["other"]) == (rgb(DARK.page), rgb(LIGHT.page))
