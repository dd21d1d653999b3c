"""Every known mistake, a spec whose offending lines end in `# error: CODE`, is found where it is and nowhere else."""

import re
from pathlib import Path

import pytest

from convdsl.diagnostics import Diagnostic
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.syntax.parse import decode

BAD = sorted(path for path in (Path(__file__).parent / "bad").iterdir() if path.suffix in (".cdsl", ".yaml", ".yml"))
MARK = re.compile(r"# error:((?: [EWI]\d{3})+)\s*$")


def marked(text: str) -> list[tuple[int, str]]:
    """Return (line, code) for each mark; a line with two mistakes names both codes."""
    lines = enumerate(text.split("\n"), 1)
    return [(at, code) for at, line in lines for found in MARK.finditer(line) for code in found[1].split()]


def findings(path: Path) -> tuple[Source, tuple[Diagnostic, ...]]:
    """Analyze a spec: what follows from a line that cannot be read is not to be said by any later phase."""
    source, undecodable = decode(path.name, path.read_bytes())
    return source, undecodable or analyze(source).diagnostics


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_spec_when_checked_has_the_marked_errors(path: Path) -> None:
    source, found = findings(path)
    errors = [(source.position(d.where.span.start).line, d.code.id) for d in found if d.is_error]
    assert sorted(errors) == sorted(marked(path.read_text(encoding="utf-8")))
    assert errors


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_spec_when_checked_is_told_a_way_out(path: Path) -> None:
    for found in findings(path)[1]:
        assert found.helps, found.message
        assert not found.message.endswith(".")
