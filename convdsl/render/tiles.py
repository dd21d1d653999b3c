"""Parts of a picture that are put beside and below each other: items around an origin, with the room that they take."""

from collections.abc import Iterable, Iterator, Sequence

from convdsl.record import dataclass, replace
from convdsl.render.canvas import Disc, Group, Item, Label, Line, Picture, Polygon, Rect
from convdsl.render.metrics import text_width


@dataclass(frozen=True, slots=True)
class Tile:
    """Items inside 0 <= x <= width and 0 <= y <= height."""

    width: int
    height: int
    items: tuple[Item, ...] = ()


def moved(item: Item, x: int, y: int) -> Item:
    """Return an item further to the right and further down."""
    if isinstance(item, Group):
        return replace(item, items=tuple(moved(part, x, y) for part in item.items))
    if isinstance(item, Polygon | Line):
        return replace(item, points=tuple((left + x, top + y) for left, top in item.points))
    if isinstance(item, Rect | Disc | Label | Picture):
        return replace(item, x=item.x + x, y=item.y + y)
    raise TypeError(f"nobody said how a {type(item).__name__} is moved")


def beside(tiles: Sequence[Tile], gap: int, *, middle: bool = False) -> Tile:
    """Put tiles in a row, from the left; middle: the lower ones stand at half the height, else at the top."""
    high = max((tile.height for tile in tiles), default=0)
    return _joined((tile, x, (high - tile.height) // 2 if middle else 0) for tile, x in _along(tiles, gap, across=True))


def below(tiles: Sequence[Tile], gap: int, *, middle: bool = False) -> Tile:
    """Put tiles in a column, from the top; middle: the narrow ones stand at half the width, else at the left."""
    wide = max((tile.width for tile in tiles), default=0)
    return _joined((tile, (wide - tile.width) // 2 if middle else 0, y) for tile, y in _along(tiles, gap, across=False))


def words(text: str, size: int = 11, *, colour: str = "soft", bold: bool = False) -> Tile:
    """Make a tile of a line of text."""
    label = Label(0, size, text, size, colour, bold=bold)
    return Tile(text_width(text, size, bold=bold), size + size // 3, (label,))


def inside(tile: Tile, margin: int) -> Tile:
    """Leave room on all four sides."""
    items = tuple(moved(item, margin, margin) for item in tile.items)
    return Tile(tile.width + 2 * margin, tile.height + 2 * margin, items)


def wrapped(text: str, size: int, room: int) -> list[str]:
    """Break a text at its blanks into lines that are at most `room` pixels wide, where its words are."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and text_width(longer, size) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def _along(tiles: Sequence[Tile], gap: int, *, across: bool) -> Iterator[tuple[Tile, int]]:
    place = 0
    for tile in tiles:
        yield tile, place
        place += (tile.width if across else tile.height) + gap


def _joined(placed: Iterable[tuple[Tile, int, int]]) -> Tile:
    items: list[Item] = []
    width = height = 0
    for tile, x, y in placed:
        items += (moved(item, x, y) for item in tile.items)
        width, height = max(width, x + tile.width), max(height, y + tile.height)
    return Tile(width, height, tuple(items))
