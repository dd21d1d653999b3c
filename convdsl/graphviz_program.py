"""Graphviz, where this machine has it: the program `dot`, or the wheel `graphviz-pure`, which is a port of it."""

import shutil
import sys
from pathlib import Path

from convdsl.mistake import MistakeError
from convdsl.record import dataclass

SECONDS = 120  # Graphviz has no bound of its own: a thousand layers with a hundred skips take it longer


@dataclass(frozen=True, slots=True)
class Program:
    """What renders DOT text. formats: those that it writes."""

    path: str
    formats: tuple[str, ...]


def found() -> Program | None:
    """Look for `dot`, then for the port beside this Python and on the path; None where there is neither."""
    dot = shutil.which("dot")
    if dot is not None:
        return Program(dot, ("svg", "png", "pdf"))
    folders = (str(Path(sys.executable).parent), None)
    pure = next((path for folder in folders if (path := shutil.which("graphviz-pure", path=folder))), None)
    return None if pure is None else Program(pure, ("svg", "png"))


def rendered(program: Program, text: str, kind: str, seconds: float = SECONDS) -> bytes:
    """Have DOT text rendered as "svg", "png" or "pdf".

    Raises MistakeError where the program does not finish in time, or fails.
    """
    import subprocess

    way_out = "leave `--engine dot` out: the layout of convdsl takes every network"
    try:
        done = subprocess.run(
            [program.path, f"-T{kind}"], input=text.encode(), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise MistakeError(f"Graphviz has not finished in {seconds:g} s", way_out=way_out) from None
    except OSError as error:
        raise MistakeError(f"Graphviz does not start: {error.strerror}", way_out=way_out) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise MistakeError(f"Graphviz fails: {said[0] if said else f'exit {done.returncode}'}", way_out=way_out)
    return done.stdout
