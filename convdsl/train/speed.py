"""How fast a run goes, beside its record: one JSON object a line, `{"step": 500, "seconds": 61.2, …}`.

It is a file of its own, for two equal runs have equal records and are not equally fast.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from convdsl import history
from convdsl.train.checkpoint import write
from convdsl.train.memory import peak
from convdsl.train.moment import Moment

NAME = "speed.jsonl"


class Speed:
    """Write down at each checkpoint how long the training took until here, over all its sessions."""

    def __init__(self, out: Path, done: int, batch: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._path, self._batch, self._clock = out / NAME, batch, clock
        kept = [entry for entry in before(out) if entry.get("step", 0) <= done] if done else []
        self._lines = [json.dumps(entry) + "\n" for entry in kept or [{"version": history.VERSION}]]
        self._before = kept[-1].get("seconds", 0.0) if kept else 0.0
        self._began, self._first = clock(), done

    def after(self, moment: Moment) -> None:
        """Write a line."""
        here, number = self._clock() - self._began, moment.step.number
        entry = {
            "step": number,
            "seconds": round(self._before + here, 3),
            "images_per_second": round((number - self._first) * self._batch / max(here, 1e-9), 2),
            "memory": peak(moment.engine.device),
        }
        self._lines.append(json.dumps(entry) + "\n")
        write(self._path, "".join(self._lines).encode())

    def close(self) -> None:
        """Do nothing: every line is on the disk."""


def before(out: Path) -> tuple[history.Entry, ...]:
    """Read what a run has written so far; nothing where that cannot be read."""
    try:
        return history.read((out / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
