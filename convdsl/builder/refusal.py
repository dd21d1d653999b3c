"""What a program may not ask of the builder, said at the line of the program that asked.

A spec's mistakes are diagnostics with a place in its text; a mistake that shows before there is a text is said here.
"""

import sys
from pathlib import Path

from convdsl.mistake import MistakeError

_HOME = str(Path(__file__).parent.parent)


class BuilderError(MistakeError, TypeError):
    """A line of a program that no spec could say: `unet.py:12: what is wrong`, and `way_out`.

    It is a TypeError besides, for Python asks that of `bool(width)` and `range(width)`.
    """


def place() -> str:
    """Name the line of the user's program that is running: `unet.py:12`."""
    frame = sys._getframe()
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def _is_ours(path: str) -> bool:
    return path.startswith(_HOME)


def refuse(message: str, way_out: str, at: str = "", notes: tuple[str, ...] = ()) -> BuilderError:
    """Make the error for the line that is running, or for the line `at`."""
    return BuilderError(f"{at or place()}: {message}", way_out=way_out, notes=notes)
