"""Paint a scene as SVG: plain elements, whole numbers, the same bytes on every machine.

No script, no font, no link out; every string from a spec is escaped.
"""

import re
from collections.abc import Iterable, Sequence
from zlib import crc32

from convdsl.render.facts import Network
from convdsl.render.layout import layout
from convdsl.render.metrics import FONT
from convdsl.render.scene import BADGE, Box, Edge, Frame, Point, Scene, Text
from convdsl.render.theme import BOLD, SIZES, THEMES, Paint, Theme

RADIUS = 4  # of a card's corners
BEND = 8  # of an edge's corners
BAR = 5  # the coloured bar at a card's left edge
HEAD = (7, 4)  # an arrow's length and half its width
GONE = "-"  # the mark of a card that is no longer there


def svg(
    network: Network,
    *,
    direction: str = "TB",
    theme: str = "light",
    folded: bool = True,
    depth: int | None = None,
    prefix: str | None = None,
) -> str:
    """Draw a network.

    direction: "TB" (down the page) or "LR" (to the right). theme: "light", "dark" or "print". folded: equal blocks in a
    row are drawn once. depth: how many levels of blocks are opened, None for all. prefix: begins every id, so that
    several drawings can stand in one page; the default is made of the model's name and the drawing's contents.
    Raises ValueError for an unknown direction or theme.
    """
    if theme not in THEMES:
        raise ValueError(f"expected one of {', '.join(THEMES)}, not {theme!r}")
    return paint(layout(network, direction=direction, folded=folded, depth=depth), THEMES[theme], prefix)


