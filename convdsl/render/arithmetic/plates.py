"""Tensors as plates of square cells.

A sheet is one tensor: plates in rows (images of a batch, or slices) and columns (channels). Which cells belong together
is said by groups, 1 for the first; what a cell is besides, by its kind. Where cells are left out stands a break.
"""

from collections.abc import Iterator, Sequence

from convdsl.record import dataclass
from convdsl.render.arithmetic.cell import Cell, Placed
from convdsl.render.arithmetic.ink import fills, marks, outlines
from convdsl.render.canvas import Item, Label, Line, Rect
from convdsl.render.metrics import text_width
from convdsl.render.tiles import Tile

CAPTION, LETTER = 11, 9  # sizes of type, in pixels
GAP, LINE = 10, 17
BREAK = 12  # pixels between the cells on both sides of those that are left out
TOOTH = 4  # of a break's torn edge


@dataclass(frozen=True, slots=True)
class Face:
    """A plate before it has a place: cells row by row, and a few letters above it.

    across, down: the columns and rows before which some are left out. frame: first and last row and column of the
    window that is drawn around cells.
    """

    columns: int
    cells: tuple[Cell, ...]
    label: str = ""
    across: tuple[int, ...] = ()
    down: tuple[int, ...] = ()
    frame: tuple[int, int, int, int] | None = None

    @property
    def rows(self) -> int:
        """How many rows of cells there are."""
        return -(-len(self.cells) // self.columns)

    def x(self, column: int, side: int) -> int:
        """Return the left edge of a column."""
        return column * side + BREAK * sum(place <= column for place in self.across)

    def y(self, row: int, side: int) -> int:
        """Return the top edge of a row."""
        return row * side + BREAK * sum(place <= row for place in self.down)

    def width(self, side: int) -> int:
        """Return the width of all columns."""
        return self.x(self.columns - 1, side) + side

    def height(self, side: int) -> int:
        """Return the height of all rows."""
        return self.y(self.rows - 1, side) + side


@dataclass(frozen=True, slots=True)
class Sheet:
    """One tensor: rows of faces, a caption above them, and a name at the left of each row, () for none."""

    caption: str
    faces: tuple[tuple[Face, ...], ...]
    names: tuple[str, ...] = ()

    @property
    def cells(self) -> Iterator[Cell]:
        """All cells."""
        for row in self.faces:
            for face in row:
                yield from face.cells

    def width(self, side: int) -> int:
        """Return the width at a side of cells, in pixels."""
        rows = (sum(_face_width(face, side) + GAP for face in row) - GAP for row in self.faces)
        return max(self._names() + max(rows), text_width(self.caption, CAPTION))

    def height(self, side: int) -> int:
        """Return the height at a side of cells, in pixels."""
        rows = (_letters(row) + max(face.height(side) for face in row) + GAP for row in self.faces)
        return (LINE if self.caption else 0) - GAP + sum(rows)

    def tile(self, side: int, mark: int) -> Tile:
        """Draw it. mark: the size of what is written in cells, in pixels."""
        items: list[Item] = []
        y = 0
        if self.caption:
            items.append(Label(0, CAPTION, self.caption, CAPTION, "soft"))
            y = LINE
        placed: list[Placed] = []
        others: list[Item] = []
        for index, row in enumerate(self.faces):
            left, top = self._names(), y + _letters(row)
            high = max(face.height(side) for face in row)
            if self.names:
                others.append(Label(0, top + high // 2 + 3, self.names[index], LETTER, "soft"))
            for face in row:
                if face.label:
                    middle = left + _face_width(face, side) // 2
                    others.append(Label(middle, y + 9, face.label, LETTER, "soft", "middle"))
                placed += _placed(face, left, top, side)
                others += _over(face, left, top, side)
                left += _face_width(face, side) + GAP
            y = top + high + GAP
        items += [*fills(placed, side), *outlines(placed, side), *marks(placed, side, mark), *others]
        return Tile(self.width(side), self.height(side), tuple(items))

    def _names(self) -> int:
        """Return the room that the rows' names take."""
        return max((text_width(name, LETTER) + 8 for name in self.names), default=0)


def _placed(face: Face, left: int, top: int, side: int) -> Iterator[Placed]:
    xs = [left + face.x(column, side) for column in range(face.columns)]
    ys = [top + face.y(row, side) for row in range(face.rows)]
    for index, cell in enumerate(face.cells):
        row, column = divmod(index, face.columns)
        yield Placed(xs[column], ys[row], cell)


def _over(face: Face, left: int, top: int, side: int) -> Iterator[Item]:
    """Draw the breaks, then the window's frame."""
    for column in face.across:
        x = left + face.x(column, side) - BREAK // 2
        yield Line(tuple(_zigzag(x, top, face.height(side))), "soft", 10)
    for row in face.down:
        y = top + face.y(row, side) - BREAK // 2
        yield Line(tuple((b, a) for a, b in _zigzag(y, left, face.width(side))), "soft", 10)
    if face.frame is not None:
        first, last, start, end = face.frame
        x, y = left + face.x(start, side), top + face.y(first, side)
        wide, high = left + face.x(end, side) + side - x, top + face.y(last, side) + side - y
        yield Rect(x, y, wide, high, "", "ink", weight=20)


def _zigzag(across: int, start: int, length: int) -> Iterator[tuple[int, int]]:
    for index, along in enumerate(range(start, start + length + 1, TOOTH)):
        yield across + (-2 if index % 2 else 2), along


def _letters(row: Sequence[Face]) -> int:
    return 13 if any(face.label for face in row) else 0


def _face_width(face: Face, side: int) -> int:
    return max(face.width(side), text_width(face.label, LETTER))
