"""The run's record: one JSON object a line, `{"step": 1, "loss": 0.07, "lr": 0.001}`; readable while it grows.

Where the loss is a sum, "parts" holds its terms by their names, before they are weighted: `{"L1": 0.05, "MSE": 0.01}`.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from convdsl.train.checkpoint import write
from convdsl.train.progress import Step

NAME = "metrics.jsonl"


class Log:
    """Append to a run's record; what a resumed run does again is cut off first."""

    def __init__(self, folder: Path, done: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / NAME
        kept = [line for line in _lines(self._path) if line.get("step", 0) <= done] if done else []
        write(self._path, "".join(json.dumps(line) + "\n" for line in kept).encode())

    def step(self, step: Step) -> None:
        """Append a step. The speed is left out: two equal runs have equal records."""
        parts = {"parts": dict(step.parts)} if step.parts else {}
        self.add({"step": step.number, "loss": step.loss, **parts, "lr": step.lr})

    def add(self, entry: Mapping[str, int | float | str | Mapping[str, float]]) -> None:
        """Append any entry."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def losses(folder: Path) -> tuple[tuple[int, float], ...]:
    """Read back (step, loss), finite ones only."""
    entries = _lines(folder / NAME)
    return tuple((int(entry["step"]), entry["loss"]) for entry in entries if math.isfinite(entry.get("loss", math.nan)))


def _lines(path: Path) -> list[dict[str, int | float]]:
    """Read the entries; a last line that a crash cut off is dropped."""
    if not path.exists():
        return []
    out: list[dict[str, int | float]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            out.append(json.loads(line))
        except ValueError:
            break
    return out