def paint(scene: Scene, theme: Theme, prefix: str | None = None) -> str:
    """Turn a scene into SVG text that ends with a newline."""
    body = list(_body(scene, theme))
    if prefix is None:
        name = re.sub(r"[^a-z0-9]+", "-", scene.title.lower()).strip("-") or "net"
        prefix = f"{name}-{crc32(chr(10).join(body).encode()):08x}"
    title, description = f"{prefix}-title", f"{prefix}-desc"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{scene.width}" height="{scene.height}" '
        f'viewBox="0 0 {scene.width} {scene.height}" role="img" aria-labelledby="{title} {description}" '
        f'font-family="{FONT}">',
        f'<title id="{title}">{escape(scene.title)}</title>',
        f'<desc id="{description}">{escape(scene.description)}</desc>',
        *(line.replace(' id="\0', f' id="{prefix}-') for line in body),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Escape a string for text and for attributes; what XML cannot hold becomes a replacement character."""
    out = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", out)


def _body(scene: Scene, theme: Theme) -> Iterable[str]:
    yield f'<rect width="{scene.width}" height="{scene.height}" fill="{theme.page}"/>'
    for frame in scene.frames:
        yield _frame(frame, theme)
    yield f'<g fill="none" stroke="{theme.edge}" stroke-width="1.4">'
    yield from (_edge(edge, theme) for edge in scene.edges)
    yield "</g>"
    yield f'<g fill="{theme.edge}">'
    yield from (_arrow(edge.points, theme, edge.way == "skip") for edge in scene.edges)
    yield "</g>"
    for box in scene.boxes:
        yield from _box(box, theme)
    for label in scene.labels:
        yield _text(label, theme)


def _frame(frame: Frame, theme: Theme) -> str:
    texts = "".join(_text(text, theme) for text in frame.texts)
    return (
        f'<g id="\0{frame.id}-frame"><title>{escape(frame.tooltip)}</title>'
        f'<rect x="{frame.x}" y="{frame.y}" width="{frame.width}" height="{frame.height}" rx="8" '
        f'fill="{theme.frame_fill}" fill-opacity="0.7" stroke="{theme.frame}"/>{texts}</g>'
    )


def _edge(edge: Edge, theme: Theme) -> str:
    style = f' stroke="{theme.skip}"' if edge.way == "skip" else ""
    dash = "" if edge.known and not edge.gone else ' stroke-dasharray="4 3"'
    # the line ends inside its arrow
    return f'<path d="{_path(_shorten(edge.points))}"{style}{dash}><title>{escape(edge.tooltip)}</title></path>'


def _shorten(points: Sequence[Point]) -> list[Point]:
    (x0, y0), (x1, y1) = points[-2], points[-1]
    step = HEAD[0] - 2
    end = (x1 - _sign(x1 - x0) * step, y1 - _sign(y1 - y0) * step)
    return [*points[:-1], end]


def _path(points: Sequence[Point]) -> str:
    """Draw right-angled lines with round corners."""
    x, y = points[0]
    out = [f"M{x} {y}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(BEND, _length(before, here) // 2, _length(here, after) // 2)
        enter, leave = _towards(here, before, radius), _towards(here, after, radius)
        out.append(f"L{enter[0]} {enter[1]}Q{here[0]} {here[1]} {leave[0]} {leave[1]}")
    x, y = points[-1]
    out.append(f"L{x} {y}")
    return "".join(out)


def _arrow(points: Sequence[Point], theme: Theme, skip: bool) -> str:
    (x0, y0), (x, y) = points[-2], points[-1]
    dx, dy = _sign(x - x0), _sign(y - y0)
    long, half = HEAD
    bx, by = x - dx * long, y - dy * long
    style = f' fill="{theme.skip}"' if skip else ""
    return f'<path d="M{x} {y}L{bx - dy * half} {by - dx * half}L{bx + dy * half} {by + dx * half}Z"{style}/>'


def _box(box: Box, theme: Theme) -> Iterable[str]:
    gone = box.mark == GONE
    paint = Paint(theme.page, theme.outline) if gone else theme.paint(box.category)
    yield f'<g id="\0{box.id}"><title>{escape(box.tooltip)}</title>'
    outline = theme.problem if box.problem else theme.marks.get(box.mark, theme.outline)
    stroke = f'stroke="{outline}"' + (' stroke-width="2"' if box.problem or box.mark else "")
    dash = "" if box.known and not gone else ' stroke-dasharray="4 3"'
    x, y, wide, high = box.x, box.y, box.width, box.height
    if box.times > 1:
        for step in (4, 2):
            place = f'x="{x + step}" y="{y + step}" width="{wide}" height="{high}" rx="{RADIUS}"'
            yield f'<rect {place} fill="{theme.page}" {stroke}/>'
    if box.kind in ("input", "output"):
        width = ' stroke-width="1.5"' if not (box.problem or box.mark) else ""
        stroke = stroke if box.problem or box.mark else f'stroke="{paint.bar}"'
        yield (
            f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="{min(high // 2, 18)}" '
            f'fill="{paint.fill}" {stroke}{width}{dash}/>'
        )
    else:
        yield f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="{RADIUS}" fill="{paint.fill}"/>'
        for stripe in box.stripes:
            colours = theme.paint(stripe.category)
            yield (
                f'<rect x="{stripe.x}" y="{stripe.y}" width="{stripe.width}" height="{stripe.height}" '
                f'fill="{colours.fill}"/>'
                f'<rect x="{stripe.x}" y="{stripe.y}" width="{stripe.width}" height="1" fill="{colours.bar}"/>'
            )
        yield f'<path d="{_left_bar(box)}" fill="{paint.bar}"/>'
        yield (f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" rx="{RADIUS}" fill="none" {stroke}{dash}/>')
    yield from (_text(text, theme) for text in box.texts)
    if box.problem or not box.known:
        yield _badge(x + wide, y, "!" if box.problem else "?", theme.problem, theme)
    if box.mark:
        yield _badge(x, y, box.mark, theme.marks[box.mark], theme)
    yield "</g>"


def _badge(x: int, y: int, mark: str, colour: str, theme: Theme) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="{BADGE}" fill="{colour}"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="12" font-weight="bold" '
        f'fill="{theme.page}">{escape(mark)}</text>'
    )


def _left_bar(box: Box) -> str:
    x, y, high = box.x, box.y, box.height
    return (
        f"M{x + BAR} {y}V{y + high}H{x + RADIUS}Q{x} {y + high} {x} {y + high - RADIUS}"
        f"V{y + RADIUS}Q{x} {y} {x + RADIUS} {y}Z"
    )


def _text(text: Text, theme: Theme) -> str:
    colour = {"title": theme.ink, "heading": theme.ink, "mark": theme.problem, "stripe": theme.ink}.get(
        text.style, theme.soft
    )
    weight = ' font-weight="bold"' if text.style in BOLD else ""
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    return (
        f'<text x="{text.x}" y="{text.y}" font-size="{SIZES[text.style]}"{weight}{anchor} fill="{colour}">'
        f"{escape(text.text)}</text>"
    )


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _length(one: Point, other: Point) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, goal: Point, distance: int) -> Point:
    return start[0] + _sign(goal[0] - start[0]) * distance, start[1] + _sign(goal[1] - start[1]) * distance
