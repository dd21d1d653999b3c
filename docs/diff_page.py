"""The parts of docs/diff.md: the U-Net and what a person may have made of it, compared."""

from collections.abc import Callable, Mapping
from pathlib import Path

from convdsl import comparison
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source
from docs.walk import fenced

PAGE = "docs/diff.md"
UNET = Path(__file__).resolve().parent.parent / "specs" / "unet.cdsl"
EDITS = (("Double(64)", "Double(96)"), ("Concat(u2, e2)", "Add(u2, e2)"), ("e1", "first"))
WIDTH = 130  # cells


def _networks() -> tuple[Analysis, Analysis]:
    """Return the U-Net, and the same with another width, a sum in place of a join, another name and a dropout."""
    text = other = UNET.read_text("utf-8")
    for old, new in EDITS:
        assert old in other
        other = other.replace(old, new)
    other = other.replace("  u1 =", "  Dropout2d(0.1)\n  u1 =")
    return analyze(Source("unet.cdsl", text)), analyze(Source("wider.cdsl", other))


def _text() -> str:
    return fenced(f"$ convdsl diff unet.cdsl wider.cdsl\n{comparison.diff(*_networks()).text(width=WIDTH)}\n")


def _picture() -> str:
    return comparison.diff(*_networks()).draw(depth=0)


PARTS: Mapping[str, Callable[[], str]] = {"diff": _text}
PICTURES: Mapping[str, Callable[[], str]] = {"docs/images/diff.svg": _picture}
