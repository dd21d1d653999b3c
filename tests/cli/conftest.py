"""Specs for the commands to be tried on: a clean one, one whose join disagrees, one that cannot be parsed."""

from pathlib import Path

import pytest

CLEAN = """convdsl 1
model Net(width: int = 4) {
  input x: [N, 1, H, W]
  e = Conv2d(width, 4, stride=2, padding=1) -> ReLU()
  u = ConvTranspose2d(width, 2, stride=2)
  Concat(u, x)
  y = Conv2d(2, 3, padding=1)
  output y: [N, 2, H, W]
}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in an empty folder, so that messages hold short names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("CONVDSL_DEBUG", raising=False)


@pytest.fixture(name="clean")
def _clean() -> str:
    Path("clean.cdsl").write_text(CLEAN, "utf-8")
    return "clean.cdsl"


@pytest.fixture(name="wrong")
def _wrong() -> str:
    """A spec that promises sizes at which its join disagrees."""
    text = CLEAN.replace("[N, 1, H, W]", "[N, 1, H, W] where H % 2 == 0, W % 2 == 0")
    Path("wrong.cdsl").write_text(text.replace("(width, 2, stride=2)", "(width, 3, stride=2)"), "utf-8")
    return "wrong.cdsl"


@pytest.fixture(name="broken")
def _broken() -> str:
    """A spec without a model."""
    Path("broken.cdsl").write_text("convdsl 1\nmodel {\n", "utf-8")
    return "broken.cdsl"
