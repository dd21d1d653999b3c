"""Paint a canvas as SVG: plain elements, whole numbers, the same bytes on every machine.

No script, no font, no link out; every string is escaped.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zlib import crc32

from convdsl.render.canvas import Canvas, Disc, Group, Item, Label, Line, Picture, Polygon, Rect
from convdsl.render.markup import escape
from convdsl.render.metrics import FONT
from convdsl.render.scene import Scene
from convdsl.render.strokes import head, joined, shortened
from convdsl.render.theme import Theme

FEW = 3  # shapes that look alike, from which on they are one element
WORDS = 24  # lines of text, from which on they share one description of their type
TOGETHER: dict[type[Item], int] = {Rect: FEW, Line: FEW, Label: WORDS}


def paint_canvas(canvas: Canvas, theme: Theme, prefix: str | None = None) -> str:
    """Turn a canvas into SVG text that ends with a newline.

    prefix: begins every id, so that several drawings can stand in one page; the default is made of title and contents.
    """
    return paint_lines(canvas, paint_items(canvas.items, theme), theme, prefix)


def paint_lines(canvas: Canvas | Scene, body: Sequence[str], theme: Theme, prefix: str | None = None) -> str:
    """Put the frame of an SVG around painted items, whose own ids and classes begin with a NUL."""
    inner = "\n".join(body)
    if prefix is None:
        # it begins with a letter, for style sheets name it
        name = re.sub(r"[^a-z0-9]+", "-", canvas.title.lower()).strip("-").lstrip("-0123456789") or "net"
        prefix = f"{name}-{crc32(inner.encode()):08x}"
    title, description = f"{prefix}-title", f"{prefix}-desc"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{canvas.width}" height="{canvas.height}" '
        f'viewBox="0 0 {canvas.width} {canvas.height}" role="img" aria-labelledby="{title} {description}" '
        f'font-family="{FONT}">',
        f'<title id="{title}">{escape(canvas.title)}</title>',
        f'<desc id="{description}">{escape(canvas.description)}</desc>',
        f'<rect width="{canvas.width}" height="{canvas.height}" fill="{theme.page}"/>',
        *([inner.replace("\0", f"{prefix}-")] if body else []),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def paint_items(items: Iterable[Item], theme: Theme) -> list[str]:
    """Return the elements of items; what looks alike and follows each other is one element, where that is no change.

    Ids begin with a NUL, for the prefix that they get.
    """
    painter = Painter(theme)
    painter.paint(tuple(items))
    return painter.lines


class Painter:
    """Writes elements, one a line, into `lines`; what it has once written of a look it keeps."""

    def __init__(self, theme: Theme) -> None:
        self.lines: list[str] = []
        self._colour = theme.colour
        self._looks: dict[tuple[str, str, int, bool, int], str] = {}
        self._types: dict[tuple[int, str, str, bool], str] = {}
        self._paint_one: dict[type[Item], Callable[[Any], None]] = {
            Group: self._group,
            Rect: self._rect,
            Polygon: self._polygon,
            Disc: self._disc,
            Line: self._line,
            Picture: self._picture,
            Label: self._label,
        }

    def paint(self, items: Sequence[Item]) -> None:
        """Paint items from the back to the front."""
        at, count = 0, len(items)
        while at < count:
            item = items[at]
            kind = type(item)
            end = at + 1
            least = TOGETHER.get(kind, 0)
            if least and at + least <= count:
                look = _look_of(item)
                while look is not None and end < count and type(items[end]) is kind and _look_of(items[end]) == look:
                    end += 1
                if end - at >= least and look is not None:
                    self._run(items[at:end])
                    at = end
                    continue
            for one in items[at:end]:
                self._paint_one[kind](one)
            at = end

    def look(self, fill: str, stroke: str, weight: int = 10, dashed: bool = False, opacity: int = 100) -> str:
        """Write how a shape is filled and outlined, as attributes."""
        key = (fill, stroke, weight, dashed, opacity)
        out = self._looks.get(key)
        if out is None:
            out = f' fill="{self._colour(fill)}"' if fill else ' fill="none"'
            if opacity != 100:
                out += f' fill-opacity="{opacity / 100:g}"'
            if stroke:
                wide = "" if weight == 10 else f' stroke-width="{weight / 10:g}"'
                out += f' stroke="{self._colour(stroke)}"{wide}' + (' stroke-dasharray="4 3"' if dashed else "")
            self._looks[key] = out
        return out

    def type(self, size: int, colour: str, anchor: str, bold: bool) -> str:
        """Write how words look, as attributes."""
        key = (size, colour, anchor, bold)
        out = self._types.get(key)
        if out is None:
            weight = ' font-weight="bold"' if bold else ""
            held = f' text-anchor="{anchor}"' if anchor != "start" else ""
            out = self._types[key] = f' font-size="{size}"{weight}{held} fill="{self._colour(colour)}"'
        return out

    # -------------------------------------------------------------- one by one

    def _group(self, group: Group) -> None:
        tooltip = f"<title>{escape(group.tooltip)}</title>" if group.tooltip else ""
        self.lines.append(f'<g id="\0{escape(group.id)}">{tooltip}')
        self.paint(group.items)
        self.lines.append("</g>")

    def _rect(self, one: Rect) -> None:
        radius = f' rx="{one.radius}"' if one.radius else ""
        look = self.look(one.fill, one.stroke, one.weight, one.dashed, one.opacity)
        self.lines.append(f'<rect x="{one.x}" y="{one.y}" width="{one.width}" height="{one.height}"{radius}{look}/>')

    def _polygon(self, one: Polygon) -> None:
        points = " ".join([f"{x},{y}" for x, y in one.points])
        look = self.look(one.fill, one.stroke, one.weight, one.dashed, one.opacity)
        self.lines.append(f'<polygon points="{points}"{look} stroke-linejoin="round"/>')

    def _disc(self, one: Disc) -> None:
        look = self.look(one.fill, one.stroke, one.weight)
        self.lines.append(f'<circle cx="{one.x}" cy="{one.y}" r="{one.radius}"{look}/>')

    def _line(self, line: Line) -> None:
        points = shortened(line.points) if line.head else line.points  # the line ends inside its arrow
        look = self.look("", line.stroke, line.weight, line.dashed)
        self.lines.append(f'<path d="{joined(points, line.bend)}"{look}/>')
        if line.head:
            (x, y), (x1, y1), (x2, y2) = head(line.points)
            self.lines.append(f'<path d="M{x} {y}L{x1} {y1}L{x2} {y2}Z"{self.look(line.stroke, "")}/>')

    def _picture(self, one: Picture) -> None:
        place = f'x="{one.x}" y="{one.y}" width="{one.width}" height="{one.height}"'
        data = b64encode(one.png).decode("ascii")
        self.lines.append(f'<image {place} href="data:image/png;base64,{data}"/>')

    def _label(self, label: Label) -> None:
        x, y = label.x, label.y
        turn = f' transform="rotate(-90 {x} {y})"' if label.upright else ""
        look = self.type(label.size, label.colour, label.anchor, label.bold)
        self.lines.append(f'<text x="{x}" y="{y}"{look}{turn}>{escape(label.text)}</text>')

    # ---------------------------------------------------------------- together

    def _run(self, alike: Sequence[Item]) -> None:
        """Paint items that look alike as one element."""
        first = alike[0]
        if isinstance(first, Rect):
            rects = (item for item in alike if isinstance(item, Rect))
            path = "".join(f"M{one.x} {one.y}h{one.width}v{one.height}h-{one.width}z" for one in rects)
            self.lines.append(f'<path d="{path}"{self.look(first.fill, first.stroke, first.weight, first.dashed)}/>')
        elif isinstance(first, Line):
            path = "".join(_short(item) for item in alike if isinstance(item, Line))
            self.lines.append(f'<path d="{path}"{self.look("", first.stroke, first.weight, first.dashed)}/>')
        elif isinstance(first, Label):
            texts = (item for item in alike if isinstance(item, Label))
            inner = "".join(f'<text x="{one.x}" y="{one.y}">{escape(one.text)}</text>' for one in texts)
            self.lines.append(f"<g{self.type(first.size, first.colour, first.anchor, first.bold)}>{inner}</g>")


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
        return item.fill, item.stroke, item.weight, item.dashed
    if isinstance(item, Line) and not item.head:
        return item.stroke, item.weight, item.dashed
    if isinstance(item, Label) and not item.upright:
        return item.size, item.colour, item.anchor, item.bold
    return None
