"""One run at a time in a folder: a lock that the system itself takes away when the process ends, in whatever way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convdsl.mistake import MistakeError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder itself locked (flock(2)); nothing is left in it. Where it cannot be locked, go on without.

    Raises MistakeError where another process holds it.
    """
    held = _open(folder)
    try:
        if held is not None and not _lock(held):
            message = f"another run is training into `{folder}`"
            raise MistakeError(message, way_out="wait for it or stop it, or choose another folder by `--out`")
        yield
    finally:
        if held is not None:
            os.close(held)


def _open(folder: Path) -> int | None:
    """Open a folder; None where there is none, or the system (Windows) opens no folders."""
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


def _lock(held: int) -> bool:
    import fcntl

    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system that has no such locks
        return True
    return True
