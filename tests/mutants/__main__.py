"""Try small wrong changes of the linter and of what it reckons with: does a test see each of them?

    python -m tests.mutants --all                 every mutant, and the report docs/mutants.md anew
    python -m tests.mutants --again               only those that lived, and files that changed, since the last --all
    python -m tests.mutants --sample 200 --seed 1
    python -m tests.mutants --only checkerboard   one file's

Tests are run with fixed seeds, so that the same code gives the same answer. Linux and macOS, for it forks.
"""

import argparse
import ast
import os
import random
import sys
from pathlib import Path

import pytest

from .memory import open_places, remember, remembered
from .mutations import mutants
from .report import key, listing, page, read_reasons
from .runner import ROOT, SURVIVED, UNSEEN, Trials, say

RULES = "convdsl/lint/rules"
UNDER = {
    "convdsl/analysis": ("alignment", "cost", "geometry", "memory", "ranges", "reach", "shorten", "taps", "waists"),
    "convdsl/lint": (
        *("bounded", "edits", "fix", "linear", "numbers", "picture", "run", "settings", "short", "sites", "stretch"),
        *("subject", "taps", "wiring"),
    ),
}
TESTS = (
    "tests/lint",
    "tests/analysis",
    "tests/ops/test_geometry.py",
    "tests/ops/test_traits.py",
    "tests/test_lint_pages.py",
)
PAGE = ROOT / "docs" / "mutants.md"


def targets() -> list[str]:
    """Return the files that are changed, from the root."""
    rules = sorted(path.name for path in (ROOT / RULES).glob("*.py") if path.name != "__init__.py")
    under = [f"{folder}/{name}.py" for folder, names in UNDER.items() for name in names]
    return [f"{RULES}/{name}" for name in rules] + [path for path in under if (ROOT / path).exists()]


def main() -> int:
    """Try them, and list those that no test sees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every mutant; writes docs/mutants.md")
    which.add_argument("--again", action="store_true", help="what the last --all left open; writes the same page")
    which.add_argument("--sample", type=int, metavar="N", help="N mutants of all")
    which.add_argument("--only", nargs="+", metavar="FILE", help="every mutant of these files, by their names")
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--seconds", type=float, default=10.0, help="of tests for a mutant that none of them sees")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="what may see a change")
    asked = parser.parse_args()

    paths = [path for path in targets() if not asked.only or Path(path).stem in asked.only]
    if not paths:
        parser.error(f"no such file; there are {', '.join(Path(path).stem for path in targets())}")
    each = [(path, at) for path in paths for at, _ in enumerate(mutants(ast.parse((ROOT / path).read_text("utf-8"))))]
    if asked.sample is not None:
        each = random.Random(asked.seed).sample(each, min(asked.sample, len(each)))
    known = remembered() if asked.again else {}
    reasons = read_reasons()
    chosen = set(open_places(each, known, reasons))
    say(f"{len(chosen)} mutants of {len({path for path, _ in chosen})} files")
    trials = Trials(
        lambda path, at: (path, at) in chosen,
        [path for path in paths if any(path == one for one, _ in chosen)],
        asked.jobs,
        asked.seconds,
        remember,
    )
    os.chdir(ROOT)
    quiet = ["-q", "-s", "-p", "no:cacheprovider", "--hypothesis-seed=0", "-m", "not slow"]
    pytest.main([*quiet, *asked.tests], plugins=[trials])
    found = known | {(trial.path, trial.at): trial for trial in trials.done}
    done = [found[place] for place in each if place in found]
    print(listing(done, reasons))
    if asked.all or asked.again:
        PAGE.write_text(page(done, reasons), "utf-8")
    left = [trial for trial in done if trial.outcome in (SURVIVED, UNSEEN) and not reasons.get(key(trial))]
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
