"""What a run says where a file of its folder cannot be written: what to do about it, and what is lost."""

import errno
from pathlib import Path

from convdsl.mistake import MistakeError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def unwritten(what: str, folder: Path, error: OSError, *, saved: bool) -> MistakeError:
    """Say that something cannot be written to a run's folder. saved: whether that holds a checkpoint."""
    way = "make room" if error.errno in _NO_ROOM else f"see to it that `{folder}` can be written"
    then = "`--resume` then goes on from the last checkpoint" if saved else "begin again: nothing was saved yet"
    return MistakeError(f"{what} cannot be written: {error.strerror or error}", way_out=f"{way}; {then}")
