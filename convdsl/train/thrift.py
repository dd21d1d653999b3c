"""How a program that is ours alone treats the machine: the memory that it frees, and its threads while they wait.

What the C library does is told to glibc; where there is none nothing is done. It knows no torch.
"""

import ctypes
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_LARGE = 1 << 20  # bytes
_LARGEST = 32 << 20  # bytes that glibc takes for _MMAP_THRESHOLD
_NEVER = 2**31 - 1


def give_back_early() -> None:
    """Ask for large blocks of their own, which go back as soon as they are free; by default more is kept the larger
    the blocks have been.

    Tiles of one size otherwise leave holes into which the next do not fit: 130 MB at 12 megapixels.
    """
    _set(_MMAP_THRESHOLD, _LARGE)


def sleep_while_waiting() -> None:
    """Ask that threads sleep while they wait for each other, unless the user has asked for something; before PyTorch is
    imported, for its OpenMP looks once.

    They spin otherwise, and where other programs compute too, they spin in the time that those whom they wait for would
    need: 12 megapixels took 50 s by 2 threads on 2 busy cores, 3 s by one, and 2.5 s by two that sleep.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def keep() -> None:
    """Ask that what was free once is kept for the next step, which needs as much again.

    In float32 a step of the demo otherwise asks the system for 6,000 pages again, and for 20 so: 5 to 10 % of its time.
    """
    _set(_MMAP_THRESHOLD, _LARGEST)
    _set(_TRIM_THRESHOLD, _NEVER)


def _set(what: int, value: int) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(what, value)
