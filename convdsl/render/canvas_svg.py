"""Paint a canvas as SVG: plain elements, whole numbers, the same bytes on every machine.

No script, no font, no link out; every string is escaped.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from zlib import crc32

from convdsl.render.canvas import Canvas, Disc, Group, Item, Label, Line, Picture, Polygon, Rect
from convdsl.render.markup import escape
from convdsl.render.metrics import FONT
from convdsl.render.strokes import head, joined, shortened
from convdsl.render.theme import Theme

FEW = 3  # shapes that look alike, from which on they are one element
WORDS = 24  # lines of text, from which on they share one description of their type


def paint_canvas(canvas: Canvas, theme: Theme, prefix: str | None = None) -> str:
    """Turn a canvas into SVG text that ends with a newline.

    prefix: begins every id, so that several drawings can stand in one page; the default is made of title and contents.
    """
    return paint_lines(canvas, list(paint_items(canvas.items, theme)), theme, prefix)


def paint_lines(canvas: Canvas, body: Sequence[str], theme: Theme, prefix: str | None = None) -> str:
    """Put the frame of an SVG around painted items, whose own ids and classes begin with a NUL."""
    if prefix is None:
        # it begins with a letter, for style sheets name it
        name = re.sub(r"[^a-z0-9]+", "-", canvas.title.lower()).strip("-").lstrip("-0123456789") or "net"
        prefix = f"{name}-{crc32(chr(10).join(body).encode()):08x}"
    title, description = f"{prefix}-title", f"{prefix}-desc"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{canvas.width}" height="{canvas.height}" '
        f'viewBox="0 0 {canvas.width} {canvas.height}" role="img" aria-labelledby="{title} {description}" '
        f'font-family="{FONT}">',
        f'<title id="{title}">{escape(canvas.title)}</title>',
        f'<desc id="{description}">{escape(canvas.description)}</desc>',
        f'<rect width="{canvas.width}" height="{canvas.height}" fill="{theme.page}"/>',
        *(line.replace("\0", f"{prefix}-") for line in body),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def paint_items(items: Iterable[Item], theme: Theme) -> Iterator[str]:
    """Yield the elements of items; what looks alike and follows each other is one element, where that is no change.

    Ids begin with a NUL, for the prefix that they get.
    """
    for look, run in groupby(items, _look_of):
        alike = list(run)
        if look is None or len(alike) < (WORDS if isinstance(alike[0], Label) else FEW):
            for item in alike:
                yield from _item(item, theme)
        else:
            yield from _run(alike, theme)


def _run(alike: Sequence[Item], theme: Theme) -> Iterator[str]:
    """Yield one element for items that look alike."""
    first = alike[0]
    if isinstance(first, Rect):
        rects = (item for item in alike if isinstance(item, Rect))
        path = "".join(f"M{one.x} {one.y}h{one.width}v{one.height}h-{one.width}z" for one in rects)
        yield f'<path d="{path}"{_look(first.fill, first.stroke, first.weight, first.dashed, 100, theme)}/>'
    elif isinstance(first, Line):
        path = "".join(_short(item) for item in alike if isinstance(item, Line))
        yield f'<path d="{path}" fill="none"{_stroke(first.stroke, first.weight, first.dashed, theme)}/>'
    elif isinstance(first, Label):
        texts = (item for item in alike if isinstance(item, Label))
        inner = "".join(f'<text x="{one.x}" y="{one.y}">{escape(one.text)}</text>' for one in texts)
        yield f"<g{_type(first, theme)}>{inner}</g>"


def _short(line: Line) -> str:
    """Write one of many lines; those that run across or down are the most."""
    (x, y), (right, bottom), *further = line.points
    if further or (x != right and y != bottom):
        return joined(line.points, line.bend)
    return f"M{x} {y}" + (f"h{right - x}" if y == bottom else f"v{bottom - y}")


def _look_of(item: Item) -> tuple[object, ...] | None:
    """Return what items must have in common to be one element; None for what stands alone.

    Opaque fills without outlines, outlines without fills and lines cover each other alike in any order.
    """
    if isinstance(item, Rect) and not item.radius and item.opacity == 100 and not (item.fill and item.stroke):
        return "rect", item.fill, item.stroke, item.weight, item.dashed
    if isinstance(item, Line) and not item.head:
        return "line", item.stroke, item.weight, item.dashed
    if isinstance(item, Label) and not item.upright:
        return "label", item.size, item.colour, item.anchor, item.bold
    return None


def _item(item: Item, theme: Theme) -> Iterable[str]:
    if isinstance(item, Group):
        yield f'<g id="\0{escape(item.id)}">' + (f"<title>{escape(item.tooltip)}</title>" if item.tooltip else "")
        yield from paint_items(item.items, theme)
        yield "</g>"
    elif isinstance(item, Rect):
        radius = f' rx="{item.radius}"' if item.radius else ""
        yield (
            f'<rect x="{item.x}" y="{item.y}" width="{item.width}" height="{item.height}"{radius}'
            f"{_look(item.fill, item.stroke, item.weight, item.dashed, item.opacity, theme)}/>"
        )
    elif isinstance(item, Polygon):
        points = " ".join(f"{x},{y}" for x, y in item.points)
        look = _look(item.fill, item.stroke, item.weight, item.dashed, item.opacity, theme)
        yield f'<polygon points="{points}"{look} stroke-linejoin="round"/>'
    elif isinstance(item, Disc):
        look = _look(item.fill, item.stroke, item.weight, False, 100, theme)
        yield f'<circle cx="{item.x}" cy="{item.y}" r="{item.radius}"{look}/>'
    elif isinstance(item, Line):
        yield from _line(item, theme)
    elif isinstance(item, Picture):
        place = f'x="{item.x}" y="{item.y}" width="{item.width}" height="{item.height}"'
        yield f'<image {place} href="data:image/png;base64,{b64encode(item.png).decode("ascii")}"/>'
    else:
        yield _label(item, theme)


def _look(fill: str, stroke: str, weight: int, dashed: bool, opacity: int, theme: Theme) -> str:
    out = f' fill="{theme.colour(fill)}"' if fill else ' fill="none"'
    if opacity != 100:
        out += f' fill-opacity="{opacity / 100:g}"'
    return out + _stroke(stroke, weight, dashed, theme)


def _stroke(stroke: str, weight: int, dashed: bool, theme: Theme) -> str:
    if not stroke:
        return ""
    wide = "" if weight == 10 else f' stroke-width="{weight / 10:g}"'
    return f' stroke="{theme.colour(stroke)}"{wide}' + (' stroke-dasharray="4 3"' if dashed else "")


def _line(line: Line, theme: Theme) -> Iterable[str]:
    points = shortened(line.points) if line.head else line.points  # the line ends inside its arrow
    yield f'<path d="{joined(points, line.bend)}" fill="none"{_stroke(line.stroke, line.weight, line.dashed, theme)}/>'
    if line.head:
        corners = "L".join(f"{x} {y}" for x, y in head(line.points))
        yield f'<path d="M{corners}Z" fill="{theme.colour(line.stroke)}"/>'


def _label(label: Label, theme: Theme) -> str:
    turn = f' transform="rotate(-90 {label.x} {label.y})"' if label.upright else ""
    return f'<text x="{label.x}" y="{label.y}"{_type(label, theme)}{turn}>{escape(label.text)}</text>'


def _type(label: Label, theme: Theme) -> str:
    weight = ' font-weight="bold"' if label.bold else ""
    anchor = f' text-anchor="{label.anchor}"' if label.anchor != "start" else ""
    return f' font-size="{label.size}"{weight}{anchor} fill="{theme.colour(label.colour)}"'
