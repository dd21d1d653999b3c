"""A long picture cut into strips that stand side by side, as the columns of a newspaper: the direction `snake`.

Cuts run between rows, where few edges and frames are in the way. An edge that is cut goes on at the top of the next
strip: below its own strip where it has no shorter way, up between the two, and in above the next, each in a track of
its own and none across another. A frame that is cut goes on too, under its name.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from convdsl.record import dataclass, field, replace
from convdsl.render.body import Body, Spot, Wire
from convdsl.render.plan import FRAME_FOOT, TITLE, TRACK
from convdsl.render.scene import BADGE, Frame, Point, Text
from convdsl.render.shortcuts import pieces_by_strip, shortcuts
from convdsl.render.typeset import cut as shortened
from convdsl.render.typeset import measure

RATIO = 1.5  # the most that a wrapped picture is taller than wide, where strips can be cut so
MOST = 60  # strips
NEAR, FAR = 14, 12  # pixels from a strip to the tracks after it, and from there to the next strip
LABEL_ROW = 17  # pixels from a card to the foot of the label below it
ARROW = 9  # pixels before an edge's end that are not cut
UNEVEN = 60  # pixels that a strip may begin lower than it need, to begin where the others do
WINDOW = 0.25  # of a strip's height: how far a cut may lie from where strips would be equally long
FRAME_COST, EDGE_COST = 60, 15  # pixels of unevenness that a whole frame, or an edge less, is worth


@dataclass(slots=True)
class _Strip:
    """What lies between two cuts: start, end in the uncut picture; left, right: how far it reaches across.

    crossings: where edges come in from the strip before, from the right to the left; passing, leaving: how many of
    them, the first, come past the strip before, and straight out of it. open: the frames that go on from there, the
    outermost first. dx, dy: how far it is moved; channel: where the tracks before it begin.
    """

    start: int
    end: int
    crossings: list[int] = field(default_factory=list)
    passing: int = 0
    leaving: int = 0
    open: list[Frame] = field(default_factory=list)
    left: int = 10**9
    right: int = 0
    dx: int = 0
    dy: int = 0
    channel: int = 0

    @property
    def short(self) -> frozenset[int]:
        """The crossings of edges that do not run down to the foot of the strip before."""
        return frozenset(self.crossings[: self.passing + self.leaving])

    def reach(self, left: int, right: int) -> None:
        """Take in something that reaches from left to right."""
        self.left, self.right = min(self.left, left), max(self.right, right)


def wrap(body: Body, left: int, top: int, above: int) -> Body:
    """Cut a picture that runs down into strips; left, top: where they begin; above: the height of what stands above.

    The result has the width and height of all strips together.
    """
    places = _places(body)
    cuts = _cuts(body, places, above)
    if not cuts:
        return _moved(body, left, top)
    strips = [_Strip(start, end) for start, end in zip([0, *cuts], [*cuts, body.height], strict=True)]
    for strip in strips[1:]:
        strip.open = [frame for frame in body.frames if frame.y < strip.start < frame.y + frame.height]
        strip.open.sort(key=lambda frame: frame.depth)
    _collect(body, cuts, strips)
    _arrange(strips, left, top)
    frames = tuple(part for frame in body.frames for part in _frame(frame, cuts, strips))
    wires = [Wire(wire.source, _path(wire.points, cuts, strips, top)) for wire in body.wires]
    spots = [_spot(spot, strips[bisect_right(cuts, spot.y)]) for spot in body.spots]
    labels = [_text(text, strips[bisect_right(cuts, text.y)]) for text in body.labels]
    wide = strips[-1].right + strips[-1].dx - left
    low = max(_foot(strips, index) + TRACK * deep for index, deep in enumerate(_deep(strips)))
    return Body(sorted(frames, key=lambda frame: frame.depth), spots, wires, labels, wide, low - top)


# ---------------------------------------------------------------------- cutting


def _places(body: Body) -> list[int]:
    """Find the heights at which nothing but edges that run straight down is cut."""
    blocked = sorted(_blocked(body))
    out = []
    at = 0
    for start, end in blocked:
        if start - at >= 2:
            out.append((at + start) // 2)
        at = max(at, end)
    return out[1:] if out and out[0] == 0 else out


def _blocked(body: Body) -> Iterator[tuple[int, int]]:
    for spot in body.spots:
        yield spot.y - (BADGE + 1 if spot.marked else 1), spot.y + spot.height + (5 if spot.stacked else 1)
    for text in body.labels:
        yield text.y - LABEL_ROW, text.y + 3  # from the card that it belongs to
    for frame in body.frames:
        yield frame.y - 2, frame.y + TITLE
        yield frame.y + frame.height - 2, frame.y + frame.height + 2
    for wire in body.wires:
        points = wire.points
        for (x0, y0), (x1, y1) in pairwise(points):
            if x0 != x1 or y1 < y0:
                yield min(y0, y1) - 1, max(y0, y1) + 1
        # what turns into a card's head close above it stays with the card
        last = points[-2][1] if len(points) > 2 and points[-2][0] == points[-1][0] else points[-1][1] - ARROW
        long = points[-1][1] - last > 3 * ARROW
        yield (points[-1][1] - ARROW if long else last), points[-1][1]


def _cuts(body: Body, places: Sequence[int], above: int) -> list[int]:
    """Choose as few cuts as make the picture no taller than RATIO times its width."""
    count = 1
    for count in range(1, MOST + 1):
        wide = count * body.width + (count - 1) * (NEAR + FAR + 2 * TRACK)
        if body.height // count + 4 * TRACK + above <= RATIO * wide:
            break
    cost = [0] * (len(places) + 1)
    for start, end, weight in (
        *((wire.points[0][1], wire.points[-1][1], EDGE_COST) for wire in body.wires),
        *((frame.y, frame.y + frame.height, FRAME_COST) for frame in body.frames),
    ):
        cost[bisect_left(places, start)] += weight
        cost[bisect_left(places, end)] -= weight
    for index in range(len(places)):
        cost[index + 1] += cost[index]
    out: list[int] = []
    for number in range(1, count):
        rest = body.height - (out[-1] if out else 0)
        equal = rest // (count - number + 1)
        goal = (out[-1] if out else 0) + equal
        first, last = bisect_left(places, goal - int(WINDOW * equal)), bisect_right(places, goal + int(WINDOW * equal))
        near = range(max(first, bisect_right(places, out[-1]) if out else 0), last)
        if near:
            out.append(places[min(near, key=lambda index: (cost[index] + abs(places[index] - goal), index))])
    return out


# --------------------------------------------------------------------- placing


def _collect(body: Body, cuts: Sequence[int], strips: Sequence[_Strip]) -> None:
    """Find how far each strip reaches, and where edges come into it."""
    for spot in body.spots:
        strip = strips[bisect_right(cuts, spot.y)]
        left, right = spot.x - BADGE, spot.x + spot.width + BADGE
        if left < strip.left or right > strip.right:
            strip.reach(left, right)
    for text in body.labels:
        strips[bisect_right(cuts, text.y)].reach(text.x, text.x + text.width)
    for frame in body.frames:
        for index in range(bisect_right(cuts, frame.y), bisect_right(cuts, frame.y + frame.height) + 1):
            strips[index].reach(frame.x, frame.x + frame.width)
    crossings: list[set[int]] = [set() for _ in strips]
    for wire in body.wires:
        for (x0, y0), (_, y1) in pairwise(wire.points):
            for index in range(bisect_right(cuts, y0), bisect_right(cuts, y1)):
                crossings[index + 1].add(x0)
    for strip, found in zip(strips, crossings, strict=True):
        strip.crossings = sorted(found, reverse=True)
    pieces = pieces_by_strip(body, cuts)
    counts = shortcuts(body, cuts, pieces, [strip.crossings for strip in strips])
    for strip, (passing, leaving) in zip(strips, counts, strict=True):
        strip.passing, strip.leaving = passing, leaving
    for index, here in enumerate(pieces):
        short = strips[index + 1].short if index < len(cuts) else frozenset()
        strip = strips[index]
        for piece in here:
            left, right = (piece.x0, piece.x1) if piece.x0 < piece.x1 else (piece.x1, piece.x0)
            if (left - 1 < strip.left or right + 1 > strip.right) and right not in short:
                strip.reach(left - 1, right + 1)


def _arrange(strips: Sequence[_Strip], left: int, top: int) -> None:
    """Stand the strips side by side, their contents at one height where that leaves no great gap."""
    rooms = [TRACK * len(strip.crossings) + TITLE * len(strip.open) for strip in strips]
    at = left
    for strip, room in zip(strips, rooms, strict=True):
        if strip.crossings:
            strip.channel = at + NEAR
            at += NEAR + TRACK * (len(strip.crossings) - 1) + FAR
        strip.dx = at - strip.left
        strip.dy = top + (max(rooms) if max(rooms) - room <= UNEVEN else room) - strip.start
        at += strip.right - strip.left


def _deep(strips: Sequence[_Strip]) -> Iterator[int]:
    """Count the edges that run below each strip."""
    yield from (len(strip.crossings) - strip.passing - strip.leaving for strip in strips[1:])
    yield 0


def _foot(strips: Sequence[_Strip], index: int) -> int:
    """Return where a strip ends, with the feet of the frames that are cut after it."""
    open_frames = len(strips[index + 1].open) if index + 1 < len(strips) else 0
    return strips[index].end + strips[index].dy + FRAME_FOOT * open_frames


# -------------------------------------------------------------------- drawing


def _path(points: Sequence[Point], cuts: Sequence[int], strips: Sequence[_Strip], top: int) -> list[Point]:
    """Lead an edge through the strips; of edges that are cut the one farthest to the right turns first."""
    out: list[Point] = []
    (x0, y0), (_, last) = points[0], points[-1]
    here = bisect_right(cuts, y0)
    if here == bisect_right(cuts, last) and len(points) == 2:
        dx, dy = strips[here].dx, strips[here].dy
        return [(x + dx, y + dy) for x, y in points]
    out.append((x0 + strips[here].dx, y0 + strips[here].dy))
    for (x0, y0), (x1, y1) in pairwise(points):
        for index in range(bisect_right(cuts, y0), bisect_right(cuts, y1)):
            after = strips[index + 1]
            rank = after.crossings.index(x0)
            across, high = after.channel + TRACK * rank, top + TRACK * rank
            if rank < after.passing:
                out[-1] = (x0 + after.dx, high)
                continue
            if rank < after.passing + after.leaving:
                out[-1] = (across, y0 + strips[index].dy)
            else:
                low = _foot(strips, index) + TRACK * (rank - after.passing - after.leaving) + TRACK // 2
                out += [(x0 + strips[index].dx, low), (across, low)]
            out += [(across, high), (x0 + after.dx, high)]
        here = bisect_right(cuts, y1)
        out.append((x1 + strips[here].dx, y1 + strips[here].dy))
    return out


def _frame(frame: Frame, cuts: Sequence[int], strips: Sequence[_Strip]) -> Iterator[Frame]:
    """Draw a frame, or its parts; a part that goes on has the name again."""
    first, last = bisect_right(cuts, frame.y), bisect_right(cuts, frame.y + frame.height)
    for index in range(first, last + 1):
        strip = strips[index]
        x, y, bottom = frame.x + strip.dx, frame.y + strip.dy, frame.y + frame.height + strip.dy
        texts = tuple(_text(text, strip) for text in frame.texts)
        name = frame.id
        if index > first:
            level = strip.open.index(frame)
            y = strip.start + strip.dy - TITLE * (len(strip.open) - level)
            lines = [place for place in strip.crossings if place > frame.x + 8]
            room = min([*lines, frame.x + frame.width]) - frame.x - 16
            title = shortened(f"{frame.texts[0].text} …", "frame", room)
            texts = (Text(x + 8, y + 15, title, "frame", "start", measure(title, "frame")),)
            name = f"{frame.id}~{index - first + 1}"
        if index < last:
            after = strips[index + 1].open
            bottom = strip.end + strip.dy + FRAME_FOOT * (len(after) - after.index(frame))
        yield replace(frame, id=name, x=x, y=y, height=bottom - y, texts=texts)


def _moved(body: Body, left: int, top: int) -> Body:
    strip = _Strip(0, body.height, dx=left, dy=top)
    frames = [part for frame in body.frames for part in _frame(frame, (), (strip,))]
    wires = [Wire(wire.source, _path(wire.points, (), (strip,), top)) for wire in body.wires]
    spots = [_spot(spot, strip) for spot in body.spots]
    return Body(frames, spots, wires, [_text(text, strip) for text in body.labels], body.width, body.height)


def _spot(spot: Spot, strip: _Strip) -> Spot:
    return Spot(spot.x + strip.dx, spot.y + strip.dy, spot.width, spot.height, spot.marked, spot.stacked)


def _text(text: Text, strip: _Strip) -> Text:
    return Text(text.x + strip.dx, text.y + strip.dy, text.text, text.style, text.anchor, text.width)
