"""Paint a canvas as SVG: plain elements, whole numbers, the same bytes on every machine.

No script, no font, no link out; every string is escaped.
"""

import re
from collections.abc import Iterable
from zlib import crc32

from convdsl.render.canvas import Canvas, Disc, Group, Item, Label, Line, Polygon, Rect
from convdsl.render.markup import escape
from convdsl.render.metrics import FONT
from convdsl.render.strokes import head, joined, shortened
from convdsl.render.theme import Theme


def paint_canvas(canvas: Canvas, theme: Theme, prefix: str | None = None) -> str:
    """Turn a canvas into SVG text that ends with a newline.

    prefix: begins every id, so that several drawings can stand in one page; the default is made of title and contents.
    """
    body = [line for item in canvas.items for line in _item(item, theme)]
    if prefix is None:
        name = re.sub(r"[^a-z0-9]+", "-", canvas.title.lower()).strip("-") or "net"
        prefix = f"{name}-{crc32(chr(10).join(body).encode()):08x}"
    title, description = f"{prefix}-title", f"{prefix}-desc"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{canvas.width}" height="{canvas.height}" '
        f'viewBox="0 0 {canvas.width} {canvas.height}" role="img" aria-labelledby="{title} {description}" '
        f'font-family="{FONT}">',
        f'<title id="{title}">{escape(canvas.title)}</title>',
        f'<desc id="{description}">{escape(canvas.description)}</desc>',
        f'<rect width="{canvas.width}" height="{canvas.height}" fill="{theme.page}"/>',
        *(line.replace(' id="\0', f' id="{prefix}-') for line in body),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _item(item: Item, theme: Theme) -> Iterable[str]:
    if isinstance(item, Group):
        yield f'<g id="\0{escape(item.id)}">' + (f"<title>{escape(item.tooltip)}</title>" if item.tooltip else "")
        for part in item.items:
            yield from _item(part, theme)
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
    weight = ' font-weight="bold"' if label.bold else ""
    anchor = f' text-anchor="{label.anchor}"' if label.anchor != "start" else ""
    turn = f' transform="rotate(-90 {label.x} {label.y})"' if label.upright else ""
    return (
        f'<text x="{label.x}" y="{label.y}" font-size="{label.size}"{weight}{anchor}{turn} '
        f'fill="{theme.colour(label.colour)}">{escape(label.text)}</text>'
    )
