"""The key of a figure: what the colours and bands are, and how pixels are made of sizes and channels."""

from collections.abc import Iterator, Mapping, Sequence

from convdsl.record import replace
from convdsl.render.canvas import Item, Label, Line, Rect
from convdsl.render.figure.scale import BAR, Scale, thickness
from convdsl.render.figure.solid import band
from convdsl.render.figure.stages import Story
from convdsl.render.figure.volumes import SMALL
from convdsl.render.grouping import STRIPES
from convdsl.render.metrics import text_width

ROW = 17
NAMES = {
    "conv": "convolution",
    "pool": "pooling",
    "resize": "resizing, cropping",
    "join": "join",
    "dense": "dense layer",
    "shape": "reshaping",
    "other": "other",
    "norm": "norm",
    "activation": "activation",
    "regularise": "dropout",
}
CHANNELS = (8, 64, 512)  # of the samples in the key
PARTS = (16, 4, 1)  # of the longest axis, likewise


def key(
    told: Story, scale: Scale, drawn: Mapping[str, int], x: int, y: int, room: int, has_skip: bool
) -> tuple[list[Item], int]:
    """Place the key at a point, wrapped to a room in pixels; return it with its lowest pixel."""
    out: list[Item] = []
    left, wide = x, 0
    for items, width in (*_categories(told), *_wires(has_skip), *_scales(told, scale, drawn)):
        if left > x and left + width > x + room:
            left, y = x, y + ROW
        out += [_moved(item, left, y) for item in items]
        left += width + 16
        wide = max(wide, left)
    return out, y + ROW


def _categories(told: Story) -> Iterator[tuple[list[Item], int]]:
    seen = {stage.category for stage in told.stages}
    bands = {category for stage in told.stages for category in (*stage.before, *stage.after)}
    for category, words in NAMES.items():
        sample: list[Item] = []
        if category in bands and category in STRIPES:
            sample = list(band(category, 4, 1, 11))
        elif category in seen:
            sample = [Rect(0, 1, 11, 11, f"fill:{category}", f"bar:{category}")]
        if sample:
            yield [*sample, Label(17, 11, words, SMALL, "soft")], 17 + text_width(words, SMALL)


def _wires(has_skip: bool) -> Iterator[tuple[list[Item], int]]:
    if has_skip:
        words = "skip"
        yield (
            [Line(((0, 7), (22, 7)), "skip", head=True), Label(28, 11, words, SMALL, "soft")],
            28 + text_width(words, SMALL),
        )


def _scales(told: Story, scale: Scale, drawn: Mapping[str, int]) -> Iterator[tuple[list[Item], int]]:
    shapes = [stage.shape for stage in told.stages if stage.shape is not None]
    ranks = {shape.rank for shape in shapes}
    if ranks - {2}:
        sides = "height ∝ {} of length" if max(ranks) == 3 else "height, depth ∝ {} of rows, columns"
        words = sides.format("log" if scale.is_log else "√")
        at = {name: size for name, size in drawn.items() if _is_spatial(told, name)}
        if at and len(set(at.values())) == 1:
            words += f" at {' = '.join(at)} = {min(at.values()):,}"
        elif at:
            words += f" at {', '.join(f'{name} = {size:,}' for name, size in at.items())}"
        yield [Label(0, 11, words, SMALL, "soft")], text_width(words, SMALL)
        cells = [scale.largest // part for part in PARTS if scale.largest // part > 1]
        yield _samples(
            "length:" if max(ranks) == 3 else "rows:", [(scale.side(count), f"{count:,}") for count in cells], 5
        )
        yield _samples("width ∝ log of channels:", [(thickness(count), str(count)) for count in CHANNELS], 11)
    if 2 in ranks:
        words = "bar: height ∝ log of features"
        sample = Rect(0, 1, BAR, 11, "", "soft")
        yield [sample, Label(BAR + 6, 11, words, SMALL, "soft")], BAR + 6 + text_width(words, SMALL)


def _samples(words: str, samples: Sequence[tuple[int, str]], high: int) -> tuple[list[Item], int]:
    """Place lengths beside each other, each with what it stands for."""
    out: list[Item] = [Label(0, 11, words, SMALL, "soft")] if words else []
    x = text_width(words, SMALL) + 6 if words else 0
    for wide, text in samples:
        out.append(Rect(x, 7 - high // 2 - 1, wide, high, "", "soft"))
        out.append(Label(x + wide + 4, 11, text, SMALL, "soft"))
        x += wide + 12 + text_width(text, SMALL)
    return out, x - 8


def _is_spatial(told: Story, name: str) -> bool:
    return any(
        getattr(axis, "symbol", None) == name
        for stage in told.stages
        if stage.shape is not None
        for axis in stage.shape.spatial
    )


def _moved(item: Item, x: int, y: int) -> Item:
    if isinstance(item, Line):
        return replace(item, points=tuple((a + x, b + y) for a, b in item.points))
    assert isinstance(item, Rect | Label)
    return replace(item, x=item.x + x, y=item.y + y)
