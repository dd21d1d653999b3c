"""How large a tensor is drawn: height and depth by its rows and columns, width by its channels.

Rows and columns by their square root, so that a map of a quarter of the sides has half of them; by the logarithm where
that would make too many too small to see. Channels and features by the logarithm.
"""

from collections.abc import Iterable
from math import log2, sqrt

from convdsl.record import dataclass
from convdsl.shape import Shape

TALLEST = 124  # pixels of the longest axis
SMALLEST = 9  # pixels of the shortest
MOST_TINY = 3  # one axis in so many may be shorter than that by the square root
SLANT = 0.11  # pixels that a volume goes back, up and right, for one of its depth
CHANNEL = 2.4  # pixels for each doubling of the channels
FEATURE = 7.0  # pixels of a bar's height for each doubling of its features
BAR = 8  # pixels: the width of a bar
LEAST_WIDTH = 5


@dataclass(frozen=True, slots=True)
class Extent:
    """A volume in pixels: its front, and how far its back lies up and to the right."""

    width: int
    height: int
    back: int = 0


@dataclass(frozen=True, slots=True)
class Scale:
    """largest: the longest axis in the figure. is_log: how axes become pixels. slant: see SLANT, 0 for flat."""

    largest: int
    is_log: bool
    slant: float = SLANT

    def side(self, cells: int) -> int:
        """Return the pixels of an axis of so many cells."""
        share = log2(1 + cells) / log2(1 + self.largest) if self.is_log else sqrt(cells / self.largest)
        return max(SMALLEST, round(TALLEST * min(share, 1.0)))

    def extent(self, shape: Shape) -> Extent:
        """Return the volume of a shape whose axes are numbers."""
        _, channels, *axes = (max(1, number) for number in shape.numbers)
        if not axes:
            return Extent(BAR, min(TALLEST, round(6 + FEATURE * log2(channels))))
        back = round(self.slant * self.side(axes[-1])) if len(axes) > 1 else 0
        return Extent(thickness(channels), self.side(axes[-2] if len(axes) > 1 else axes[0]), back)


def thickness(channels: int) -> int:
    """Return the width of a volume with so many channels, in pixels."""
    return LEAST_WIDTH + round(CHANNEL * log2(max(1, channels)))


def scale_of(shapes: Iterable[Shape], is_flat: bool = False) -> Scale:
    """Choose the scale for all shapes of a figure, whose axes are numbers."""
    sides = [max(1, number) for shape in shapes for number in shape.numbers[2:]]
    largest = max(sides, default=1)
    tiny = sum(1 for side in sides if TALLEST * sqrt(side / largest) < SMALLEST)
    return Scale(largest, tiny * MOST_TINY > len(sides), 0.0 if is_flat else SLANT)
