"""What the terminal can do: colours, its width, and where the streams go."""

import os
import sys
from typing import TextIO


def wants_colour(stream: TextIO) -> bool:
    """Tell whether to colour: only a terminal that can, unless NO_COLOR (https://no-color.org) is set."""
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


def prepare_streams() -> None:
    """Make printing work whatever the caller has done to the streams.

    A closed one (`>&-`) leads nowhere; characters that a stream's encoding lacks are printed as escapes.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
            continue
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
