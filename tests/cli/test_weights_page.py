"""docs/weights.md: its programs run, one after the other, and its commands print what stands below them."""

import re
import shlex
from pathlib import Path

import pytest

from convdsl.cli.main import main

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/weights.md"
FENCE = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_page_when_followed_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("specs").symlink_to(ROOT / "specs")
    for language, text in FENCE.findall(PAGE.read_text("utf-8")):
        if language == "python":
            exec(compile(text, str(PAGE), "exec"), {})
            continue
        command, _, expected = text.partition("\n")
        main(shlex.split(command.removeprefix("$ convdsl ")))
        printed = capsys.readouterr()
        assert printed.out + printed.err == expected
