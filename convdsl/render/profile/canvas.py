"""The style `profile`: a row a layer, with its size, channels, memory, weights and work as bars in columns.

Where most memory is taken is marked, and what was assumed is written below.
"""

from collections.abc import Iterator, Sequence
from math import prod

from convdsl.analysis.judged import UNCOUNTED
from convdsl.analysis.memory import Training, alive
from convdsl.ops.window import axis_name
from convdsl.record import dataclass
from convdsl.render.bars import Column, Row, chart
from convdsl.render.canvas import Canvas
from convdsl.render.captions import HEADING, MARGIN, findings, paragraphs, title
from convdsl.render.cards import type_category
from convdsl.render.cells import visible
from convdsl.render.facts import Network, bytes_text, short_count
from convdsl.render.layout import unique
from convdsl.render.shapes import axis_text
from convdsl.render.units import Unit, units
from convdsl.render.usual import Counted, counted
from convdsl.render.wish import Wish
from convdsl.shape import Shape
from convdsl.sizes import Size

HOLDERS = 3  # layers that are named for the peak


def canvas(network: Network, wish: Wish) -> Canvas:
    """Draw the profile of a network, at the sizes of the wish or at the usual ones."""
    found = counted(network, wish)
    taken = [] if found.memory is None else alive(network.graph, found.sizes or {}, found.memory.width)
    rows = units(network.graph, found.layers, wish)
    facts = [_facts(network, found, taken, unit) for unit in rows]
    peak = _peak(facts)
    ids = unique(unit.about or unit.name for unit in rows)
    told = [_row(network, found, unit, one, id_) for unit, one, id_ in zip(rows, facts, ids, strict=True)]
    drawn = chart(told, list(_columns(facts, peak, _size_words(network))), MARGIN, MARGIN + HEADING + 10)
    room = drawn.right - MARGIN
    words, bottom = paragraphs(_assumed(found, rows, peak), room, drawn.bottom + 4)
    wrong, bottom = findings(network, room, bottom)
    name = visible(network.graph.model)
    head = title(name, _totals(network, found), room)
    count = sum(1 for node in network.graph.nodes if node.op is not None)
    description = f"Profile of {name}: {count:,} layers in {len(rows):,} rows, {found.at}; {_totals(network, found)}."
    items = (*head, *drawn.items, *words, *wrong)
    return Canvas(f"{name}: profile", description, drawn.right + MARGIN, bottom + MARGIN, items)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a row says; None where it is not known. side: of a square with as many places as the values have."""

    size: str
    side: float | None
    channels: str
    width: int | None
    made: int | None
    alive: int | None
    parameters: int
    macs: int | None
    category: str


def _facts(network: Network, found: Counted, taken: Sequence[int], unit: Unit) -> _Facts:
    layers = [found.layers[index] for index in unit.indices]
    legal = network.legal.axes
    last = layers[-1].output
    size, side, channels, width = "?", None, "?", None
    if last is not None:
        size, side = "×".join(axis_text(axis, legal, tight=True) for axis in last.spatial), _side(last)
        channels = axis_text(last.axes[1], legal, tight=True) if last.rank > 1 else ""
        width = int(channels) if channels.isdecimal() else None
    costs = [layer.macs for layer in layers]
    memory = found.memory
    return _Facts(
        size,
        side,
        channels,
        width,
        None if memory is None else sum(memory.layers.get(index, 0) for index in unit.indices),
        max(taken[unit.first : unit.last + 1]) if taken else None,
        sum(layer.parameters for layer in layers),
        None if None in costs else sum(cost or 0 for cost in costs),
        type_category(max(layers, key=lambda layer: layer.parameters)),
    )


def _side(shape: Shape) -> float | None:
    sides = [axis.value if isinstance(axis, Size) else None for axis in shape.spatial]
    known = [side for side in sides if side is not None]
    return float(prod(known) ** (1 / len(known))) if known and len(known) == len(sides) else None


def _peak(facts: Sequence[_Facts]) -> int | None:
    """Return the first row at which most memory is taken."""
    most = max((one.alive or 0 for one in facts), default=0)
    return next((row for row, one in enumerate(facts) if most and one.alive == most), None)


def _size_words(network: Network) -> str:
    """Name the axes of the first value that has some: height × width."""
    shapes = (node.shapes[0] for node in network.graph.nodes if node.shapes)
    axes = next((len(shape.spatial) for shape in shapes if shape.spatial), 2)
    return " × ".join(axis_name(axes, axis) for axis in range(axes))


def _columns(facts: Sequence[_Facts], peak: int | None, size: str) -> Iterator[Column]:
    if any(one.size for one in facts):
        yield Column(size, "of what it gives", [one.size for one in facts], [f.side for f in facts], True)
    yield Column("channels", "", [one.channels for one in facts], [one.width for one in facts], True)
    if peak is not None:
        made, held = [one.made for one in facts], [one.alive for one in facts]
        yield Column("output", "memory of its own", [bytes_text(one) if one else "" for one in made], made)
        texts = [bytes_text(one) if one else "" for one in held]
        yield Column("in memory", "while it runs", texts, held, marks=((peak, "peak"),))
    weights = [one.parameters for one in facts]
    if any(weights):
        yield Column("parameters", "", [f"{one:,}" if one else "" for one in weights], weights)
    work = [one.macs for one in facts]
    if any(work):
        yield Column("MACs", "", ["?" if one is None else short_count(one) if one else "" for one in work], work)


def _row(network: Network, found: Counted, unit: Unit, one: _Facts, id_: str) -> Row:
    told = [f"{unit.name}: {unit.detail}", f"gives {one.channels} channels {one.size}".rstrip()]
    told += [f"{one.parameters:,} parameters"] if one.parameters else []
    told += [f"{one.macs:,} MACs"] if one.macs else []
    told += [f"{bytes_text(one.made)} of its own"] if one.made else []
    told += [f"{bytes_text(one.alive)} in memory while it runs"] if one.alive else []
    lost = any(network.graph.nodes[index].shapes is None for index in unit.indices)
    return Row(id_, unit.name, unit.detail, one.category, ", ".join(told), unit.about, lost)


def _totals(network: Network, found: Counted) -> str:
    """Write what the whole network weighs and costs."""
    parts = [f"{found.parameters:,} parameters"]
    work = found.macs(network)
    if work is not None:
        parts.append(f"{work:,} MACs")
    if found.memory is not None:
        parts.append(f"{bytes_text(found.memory.run.total)} of values at most")
    return " · ".join([*parts, found.at])


def _assumed(found: Counted, rows: Sequence[Unit], peak: int | None) -> Iterator[str]:
    """Say what the bars are, and what was assumed."""
    yield (
        "The longest bar of a column is its largest number, the others are shares of it; that of a size is the side "
        "of a square (or a cube) of as many places."
    )
    if found.memory is None or peak is None:
        yield "Memory is not known: it is counted where every shape is."
        return
    memory = found.memory
    held = ", ".join(f"`{visible(node.name)}`" for node, _ in memory.run.largest(HOLDERS))
    yield (
        f"Memory is of values, {found.at}, in evaluation without gradients, weights aside: a value is free after its "
        f"last use, inputs and outputs stay; layers without memory of their own work in place or are views. Peak: "
        f"{bytes_text(memory.run.total)} while `{rows[peak].name}` runs, most of it values of {held}."
    )
    yield (
        f"A step of training with {memory.optimizer} takes {bytes_text(memory.training.total)} at most, weights, "
        f"gradients and the optimizer's state included{_besides(memory.training)}, and "
        f"{bytes_text(memory.training.saved)} of values kept for the backward pass."
    )


def _besides(step: Training) -> str:
    """Say whether a discriminator is counted."""
    if step.discriminator is None:
        return f" ({UNCOUNTED})"
    return ", the discriminator's too" if step.discriminator else ""
