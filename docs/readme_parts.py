"""The parts of README.md: a network, a mistake in it and what the terminal says, its picture, photographs, a timing.

Photographs and timings take minutes to make: they come from what `make demo` and `make bench` leave.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from convdsl import drawing
from convdsl.pipeline import analyze
from convdsl.source import Source
from docs import photographs
from docs.walk import fenced, session

ROOT = Path(__file__).resolve().parent.parent
UNET = ROOT / "specs" / "unet.cdsl"
WRONG = ("ConvTranspose2d(16, 2, stride=2)", "ConvTranspose2d(16, 3, stride=2)")


def _unet() -> str:
    return fenced(UNET.read_text("utf-8"))


def _mistake() -> str:
    right = UNET.read_text("utf-8")
    assert right.count(WRONG[0]) == 1
    return fenced(session("check", UNET.name, right.replace(*WRONG)))


def _picture() -> str:
    # named as the reader would name it: tooltips tell the file
    return drawing.draw(analyze(Source(UNET.name, UNET.read_text("utf-8"))), depth=0)


def _speed() -> str:
    found = json.loads((ROOT / "benchmarks" / "results" / "check.json").read_text("utf-8"))
    seconds, memory, times = found["seconds"], found["mebibytes"], found["times_faster"]["median"]
    ours = f"{1000 * seconds['ours']:.0f} ms and {memory['ours']:.0f} MiB"
    theirs = f"{1000 * seconds['theirs']:,.0f} ms and {memory['theirs']:.0f} MiB"
    return (
        f"`python benchmarks/check.py`: `convdsl check {found['spec']}`, for all sizes, is a process of {ours}; "
        f"torchinfo's summary of the same network at one size is one of {theirs}, {times:.1f} times as long "
        f"({found['machine']['cores']} cores)."
    )


PARTS: Mapping[str, Callable[[], str]] = {
    "unet": _unet,
    "mistake": _mistake,
    **photographs.PARTS,
    "speed": _speed,
}
PICTURES: Mapping[str, Callable[[], str]] = {"docs/images/unet.svg": _picture}
