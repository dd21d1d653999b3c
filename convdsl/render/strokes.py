"""Lines of pictures: where one ends inside its arrow, how it bends round a corner, where an arrow's head lies."""

from collections.abc import Sequence

from convdsl.render.canvas import Point

HEAD = (7, 4)  # an arrow's length and half its width


def shortened(points: Sequence[Point], by: int = HEAD[0] - 2) -> list[Point]:
    """Take `by` pixels from the end of the last piece."""
    return [*points[:-1], _towards(points[-1], points[-2], by)]


def joined(points: Sequence[Point], bend: int = 0) -> str:
    """Write a path's `d`: straight pieces, with corners of radius `bend` at most."""
    x, y = points[0]
    out = [f"M{x} {y}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        x, y = here
        radius = min(bend, int(_length(before, here) / 2), int(_length(here, after) / 2))
        if radius <= 0:
            out.append(f"L{x} {y}")
            continue
        enter, leave = _towards(here, before, radius), _towards(here, after, radius)
        out.append(f"L{enter[0]} {enter[1]}Q{x} {y} {leave[0]} {leave[1]}")
    x, y = points[-1]
    out.append(f"L{x} {y}")
    return "".join(out)


def head(points: Sequence[Point]) -> tuple[Point, Point, Point]:
    """Return the corners of the arrow's head at the end of a line, its tip first."""
    (x0, y0), (x, y) = points[-2], points[-1]
    long, half = HEAD
    if x == x0 or y == y0:  # most lines end across or down
        right, down = (x > x0) - (x < x0), (y > y0) - (y < y0)
        bx, by = x - right * long, y - down * long
        return (x, y), (bx + down * half, by - right * half), (bx - down * half, by + right * half)
    away = _length(points[-2], points[-1])
    dx, dy = (x - x0) / away, (y - y0) / away
    left, top = x - dx * long, y - dy * long
    ends = (left + dy * half, top - dx * half), (left - dy * half, top + dx * half)
    return (x, y), (round(ends[0][0]), round(ends[0][1])), (round(ends[1][0]), round(ends[1][1]))


def _length(one: Point, other: Point) -> float:
    dx, dy = other[0] - one[0], other[1] - one[1]
    if dx == 0 or dy == 0:
        return abs(dx + dy)
    return float((dx**2 + dy**2) ** 0.5)


def _towards(start: Point, goal: Point, distance: int) -> Point:
    (x, y), (to_x, to_y) = start, goal
    if x == to_x:
        return x, y + distance * ((to_y > y) - (to_y < y))
    if y == to_y:
        return x + distance * ((to_x > x) - (to_x < x)), y
    away = max(_length(start, goal), 1.0)
    return round(x + (to_x - x) * distance / away), round(y + (to_y - y) * distance / away)
