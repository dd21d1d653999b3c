"""The style `field`: what one value of each layer sees of the input, as a table with bars and as nested rectangles.

Sizes, jumps and offsets are those of `show`; where values that lie in different places are joined, the picture says so.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from convdsl.analysis.geometry import Field, Fields, Seen
from convdsl.op import NoGrid
from convdsl.render.bars import Column, Row, chart
from convdsl.render.canvas import Canvas, Disc, Item, Label
from convdsl.render.captions import HEADING, LINE, MARGIN, findings, paragraphs, title
from convdsl.render.cards import type_category
from convdsl.render.cells import visible
from convdsl.render.facts import Network, field_text
from convdsl.render.field.nest import WIDE, Nested, nest
from convdsl.render.field.sentences import fields_of, misaligned, seen_by_outputs, sides
from convdsl.render.layout import unique
from convdsl.render.units import Unit, units
from convdsl.render.usual import Counted, counted
from convdsl.render.wish import Wish
from convdsl.sizes import Size

GAP = 36  # between the table and the picture
SIGN = 22  # room of the sign before warnings


def canvas(network: Network, wish: Wish) -> Canvas:
    """Draw the receptive fields of a network, on the input at the size of the wish or at the usual one."""
    found = counted(network, wish)
    box = sides(network, found)
    rows = units(network.graph, found.layers, wish)
    seen = [fields_of(network, unit.last) for unit in rows]
    ids = unique(unit.about or unit.name for unit in rows)
    told = [_row(found, unit, fields, id_) for unit, fields, id_ in zip(rows, seen, ids, strict=True)]
    top = MARGIN + HEADING + 10
    drawn = chart(told, list(_columns(seen, max(box, default=0))), MARGIN, top)
    items: list[Item] = list(drawn.items)
    right, bottom = drawn.right, drawn.bottom
    nested = [one for unit, fields in zip(rows, seen, strict=True) if (one := _nested(found, box, unit, fields))]
    if nested:
        parts, low = nest(nested, box, drawn.right + GAP, top)
        items += parts
        right, bottom = drawn.right + GAP + WIDE, max(bottom, low)
    room = right - MARGIN
    sentences = list(seen_by_outputs(network, found))
    words, bottom = paragraphs([_COLUMNS + (_RECTANGLES if nested else "")], room, bottom + 4)
    warned, bottom = _warnings(network, room, bottom)
    wrong, bottom = findings(network, room, bottom)
    name = visible(network.graph.model)
    head = title(name, " · ".join(sentences), room)
    description = f"Receptive fields of {name}, {found.at}: {'; '.join(sentences)}."
    everything = (*head, *items, *words, *warned, *wrong)
    return Canvas(f"{name}: receptive fields", description, right + MARGIN, bottom + MARGIN, everything)


_COLUMNS = (
    "sees: the pixels from the first to the last that one value is made of, borders aside, through the path that sees "
    "most; jump: input pixels from one value to the next; offset: where the first value lies, from the centre of the "
    "first pixel."
)
_RECTANGLES = " The rectangles are what the value in the middle of a layer sees, cut at the input's borders."


def _row(found: Counted, unit: Unit, fields: Fields | None, id_: str) -> Row:
    layers = [found.layers[index] for index in unit.indices]
    told = f"{unit.name}: {unit.detail}, sees {field_text(fields) or 'what is not known'}"
    lost = any(layer.node.shapes is None for layer in layers)
    category = type_category(max(layers, key=lambda layer: layer.parameters))
    return Row(id_, unit.name, unit.detail, category, told, unit.about, lost)


def _columns(seen: Sequence[Fields | None], side: int) -> Iterator[Column]:
    """Make the columns: what is seen, how far outputs lie apart, and where the first one lies."""
    sizes: list[float | None] = []
    for fields in seen:
        known = [size for axis in fields or () if (size := _size(axis, side)) is not None]
        sizes.append(max(known, default=None))
    yield Column("sees", "px of the input", ["?" if one is None else field_text(one) for one in seen], sizes)
    on_grid = [[axis for axis in fields or () if isinstance(axis, Field)] for fields in seen]
    if not any(on_grid):
        return
    for heading, subheading, values in (
        ("jump", "px to the next value", [[axis.jump for axis in axes] for axes in on_grid]),
        ("offset", "px to the first value", [[axis.start for axis in axes] for axes in on_grid]),
    ):
        long: list[float | None] = [float(max(map(abs, one))) if one else None for one in values]
        yield Column(heading, subheading, [_numbers(one) for one in values], long)


def _size(axis: Seen, side: int) -> int | None:
    if isinstance(axis, NoGrid):
        return side if axis is NoGrid.WHOLE else None
    return side if axis.size is None else axis.size


def _numbers(values: Sequence[Fraction]) -> str:
    parts = [_decimal(value) for value in values]
    return parts[0] if len(set(parts)) == 1 else "×".join(parts)


def _decimal(value: Fraction) -> str:
    """Write a number with its decimals where they end soon, else as a fraction."""
    if 16 % value.denominator == 0:
        whole, part = divmod(abs(value.numerator) * 10**4, value.denominator * 10**4)
        digits = f"{part * 10**4 // (value.denominator * 10**4):04}".rstrip("0")
        text = f"{whole:,}.{digits}" if digits else f"{whole:,}"
    else:
        text = f"{abs(value.numerator)}/{value.denominator}"
    return f"−{text}" if value < 0 else text


def _nested(found: Counted, box: Sequence[int], unit: Unit, fields: Fields | None) -> Nested | None:
    """Say where the value in the middle of a layer's output looks; None where it has no place."""
    layer = found.layers[unit.last]
    if not fields or layer.output is None or layer.node.op is None:
        return None
    places = layer.output.spatial
    if not len(fields) == len(places) == len(box):
        return None
    edges: list[tuple[float, float]] = []
    for axis, place, side in zip(fields, places, box, strict=True):
        if not isinstance(axis, Field) or not isinstance(place, Size) or place.value is None:
            return None
        seen = axis.widest.edges((place.value - 1) // 2)
        if seen is None:
            return None
        edges.append((0.0, float(side)) if axis.whole else (float(seen[0]), float(seen[1]) + 1))
    spans = [f"{high - low:,.0f}" for low, high in edges]
    text = spans[0] if len(set(spans)) == 1 else "×".join(spans)
    return Nested(unit.about or unit.name, unit.name, text, tuple(edges))


def _warnings(network: Network, room: int, y: int) -> tuple[list[Item], int]:
    """Write what lies off, behind a sign."""
    told = list(misaligned(network))
    if not told:
        return [], y
    words, bottom = paragraphs(told, room - SIGN, y + 4, x=MARGIN + SIGN)
    sign = (Disc(MARGIN + 8, y + LINE, 8, "problem"), Label(MARGIN + 8, y + LINE + 4, "!", 12, "page", "middle", True))
    return [*sign, *words], bottom
