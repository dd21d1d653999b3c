"""Paint a drawing of plates as SVG: whole numbers, one path for all cells of a look, the same bytes everywhere."""

from collections.abc import Iterable, Sequence

from convdsl.render.markup import escape
from convdsl.render.metrics import FONT
from convdsl.render.plates import KEY, NOTE, TYPE, Cell, Drawing, Key, Plate, Words
from convdsl.render.theme import LIGHT, Theme


def paint(drawing: Drawing, theme: Theme = LIGHT) -> str:
    """Turn a drawing into SVG text that ends with a newline."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.width}" height="{drawing.height}" '
        f'viewBox="0 0 {drawing.width} {drawing.height}" role="img" font-family="{FONT}">',
        f"<title>{escape(drawing.title)}</title>",
        f"<desc>{escape(drawing.description)}</desc>",
        f'<rect width="{drawing.width}" height="{drawing.height}" rx="6" fill="{theme.page}"/>',
    ]
    for plate in drawing.plates:
        lines += _plate(plate, theme)
    for key in drawing.keys:
        lines += _key(key, theme)
    lines += [_words(words, theme) for words in drawing.words]
    lines += [_arrow(arrow, theme) for arrow in drawing.arrows]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _plate(plate: Plate, theme: Theme) -> Iterable[str]:
    side, columns = plate.side, plate.face.columns
    places = [
        (plate.x + index % columns * side, plate.y + index // columns * side, cell)
        for index, cell in enumerate(plate.face.cells)
    ]
    yield from _looks(places, side, theme)
    marked = [(x + side // 2, y + side // 2, cell.mark) for x, y, cell in places if cell.mark]
    if marked:
        longest = max(len(mark) for _, _, mark in marked)
        size = max(5, min(11, side * 2 // 3, side * 3 // 2 // max(longest, 1)))
        drop = size * 3 // 8
        rows: dict[int, list[tuple[int, str]]] = {}
        for x, y, mark in marked:
            rows.setdefault(y + drop, []).append((x, mark))
        texts = "".join(_row(y, row) for y, row in rows.items())
        yield f'<g font-size="{size}" text-anchor="middle" fill="{theme.ink}">{texts}</g>'


def _row(y: int, row: Sequence[tuple[int, str]]) -> str:
    """Write the marks of a row; letters and digits that stand alone each get their place from one list."""
    if all(len(mark) == 1 for _, mark in row):
        places = " ".join(str(x) for x, _ in row)
        return f'<text x="{places}" y="{y}">{escape("".join(mark for _, mark in row))}</text>'
    return "".join(f'<text x="{x}" y="{y}">{escape(mark)}</text>' for x, mark in row)


def _looks(places: Sequence[tuple[int, int, Cell]], side: int, theme: Theme) -> Iterable[str]:
    """Yield fills, lines and signs of cells; all cells that look alike are one path."""
    fills: dict[tuple[str, bool], list[str]] = {}
    for x, y, cell in places:
        if cell.kind == "hole":
            continue
        square = f"M{x} {y}h{side}v{side}h-{side}z"
        groups = [theme.colour(f"group:{group}") for group in cell.groups[:2]]
        faint = bool(groups) and cell.kind != "value"
        fills.setdefault((groups[0] if groups else _fill(cell, theme), faint), []).append(square)
        if len(groups) > 1:
            fills.setdefault((groups[1], faint), []).append(f"M{x + side} {y}v{side}h-{side}z")
    for (fill, faint), squares in fills.items():
        opacity = ' fill-opacity="0.5"' if faint else ""
        yield f'<path d="{"".join(squares)}" fill="{fill}"{opacity}/>'
    solid: list[str] = []
    dashed: list[str] = []
    signs: list[str] = []
    for x, y, cell in places:
        if cell.kind == "hole":
            continue
        square = f"M{x} {y}h{side}v{side}h-{side}z"
        (dashed if cell.kind in ("added", "zero", "edge", "beyond") else solid).append(square)
        signs.append(_sign(x, y, side, cell))
    if dashed:
        yield f'<path d="{"".join(dashed)}" fill="none" stroke="{theme.skip}" stroke-dasharray="2 2"/>'
    if solid:
        yield f'<path d="{"".join(solid)}" fill="none" stroke="{theme.edge}"/>'
    drawn = "".join(signs)
    if drawn:
        yield f'<path d="{drawn}" fill="none" stroke="{theme.skip}"/>'


def _fill(cell: Cell, theme: Theme) -> str:
    fills = {"value": theme.paint("join").fill, "edge": theme.paint("pool").fill, "gone": theme.page}
    return fills.get(cell.kind, theme.page)


def _sign(x: int, y: int, side: int, cell: Cell) -> str:
    """Draw what tells a kind apart without colour: a dot, a stroke, a cross."""
    half, quarter, kind = side // 2, max(side // 4, 2), cell.kind
    if kind == "zero":
        return f"M{x + half - 1} {y + half}h2"
    if kind == "edge":
        return f"M{x + half - 2} {y + half}h4M{x + half} {y + half - 2}v4"
    if kind == "unread" and cell.mark:
        return f"M{x} {y + side}l{side} -{side}"
    if kind == "unread":
        rest = side - half
        return f"M{x} {y + half}l{half} -{half}M{x} {y + side}l{side} -{side}M{x + half} {y + side}l{rest} -{rest}"
    if kind == "gone":
        inner = side - 2 * quarter
        return f"M{x + quarter} {y + quarter}l{inner} {inner}m0 -{inner}l-{inner} {inner}"
    return ""


def _key(key: Key, theme: Theme) -> Iterable[str]:
    yield from _looks([(key.x, key.y, key.cell)], 11, theme)
    yield f'<text x="{key.x + KEY}" y="{key.y + 10}" font-size="{NOTE}" fill="{theme.soft}">{escape(key.text)}</text>'


def _words(words: Words, theme: Theme) -> str:
    colour = theme.ink if words.style == "heading" else theme.soft
    weight = ' font-weight="bold"' if words.style == "heading" else ""
    anchor = f' text-anchor="{words.anchor}"' if words.anchor != "start" else ""
    return (
        f'<text x="{words.x}" y="{words.y}" font-size="{TYPE[words.style]}"{weight}{anchor} fill="{colour}">'
        f"{escape(words.text)}</text>"
    )


def _arrow(arrow: tuple[int, int, int, int], theme: Theme) -> str:
    x0, y0, x1, y1 = arrow
    head = f"M{x1} {y1}l-7 -4v8z" if y0 == y1 else f"M{x1} {y1}l-4 -7h8z"
    return f'<path d="M{x0} {y0}L{x1} {y1}" stroke="{theme.edge}"/><path d="{head}" fill="{theme.edge}"/>'
