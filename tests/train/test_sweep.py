"""Runs that end wherever they touch a file: nothing is lost, and the resumed run is the unbroken one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.train.setting import photographs
from tests.train.sweep import OURS, SAVED

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked")]


def sweep(how: str, place: Path) -> list[dict[str, Any]]:
    photos = photographs(place / "photos")
    words = [sys.executable, "-m", "tests.train.sweep", how, str(photos), str(place)]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True, env=env)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert all(one["again"] == 0 and one["same"] for one in found), [one for one in found if not one["same"]][:1]
    return found


def test_run_when_killed_at_any_file_it_touches_is_resumed_to_the_same_bytes(tmp_path: Path) -> None:
    """Three checkpoints: each two files, opened, renamed and their folder opened; the first one's are deleted."""
    *killed, whole = sweep("kill", tmp_path)
    assert whole["ended"] == 0 and {one["ended"] for one in killed} == {-9}
    # the lock; the record: written, renamed, the folder; of each step the record, with the channels and the validation,
    # and a checkpoint of 6 touches; 2 deletions
    assert len(killed) >= 1 + 3 + 3 * (1 + 6 + 2) + 2
    assert sum(any(name.endswith(".part") for name in one["left"]) for one in killed) >= 6


def test_run_when_the_disk_is_full_at_any_file_says_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    *stopped, whole = sweep("full", tmp_path)
    assert whole["ended"] == 0 and {one["ended"] for one in stopped} == {OURS}, stopped
    for one in stopped:
        assert one["said"].count("error: ") == 1 and "No space left on device" in one["said"], one
        assert "= help: make room" in one["said"], one
        assert not any(name.endswith(".part") for name in one["left"]), one


def test_run_when_told_twice_to_stop_ends_at_once_and_keeps_what_was_saved(tmp_path: Path) -> None:
    *stopped, last = sweep("twice", tmp_path)
    assert last["ended"] == SAVED and "checkpoint-00000001.json" in last["left"]
    assert {one["ended"] for one in stopped} == {143}
    assert any(".checkpoint-00000001.json.part" in one["left"] for one in stopped)
