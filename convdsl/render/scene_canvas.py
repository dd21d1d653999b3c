"""A scene as primitives: frames, edges, cards with their bars, stripes and badges, words."""

from collections.abc import Iterable, Iterator, Sequence

from convdsl.render.canvas import Canvas, Disc, Group, Item, Label, Line, Point, Polygon, Rect
from convdsl.render.scene import BADGE, Box, Edge, Frame, Scene, Stripe, Text
from convdsl.render.theme import BOLD, SIZES

RADIUS = 4  # of a card's corners
BEND = 8  # of an edge's corners
BAR = 5  # the coloured bar at a card's left edge
GONE = "-"  # the mark of a card that is no longer there
COLOURS = {"title": "ink", "heading": "ink", "mark": "problem", "stripe": "ink"}  # of words; others are soft


def canvas_of(scene: Scene) -> Canvas:
    """Turn a scene into primitives, from the back to the front."""
    items: list[Item] = [_frame(frame) for frame in scene.frames]
    seen: dict[str, int] = {}
    for edge in scene.edges:
        items.append(_edge(edge, seen))
    items.extend(_box(box) for box in scene.boxes)
    items.extend(map(_label, scene.labels))
    return Canvas(scene.title, scene.description, scene.width, scene.height, tuple(items))


def _frame(frame: Frame) -> Group:
    around = Rect(frame.x, frame.y, frame.width, frame.height, fill="frame_fill", stroke="frame", radius=8, opacity=70)
    return Group(f"{frame.id}-frame", frame.tooltip, (around, *map(_label, frame.texts)), frame.about)


def _edge(edge: Edge, seen: dict[str, int]) -> Group:
    colour = "skip" if edge.way == "skip" else "edge"
    line = Line(edge.points, colour, dashed=edge.gone or not edge.known, bend=BEND, head=True)
    name = f"{edge.source}--{edge.target}"
    seen[name] = seen.get(name, 0) + 1
    return Group(name if seen[name] == 1 else f"{name}--{seen[name]}", edge.tooltip, (line,))


def _box(box: Box) -> Group:
    return Group(box.id, box.tooltip, tuple(_parts(box)), box.about[0] if box.about else "")


def _parts(box: Box) -> Iterator[Item]:
    gone = box.mark == GONE
    fill, bar = ("page", "outline") if gone else (f"fill:{box.category}", f"bar:{box.category}")
    outline = "problem" if box.problem else f"mark:{box.mark}" if box.mark else "outline"
    weight = 20 if box.problem or box.mark else 10
    dashed = gone or not box.known
    x, y, wide, high = box.x, box.y, box.width, box.height
    if box.times > 1:
        for step in (4, 2):
            yield Rect(x + step, y + step, wide, high, "page", outline, RADIUS, weight)
    own = [text for text in box.texts if text.style != "stripe"]
    stripes = [text for text in box.texts if text.style == "stripe"]
    if box.kind in ("input", "output"):
        plain = outline == "outline"
        yield Rect(x, y, wide, high, fill, bar if plain else outline, min(high // 2, 18), 15 if plain else 20, dashed)
    else:
        yield Rect(x, y, wide, high, fill, radius=RADIUS)
        yield from _stripes(box, stripes)
        yield Polygon(_left_bar(box), bar)
        yield Rect(x, y, wide, high, "", outline, RADIUS, weight, dashed)
        own += [] if len(stripes) == len(box.stripes) else stripes
    yield from map(_label, own)
    if box.problem or not box.known:
        yield from _badge(x + wide, y, "!" if box.problem else "?", "problem")
    if box.mark:
        yield from _badge(x, y, box.mark, f"mark:{box.mark}")


def _stripes(box: Box, texts: Sequence[Text]) -> Iterable[Item]:
    """Draw each stripe with its word; where the box says which layers it holds, as a thing of its own."""
    whole = len(texts) == len(box.stripes)
    named = whole and len(box.about) == len(box.stripes) + 1
    for number, stripe in enumerate(box.stripes):
        items: tuple[Item, ...] = (*_band(stripe), *([_label(texts[number])] if whole else []))
        if named:
            yield Group(f"{box.id}-stripe{number + 1}", "", items, box.about[number + 1])
        else:
            yield from items


def _band(stripe: Stripe) -> tuple[Item, Item]:
    x, y, wide = stripe.x, stripe.y, stripe.width
    return Rect(x, y, wide, stripe.height, f"fill:{stripe.category}"), Rect(x, y, wide, 1, f"bar:{stripe.category}")


def _badge(x: int, y: int, mark: str, colour: str) -> tuple[Item, Item]:
    return Disc(x, y, BADGE, colour), Label(x, y + 4, mark, 12, "page", "middle", True)


def _left_bar(box: Box) -> tuple[Point, ...]:
    """Cut the bar's outer corners as the card's are rounded."""
    x, y, end = box.x, box.y, box.y + box.height
    near, far = 1, RADIUS  # the arc of radius 4 passes within 0.2 pixels of (1, 1)
    above = ((x + BAR, y), (x + far, y), (x + near, y + near), (x, y + far))
    return (*above, (x, end - far), (x + near, end - near), (x + far, end), (x + BAR, end))


def _label(text: Text) -> Label:
    return Label(
        text.x,
        text.y,
        text.text,
        SIZES[text.style],
        COLOURS.get(text.style, "soft"),
        text.anchor,
        text.style in BOLD,
    )
