"""The architecture figure (`draw --style figure`): volumes to scale, in a U or in a strip."""

from collections.abc import Iterator, Sequence

from convdsl.record import replace
from convdsl.render.canvas import Canvas, Group, Item, Label, Line
from convdsl.render.cells import visible
from convdsl.render.facts import Network
from convdsl.render.figure.choice import choice
from convdsl.render.figure.key import key
from convdsl.render.figure.plan import Plan, foot_of, plan, way
from convdsl.render.figure.rows import rows
from convdsl.render.figure.solid import solid
from convdsl.render.figure.stages import Story
from convdsl.render.figure.volumes import SMALL, Volume, measured, tensor_text
from convdsl.render.layout import unique
from convdsl.render.metrics import text_width
from convdsl.render.notes import HEADING, footnotes, heading
from convdsl.render.scene import Text
from convdsl.render.theme import BOLD, SIZES
from convdsl.render.usual import SIDE, usual
from convdsl.render.wish import Wish

MARGIN = 16
NARROWEST = 420
FLAT = 40  # stages; a figure of more has no depth
BRACKET = 20  # pixels of a line under what is repeated, with its words


def canvas(network: Network, wish: Wish) -> Canvas:
    """Draw a network as volumes, its sizes as symbols or at those of the wish."""
    # a figure is about the architecture: of what was found in the spec it shows mistakes only
    network = replace(network, diagnostics=tuple(finding for finding in network.diagnostics if finding.is_error))
    drawn = wish.sizes if wish.sizes is not None else usual(network) or dict.fromkeys(network.legal.axes, SIDE)
    told = choice(network, wish, drawn)
    row = rows(told)
    legal = network.legal.axes
    volumes, scale = measured(told.stages, wish.sizes, drawn, legal, len(told.stages) > FLAT)
    labels = [tensor_text(wire.shape, wish.sizes, legal) for wire in told.wires]
    head = heading(network, told.parameters, MARGIN)
    placed = plan(told, volumes, row, labels, MARGIN, MARGIN + HEADING)
    items: list[Item] = [_label(text) for text in head]
    for wire in placed.straight:
        items.append(Line(way(placed, volumes, row, wire), "edge", bend=6, head=True))
    ids = unique(f"{stage.kind}.{stage.name}" if stage.kind == "output" else stage.about for stage in told.stages)
    for index, volume in enumerate(volumes):
        parts = tuple(solid(volume, placed.middle[index], placed.axis[row[index]]))
        items.append(Group(ids[index], volume.stage.tooltip, parts, volume.stage.about))
    items += _arcs(placed, volumes, row)
    brackets, bottom = _brackets(told, placed, volumes, row)
    width = max(*placed.right, NARROWEST, *(text.x + text.width for text in head)) + MARGIN
    keyed, bottom = key(told, scale, drawn, MARGIN, bottom + 14, width - 2 * MARGIN, bool(placed.arcs))
    notes, bottom = footnotes(network, width - 2 * MARGIN, MARGIN, bottom)
    items += [*brackets, *keyed, *(_label(text) for text in notes)]
    return Canvas(visible(network.graph.model), _description(network, told, row), width, bottom + MARGIN, tuple(items))


def _arcs(placed: Plan, volumes: Sequence[Volume], row: Sequence[int]) -> Iterator[Item]:
    """Draw what passes over stages, first the lines, then what is written on them."""
    for arc in placed.arcs:
        source, target = arc.wire.source, arc.wire.target
        start, end = (
            (foot_of(placed, volumes[index], index, arriving), placed.axis[row[index]] - _top(volumes[index]))
            for index, arriving in ((source, False), (target, True))
        )
        yield Line((start, (start[0], arc.y), (end[0], arc.y), end), "skip", bend=6, head=True)
    for arc in placed.arcs:
        if arc.label:
            yield Label(arc.x, arc.y - 4, arc.label, SMALL, "soft", "middle")


def _top(volume: Volume) -> int:
    """Return how far above the axis an arc touches a volume: in the middle of its upper face."""
    return volume.above - volume.extent.back // 2


def _brackets(told: Story, placed: Plan, volumes: Sequence[Volume], row: Sequence[int]) -> tuple[list[Item], int]:
    """Draw a line under the stages of each repeated block, the inner ones first; return them and the lowest pixel."""
    out: list[Item] = []
    low = [placed.axis[r] + volume.below for volume, r in zip(volumes, row, strict=True)]
    inside: dict[int, list[int]] = {}
    for index, stage in enumerate(told.stages):
        for scope in stage.frames:
            inside.setdefault(scope, []).append(index)
    for scope, members in sorted(inside.items(), key=lambda item: len(item[1])):
        frame = told.frames[scope]
        left, right = placed.left[members[0]], placed.right[members[-1]]
        y = max(low[members[0] : members[-1] + 1]) + 5
        times = f"×{frame.times}"
        words = " ".join(part for part in (frame.title, frame.block, times, frame.change) if part)
        shown = words if text_width(words, SMALL) <= right - left else times
        out.append(Line(((left, y - 3), (left, y), (right, y), (right, y - 3)), "skip"))
        out.append(Label((left + right) // 2, y + SMALL + 1, shown, SMALL, "ink", "middle"))
        for index in range(members[0], members[-1] + 1):
            low[index] = y + BRACKET - 4
    return out, max(low, default=placed.bottom)


def _label(text: Text) -> Label:
    colour = {"heading": "ink", "mark": "problem"}.get(text.style, "soft")
    return Label(text.x, text.y, text.text, SIZES[text.style], colour, text.anchor, text.style in BOLD)


def _description(network: Network, told: Story, row: Sequence[int]) -> str:
    """Describe the figure in a sentence, for those who cannot see it."""
    graph = network.graph
    inputs = ", ".join(visible(tensor.name) for tensor in graph.inputs)
    outputs = ", ".join(visible(tensor.name) for tensor in graph.outputs)
    form = f"a U of {max(row) + 1} resolutions" if max(row, default=0) else "a strip"
    goal = f" to {outputs}" if outputs else ""
    text = f"Architecture of {visible(graph.model)}, from {inputs}{goal}: {len(told.stages)} volumes in {form}."
    errors = sum(1 for finding in network.diagnostics if finding.is_error)
    marked = "1 mistake is marked." if errors == 1 else f"{errors:,} mistakes are marked."
    return f"{text} {marked}" if errors else text
