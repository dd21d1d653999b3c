"""The parts of docs/cli.md: what `--help` says, as it is, and an answer about a size."""

import contextlib
import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest.mock import patch

from convdsl.cli.commands import weights
from convdsl.cli.main import COMMANDS, main


def terminal(*argv: str) -> str:
    """Run a command line in this process and return what it prints on a terminal of 100 columns without colours."""
    out = io.StringIO()
    environment = {"COLUMNS": "100", "LINES": "24", "NO_COLOR": "1"}
    with patch.dict(os.environ, environment), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        main(argv)
    return out.getvalue()


def _help(*argv: str) -> str:
    return f"```\n{terminal(*argv, '--help').rstrip()}\n```"


def _commands() -> str:
    return "\n\n".join(f"## {name}\n\n{_help(name)}{_verbs(name)}" for name in COMMANDS)


def _verbs(name: str) -> str:
    verbs = weights.VERBS if name == "weights" else ()
    return "".join(f"\n\n### {name} {verb}\n\n{_help(name, verb)}" for verb in verbs)


def _size() -> str:
    argv = ("check", "--isolated", "--size", "350x525", "specs/unet.cdsl")
    with contextlib.chdir(Path(__file__).parent.parent):
        return f"```\n$ convdsl {' '.join(argv)}\n{terminal(*argv).rstrip()}\n```"


PARTS: Mapping[str, Callable[[], str]] = {"help": _help, "size": _size, "commands": _commands}
