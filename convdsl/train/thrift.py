"""Give memory back to the system as soon as it is free, in a program that is ours alone."""

import ctypes
import sys

_MMAP_THRESHOLD = -3  # malloc.h of glibc
_LARGE = 1 << 20  # bytes


def give_back_early() -> None:
    """Ask the C library for large blocks of their own; by default it keeps more the larger the blocks have been.

    Tiles of one size otherwise leave holes into which the next do not fit: 130 MB at 12 megapixels. Where there is no
    glibc nothing is done.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGE)
