"""The parts of README.md: a network, a mistake in it and what the terminal says, its picture, photographs, a timing.

Photographs and timings take minutes to make: they come from the files that `make demo` and `make bench` leave, copied
to docs/images/ and benchmarks/results/ with what they were made from.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from convdsl import api
from docs.walk import fenced, session

ROOT = Path(__file__).resolve().parent.parent
UNET = ROOT / "specs" / "unet.cdsl"
WRONG = ("ConvTranspose2d(16, kernel_size=2, stride=2)", "ConvTranspose2d(16, kernel_size=3, stride=2)")


def _unet() -> str:
    return fenced(UNET.read_text("utf-8"))


def _mistake() -> str:
    right = UNET.read_text("utf-8")
    assert right.count(WRONG[0]) == 1
    return fenced(session("check", UNET.name, right.replace(*WRONG)))


def _picture() -> str:
    return api.draw(UNET, depth=0)


PARTS: Mapping[str, Callable[[], str]] = {"unet": _unet, "mistake": _mistake}
PICTURES: Mapping[str, Callable[[], str]] = {"docs/images/unet.svg": _picture}
