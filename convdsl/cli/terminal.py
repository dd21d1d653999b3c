"""What the terminal can do: colours, its width, and where the streams go."""

import os
import shutil
import sys
from typing import TextIO


def wants_colour(stream: TextIO, choice: str = "auto") -> bool:
    """Tell whether to colour: only a terminal that can, unless NO_COLOR (https://no-color.org) is set.

    choice: "auto", "always" or "never", as the user said.
    """
    if choice != "auto":
        return choice == "always"
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def width() -> int:
    """Return the width to print for, in cells: the terminal's, between 60 and 160; 100 where there is none."""
    return max(60, min(160, shutil.get_terminal_size((100, 24)).columns))


def survive_any_encoding() -> None:
    """Print characters that the streams' encoding lacks as escapes instead of failing on them."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
