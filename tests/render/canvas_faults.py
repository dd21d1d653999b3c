"""What can be wrong with the geometry of a canvas: labels that overlap or are cut, things outside of the page."""

from collections.abc import Iterator

from convdsl.render.canvas import Canvas, Disc, Item, Label, Line, Picture, Polygon, Rect, flat
from convdsl.render.metrics import text_width
from tests.render.geometry import Rectangle, contains, overlap


def place_of(item: Item) -> Rectangle:
    """Return the room that an item takes; that of a label from the foot of its letters to their tops."""
    if isinstance(item, Rect | Picture):
        return item.x, item.y, item.x + item.width, item.y + item.height
    if isinstance(item, Disc):
        return item.x - item.radius, item.y - item.radius, item.x + item.radius, item.y + item.radius
    if isinstance(item, Polygon | Line):
        xs, ys = [x for x, _ in item.points], [y for _, y in item.points]
        return min(xs), min(ys), max(xs), max(ys)
    assert isinstance(item, Label)
    wide = text_width(item.text, item.size, bold=item.bold)
    left = {"start": item.x, "middle": item.x - wide // 2, "end": item.x - wide}[item.anchor]
    return left, item.y - item.size * 3 // 4, left + wide, item.y


def faults(canvas: Canvas) -> Iterator[str]:
    """Say what lies outside, which labels overlap, and which are crossed by a line."""
    items = list(flat(canvas.items))
    page = (0, 0, canvas.width, canvas.height)
    for item in items:
        if not contains(page, place_of(item)):
            yield f"{item} is outside of {page}"
    labels = sorted(((place_of(one), one) for one in items if isinstance(one, Label)), key=lambda pair: pair[0])
    for index, (place, label) in enumerate(labels):
        for there, other in labels[index + 1 :]:
            if there[0] >= place[2]:
                break
            if overlap(place, there):
                yield f"{label} and {other} overlap"
    edges = [place_of(one) for one in items if isinstance(one, Line) and one.weight == 10 and _is_straight(one)]
    for place, label in labels:
        for edge in edges:
            if edge[0] < place[2] and place[0] < edge[2] + 1 and edge[1] < place[3] and place[1] < edge[3] + 1:
                yield f"{label} is crossed by the line {edge}"
                break


def _is_straight(line: Line) -> bool:
    """Tell whether a line runs across or down the page."""
    return len(line.points) == 2 and len({len(set(axis)) for axis in zip(*line.points, strict=True)} & {1}) == 1
