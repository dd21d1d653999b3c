"""Tensors as plates of square cells, laid out side by side at whole pixels; painters read only the finished drawing.

A sheet is one tensor: plates in rows (images of a batch, or slices) and columns (channels). Which cells belong together
is said by groups, 1 for the first; what a cell is besides, by its kind.
"""

from collections.abc import Iterator, Sequence

from convdsl.record import dataclass
from convdsl.render.metrics import text_width

WIDEST, TALLEST = 680, 340  # pixels that the sheets may take
SIDES = (24, 20, 16, 13, 11, 9, 7, 5)  # of a cell, in pixels; the largest that fits is taken
HEADING, NOTE = 14, 11
TYPE = {"heading": HEADING, "caption": 11, "note": NOTE, "letter": 9}  # sizes by style, in pixels
MARGIN, GAP, LINE = 16, 10, 17
KEY = 18  # from the left of a sample to its words
ARROW = 46  # between input and output

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


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: a kind of KINDS, the groups that it belongs to, and what is written in it."""

    kind: str = "value"
    groups: tuple[int, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """A plate before it has a place: cells row by row, and a few letters above it."""

    columns: int
    cells: tuple[Cell, ...]
    label: str = ""

    @property
    def rows(self) -> int:
        """How many rows of cells there are."""
        return -(-len(self.cells) // self.columns)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One tensor: rows of faces, a caption above them, and a name at the left of each row, () for none."""

    caption: str
    faces: tuple[tuple[Face, ...], ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plate:
    """A face at its place; x, y: its top left corner; side: of a cell; all in pixels."""

    x: int
    y: int
    side: int
    face: Face


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text. y: the baseline; style: "heading", "caption", "note" or "letter"; anchor: "start" or "middle"."""

    x: int
    y: int
    text: str
    style: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Key:
    """A sample of a cell, with its words to the right of it."""

    x: int
    y: int
    cell: Cell
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished drawing. arrows: x0, y0, x1, y1, along one axis each."""

    title: str
    description: str
    width: int
    height: int
    plates: tuple[Plate, ...]
    words: tuple[Words, ...]
    keys: tuple[Key, ...]
    arrows: tuple[tuple[int, int, int, int], ...]


def compose(
    title: str, parts: Sequence[Sequence[Sheet]], notes: Sequence[str] = (), groups: Sequence[str] = ()
) -> Drawing:
    """Lay out the parts, inputs first, from left to right or below each other; a key and notes beneath.

    groups: what is said of group 1, 2 ... in the key.
    """
    side, beside = _arrangement(parts)
    plates: list[Plate] = []
    words = [Words(MARGIN, MARGIN + HEADING - 2, title, "heading")]
    lay = _beside if beside else _below
    bottom, arrows = lay(parts, MARGIN + HEADING + 12, side, plates, words)
    keys, bottom = _keys([sheet for part in parts for sheet in part], groups, bottom + 14)
    for note in notes:
        words.append(Words(MARGIN, bottom + NOTE, note, "note"))
        bottom += LINE
    width = max(
        *(plate.x + plate.face.columns * side for plate in plates),
        *(_end(one) for one in words),
        *(key.x + KEY + text_width(key.text, NOTE) for key in keys),
    )
    said = [*(f"{sheet.caption}." for part in parts for sheet in part), *(f"{note}." for note in (*groups, *notes))]
    return Drawing(
        title,
        " ".join(said),
        width + MARGIN,
        bottom + MARGIN - 6,
        tuple(plates),
        tuple(words),
        tuple(keys),
        tuple(arrows),
    )


Arrow = tuple[int, int, int, int]


def _beside(
    parts: Sequence[Sequence[Sheet]], top: int, side: int, plates: list[Plate], words: list[Words]
) -> tuple[int, list[Arrow]]:
    """Place the parts side by side, the lower one in the middle; return the bottom and the arrow between them."""
    tall = [sum(_height(sheet, side) for sheet in part) + GAP * (len(part) - 1) for part in parts]
    x, arrows = MARGIN, []
    for part, height in zip(parts, tall, strict=True):
        y = top + (max(tall) - height) // 2
        if x > MARGIN:
            middle = top + LINE + (max(tall) - LINE) // 2
            arrows.append((x - ARROW + 8, middle, x - 8, middle))
        for sheet in part:
            _place(sheet, x, y, side, plates, words)
            y += _height(sheet, side) + GAP
        x += max(_width(sheet, side) for sheet in part) + ARROW
    return top + max(tall), arrows


def _below(
    parts: Sequence[Sequence[Sheet]], top: int, side: int, plates: list[Plate], words: list[Words]
) -> tuple[int, list[Arrow]]:
    """Place the parts below each other; return the bottom and the arrow between them."""
    y, arrows = top, []
    for part in parts:
        if y > top:
            arrows.append((MARGIN + 12, y + 4, MARGIN + 12, y + ARROW // 2))
            y += ARROW // 2 + 4
        x = MARGIN
        for sheet in part:
            _place(sheet, x, y, side, plates, words)
            x += _width(sheet, side) + 2 * GAP
        y += max(_height(sheet, side) for sheet in part)
    return y, arrows


def _end(words: Words) -> int:
    wide = text_width(words.text, TYPE[words.style], bold=words.style == "heading")
    return words.x + (wide if words.anchor == "start" else wide // 2)


def _arrangement(parts: Sequence[Sequence[Sheet]]) -> tuple[int, bool]:
    """Choose the side of a cell, and whether outputs stand beside the inputs: the larger cells win."""
    for side in SIDES:
        across = sum(max(_width(sheet, side) for sheet in part) + ARROW for part in parts) - ARROW
        high = max(sum(_height(sheet, side) + GAP for sheet in part) for part in parts)
        if across <= WIDEST and high <= TALLEST:
            return side, True
        below = max(sum(_width(sheet, side) + 2 * GAP for sheet in part) for part in parts)
        high = sum(max(_height(sheet, side) for sheet in part) for part in parts)
        if below <= WIDEST and high <= TALLEST:
            return side, False
    return SIDES[-1], False


def _place(sheet: Sheet, x: int, y: int, side: int, plates: list[Plate], words: list[Words]) -> None:
    words.append(Words(x, y + TYPE["caption"], sheet.caption, "caption"))
    y += LINE
    for index, row in enumerate(sheet.faces):
        left, letters = x + _names(sheet), _letters(row)
        if sheet.names:
            middle = y + letters + max(face.rows for face in row) * side // 2
            words.append(Words(x, middle + 3, sheet.names[index], "letter"))
        for face in row:
            if face.label:
                words.append(Words(left + face.columns * side // 2, y + 9, face.label, "letter", "middle"))
            plates.append(Plate(left, y + letters, side, face))
            left += _face_width(face, side) + GAP
        y += letters + max(face.rows for face in row) * side + GAP


def _names(sheet: Sheet) -> int:
    """Return the room that the rows' names take."""
    return max((text_width(name, TYPE["letter"]) + 8 for name in sheet.names), default=0)


def _letters(row: Sequence[Face]) -> int:
    return 13 if any(face.label for face in row) else 0


def _face_width(face: Face, side: int) -> int:
    return max(face.columns * side, text_width(face.label, TYPE["letter"]))


def _width(sheet: Sheet, side: int) -> int:
    rows = (sum(_face_width(face, side) + GAP for face in row) - GAP for row in sheet.faces)
    return max(_names(sheet) + max(rows), text_width(sheet.caption, TYPE["caption"]))


def _height(sheet: Sheet, side: int) -> int:
    return LINE - GAP + sum(_letters(row) + max(face.rows for face in row) * side + GAP for row in sheet.faces)


def _keys(sheets: Sequence[Sheet], groups: Sequence[str], y: int) -> tuple[list[Key], int]:
    """Place a sample of every group and kind that needs words, as many beside each other as fit."""
    kinds = {cell.kind for cell in _cells(sheets)}
    samples = [(Cell(groups=(index,)), text) for index, text in enumerate(groups, start=1) if text]
    samples += [(Cell(kind), text) for kind, text in KINDS.items() if text and kind in kinds]
    keys: list[Key] = []
    x = MARGIN
    for cell, text in samples:
        wide = KEY + text_width(text, NOTE) + MARGIN
        if x > MARGIN and x + wide > WIDEST:
            x, y = MARGIN, y + LINE
        keys.append(Key(x, y, cell, text))
        x += wide
    return keys, y + LINE + 3 if keys else y


def _cells(sheets: Sequence[Sheet]) -> Iterator[Cell]:
    for sheet in sheets:
        for row in sheet.faces:
            for face in row:
                yield from face.cells
