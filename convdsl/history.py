"""The record of a training run, read back: one JSON object a line, `{"step": 1, "loss": 0.07, "lr": 0.001}`.

docs/training.md lists the keys. Text in, values out: no files, no torch.
"""

import json
from collections.abc import Mapping, Sequence
from math import exp, isfinite
from typing import Any

NAME = "metrics.jsonl"
VERSION = 1
SHARE = 100  # a curve is smoothed over this part of its run,
FEWEST = 20  # and over so many steps at least

Entry = Mapping[str, Any]
Points = tuple[tuple[int, float], ...]


def read(text: str) -> tuple[Entry, ...]:
    """Read the entries of a record; lines that a crash has cut off or a disk has spoilt are left out.

    Raises ValueError where it is of a version that is not known here.
    """
    return parse(text)[0]


def parse(text: str) -> tuple[tuple[Entry, ...], int]:
    """Read the entries of a record, and count the lines that cannot be read: without the last one, where it has no end,
    as every crash may leave it.

    Raises ValueError where it is of a version that is not known here.
    """
    found: list[Entry] = []
    spoilt = 0
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            spoilt += number < len(lines) and bool(line)
            continue
        if not isinstance(entry, dict) or not isinstance(entry.get("step", 0), int):
            spoilt += 1
            continue
        if "step" not in entry and entry.get("version", VERSION) != VERSION:
            raise ValueError(f"its record has version {entry['version']}, and {VERSION} is what this convdsl reads")
        found.append(entry)
    return tuple(found), spoilt


def series(entries: Sequence[Entry], key: str) -> Points:
    """Return (step, value) wherever the key has a finite number, in order."""
    return tuple(
        (step, float(value))
        for entry in entries
        if isinstance(step := entry.get("step"), int)
        and isinstance(value := entry.get(key), int | float)
        and isfinite(value)
    )


def parts(entries: Sequence[Entry]) -> Mapping[str, Points]:
    """Return the terms of a loss that is a sum, by their names: each as `series`."""
    inside = [
        {**entry["parts"], "step": entry.get("step")} for entry in entries if isinstance(entry.get("parts"), dict)
    ]
    names = dict.fromkeys(name for entry in inside for name in entry if name != "step")
    return {name: series(inside, name) for name in names}


def span(points: Points) -> int:
    """Choose over how many steps a curve is smoothed."""
    return max(FEWEST, (points[-1][0] - points[0][0]) // SHARE) if points else FEWEST


def smooth(points: Points, steps: int) -> Points:
    """Average each value with those before it, whose weight falls by e every so many steps.

    It is the mean of what there is at first, so that the first values do not linger.
    """
    out: list[tuple[int, float]] = []
    total, weight, before = 0.0, 0.0, 0
    for step, value in points:
        keep = exp((before - step) / steps) if out else 0.0
        total, weight, before = keep * total + value, keep * weight + 1.0, step
        out.append((step, total / weight))
    return tuple(out)


def clock(seconds: float) -> str:
    """Print a time as 0:07, 3:20 or 2:03:20."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
