"""The examples of docs/training.md run."""

import re
import shlex
from pathlib import Path

import pytest

from convdsl.cli.main import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"# {title}\n")[2].partition("\n## ")[0]


def blocks(title: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL)


def test_examples_of_the_page_when_run_in_their_order_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    (shell,) = blocks("Training", "sh")
    words = shlex.split(shell)[1:]
    assert main([*words, "--steps", "2", "--batch", "2", "--crop", "32", "--val-photos", "4"]) == 0
    run = tmp_path / "out" / "run"
    for name in re.findall(r"^\| `([\w.-]+)`", section("What a run leaves"), re.MULTILINE):
        if name not in ("mean-picture.png", "checkpoint-00000700.json"):
            assert (run / name).exists(), name
    for example in blocks("The record", "python"):
        exec(compile(example, "example", "exec"), found := {})
        assert [step for step, _ in found["losses"]] == [1, 2]
