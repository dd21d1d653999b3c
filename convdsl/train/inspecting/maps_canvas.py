"""The picture of a layer's activation maps: the photograph, the scale, and a map for each channel."""

from collections.abc import Iterator

from convdsl.render.arithmetic.still import Heading, framed
from convdsl.render.canvas import Canvas, Group, Item, Label, Line, Rect
from convdsl.render.cells import visible
from convdsl.render.metrics import fit, text_width
from convdsl.render.tiles import Tile, below, beside, moved, words
from convdsl.train.inspecting.activations import Channel, Maps, sentences
from convdsl.train.inspecting.palette import (
    Scale,
    legend,
    number_text,
    photograph,
    picture,
    scale_of,
    share_text,
)

PHOTO = 230  # pixels of the photograph, across
GRID = 800  # of all maps, across
LARGEST = 320  # of one map, across and down
GAP, LETTERS = 8, 13
NARROW = 58  # a map from which on its largest number fits above it
ROW, NAMES, BARS = 18, 160, 360  # of bars: from one to the next, the widest name, the longest


def canvas(maps: Maps, *, shared: bool = False) -> Canvas:
    """Draw the maps; shared: all by one scale, so that they can be compared, else each by its own."""
    own = {number: scale_of(maps.values[number].numpy()) for number in maps.drawn}
    one_sided = all(scale.one_sided for scale in own.values())
    largest = max((scale.reach for scale in own.values()), default=0.0)
    scales = {number: Scale(largest if shared else scale.reach, one_sided) for number, scale in own.items()}
    left = below([*_seen(maps), *_scale(Scale(1, one_sided), largest if shared else None, maps)], 12)
    right = _bars(maps) if maps.flat else _grid(maps, scales, shared)
    name = visible(maps.layer)
    heading = Heading(f"{name} = {maps.call}", f"{maps.subject} · {maps.seen.name}, {maps.seen.said}")
    return framed(heading, [beside([left, right], 24)], sentences(maps))


def _seen(maps: Maps) -> Iterator[Tile]:
    height, width = maps.seen.pixels.shape[:2]
    wide = min(PHOTO, PHOTO * width // height)
    yield below([words("what the network sees"), photograph(maps.seen.pixels, wide, wide * height // width)], 4)


def _scale(scale: Scale, reach: float | None, maps: Maps) -> Iterator[Tile]:
    if maps.flat:
        return
    if reach is None:
        yield below([words("each by itself, as far as the number above it"), legend(scale, PHOTO)], 4)
    else:
        end = number_text(reach)
        yield below([words("all maps by one scale"), legend(scale, PHOTO, low=f"−{end}", high=end)], 4)


def _grid(maps: Maps, scales: dict[int, Scale], shared: bool) -> Tile:
    height, width = maps.values.shape[1:]
    columns, wide, high = _cells(len(maps.drawn), height, width)
    rows = []
    for start in range(0, len(maps.drawn), columns):
        part = [maps.channels[number] for number in maps.drawn[start : start + columns]]
        rows.append(beside([_map(maps, one, scales[one.number], wide, high, shared) for one in part], GAP))
    heading = words(f"{len(maps.drawn)} of {len(maps.channels)} channels, maps of {height}×{width}")
    return below([heading, below(rows, GAP)], 4)


def _cells(count: int, height: int, width: int) -> tuple[int, int, int]:
    """Choose how many maps stand in a row, and their width and height in pixels."""
    columns = next(c for c in range(1, count + 1) if c >= 12 or -(-count // c) * height * c <= c * c * width * 0.8)
    columns = min(max(columns, 4), count, 16)
    wide = min(LARGEST, LARGEST * width // height or 1, (GRID - GAP * (columns - 1)) // columns)
    return columns, max(wide, 8), max(wide * height // width, 2)


def _map(maps: Maps, one: Channel, scale: Scale, wide: int, high: int, shared: bool) -> Tile:
    items: list[Item] = [Label(0, 9, str(one.number), 10, "ink", bold=True)]
    if wide >= NARROW and not shared and not one.dead:
        items.append(Label(wide, 9, f"{'' if scale.one_sided else '±'}{number_text(scale.reach)}", 9, "soft", "end"))
    if one.dead:
        items += [Rect(0, LETTERS, wide, high, "frame_fill", "problem", dashed=True)]
        if high >= 14 and wide >= text_width("dead", 10):
            items.append(Label(wide // 2, LETTERS + high // 2 + 4, "dead", 10, "problem", "middle"))
    else:
        drawn = picture(maps.values[one.number].numpy(), scale, wide, high)
        items += [moved(item, 0, LETTERS) for item in drawn.items]
        items.append(Rect(0, LETTERS, wide, high, "", "outline", weight=5))
    told = f"channel {one.number}: {number_text(one.low)} to {number_text(one.high)}, mean {number_text(one.mean)}"
    group = Group(f"channel-{one.number}", f"{told}, {share_text(one.zeros)} zeros", tuple(items))
    return Tile(wide, LETTERS + high, (group,))


def _bars(maps: Maps) -> Tile:
    """Draw the numbers of a layer without height and width as bars, to the right of 0 and to the left."""
    shown = [maps.channels[number] for number in maps.drawn]
    names = [fit(maps.name(one.number), 10, NAMES, bold=True) for one in shown]
    left = max(text_width(name, 10, bold=True) for name in names) + 12
    reach = max(abs(one.mean) for one in shown) or 1.0
    low, high = (max(0.0, *(sign * one.mean for one in shown)) / reach for sign in (-1, 1))
    zero = left + round(BARS * low)
    end = zero + round(BARS * high) + 8
    items: list[Item] = []
    for index, (one, name) in enumerate(zip(shown, names, strict=True)):
        y, long = ROW * index, round(BARS * abs(one.mean) / reach)
        category = "pool" if one.mean > 0 else "conv"  # orange and blue, as above and below 0 in a map
        bar = Rect(zero if one.mean > 0 else zero - long, y + 3, long, ROW - 6, f"bar:{category}")
        texts = (Label(0, y + 12, name, 10, bold=True), Label(end, y + 12, number_text(one.mean), 10, "soft"))
        items.append(Group(f"channel-{one.number}", f"{name}: {number_text(one.mean)}", (*texts, bar)))
    bottom = ROW * len(shown)
    items.append(Line(((zero, 0), (zero, bottom)), "soft", 10))
    return Tile(end + 70, bottom, tuple(items))
