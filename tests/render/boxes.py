"""What is wrong with the geometry of a canvas in which no thing, line or label may cross another: stricter than
geometry.py.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from convdsl.render.canvas import Canvas, Group, Label, Line, Polygon, Rect, flat
from tests.render.geometry import Rectangle, contains, overlap, rectangle


def around(boxes: Iterable[Rectangle]) -> Rectangle:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def segments(line: Line) -> Iterator[Rectangle]:
    """Give the pieces of a line as rectangles without thickness."""
    for (x0, y0), (x1, y1) in pairwise(line.points):
        yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def body(group: Group) -> Rectangle | None:
    """Return the box around what a group draws, its words and marks aside; None where it has words alone."""
    drawn = [rectangle(item) for item in flat(group.items) if isinstance(item, Rect | Polygon)]
    return around(drawn) if drawn else None


def faults(canvas: Canvas) -> Iterator[str]:
    """Say what overlaps, what sticks out, and which line runs through a label or a thing at which it does not end.

    Shapes of one group may overlap, and so may a disc and the mark in it.
    """
    page = (0, 0, canvas.width, canvas.height)
    bodies = [(group.id, box) for group in canvas.items if isinstance(group, Group) and (box := body(group))]
    loose = [(str(item), rectangle(item)) for item in canvas.items if isinstance(item, Rect | Polygon)]
    labels = [(item.text, rectangle(item)) for item in flat(canvas.items) if isinstance(item, Label) and item.text]
    lines = [item for item in flat(canvas.items) if isinstance(item, Line)]
    for item in flat(canvas.items):
        if not contains(page, rectangle(item)):
            yield f"{item} leaves the page"
    for index, (text, box) in enumerate(labels):
        for other, there in labels[index + 1 :]:
            if overlap(box, there):
                yield f"labels {text} and {other} overlap"
        for name, there in (*bodies, *loose):
            if overlap(box, there):
                yield f"label {text} lies on {name}"
        for line in lines:
            if any(overlap((part[0] - 1, part[1] - 1, part[2] + 1, part[3] + 1), box) for part in segments(line)):
                yield f"a line runs through label {text}: {line.points}"
    for line in (item for item in canvas.items if isinstance(item, Line)):
        for name, box in bodies:
            ends = any(contains(box, (*end, *end)) for end in (line.points[0], line.points[-1]))
            inner = (box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1)
            if not ends and any(overlap(inner, (p[0], p[1], p[2] + 1, p[3] + 1)) for p in segments(line)):
                yield f"a line runs through {name}: {line.points}"
    for index, (name, box) in enumerate(bodies):
        for other, there in (*bodies[index + 1 :], *loose):
            if overlap(box, there):
                yield f"{name} and {other} overlap"
