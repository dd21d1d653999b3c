"""Cells as primitives: fills at the back, then outlines and signs, then what is written in them.

What tells a kind apart is never colour alone: a dashed edge, a dot, a plus, strokes, a cross.
"""

from collections.abc import Iterable, Iterator, Sequence

from convdsl.render.arithmetic.cell import DASHED, Cell, Placed
from convdsl.render.canvas import Item, Label, Line, Point, Polygon, Rect
from convdsl.render.metrics import text_width

LARGEST, SMALLEST = 11, 5  # type in cells, in pixels


def fills(cells: Sequence[Placed], side: int) -> Iterator[Item]:
    """Yield the cells' own colours, then those of their groups, so that a colour can come and go above a cell."""
    shown = [one for one in cells if one.cell.kind != "hole"]
    by_fill: dict[str, list[tuple[int, int]]] = {}
    for one in shown:
        fill = _fill(one.cell)
        if fill:
            by_fill.setdefault(fill, []).append((one.y, one.x))
    for fill, places in by_fill.items():
        for y, left, right in _runs(places, side):
            yield Rect(left, y, right - left, side, fill)
    for one in shown:
        if one.cell.fill:
            yield Rect(one.x, one.y, side, side, one.cell.fill)
    by_group: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for one in shown:
        opacity = 100 if one.cell.kind == "value" else 50
        if one.cell.groups:
            by_group.setdefault((f"group:{one.cell.groups[0]}", opacity), []).append((one.y, one.x))
    for (group, opacity), places in by_group.items():
        for y, left, right in _runs(places, side):
            yield Rect(left, y, right - left, side, group, opacity=opacity)
    for one in shown:
        if len(one.cell.groups) > 1:
            opacity, right, bottom = 100 if one.cell.kind == "value" else 50, one.x + side, one.y + side
            corners = ((right, one.y), (right, bottom), (one.x, bottom))
            yield Polygon(corners, f"group:{one.cell.groups[1]}", opacity=opacity)


def outlines(cells: Sequence[Placed], side: int) -> Iterator[Item]:
    """Yield the cells' edges as lines, each drawn once, and the signs of their kinds."""
    shown = [one for one in cells if one.cell.kind != "hole"]
    solid_across, solid_down = _edges([one for one in shown if one.cell.kind not in DASHED], side)
    across, down = _edges([one for one in shown if one.cell.kind in DASHED], side)
    for dashed, rows, columns in ((True, across - solid_across, down - solid_down), (False, solid_across, solid_down)):
        colour = "skip" if dashed else "edge"
        for y, left, right in _runs(rows, side):
            yield Line(((left, y), (right, y)), colour, 10, dashed)
        for x, top, bottom in _runs(columns, side):
            yield Line(((x, top), (x, bottom)), colour, 10, dashed)
    for one in shown:
        for points in _sign(one.x, one.y, side, one.cell):
            yield Line(points, "skip", 10)


Edges = set[tuple[int, int]]  # the place of the line, and where on it a cell's edge begins


def _edges(cells: Sequence[Placed], side: int) -> tuple[Edges, Edges]:
    """Return the edges that run across and those that run down."""
    across, down = set(), set()
    for one in cells:
        across |= {(one.y, one.x), (one.y + side, one.x)}
        down |= {(one.x, one.y), (one.x + side, one.y)}
    return across, down


def _runs(places: Iterable[tuple[int, int]], side: int) -> Iterator[tuple[int, int, int]]:
    """Join what follows each other on a line: the line, where a run begins, where it ends."""
    run: tuple[int, int, int] | None = None
    for line, start in sorted(places):
        if run is not None and run[0] == line and run[2] == start:
            run = (line, run[1], start + side)
            continue
        if run is not None:
            yield run
        run = (line, start, start + side)
    if run is not None:
        yield run


def marks(cells: Iterable[Placed], side: int, size: int) -> Iterator[Item]:
    """Yield what is written in cells, in the middle of each. size: of the type, in pixels."""
    for one in cells:
        if one.cell.mark:
            colour = "soft" if one.cell.kind in DASHED else "ink"
            yield Label(one.x + side // 2, one.y + side // 2 + size * 3 // 8, one.cell.mark, size, colour, "middle")


def type_size(written: Iterable[str], side: int) -> int:
    """Return the largest size at which all marks fit into a cell; SMALLEST where none does."""
    longest = sorted({mark for mark in written if mark}, key=lambda mark: (-text_width(mark, 10), mark))[:1]
    for size in range(min(LARGEST, side * 2 // 3), SMALLEST, -1):
        if all(text_width(mark, size) <= side - 2 for mark in longest):
            return size
    return SMALLEST


def _fill(cell: Cell) -> str:
    return {"value": "fill:join", "edge": "fill:pool"}.get(cell.kind, "")


def _sign(x: int, y: int, side: int, cell: Cell) -> Iterator[tuple[Point, ...]]:
    half, quarter, kind = side // 2, max(side // 4, 2), cell.kind
    if cell.mark and kind in ("zero", "edge"):
        return
    if kind == "zero":
        yield (x + half - 1, y + half), (x + half + 1, y + half)
    elif kind == "edge":
        yield (x + half - 2, y + half), (x + half + 2, y + half)
        yield (x + half, y + half - 2), (x + half, y + half + 2)
    elif kind == "unread":
        yield (x, y + side), (x + side, y)
        if not cell.mark:
            yield (x, y + half), (x + half, y)
            yield (x + half, y + side), (x + side, y + half)
    elif kind == "gone":
        far = side - quarter
        yield (x + quarter, y + quarter), (x + far, y + far)
        yield (x + far, y + quarter), (x + quarter, y + far)
