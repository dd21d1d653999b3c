"""The examples of docs/training.md run."""

import re
import shlex
from pathlib import Path

import pytest

from convdsl.cli.main import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_examples_of_the_page_when_run_in_their_order_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    (shell,) = blocks("sh")
    words = shlex.split(shell)[1:]
    assert main([*words, "--steps", "2", "--batch", "2", "--crop", "32", "--val-photos", "4"]) == 0
    run = tmp_path / "out" / "run"
    for name in re.findall(r"^\| `([\w.-]+)`", PAGE, re.MULTILINE):
        if name not in ("mean-picture.png", "checkpoint-00000700.json"):
            assert (run / name).exists(), name
    for example in blocks("python"):
        exec(compile(example, "example", "exec"), found := {})
        assert [step for step, _ in found["losses"]] == [1, 2]
    (compare,) = re.findall(r"^    convdsl (compare .*)$", PAGE, re.MULTILINE)
    for name in ("wide", "slow"):
        (tmp_path / "out" / name).symlink_to(run)
    assert main(shlex.split(compare)) == 0
    assert (tmp_path / "runs.svg").read_text().startswith("<svg")
