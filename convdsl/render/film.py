"""Several pictures of one size that follow each other: what stays is drawn once, what changes by itself.

Made from the finished canvases, so that a frame of the film is the canvas and nothing else.
"""

from collections.abc import Iterable, Sequence

from convdsl.record import dataclass
from convdsl.render.canvas import Canvas, Group, Item, Polygon, Rect

HOLD, LAST = 700, 2000  # milliseconds that a step is shown, and the last one


@dataclass(frozen=True, slots=True)
class Part:
    """Items that are seen from one frame on to another, which is not among them."""

    first: int
    end: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """Layers from the back to the front, each seen for its time; frames: how many there are."""

    canvas: Canvas
    frames: int
    parts: tuple[Part, ...]

    @property
    def milliseconds(self) -> int:
        """How long the film runs."""
        return HOLD * (self.frames - 1) + LAST

    def starts(self, frame: int) -> int:
        """Return the time at which a frame begins; that of the end is the film's length."""
        return self.milliseconds if frame >= self.frames else HOLD * frame


def film(canvases: Sequence[Canvas]) -> Film:
    """Put canvases together that differ in some of their items, each of which is seen for one stretch of time.

    Fills are behind everything else, so that a fill that comes and goes leaves the lines above it.
    """
    seen: dict[Item, list[int]] = {}
    for number, canvas in enumerate(canvases):
        for item in _single(canvas.items):
            seen.setdefault(item, []).append(number)
    parts: list[Part] = []
    for fills in (True, False):
        spans: dict[tuple[int, int], list[Item]] = {(0, len(canvases)): []}
        for item, numbers in seen.items():
            if _is_fill(item) != fills:
                continue
            for first, end in _stretches(numbers):
                spans.setdefault((first, end), []).append(item)
        # what stays lies behind what comes and goes
        order = sorted(spans, key=lambda span: (span[0] - span[1], span))
        parts += (Part(*span, tuple(spans[span])) for span in order if spans[span])
    return Film(canvases[0], len(canvases), tuple(parts))


def _single(items: Iterable[Item]) -> Iterable[Item]:
    """Yield items in order, those of groups among them; the same item twice is one."""
    out: dict[Item, None] = {}
    for item in items:
        if isinstance(item, Group):
            out |= dict.fromkeys(_single(item.items))
        else:
            out[item] = None
    return out


def _is_fill(item: Item) -> bool:
    return isinstance(item, Rect | Polygon) and not item.stroke


def _stretches(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return first and end of every unbroken run of frames."""
    out: list[tuple[int, int]] = []
    for number in numbers:
        if out and out[-1][1] == number:
            out[-1] = (out[-1][0], number + 1)
        else:
            out.append((number, number + 1))
    return out
