"""From a network to a scene: cards on a grid, ways between them, frames around them, in linear time.

direction: "TB" (down the page), "LR" (to the right), "snake" (down, in strips side by side), or "" for TB where that is
not too tall and snake else. What a picture says is decided in cards.py, where things stand
in lanes.py, gutters.py and plan.py, how edges run in routes.py; this file puts it together.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from convdsl.record import dataclass, replace
from convdsl.render.body import Body, Spot, Wire
from convdsl.render.cards import Card, Picture, picture
from convdsl.render.cards import Frame as BlockFrame
from convdsl.render.facts import Network
from convdsl.render.fold import SUM, fold
from convdsl.render.lanes import Grid, Way, grid
from convdsl.render.notes import HEADING, description, footnotes, heading, sums
from convdsl.render.plan import Extent, Item, Plan, lanes_of, place_across, place_along
from convdsl.render.routes import Router
from convdsl.render.scene import BADGE, Box, Edge, Frame, Point, Scene, Text
from convdsl.render.snake import wrap
from convdsl.render.typeset import Face, common_width, cut, face, measure, typeset
from convdsl.render.wish import DIRECTIONS

MARGIN = 16
NARROWEST = 260
ABOVE = HEADING + 2 * MARGIN  # what a picture has besides its body, down the page
LABEL_ROW = 20  # the room of a shape under a card, in a picture that runs down
FOOT = 20  # the line below a picture in which cards say sums
TALLEST = 3  # times its width, as a column of a page has it: what is taller is wrapped unless asked for


@dataclass(frozen=True, slots=True)
class _Measured:
    """A picture with the sizes of its cards: faces as drawn, items along and across; labels by card."""

    picture: Picture
    faces: list[Face]
    items: list[Item]
    labels: list[str]
    extents: list[Extent]


def layout(
    network: Network,
    *,
    direction: str = "",
    folded: bool = True,
    depth: int | None = None,
    collapse: Sequence[str] = (),
) -> Scene:
    """Lay a network out.

    folded: equal blocks in a row are drawn once. depth: how many levels of blocks and groups are opened, None for all.
    collapse: globs; blocks and groups of such a full name, or of a block of such a name, are not opened. Those that are
    not are one card each.
    Raises ValueError for an unknown direction.
    """
    shown = picture(network, depth, collapse)
    if folded:
        shown = fold(network.graph, shown)
    head = heading(network, shown.parameters, MARGIN)
    return arrange(network, shown, head, description(network, len(shown.cards)), direction)


def arrange(network: Network, shown: Picture, head: Sequence[Text], words: str, direction: str = "") -> Scene:
    """Lay a picture of a network out; head: the lines above it, words: what it says to those who cannot see it.

    Raises ValueError for an unknown direction.
    """
    if direction and direction not in DIRECTIONS:
        raise ValueError(f"expected {', '.join(DIRECTIONS)}, not {direction!r}")
    down = direction != "LR"
    pairs = [(link.source, link.target) for link in shown.links]
    cells = grid(len(shown.cards), pairs)
    measured = _measure(shown, cells, down)
    plan = Plan()
    lanes = lanes_of(cells, pairs, measured.extents)
    place_across(plan, cells, measured.items, lanes, measured.extents, head=not down)
    router = Router(cells, pairs, measured.items, lanes, plan)
    router.choose()
    router.grow()
    tracks = {row: len(used) for row, used in router.tracks.items()}
    along = place_along(plan, cells, measured.items, measured.extents, tracks, head=not down)
    wide, high = (plan.total, along) if down else (along, plan.total)
    width = max(wide, *(text.width for text in head), NARROWEST) + 2 * MARGIN
    if not direction:
        direction = "snake" if high + ABOVE + FOOT > TALLEST * width else "TB"
    if direction == "snake":
        body = wrap(_body(measured, cells, plan, router, (0, 0), True, (wide, high)), MARGIN, MARGIN + HEADING, ABOVE)
        width = max(body.width, *(text.width for text in head), NARROWEST) + 2 * MARGIN
    else:
        corner = ((width - wide) // 2, MARGIN + HEADING)
        body = _body(measured, cells, plan, router, corner, down, (wide, high))
    notes, bottom = footnotes(network, width - 2 * MARGIN, MARGIN, MARGIN + HEADING + body.height)
    if any(card.note.startswith(SUM) for card in shown.cards):
        said, bottom = sums(width - 2 * MARGIN, MARGIN, bottom)
        notes += said
    ids = _ids(shown)
    boxes = tuple(_boxes(network, measured, body, ids, down))
    edges = tuple(_edges(shown, cells, body, ids))
    labels = (*head, *body.labels, *notes)
    return Scene(shown.title, words, direction, width, bottom + MARGIN, tuple(body.frames), boxes, edges, labels)


def _measure(shown: Picture, cells: Grid, down: bool) -> _Measured:
    width = common_width(shown.cards)
    faces = [face(card, width) for card in shown.cards]
    labels = _labels(shown, cells)
    items = []
    for one, label in zip(faces, labels, strict=True):
        if down:
            wide = measure(label, "shape") + 10 if label else 0
            items.append(Item(one.height, one.width, LABEL_ROW if label else 0, wide))
        else:
            wide = max(measure(part, "shape") for part in _two_lines(label)) + 14 if label else 0
            items.append(Item(one.width, one.height, wide, 18 if label else 0))
    return _Measured(shown, faces, items, labels, _extents(shown, cells))


def _labels(shown: Picture, cells: Grid) -> list[str]:
    """Write the shape of a card's tensor where it differs from the one that came in, and before an output."""
    labels = [""] * len(shown.cards)
    arriving = [""] * len(shown.cards)
    for link, way in zip(shown.links, cells.way, strict=True):
        if way in (Way.STRAIGHT, Way.FORK) and not link.gone:
            arriving[link.target] = link.label
    for link in shown.links:
        if link.gone:
            continue
        if link.label != arriving[link.source] or shown.cards[link.target].kind == "output":
            labels[link.source] = link.label
    return labels


