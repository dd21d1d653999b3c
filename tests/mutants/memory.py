"""What came of each mutant the last time, so that only those that lived, and those of changed files, are tried again.

Kept as JSON under out/, by a digest of the file that was changed. Tests that are added later can kill more and never
fewer; whoever takes tests away starts anew with `--all`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from .report import Reasons, key
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


def remember(trials: Iterable[Trial], kept: Path = KEPT) -> None:
    """Keep the trials for the next time, beside those of other files; what was killed once stays killed."""
    known = remembered(kept)
    for trial in trials:
        place = (trial.path, trial.at)
        if place not in known or known[place].outcome != KILLED:
            known[place] = trial
    trials = known.values()
    files = {path: digest(path) for path in {trial.path for trial in trials}}
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps({"files": files, "trials": [asdict(trial) for trial in trials]}, indent=0), "utf-8")


def open_places(each: Iterable[Place], known: Mapping[Place, Trial], reasons: Reasons) -> list[Place]:
    """Return the places that have to be tried: those not known to be killed, nor known to live for a reason."""
    return [at for at in each if at not in known or (known[at].outcome != KILLED and key(known[at]) not in reasons)]
