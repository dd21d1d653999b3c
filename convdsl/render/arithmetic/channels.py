"""Which channels of the input a channel of the output reads: bands from group to group."""

from collections.abc import Sequence

from convdsl.record import dataclass
from convdsl.render.arithmetic.slide import Slide
from convdsl.render.canvas import Item, Label, Line, Polygon, Rect
from convdsl.render.metrics import text_width
from convdsl.render.tiles import Tile, below, words

SIDE, GAP, HIGH = 13, 9, 30  # of a channel's square, between groups, and of a band, in pixels
MOST = 32  # channels of a row that are all drawn
TYPE = 9


@dataclass(frozen=True, slots=True)
class _Part:
    """A group as it is drawn: its number, and its rows of channels: how many are drawn, and whether these are all."""

    number: int
    before: tuple[int, bool]
    after: tuple[int, bool]


def channels(slide: Slide) -> Tile | None:
    """Draw the channels of input and output, and how groups join them; None where there is one of each."""
    before, after = slide.before[1], slide.after[1]
    if before == after == 1:
        return None
    return below([words(_sentence(slide)), _bands(_parts(slide), slide.groups)], 5)


def _sentence(slide: Slide) -> str:
    before, after, groups = slide.before[1], slide.after[1], slide.groups
    if "out_channels" not in slide.told:
        return f"{before} channels, each by itself"
    told = f"{before} channel{'s' * (before != 1)} in, {after} out"
    if groups == 1:
        return f"{told}: each output {'sums all of the input' if before > 1 else 'reads it'}"
    if groups == before:
        each = after // groups
        return f"{told}, {groups} groups: depthwise, each channel of the input makes {each} of the output"
    return f"{told}, {groups} groups: {before // groups} of the input make {after // groups} of the output"


def _parts(slide: Slide) -> list[_Part | None]:
    """Choose the groups that are drawn, None for those that are left out."""
    before, after, groups = slide.before[1] // slide.groups, slide.after[1] // slide.groups, slide.groups
    few = 4 if groups > 1 else 12
    counts = [(count, True) if count <= few + 1 else (few, False) for count in (before, after)]
    fits = max(1, MOST // max(count for count, _ in counts))
    numbers: list[int | None] = list(range(groups))
    if groups > fits:
        numbers = [*range(max(fits - 1, 1)), None, groups - 1]
    return [None if number is None else _Part(number, counts[0], counts[1]) for number in numbers]


def _bands(parts: Sequence[_Part | None], groups: int) -> Tile:
    items: list[Item] = []
    bands: list[Item] = []
    x = text_width("output", TYPE) + 8
    for part in parts:
        if part is None:
            items.append(Label(x + 6, SIDE + HIGH // 2 + 3, "…", 11, "soft", "middle"))
            x += 12 + GAP
            continue
        role = f"group:{part.number % 7 + 1}"
        wide = max(_width(part.before), _width(part.after))
        tops, bottoms = x + (wide - _width(part.before)) // 2, x + (wide - _width(part.after)) // 2
        ends = ((tops, SIDE), (tops + _width(part.before), SIDE))
        feet = ((bottoms + _width(part.after), SIDE + HIGH), (bottoms, SIDE + HIGH))
        bands.append(Polygon((*ends, *feet), role, "", opacity=45))
        items += _row(tops, 0, part.before, role)
        items += _row(bottoms, SIDE + HIGH, part.after, role)
        if groups > 1 and part.number < 99:
            middle = x + wide // 2
            items.append(Label(middle, SIDE + HIGH // 2 + 3, str(part.number + 1), TYPE, "ink", "middle"))
        x += wide + GAP
    high = 2 * SIDE + HIGH
    items += (Label(0, SIDE - 3, "input", TYPE, "soft"), Label(0, high - 3, "output", TYPE, "soft"))
    return Tile(x - GAP, high, (*bands, *items))


def _width(row: tuple[int, bool]) -> int:
    count, whole = row
    return count * SIDE if whole else (count + 1) * SIDE + 2 * GAP - 4


def _row(x: int, y: int, row: tuple[int, bool], role: str) -> list[Item]:
    """Draw the channels of a group; where some are left out, a break and the last one."""
    count, whole = row
    lefts = [x + index * SIDE for index in range(count)]
    if not whole:
        lefts.append(x + _width(row) - SIDE)
    out: list[Item] = [Rect(left, y, SIDE, SIDE, role) for left in lefts]
    out += (Rect(left, y, SIDE, SIDE, "", "edge") for left in lefts)
    if not whole:
        middle = x + count * SIDE + GAP - 2
        out += (Line(((middle + at - 1, y + SIDE // 2), (middle + at + 1, y + SIDE // 2)), "soft") for at in (-4, 0, 4))
    return out
