"""A scene as primitives: frames, edges, cards with their bars, stripes and badges, words."""

from collections.abc import Iterable, Iterator, Sequence

from convdsl.render.canvas import Canvas, Disc, Group, Item, Label, Line, Point, Polygon, Rect
from convdsl.render.scene import BADGE, Box, Edge, Frame, Scene, Stripe, Text
from convdsl.render.theme import BOLD, SIZES

RADIUS = 4  # of a card's corners
BEND = 8  # of an edge's corners
BAR = 5  # the coloured bar at a card's left edge
WEIGHT = 14  # of an edge, in tenths of a pixel
TERMINALS = ("input", "output")  # kinds of boxes that are no cards
GONE = "-"  # the mark of a card that is no longer there
COLOURS = {"title": "ink", "heading": "ink", "mark": "problem", "stripe": "ink"}  # of words; others are soft


def canvas_of(scene: Scene) -> Canvas:
    """Turn a scene into primitives, from the back to the front."""
    items: list[Item] = [group_of_frame(frame) for frame in scene.frames]
    items += (group_of_edge(name, edge) for name, edge in named(scene.edges))
    items += map(group_of_box, scene.boxes)
    items += map(label_of, scene.labels)
    return Canvas(scene.title, scene.description, scene.width, scene.height, tuple(items))


def named(edges: Iterable[Edge]) -> Iterator[tuple[str, Edge]]:
    """Name edges after their ends; further ones between the same two have a number."""
    seen: dict[str, int] = {}
    for edge in edges:
        name = f"{edge.source}--{edge.target}"
        seen[name] = number = seen.get(name, 0) + 1
        yield name if number == 1 else f"{name}--{number}", edge


def group_of_frame(frame: Frame) -> Group:
    """Draw a frame with its title."""
    around = Rect(frame.x, frame.y, frame.width, frame.height, fill="frame_fill", stroke="frame", radius=8, opacity=70)
    return Group(f"{frame.id}-frame", frame.tooltip, (around, *map(label_of, frame.texts)), frame.about)


def group_of_edge(name: str, edge: Edge) -> Group:
    """Draw an edge as an arrow."""
    line = Line(edge.points, role_of(edge), WEIGHT, edge.gone or not edge.known, BEND, True)
    return Group(name, edge.tooltip, (line,))


def role_of(edge: Edge) -> str:
    """Return the role of an edge's colour."""
    return "skip" if edge.way == "skip" else "edge"


def group_of_box(box: Box) -> Group:
    """Draw a card or a terminal with all that is on it."""
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
    if box.kind in TERMINALS:
        plain = outline == "outline"
        yield Rect(x, y, wide, high, fill, bar if plain else outline, min(high // 2, 18), 15 if plain else 20, dashed)
    else:
        yield Rect(x, y, wide, high, fill, radius=RADIUS)
        yield from _stripes(box, stripes)
        yield Polygon(_left_bar(box), bar)
        yield Rect(x, y, wide, high, "", outline, RADIUS, weight, dashed)
        own += [] if len(stripes) == len(box.stripes) else stripes
    yield from map(label_of, own)
    if box.problem or not box.known:
        yield from _badge(x + wide, y, "!" if box.problem else "?", "problem")
    if box.mark:
        yield from _badge(x, y, box.mark, f"mark:{box.mark}")


def _stripes(box: Box, texts: Sequence[Text]) -> Iterable[Item]:
    """Draw each stripe with its word; where the box says which layers it holds, as a thing of its own."""
    whole = len(texts) == len(box.stripes)
    named = whole and len(box.about) == len(box.stripes) + 1
    for number, stripe in enumerate(box.stripes):
        items: tuple[Item, ...] = (*_band(stripe), *([label_of(texts[number])] if whole else []))
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


def label_of(text: Text) -> Label:
    """Draw a line of text in the type of its style."""
    return Label(
        text.x,
        text.y,
        text.text,
        SIZES[text.style],
        COLOURS.get(text.style, "soft"),
        text.anchor,
        text.style in BOLD,
    )
