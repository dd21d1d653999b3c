"""Networks of every kind that a recipe can ask for, ended at a random step and resumed: bitwise the unbroken run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked")]


def test_runs_of_every_kind_when_ended_and_resumed_are_bitwise_the_unbroken_ones(tmp_path: Path) -> None:
    seed = os.environ.get("CONVDSL_SEED", "0")
    words = [sys.executable, "-m", "tests.train.kinds", seed, str(tmp_path / "runs")]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) == 7
    assert [one for one in found if one["again"] or one["apart"]] == []
    assert {one["ended"] for one in found} <= {-9, -15, 143, 0}  # -15: before it listens; 0: it was faster
    assert sum(one["ended"] != 0 for one in found) >= 4