def _two_lines(label: str) -> tuple[str, str]:
    """Split a shape: `N×64` above the edge, `H/2×W/2` below it."""
    parts = label.split("×")
    return "×".join(parts[:2]), "×".join(parts[2:])


def _extents(shown: Picture, cells: Grid) -> list[Extent]:
    """Find the cells of each frame; a frame around a card that is not its own is left out."""
    members: dict[int, list[int]] = {key: [] for key in shown.frames}
    inside: dict[int, set[int]] = {key: set() for key in shown.frames}
    depth: dict[int, int] = {}
    for key, frame in shown.frames.items():
        depth[key] = depth.get(frame.parent, -1) + 1
    for index, card in enumerate(shown.cards):
        key = card.scope
        while key in shown.frames:
            members[key].append(index)
            inside[key].add(index)
            key = shown.frames[key].parent
    by_row: dict[int, list[int]] = {}
    for index in range(len(shown.cards)):
        by_row.setdefault(cells.row[index], []).append(index)
    out: dict[int, Extent] = {}
    for key, cards in members.items():
        if not cards:
            continue
        rows, columns = [cells.row[card] for card in cards], [cells.column[card] for card in cards]
        first, last, left, right = min(rows), max(rows), min(columns), max(columns)
        strange = any(
            left <= cells.column[other] <= right and other not in inside[key]
            for row in range(first, last + 1)
            for other in by_row[row]
        )
        if strange:
            continue
        parent = shown.frames[key].parent
        while parent in shown.frames and parent not in out:
            parent = shown.frames[parent].parent
        wide = measure(_frame_title(shown, key), "frame")
        out[key] = Extent(key, first, last, left, right, parent if parent in out else None, depth[key], wide)
    return list(out.values())


def _frame_title(shown: Picture, key: int) -> str:
    return " ".join(part for part in _title_parts(shown.frames[key]) if part)


def _title_parts(frame: BlockFrame) -> tuple[str, str]:
    """Return what a frame is called, and how many it stands for."""
    named = " ".join(part for part in (frame.title, frame.block) if part)
    return named, f"×{frame.times}" if frame.times > 1 else ""


def _fitting(shown: Picture, key: int, room: int) -> str:
    """Write a frame's title into a room: names with numbers in short, `model4 … 5`; how many is never cut off."""
    whole = _frame_title(shown, key)
    if measure(whole, "frame") <= room:
        return whole
    named, times = _title_parts(shown.frames[key])
    named = re.sub(r"\b([^\W\d]+)(\d+) … \1(\d+)\b", r"\1\2 … \3", named)
    if not times:
        return cut(named, "frame", room)
    named = cut(named, "frame", room - measure(f" {times}", "frame"))
    return cut(f"{named} {times}", "frame", room)


# --------------------------------------------------------------------- drawing


