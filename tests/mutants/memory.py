"""What came of each mutant the last time, so that only those that lived, and those of changed files, are tried again.

Kept as JSON under out/, by a digest of the file that was changed. Tests that are added later can kill more and never
fewer; whoever takes tests away starts anew with `--all`.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from .runner import KILLED, ROOT, Trial

KEPT = ROOT / "out" / "mutants.json"
Place = tuple[str, int]


def digest(path: str) -> str:
    """Return what tells a file's text from others."""
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def remembered(kept: Path = KEPT) -> dict[Place, Trial]:
    """Return the trials of files that are as they were then; none where nothing was kept."""
    if not kept.exists():
        return {}
    data = json.loads(kept.read_text("utf-8"))
    same = {path for path, was in data["files"].items() if (ROOT / path).exists() and digest(path) == was}
    trials = [Trial(**row) for row in data["trials"]]
    return {(trial.path, trial.at): trial for trial in trials if trial.path in same}


def remember(trials: Sequence[Trial], kept: Path = KEPT) -> None:
    """Keep the trials for the next time."""
    files = {path: digest(path) for path in {trial.path for trial in trials}}
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps({"files": files, "trials": [asdict(trial) for trial in trials]}, indent=0), "utf-8")


def open_places(each: Iterable[Place], known: dict[Place, Trial]) -> list[Place]:
    """Return the places that have to be tried: those not known to be killed."""
    return [place for place in each if place not in known or known[place].outcome != KILLED]
