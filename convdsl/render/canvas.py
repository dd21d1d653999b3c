"""A picture as plain primitives at whole pixels, coloured by role. Styles make one; painters read only this.

A role is a name that a theme turns into a colour: "page", "ink", "soft", "outline", "edge", "skip", "frame",
"frame_fill", "problem"; "fill:CATEGORY" and "bar:CATEGORY", the two colours of a kind of layer; "mark:+" and so on, of
what became of a layer; "group:N", of cells that belong together; "heat:N", N from 0 to 100; "" for nothing.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator

from convdsl.record import dataclass, fields

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle. radius: of corners; weight: of the outline, in tenths of a pixel; opacity: of the fill, percent."""

    x: int
    y: int
    width: int
    height: int
    fill: str = ""
    stroke: str = ""
    radius: int = 0
    weight: int = 10
    dashed: bool = False
    opacity: int = 100


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed shape with straight sides."""

    points: tuple[Point, ...]
    fill: str = ""
    stroke: str = ""
    weight: int = 10
    dashed: bool = False
    opacity: int = 100


@dataclass(frozen=True, slots=True)
class Line:
    """Straight pieces from point to point; bend: radius of corners; head: an arrow's head touches the last point."""

    points: tuple[Point, ...]
    stroke: str = "edge"
    weight: int = 14
    dashed: bool = False
    bend: int = 0
    head: bool = False


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle around a point."""

    x: int
    y: int
    radius: int
    fill: str = ""
    stroke: str = ""
    weight: int = 10


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text. x, y: where its baseline begins, has its middle or ends, as `anchor` says; size: in pixels.

    upright: it is turned to run upwards, around x, y.
    """

    x: int
    y: int
    text: str
    size: int = 11
    colour: str = "ink"
    anchor: str = "start"
    bold: bool = False
    upright: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels: a PNG, stretched over a rectangle. Only the painters of SVG and PNG have them."""

    x: int
    y: int
    width: int
    height: int
    png: bytes


@dataclass(frozen=True, slots=True)
class Group:
    """Things that are one to a reader: a layer with all its parts. id: unique in the picture; tooltip: said of it.

    about: full name of the layer in the network, so that a page can link it with its line and row; "" for none.
    """

    id: str
    tooltip: str
    items: tuple["Rect | Polygon | Line | Disc | Label | Picture | Group", ...]
    about: str = ""


Item = Rect | Polygon | Line | Disc | Label | Picture | Group


@dataclass(frozen=True, slots=True)
class Canvas:
    """A finished picture: items from the back to the front; title, description: for those who cannot see it."""

    title: str
    description: str
    width: int
    height: int
    items: tuple[Item, ...]

    def as_json(self) -> dict[str, object]:
        """Return the picture as plain data; every item says its kind."""
        out: dict[str, object] = {"version": 1}
        for name in ("title", "description", "width", "height"):
            out[name] = getattr(self, name)
        out["items"] = [_plain(item) for item in self.items]
        return out


def flat(items: Iterable[Item]) -> Iterator[Item]:
    """Yield every item that is not a group, in order."""
    for item in items:
        if isinstance(item, Group):
            yield from flat(item.items)
        else:
            yield item


def _plain(item: Item) -> dict[str, object]:
    out: dict[str, object] = {"kind": type(item).__name__.lower()}
    for one in fields(item):
        value = getattr(item, one.name)
        if isinstance(value, bytes):
            value = b64encode(value).decode("ascii")
        out[one.name] = [_plain(part) for part in value] if one.name == "items" else value
    return out
