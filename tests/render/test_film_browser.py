"""A film in a browser without a window: at every time the parts of one frame are seen, and no others.

Skipped where there is no Chromium.
"""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from convdsl.pipeline import analyze
from convdsl.render.arithmetic.picture import frames
from convdsl.render.film import HOLD, film
from convdsl.render.film_svg import paint_film
from convdsl.render.theme import LIGHT
from convdsl.render.wish import Wish
from convdsl.source import Source

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
SPEC = """convdsl 1
model M {
  input x: [N, 1, 5, 5]
  y = Conv2d(1, 3, stride=2)
  output y: [N, 1, 2, 2]
}
"""
# stops the film at each time, and writes down the classes that are seen
HARNESS = """
const seen = TIMES.map(time => {
  document.getAnimations().forEach(one => { one.pause(); one.currentTime = time; });
  return [...document.querySelectorAll("g[class]")]
    .filter(part => getComputedStyle(part).visibility === "visible").map(part => part.getAttribute("class"));
});
const moving = document.getAnimations().length;
document.body.innerHTML = "<pre id='result'></pre>";
document.getElementById("result").textContent = JSON.stringify({seen, moving});
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
]


def seen_at(svg: str, times: list[int], folder: Path, *flags: str) -> dict:
    file = folder / "film.html"
    script = f"<script>const TIMES = {times};{HARNESS}</script>"
    file.write_text(f"<!doctype html><meta charset=utf-8><body>{svg}{script}</body>", "utf-8")
    done = subprocess.run(
        [
            CHROMIUM,
            *("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"),
            *(*flags, "--dump-dom", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    return json.loads(unescape(found[1]))


@pytest.fixture(name="svg")
def _svg() -> str:
    network = analyze(Source("net.cdsl", SPEC)).network()
    return paint_film(film(frames(network, Wish(values=True))), LIGHT)


def spans(svg: str) -> dict[str, range]:
    """Return the frames in which each part is to be seen, by its class."""
    names = dict.fromkeys(re.findall(r'<g class="([^"]+)"', svg))
    ends = {name: [int(one) for one in name.rpartition("-f")[2].split("-")] for name in names}
    return {name: range(*pair) for name, pair in ends.items()}


def test_film_in_a_browser_shows_at_each_time_the_parts_of_one_frame(svg: str, tmp_path: Path) -> None:
    frames_of = spans(svg)
    times = [HOLD * frame + HOLD // 2 for frame in range(4)]
    found = seen_at(svg, times, tmp_path)
    assert found["moving"] >= len(frames_of)
    for frame, classes in enumerate(found["seen"]):
        assert set(classes) == {name for name, span in frames_of.items() if frame in span}


def test_film_where_less_motion_is_asked_for_stands_at_the_first_frame(svg: str, tmp_path: Path) -> None:
    found = seen_at(svg, [HOLD * 2], tmp_path, "--force-prefers-reduced-motion")
    assert found["moving"] == 0
    assert set(found["seen"][0]) == {name for name, span in spans(svg).items() if 0 in span}
