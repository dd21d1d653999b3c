"""docs/builder.md: what its examples print is what it says."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent.parent / "docs/builder.md").read_text("utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(TEXT,) = re.findall(r"^```\n(convdsl 1\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_family_when_printed_is_the_text_of_the_page_and_its_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PYTHON[0], "family.py", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith(TEXT)
    assert "\nconvdsl: 1\n" in printed and '  - "enc[0]": {Double: 8}\n' in printed


def test_mistakes_when_made_say_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(PYTHON[1], "net.py", "exec"), {})
    said = re.findall(r"print\(.*\)  # (.*)", PYTHON[1])
    notes, *others = capsys.readouterr().out.splitlines()
    assert said[0] in notes
    assert others == said[1:]
