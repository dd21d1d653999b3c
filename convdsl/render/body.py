"""A picture before it is drawn: where cards stand and edges run, without what is on them.

There are many of these, and a long picture is moved about, so they are as light as can be.
"""

from collections.abc import Sequence

from convdsl.record import dataclass
from convdsl.render.scene import Frame, Point, Text


@dataclass(slots=True)
class Spot:
    """Where a card stands. marked: a badge sticks out of it; stacked: it stands for several, which peep out behind."""

    x: int
    y: int
    width: int
    height: int
    marked: bool
    stacked: bool


@dataclass(slots=True)
class Wire:
    """Where an edge runs; source: the index of its card."""

    source: int
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Body:
    """Everything between the words above and below a picture; spots in the order of cards, wires in that of links."""

    frames: Sequence[Frame]
    spots: Sequence[Spot]
    wires: Sequence[Wire]
    labels: Sequence[Text]
    width: int
    height: int
