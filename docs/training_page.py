"""The parts of docs/training.md: three runs that were trained once and lie in docs/runs/ without their tensors."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from convdsl.runs import Runs, compare
from docs.walk import fenced

PAGE = "docs/training.md"
ROOT = Path(__file__).resolve().parent.parent
NAMES = ("usual", "slow", "small")


def _runs(*names: str) -> Runs:
    with contextlib.chdir(ROOT / "docs" / "runs"):
        return compare(names)


def _text() -> str:
    return fenced(f"$ convdsl compare {' '.join(NAMES)} -o compare.svg\n{_runs(*NAMES).text()}\n")


PARTS: Mapping[str, Callable[[], str]] = {"compare": _text}
PICTURES: Mapping[str, Callable[[], str]] = {
    "docs/images/compare.svg": lambda: _runs(*NAMES).draw(),
    "docs/images/loss.svg": lambda: _runs("usual").draw(),
}