def _body(
    measured: _Measured, cells: Grid, plan: Plan, router: Router, corner: Point, down: bool, size: tuple[int, int]
) -> Body:
    """Find the places of everything between heading and footnotes; corner: where it begins."""
    shown = measured.picture
    left, top = corner

    def at(main: int, cross: int) -> Point:
        return (cross + left, main + top) if down else (main + left, cross + top)

    spots = []
    labels: list[Text] = []
    for index, card in enumerate(shown.cards):
        item, one, row = measured.items[index], measured.faces[index], cells.row[index]
        middle, along = plan.centre[cells.column[index]], plan.mains[index]
        x, y = at(plan.middle(row) - along // 2, middle - item.cross // 2)
        wide, tall = (one.width, along) if down else (along, one.height)
        spots.append(Spot(x, y, wide, tall, bool(card.mark or card.problems or not card.known), card.times > 1))
        if measured.labels[index]:
            labels.extend(_label(measured.labels[index], at(plan.start[row] + plan.size[row], middle), down))
    wires = [
        Wire(link.source, [at(main, cross) for main, cross in router.points(number)])
        for number, link in enumerate(shown.links)
    ]
    badges = [(spot.x, spot.y) for spot, card in zip(spots, shown.cards, strict=True) if card.mark]
    return Body(list(_frames(measured, plan, at, down, badges)), spots, wires, labels, *size)


def _boxes(network: Network, measured: _Measured, body: Body, ids: Sequence[str], down: bool) -> Iterator[Box]:
    """Draw the cards where they stand."""
    for id_, card, one, spot in zip(ids, measured.picture.cards, measured.faces, body.spots, strict=True):
        x, y = spot.x, spot.y
        texts, stripes = typeset(card, one if down else replace(one, width=spot.width), x, y, spot.height)
        yield Box(
            id_,
            card.kind,
            card.category,
            x,
            y,
            spot.width,
            spot.height,
            stripes,
            texts,
            card.tooltip,
            card.known,
            bool(card.problems),
            card.times,
            card.mark,
            _about(network, card),
        )


def _edges(shown: Picture, cells: Grid, body: Body, ids: Sequence[str]) -> Iterator[Edge]:
    """Draw the links where they run."""
    for link, way, wire in zip(shown.links, cells.way, body.wires, strict=True):
        source, target, points = ids[link.source], ids[link.target], tuple(wire.points)
        yield Edge(source, target, points, link.title, way.value, link.label != "?", link.gone)


def _about(network: Network, card: Card) -> tuple[str, ...]:
    """Name what a card shows: its layers, or the closed block; nothing where it shows no layer of the network."""
    if not card.nodes:
        return ()
    if len(card.stripes) != len(card.nodes) - 1:
        return (card.name,)
    return tuple(network.graph.nodes[node].name for node in card.nodes)


def _label(label: str, place: Point, down: bool) -> list[Text]:
    """Write the shape beside the edge that leaves a card, or above and below one that runs to the right."""
    x, y = place
    if down:
        return [Text(x + 6, y + 15, label, "shape", "start", measure(label, "shape"))]
    first, second = _two_lines(label)
    lines = [(first, y - 5), (second, y + 13)]
    return [Text(x + 7, line, text, "shape", "start", measure(text, "shape")) for text, line in lines if text]


def _frames(
    measured: _Measured, plan: Plan, at: Callable[[int, int], Point], down: bool, badges: Sequence[Point]
) -> Iterator[Frame]:
    """Draw frames from the outside in; no word stands where an edge may come in, or at the badge of a card."""
    shown = measured.picture
    names = unique(shown.frames[extent.key].name or "frame" for extent in measured.extents)
    pairs = sorted(zip(measured.extents, names, strict=True), key=lambda pair: pair[0].depth)
    for extent, name in pairs:
        main, cross, last_main, last_cross = plan.frames[extent.key]
        x, y = at(main, cross)
        right, bottom = at(last_main, last_cross)
        beside = [bx - x for bx, by in badges if x <= bx <= right and y <= by <= y + 15 + BADGE]
        first = max((8, *(place + BADGE + 4 for place in beside if place - BADGE < 20)))  # else a badge ends the title
        last = (plan.centre[extent.column] - cross if down else right - x) - 6
        last = min((last, *(place - BADGE - 4 for place in beside if place > first)))
        title = _fitting(shown, extent.key, last - first)
        texts = [Text(x + first, y + 15, title, "frame", "start", measure(title, "frame"))]
        change = shown.frames[extent.key].change
        if change:
            # to the right of the edge that comes in, or right of the title
            start = at(0, plan.centre[extent.column])[0] + 10 if down else texts[0].x + texts[0].width + 12
            change = cut(change, "frame", right - start - 8)
            texts.append(Text(start, y + 15, change, "frame", "start", measure(change, "frame")))
        frame = shown.frames[extent.key]
        about = frame.name.removesuffix(".")
        yield Frame(name, x, y, right - x, bottom - y, extent.depth, tuple(texts), frame.tooltip, about)


def _ids(shown: Picture) -> list[str]:
    """Name boxes after their layers; outputs have a prefix, for a layer may have the same name."""
    return unique(f"output.{card.name}" if card.kind == "output" else card.name for card in shown.cards)


def unique(names: Iterable[str]) -> list[str]:
    """Make names that can be ids: other characters become underscores, repeated names get numbers."""
    out: list[str] = []
    seen: dict[str, int] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name.rstrip(".")) or "_"
        count = seen.get(plain, 0)
        seen[plain] = count + 1
        while count and f"{plain}-{count + 1}" in seen:
            count += 1
        text = f"{plain}-{count + 1}" if count else plain
        seen.setdefault(text, 1)
        out.append(text)
    return out
