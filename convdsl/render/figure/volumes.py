"""Stages measured: how large each is drawn, what is written under it, and how much room that takes; no places yet."""

from collections.abc import Mapping, Sequence

from convdsl.record import dataclass
from convdsl.render.figure.scale import TALLEST, Extent, Scale, scale_of
from convdsl.render.figure.stages import Stage
from convdsl.render.metrics import fit, text_width
from convdsl.render.shapes import Legal, shape_text
from convdsl.shape import Shape

LINE = 12  # pixels from one upright line to the next
SMALL = 10  # size of the type under a volume
LONGEST = 132  # pixels of an upright line
MOST_LINES = 2  # for an operator's words
COUNT = 72  # pixels of the channels
WIDEST = 120  # pixels of an output's name
STACK = 3  # pixels by which a repeated volume looks out behind itself
BADGE = 17  # the room of an error mark


@dataclass(frozen=True, slots=True)
class Written:
    """One upright line under a volume."""

    text: str
    colour: str = "soft"
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """A stage with its extent in pixels.

    count: what is written across under it, its channels. lines: what is written upright under that. left, right: room
    from the middle of its front; above, below: from the axis, which runs through its middle. is_text: an output, which
    is its name alone.
    """

    stage: Stage
    extent: Extent
    count: str
    lines: tuple[Written, ...]
    left: int
    right: int
    above: int
    below: int
    is_text: bool = False

    @property
    def foot(self) -> int:
        """Return how far the lowest corner lies below the axis."""
        return (self.extent.height + self.extent.back + 1) // 2

    @property
    def peeks(self) -> int:
        """Return how far the copies behind it look out to the right."""
        return 2 * STACK if self.stage.times > 1 and not self.is_text else 0


def measured(
    stages: Sequence[Stage], sizes: Mapping[str, int] | None, drawn: Mapping[str, int], legal: Legal, is_flat: bool
) -> tuple[list[Volume], Scale]:
    """Measure all stages.

    sizes: values of the symbols that are printed, None where they stay symbols. drawn: those that are drawn.
    """
    shapes = [None if stage.shape is None else stage.shape.at(drawn) for stage in stages]
    scale = scale_of((shape for shape in shapes if shape is not None), is_flat)
    out: list[Volume] = []
    before = Extent(18, TALLEST // 2)
    last: str | None = None
    for stage, shape in zip(stages, shapes, strict=True):
        if stage.kind == "output":
            out.append(_text(stage))
            continue
        extent = scale.extent(shape) if shape is not None else Extent(18, before.height)
        before = extent
        size = size_text(stage.shape, sizes, legal)
        channels = channels_text(stage.shape, sizes, legal)
        if stage.first is not None and channels_text(stage.first, sizes, legal) != channels:
            channels = f"{channels_text(stage.first, sizes, legal)}→{channels}"
        out.append(_volume(stage, extent, size if size != last else "", channels))
        last = size
    return out, scale


def channels_text(shape: Shape | None, sizes: Mapping[str, int] | None, legal: Legal) -> str:
    """Write the channels or features of a tensor; `?` where they are not known."""
    return _axes(shape, sizes, legal)[0] if shape is not None else "?"


def size_text(shape: Shape | None, sizes: Mapping[str, int] | None, legal: Legal) -> str:
    """Write the axes after the channels: `H/2×W/2`; "" where there are none."""
    return "×".join(_axes(shape, sizes, legal)[1:]) if shape is not None else ""


def tensor_text(shape: Shape | None, sizes: Mapping[str, int] | None, legal: Legal) -> str:
    """Write a tensor without its batch: `64×H/2×W/2`."""
    return "×".join(_axes(shape, sizes, legal)) if shape is not None else "?"


def _axes(shape: Shape, sizes: Mapping[str, int] | None, legal: Legal) -> list[str]:
    shown = shape if sizes is None else shape.at(sizes)
    return [shape_text(Shape((axis,)), legal, tight=True) for axis in shown.axes[1:]]


def _volume(stage: Stage, extent: Extent, size: str, channels: str) -> Volume:
    times = f" ×{stage.times}" if stage.times > 1 else ""
    own = bool(stage.name) and not stage.around  # what is repeated is what has the name
    lines = []
    if stage.name:
        room = LONGEST - (text_width(times, SMALL, bold=True) if own else 0)
        lines.append(Written(fit(stage.name, SMALL, room, bold=True) + (times if own else ""), "ink", bold=True))
    words = _wrapped(stage.words)
    if words and not own:
        words[0] = fit(words[0], SMALL, LONGEST - text_width(times, SMALL)) + times
    lines += [Written(line, "soft" if stage.name else "ink") for line in words]
    if size:
        lines.append(Written(fit(size, SMALL, LONGEST)))
    count = fit(channels, SMALL, COUNT)
    half_front = (extent.width + 1) // 2
    words_half = max((text_width(count, SMALL) + 5) // 2, (LINE * len(lines) + 1) // 2)
    peeks = 2 * STACK if stage.times > 1 else 0
    foot = (extent.height + extent.back + 1) // 2
    longest = max((text_width(line.text, SMALL, bold=line.bold) for line in lines), default=0)
    below = foot + 4 + (BADGE if stage.has_problem else 0) + SMALL + 6 + longest
    right = max(half_front + extent.back + peeks, words_half)
    return Volume(stage, extent, count, tuple(lines), max(half_front, words_half), right, foot, below)


def _wrapped(words: str) -> list[str]:
    """Break words into at most MOST_LINES lines of LONGEST pixels."""
    out: list[str] = []
    for word in words.split():
        longer = f"{out[-1]} {word}" if out else word
        if out and (text_width(longer, SMALL) <= LONGEST or len(out) == MOST_LINES):
            out[-1] = longer
        else:
            out.append(word)
    return [fit(line, SMALL, LONGEST) for line in out]


def _text(stage: Stage) -> Volume:
    """Measure an output: its name beside the arrow, and what its numbers mean below it."""
    name = fit(stage.name, SMALL + 1, WIDEST, bold=True)
    words = fit(stage.words, SMALL, WIDEST)
    wide = max(text_width(name, SMALL + 1, bold=True), text_width(words, SMALL) if words else 0, 10)
    lines = (Written(name, "ink", bold=True), *((Written(words),) if words else ()))
    extent = Extent(wide, 16 + (13 if words else 0))
    below = extent.height // 2 + 1 + (BADGE if stage.has_problem else 0)
    half = (wide + 1) // 2
    return Volume(stage, extent, "", lines, half, half, extent.height // 2 + 1, below, is_text=True)
