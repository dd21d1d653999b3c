"""What the taps of a window meet: how often each lands inside a map, and how many pixels in a row it reaches at all."""

from collections.abc import Sequence
from math import gcd

from convdsl.traits import Window

MOST_TAPS = 4096  # of one axis; wider windows are not looked at tap by tap


def residues(window: Window) -> int:
    """Count the phases of the stride that taps fall on: min(k, s / gcd(d, s)); fewer than s leave pixels between."""
    return min(window.kernel_size, window.stride // gcd(window.dilation, window.stride))


def landings(window: Window, size: int, count: int) -> Sequence[int]:
    """Count for each tap the windows in which it lies inside the map, along one axis.

    size: pixels of the map that the windows lie over (for a transposed convolution the output). count: windows.
    Tap t of window i lies at i * s + t * d - before.
    """
    found = []
    for tap in range(window.kernel_size):
        offset = tap * window.dilation - window.before
        first = max(0, -(offset // window.stride))
        last = min(count - 1, (size - 1 - offset) // window.stride)
        found.append(max(0, last - first + 1))
    return found


def unread(window: Window, size: int, count: int) -> int:
    """Count the pixels behind the last tap of the last window, along one axis; size: pixels, count: windows."""
    return max(0, size - (count - 1) * window.stride - window.extent + window.before)
