"""One cell of a tensor: what it is, what it belongs to, what is written in it."""

from convdsl.record import dataclass

# what a cell can be, and what is said of it where a drawing has one
KINDS = {
    "value": "",
    "added": "padding",
    "zero": "zero put in between",
    "edge": "output_padding",
    "beyond": "over the edge, left out",
    "unread": "read by no output",
    "gone": "dropped",
    "hole": "",
}
DASHED = ("added", "zero", "edge", "beyond")  # kinds that are no cells of the tensor itself


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: a kind of KINDS, the groups that it belongs to, and what is written in it.

    fill: the role of its colour where that is not its kind's.
    """

    kind: str = "value"
    groups: tuple[int, ...] = ()
    mark: str = ""
    fill: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell with its top left corner, in pixels."""

    x: int
    y: int
    cell: Cell
