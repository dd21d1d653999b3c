"""docs/inspecting.md: its pictures are small and can be heard, and its example runs."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs import inspecting_page
from tests.train.inspecting.test_command import command
from tests.train.setting import photographs

ROOT = Path(__file__).parents[3]
SPEC = """convdsl 1
model Small {
  input gray: [N, 1, H, W] means L where H % 2 == 0, W % 2 == 0
  conv1 = Conv2d(12, 4, stride=2, padding=1)
  e1 = ReLU()
  ab = ConvTranspose2d(2, 4, stride=2, padding=1)
  output ab: [N, 2, H, W] means ab
}
"""


FIGURES = {**inspecting_page.FIGURES, **inspecting_page.SERIES}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_picture_is_small_has_words_for_readers_and_is_of_the_run_that_the_page_names(
    figure: inspecting_page.Figure,
) -> None:
    path = ROOT / figure.path
    assert path.stat().st_size < 150_000
    root = ElementTree.fromstring(path.read_text("utf-8"))
    assert root.get("role") == "img"
    assert all(root.findtext(f"{{http://www.w3.org/2000/svg}}{word}") for word in ("title", "desc"))
    state = (
        f"after {inspecting_page.STEPS} steps of training"
        if "out/" in figure.command
        else "with fresh weights (seed 0)"
    )
    model = "Autoencoder" if "out/autoencoder" in figure.command else "Network6"
    assert f"{model} {state}" in path.read_text("utf-8")
    for page in (inspecting_page.PAGE, inspecting_page.SERIES_PAGE):
        assert f"--steps {inspecting_page.STEPS}" in (ROOT / page).read_text("utf-8")


def test_example_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.cdsl").write_text(SPEC)
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    (photographs(tmp_path / "photos", 2) / "0.png").rename(tmp_path / "windmill13.jpg")
    words = ("train", "small.cdsl", "--photos", "photos", "--out", "out/network6", "--steps", "1", "--crop", "16")
    assert command(tmp_path, *words, "--batch", "2", "--set", "sizes=16") == 0
    (example,) = re.findall(r"^```python\n(.*?)^```", (ROOT / inspecting_page.PAGE).read_text("utf-8"), re.M | re.S)
    exec(compile(f"import convdsl\n{example}", "example", "exec"), {})
    assert "e1 = ReLU(), 12 channels" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} >= {"maps.png", "kernels.svg"}
