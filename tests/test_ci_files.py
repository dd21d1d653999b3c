"""The files that other programs read: hooks for pre-commit, the action for GitHub, the examples of docs/ci.md."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from convdsl.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs/ci.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
RIGHT = "convdsl 1\n\nmodel M {\n  input x: [N, 3, H, W]\n  y = ReLU()\n  output y: [N, 3, H, W]\n}\n"


def test_hooks_are_those_that_the_page_names_and_call_commands_that_are_there() -> None:
    assert [hook["id"] for hook in HOOKS] == ["convdsl-check", "convdsl-fmt"]
    for hook in HOOKS:
        program, command = hook["entry"].split()
        assert (program, hook["language"]) == ("convdsl", "python")
        assert command in COMMANDS
        assert re.search(hook["files"], "specs/net.cdsl")
        assert not re.search(hook["files"], "workflow.yaml")


def test_hook_of_a_python_package_installs_nothing_heavy() -> None:
    """pre-commit installs the package without extras."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (needed,) = re.findall(r"^dependencies = \[(.*)\]$", project, re.MULTILINE)
    assert not re.search("torch|numpy|pillow", needed)


def test_action_has_what_its_metadata_needs_and_puts_no_input_into_a_script() -> None:
    assert {"name", "description", "runs"} <= ACTION.keys()
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert ("uses" in step) != ("run" in step)
        if "run" in step:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"]
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text("utf-8")))
    assert used == set(ACTION["inputs"])


@pytest.mark.parametrize(("text", "code"), [(RIGHT, 0), (RIGHT.replace("ReLU", "RelU"), 1)], ids=["right", "wrong"])
def test_script_of_the_action_when_run_checks_the_paths_as_check_does(text: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "net.cdsl").write_text(text, "utf-8")
    program = tmp_path / "convdsl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convdsl "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CONVDSL_PATHS": ACTION["inputs"]["paths"]["default"],
        "CONVDSL_ARGS": "--size 8x8",
    }
    script = ACTION["runs"]["steps"][-1]["run"]
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith("::error file=net.cdsl,line=5,") == (code == 1)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0].removeprefix("# "))
def test_example_of_the_page_when_read_is_yaml_and_names_flags_that_are_there(example: str) -> None:
    assert isinstance(yaml.safe_load(example), dict)
    hooks = set(re.findall(r"id: (convdsl-\w+)", example))
    assert hooks <= {hook["id"] for hook in HOOKS}
    page = (ROOT / "docs/cli.md").read_text("utf-8")
    assert all(flag in page for flag in re.findall(r" (--?[a-z]+)", " ".join(re.findall(r"convdsl .*", example))))
