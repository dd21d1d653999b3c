"""`convdsl check --watch`: check again whenever a file that counts has changed.

Files are asked for their times, twice a second: no package, no signals of the system, and it works on every disk.
"""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from convdsl.mistake import MistakeError
from convdsl.render.cells import visible

PAUSE = 0.5  # seconds
_CLEAR = "\x1b[2J\x1b[H"

Stamp = dict[str, tuple[int, int] | None]


def watch(
    look: Callable[[], Iterable[str]], files: Callable[[], Iterable[str]], pause: Callable[[float], None] = time.sleep
) -> None:
    """Check, and again after each change, until it is interrupted.

    look: checks once and prints; returns the files that it read besides those that were named. files: those that are
    named now, for a folder may get new ones. pause: waits for so many seconds.
    """
    named: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    while True:
        if sys.stdout.isatty():
            sys.stdout.write(_CLEAR)
        named = _now(files, named)
        before = stamp((*named, *others))
        try:
            others = tuple(look())
        except MistakeError as mistake:
            print("\n".join(map(visible, mistake.lines())), file=sys.stderr)
        sys.stdout.flush()
        before = {**stamp(others), **before}
        before = {path: before[path] for path in (*named, *others)}
        while stamp((*_now(files, named), *others)) == before:
            pause(PAUSE)


def _now(files: Callable[[], Iterable[str]], before: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files that are named now; those of before while that cannot be told."""
    try:
        return tuple(files())
    except MistakeError:
        return before


def stamp(paths: Iterable[str]) -> Stamp:
    """Return time and size of each file, None for one that is not there."""
    out: Stamp = {}
    for path in paths:
        try:
            found = Path(path).stat()
            out[path] = found.st_mtime_ns, found.st_size
        except OSError:
            out[path] = None
    return out
