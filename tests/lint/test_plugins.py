"""Rules of other packages: found by their entry point, without importlib.metadata where no package has any."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RULE = '''
from collections.abc import Iterator

from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject


class Shouting(Rule):
    """A name shouts.

    What: a layer is called `loud`.

    Why: neighbours.

    Fix: call it `quiet`.

    Source: the house rules.
    """

    code = Code("W950", "shouting", Severity.WARNING)
    bad = ()
    good = ()

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for node, _ in subject.layers:
            if node.target == "loud":
                yield subject.finding(self.code, node, "`loud` shouts", helps=(Help("call it `quiet`"),))
'''
SPEC = """convdsl 1
model M {
  input x: [N, 8, H, W]
  loud = Conv2d(4, 1)
  output loud: [N, 4, H, W]
}
"""


def convdsl(folder: Path, *words: str, code: str = "") -> str:
    program = code or "from convdsl.cli.main import main; main(sys.argv[1:])"
    path = os.pathsep.join((str(ROOT), str(folder)))
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(name="installed")
def _installed(tmp_path: Path) -> Path:
    """Lay a package out as an installer does."""
    (tmp_path / "shouting.py").write_text(RULE, "utf-8")
    (tmp_path / "loud.cdsl").write_text(SPEC, "utf-8")
    info = tmp_path / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[convdsl.lints]\nshouting = shouting:Shouting\n", "utf-8")
    return tmp_path


def test_rule_of_another_package_when_installed_is_run_listed_explained_and_selected(installed: Path) -> None:
    assert "warning[W950 shouting] `loud` shouts" in convdsl(installed, "check", "loud.cdsl")
    assert "W950  shouting" in convdsl(installed, "rules")
    assert "What: a layer is called `loud`." in convdsl(installed, "explain", "shouting")
    assert "1 file checked: no findings" in convdsl(installed, "check", "loud.cdsl", "--ignore", "W950")


def test_rules_when_no_package_brings_any_are_listed_without_looking_into_packages(installed: Path) -> None:
    (installed / "shouting-1.0.dist-info" / "entry_points.txt").unlink()
    program = "from convdsl.lint.catalogue import rules; rules(); print('importlib.metadata' in sys.modules)"
    assert convdsl(installed, code=program) == "False\n"
