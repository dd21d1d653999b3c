"""How a volume looks: a box seen from the front, a little from above and from the right, with bands at its ends.

The bands are norms, activations and dropouts; they are told apart without colour too.
"""

from collections.abc import Iterator

from convdsl.render.canvas import Disc, Item, Label, Point, Polygon, Rect
from convdsl.render.figure.volumes import BADGE, LINE, SMALL, STACK, Volume

BAND = 3  # pixels of a norm's or activation's band
TOP, SIDE = 18, 38  # percent of the category's full colour on the faces that are not the front
PALE = 3  # of a category whose full colour is ink, this part


def solid(volume: Volume, middle: int, axis: int) -> Iterator[Item]:
    """Yield a volume with its front's middle at a point of its axis, and all that is written under it."""
    if volume.is_text:
        yield from _output(volume, middle, axis)
        return
    stage, extent = volume.stage, volume.extent
    left, back = middle - extent.width // 2, extent.back
    top = axis - volume.foot + back
    right, bottom = left + extent.width, top + extent.height
    stroke, weight = ("problem", 20) if stage.has_problem else (f"bar:{stage.category}", 10)
    unknown = not stage.known or stage.shape is None
    fill = "page" if unknown else f"fill:{stage.category}"
    outline = ((left, top), (left + back, top - back), (right + back, top - back), (right + back, bottom - back))
    silhouette = (*outline, (right, bottom), (left, bottom))
    if volume.peeks:
        for step in (2 * STACK, STACK):
            yield Polygon(tuple((x + step, y) for x, y in silhouette), "page", stroke, weight)
    yield Rect(left, top, extent.width, extent.height, fill, stroke, weight=weight, dashed=unknown)
    if back:
        above = (outline[0], outline[1], outline[2], (right, top))
        beside = (outline[2], outline[3], (right, bottom), (right, top))
        part = PALE if stage.category == "input" else 1
        for face, share in ((above, TOP // part), (beside, SIDE // part)):
            yield Polygon(face, "page", stroke, weight, unknown)
            if not unknown:
                yield Polygon(face, fill)
                yield Polygon(face, f"bar:{stage.category}", opacity=share)
                yield Polygon(face, "", stroke, weight)
    yield from _bands(volume, left, top)
    yield from _words(volume, middle, axis)


def _bands(volume: Volume, left: int, top: int) -> Iterator[Item]:
    extent, stage = volume.extent, volume.stage
    room = (extent.width - 2) // BAND
    for count, category in enumerate(stage.before[:room]):
        yield from band(category, left + count * BAND, top, extent.height, extent.back)
    for count, category in enumerate(reversed(stage.after[: max(0, room - len(stage.before))])):
        yield from band(category, left + extent.width - (count + 1) * BAND, top, extent.height, extent.back)


def band(category: str, x: int, y: int, height: int, back: int = 0) -> Iterator[Item]:
    """Yield a band: full for an activation, open for a norm, dashed for a dropout."""
    full = f"bar:{category}"
    fill = full if category == "activation" else f"fill:{category}"
    dashed = category == "regularise"
    yield Rect(x, y, BAND, height, fill, full, weight=6, dashed=dashed)
    if back:
        corners: tuple[Point, ...] = ((x, y), (x + back, y - back), (x + back + BAND, y - back), (x + BAND, y))
        yield Polygon(corners, fill, full, 6, dashed)


def _words(volume: Volume, middle: int, axis: int) -> Iterator[Item]:
    y = axis + volume.foot + 4
    if volume.stage.has_problem:
        yield from _badge(middle, y + 6)
        y += BADGE
    yield Label(middle, y + SMALL - 1, volume.count, SMALL, "ink", "middle")
    y += SMALL + 6
    x = middle - LINE * len(volume.lines) // 2 + SMALL - 1
    for line in volume.lines:
        yield Label(x, y, line.text, SMALL, line.colour, "end", line.bold, upright=True)
        x += LINE


def _output(volume: Volume, middle: int, axis: int) -> Iterator[Item]:
    name, *words = volume.lines
    left = middle - volume.extent.width // 2
    y = axis - volume.extent.height // 2 + 12
    yield Label(left, y, name.text, SMALL + 1, name.colour, bold=True)
    for line in words:
        yield Label(left, y + 13, line.text, SMALL, line.colour)
    if volume.stage.has_problem:
        yield from _badge(middle, axis + volume.foot + 8)


def _badge(x: int, y: int) -> Iterator[Item]:
    yield Disc(x, y, 7, "problem")
    yield Label(x, y + 4, "!", 11, "page", "middle", bold=True)
