"""What is wrong with the geometry of a canvas: labels that overlap, and things that stick out of the picture."""

from collections.abc import Iterator

from convdsl.render.canvas import Canvas, Disc, Label, Line, Polygon, Rect, flat
from convdsl.render.metrics import text_width

Rectangle = tuple[int, int, int, int]  # left, top, right, bottom


def overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def contains(outer: Rectangle, inner: Rectangle) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def rectangle(item: Rect | Polygon | Line | Disc | Label) -> Rectangle:
    """Return what a thing covers; of words as wide as the widest font makes them."""
    if isinstance(item, Rect):
        return item.x, item.y, item.x + item.width, item.y + item.height
    if isinstance(item, Disc):
        return item.x - item.radius, item.y - item.radius, item.x + item.radius, item.y + item.radius
    if isinstance(item, Label):
        wide = text_width(item.text, item.size, bold=item.bold)
        before = {"start": 0, "middle": wide // 2, "end": wide}[item.anchor]
        if item.upright:
            return item.x - item.size, item.y - wide + before, item.x + 2, item.y + before
        return item.x - before, item.y - item.size, item.x - before + wide, item.y + 2
    columns, rows = zip(*item.points, strict=True)
    return min(columns), min(rows), max(columns), max(rows)


def faults(canvas: Canvas) -> Iterator[str]:
    """Say which labels overlap, and what lies outside of the picture."""
    labels: list[tuple[str, Rectangle]] = []
    for item in flat(canvas.items):
        left, top, right, bottom = rectangle(item)
        if left < 0 or top < 0 or right > canvas.width or bottom > canvas.height:
            yield f"{item} sticks out of {canvas.width} x {canvas.height}"
        if isinstance(item, Label) and item.text:
            labels.append((item.text, (left, top, right, bottom)))
    labels.sort(key=lambda label: label[1][1])
    for index, (text, one) in enumerate(labels):
        for other, two in labels[index + 1 :]:
            if two[1] >= one[3]:
                break
            if overlap(one, two):
                yield f"labels {text!r} and {other!r} overlap"
