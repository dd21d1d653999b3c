"""A finished layout as plain data: boxes, frames, edges and labels at whole pixels. Painters read only this."""

from collections.abc import Iterable, Mapping

from convdsl.record import dataclass, fields

Point = tuple[int, int]

BADGE = 8  # half the size of the badge at a card's corner, in pixels


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. anchor: "start", "middle" or "end" at x; y is the baseline; width as measured.

    style: "title", "detail", "note", "stripe", "shape", "frame", "heading", "subheading" or "mark".
    """

    x: int
    y: int
    text: str
    style: str
    anchor: str = "start"
    width: int = 0


@dataclass(frozen=True, slots=True)
class Stripe:
    """A band at the foot of a card: a norm, an activation or a dropout."""

    x: int
    y: int
    width: int
    height: int
    category: str


@dataclass(frozen=True, slots=True)
class Box:
    """A card or a terminal. known: False where its shape is unknown; problem: it has a finding.

    mark: what became of it, where two networks are compared: + - ~ > or ^. about: full names of the layers in it, the
    one that the card is called after first; or of the one block.
    """

    id: str
    kind: str
    category: str
    x: int
    y: int
    width: int
    height: int
    stripes: tuple[Stripe, ...]
    texts: tuple[Text, ...]
    tooltip: str
    known: bool = True
    problem: bool = False
    times: int = 1
    mark: str = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """A block or group around its cards; depth: 0 for the outermost; about: its full name."""

    id: str
    x: int
    y: int
    width: int
    height: int
    depth: int
    texts: tuple[Text, ...]
    tooltip: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A tensor's way between two boxes, at right angles; the last point touches the target. gone: it is no more."""

    source: str
    target: str
    points: tuple[Point, ...]
    tooltip: str
    way: str = "straight"
    known: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture; frames come from the outside in, everything else in the order of the spec."""

    title: str
    description: str
    direction: str
    width: int
    height: int
    frames: tuple[Frame, ...]
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    labels: tuple[Text, ...]

    def as_json(self) -> dict[str, object]:
        """Return the scene as plain data: objects, lists, strings, whole numbers and booleans."""
        out: dict[str, object] = {"version": 1}
        for item in fields(self):
            out[item.name] = _plain(getattr(self, item.name))
        return out


def _plain(value: object) -> object:
    if isinstance(value, Text | Stripe | Box | Frame | Edge):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
