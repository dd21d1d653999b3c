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


def wait_briefly() -> None:
    """Ask that threads that wait for each other spin for some 20 microseconds only, and sleep then, unless the user has
    asked for something; before PyTorch is imported, for its OpenMP (GNU's) looks once.

    They spin for milliseconds otherwise, and where other programs compute too, in the time that those whom they wait
    for would need: a step of the demo took 641 ms on 2 busy cores, and takes 294; on idle ones it is as fast as before
    (131 to 134, before 134 to 141), where threads that sleep at once take 168.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")


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
