"""What the terminal can do: colours, its width, and where the streams go."""

import os
import sys
from typing import TextIO


def wants_colour(stream: TextIO, choice: str = "auto") -> bool:
    """Tell whether to colour: only a terminal that can, unless NO_COLOR (https://no-color.org) is set.

    choice: "auto", "always" or "never", as the user said.
    """
    if choice != "auto":
        return choice == "always"
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def width(otherwise: int = 100) -> int:
    """Return the width to print for, in cells: COLUMNS or the terminal's, from 60 to 200; `otherwise` without either.

    (shutil has such a function, and costs 5 ms to import.)
    """
    told = os.environ.get("COLUMNS", "")
    try:
        columns = int(told) if told.isdigit() else os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):  # no terminal; io.UnsupportedOperation is both
        columns = otherwise
    return max(60, min(200, columns or otherwise))


def survive_any_encoding() -> None:
    """Print characters that the streams' encoding lacks as escapes instead of failing on them."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
