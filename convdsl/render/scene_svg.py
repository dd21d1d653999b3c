"""Paint a scene as SVG: the bytes that canvas_svg.py makes of its canvas, several times sooner.

Nearly all of a large picture is plain cards and the edges between them. These are written as they stand; what is marked
in any way, frames and words go the way of every canvas.
"""

from convdsl.render.canvas_svg import Painter, paint_lines
from convdsl.render.markup import escape, is_plain
from convdsl.render.scene import Box, Edge, Scene
from convdsl.render.scene_canvas import (
    BAR,
    BEND,
    RADIUS,
    TERMINALS,
    WEIGHT,
    group_of_box,
    group_of_edge,
    group_of_frame,
    label_of,
    named,
    role_of,
)
from convdsl.render.strokes import HEAD, head, joined, shortened
from convdsl.render.theme import Theme


def paint_scene(scene: Scene, theme: Theme, prefix: str | None = None) -> str:
    """Turn a scene into SVG text that ends with a newline; prefix: as in paint_canvas."""
    painter = _ScenePainter(theme)
    painter.paint([group_of_frame(frame) for frame in scene.frames])
    for name, edge in named(scene.edges):
        painter.edge(name, edge)
    for box in scene.boxes:
        painter.box(box)
    painter.paint([label_of(text) for text in scene.labels])
    return paint_lines(scene, painter.lines, theme, prefix)


class _ScenePainter(Painter):
    """Writes plain cards and edges at once."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._words: dict[tuple[str, str], str] = {}  # attributes by a text's style and anchor
        self._cards: dict[str, tuple[str, str]] = {}  # those of a card and its bar, by its category
        self._lines: dict[str, tuple[str, str]] = {}  # those of a line and its head, by its role
        self._outline = self.look("", "outline")

    def edge(self, name: str, edge: Edge) -> None:
        """Paint an edge."""
        if edge.gone or not edge.known or not edge.tooltip or not is_plain(name):
            self.paint((group_of_edge(name, edge),))
            return
        role = role_of(edge)
        if role not in self._lines:
            self._lines[role] = self.look("", role, WEIGHT), self.look(role, "")
        line, tip = self._lines[role]
        points = edge.points
        (x, y), (x1, y1) = points[0], points[-1]
        if len(points) == 2 and x == x1 and y < y1:  # straight down, as most are
            long, half = HEAD
            way = f"M{x} {y}L{x} {y1 - long + 2}"
            top = f"M{x} {y1}L{x + half} {y1 - long}L{x - half} {y1 - long}Z"
        else:
            way = joined(shortened(points), BEND)
            top = "M{} {}L{} {}L{} {}Z".format(*(place for point in head(points) for place in point))
        self.lines.append(
            f'<g id="\0{name}"><title>{escape(edge.tooltip)}</title>\n'
            f'<path d="{way}"{line}/>\n<path d="{top}"{tip}/>\n</g>'
        )

    def box(self, box: Box) -> None:
        """Paint a card or a terminal."""
        words = [text.text for text in box.texts]
        marked = box.mark or box.problem or not box.known or box.times > 1 or not box.tooltip
        if box.kind in TERMINALS or box.stripes or marked or not is_plain("".join((box.id, *words))):
            self.paint((group_of_box(box),))
            return
        if box.category not in self._cards:
            bar = self.look(f"bar:{box.category}", "")
            self._cards[box.category] = self.look(f"fill:{box.category}", ""), bar
        fill, bar = self._cards[box.category]
        x, y, high = box.x, box.y, box.height
        place = f'<rect x="{x}" y="{y}" width="{box.width}" height="{high}" rx="{RADIUS}"'
        end, right, inner = y + high, x + BAR, x + RADIUS
        self.lines.append(
            f'<g id="\0{box.id}"><title>{escape(box.tooltip)}</title>\n{place}{fill}/>\n'
            f'<polygon points="{right},{y} {inner},{y} {x + 1},{y + 1} {x},{y + RADIUS} '
            f'{x},{end - RADIUS} {x + 1},{end - 1} {inner},{end} {right},{end}"{bar} stroke-linejoin="round"/>\n'
            f"{place}{self._outline}/>"
        )
        for text in box.texts:
            key = (text.style, text.anchor)
            if key not in self._words:
                label = label_of(text)
                self._words[key] = self.type(label.size, label.colour, label.anchor, label.bold)
            self.lines.append(f'<text x="{text.x}" y="{text.y}"{self._words[key]}>{text.text}</text>')
        self.lines.append("</g>")
