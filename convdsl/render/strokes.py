"""Lines of pictures: where one ends inside its arrow, how it bends round a corner, where an arrow's head lies."""

from collections.abc import Sequence

from convdsl.render.canvas import Point

HEAD = (7, 4)  # an arrow's length and half its width


def shortened(points: Sequence[Point], by: int = HEAD[0] - 2) -> list[Point]:
    """Take `by` pixels from the end of the last piece."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    away = max(_length(points[-2], points[-1]), 1.0)
    return [*points[:-1], (round(x1 - (x1 - x0) * by / away), round(y1 - (y1 - y0) * by / away))]


def joined(points: Sequence[Point], bend: int = 0) -> str:
    """Write a path's `d`: straight pieces, with corners of radius `bend` at most."""
    x, y = points[0]
    out = [f"M{x} {y}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(bend, int(_length(before, here) / 2), int(_length(here, after) / 2))
        if radius <= 0:
            out.append(f"L{here[0]} {here[1]}")
            continue
        enter, leave = _towards(here, before, radius), _towards(here, after, radius)
        out.append(f"L{enter[0]} {enter[1]}Q{here[0]} {here[1]} {leave[0]} {leave[1]}")
    x, y = points[-1]
    out.append(f"L{x} {y}")
    return "".join(out)


def head(points: Sequence[Point]) -> tuple[Point, Point, Point]:
    """Return the corners of the arrow's head at the end of a line, its tip first."""
    (x0, y0), (x, y) = points[-2], points[-1]
    long, half = HEAD
    away = max(_length(points[-2], points[-1]), 1.0)
    dx, dy = (x - x0) / away, (y - y0) / away
    bx, by = x - dx * long, y - dy * long
    left, right = (bx + dy * half, by - dx * half), (bx - dy * half, by + dx * half)
    return (x, y), (round(left[0]), round(left[1])), (round(right[0]), round(right[1]))


def _length(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _towards(start: Point, goal: Point, distance: int) -> Point:
    away = max(_length(start, goal), 1.0)
    return (
        round(start[0] + (goal[0] - start[0]) * distance / away),
        round(start[1] + (goal[1] - start[1]) * distance / away),
    )
