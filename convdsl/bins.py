"""The colours among which a network chooses that `means ab_bins`: 313 points of the ab plane, 10 apart.

They are those that Zhang, Isola & Efros 2016 (arXiv:1603.08511, section 2.1) published with their network. 309 of them
are the corners of all squares of side 10 in which a colour of sRGB lies; the other four, (40, 90) and three at a = 100,
lie up to 13 beyond, and no rule of ours gives them. A test computes the corners anew.
"""

from functools import cache

SIDE = 10  # of a square, in the units of a and b

# a, the lowest b and the highest b: between them are no gaps
_ROWS = (
    *((-90, 50, 90), (-80, 20, 90), (-70, 0, 90), (-60, -20, 90), (-50, -30, 100)),
    *((-40, -40, 100), (-30, -50, 100), (-20, -50, 100), (-10, -60, 100), (0, -70, 100)),
    *((10, -80, 90), (20, -80, 90), (30, -90, 90), (40, -100, 90), (50, -100, 80)),
    *((60, -110, 80), (70, -110, 80), (80, -110, 70), (90, -110, 70), (100, -90, 0)),
)
COUNT = sum((high - low) // SIDE + 1 for _, low, high in _ROWS)


@cache
def centres() -> tuple[tuple[int, int], ...]:
    """Return a and b of each bin, in the order of the scores: by a, then by b, as they were published."""
    return tuple((a, b) for a, low, high in _ROWS for b in range(low, high + 1, SIDE))
