"""What an architecture figure shows: tensors in the order in which they are made, and the wires between them.

A stage is a card of the layer graph, with the shape of the tensor that leaves it. A norm or activation alone before a
layer belongs to that layer, and what only fits a skip to its join belongs to the join.
"""

import re
from collections.abc import Sequence

from convdsl.analysis.effective import title
from convdsl.analysis.geometry import inputs_read
from convdsl.graph.graph import Graph, Value
from convdsl.record import dataclass, field
from convdsl.render.cards import Card, Frame, Picture
from convdsl.render.cells import visible
from convdsl.render.facts import call_text
from convdsl.render.grouping import STRIPES
from convdsl.shape import Shape

WEIGHTLESS = ("resize", "shape", "regularise", "other")  # what may be drawn as part of the join that reads it


@dataclass(slots=True)
class Stage:
    """One tensor of the figure, with the layers that make it.

    kind: as of a card. name: as the spec calls it, or, if that is `around`, the block that it begins; "" for none.
    words: the operator and its window. before, after: the categories of norms and activations around the layer. level:
    see resolution.py. times: how many equal ones it stands for; count: how many layers each of them is, norms and
    activations aside; first: the shape of the first. frames: the folded frames around it, outermost first. about: of
    its Group.
    """

    kind: str
    category: str
    name: str
    words: str
    shape: Shape | None
    level: float | None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    times: int = 1
    count: int = 1
    first: Shape | None = None
    around: bool = False
    frames: tuple[int, ...] = ()
    tooltip: str = ""
    about: str = ""
    has_problem: bool = False
    known: bool = True
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class Wire:
    """A tensor on its way between two stages, by index; shape: of the tensor."""

    source: int
    target: int
    shape: Shape | None


@dataclass(slots=True)
class Story:
    """Stages in the order of the spec, wires in the order of their targets, folded frames by scope.

    parameters: of the whole network, those of layers that are never applied among them.
    """

    stages: list[Stage] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    frames: dict[int, Frame] = field(default_factory=dict)
    parameters: int = 0


def story(graph: Graph, shown: Picture, levels: Sequence[float | None]) -> Story:
    """Make stages of cards."""
    leaving: dict[int, Value] = {}
    for link in shown.links:
        leaving.setdefault(link.source, link.value)
    out = Story(parameters=shown.parameters)
    last = ""
    for index, card in enumerate(shown.cards):
        value = leaving.get(index, Value(card.nodes[-1]) if card.nodes else None)
        stage = _stage(graph, card, value, levels)
        around = "" if stage.name else _frame_title(shown, card.scope)
        if around != last:  # said once, at the first of its layers
            stage.around = not stage.name
            stage.name = stage.name or around
        last = around
        stage.frames = _folded(shown, card.scope)
        out.stages.append(stage)
    out.frames = {key: frame for key, frame in shown.frames.items() if frame.times > 1}
    read = {(value.node, node.index) for node in graph.nodes for value in _read(graph, node.index)}
    for link in shown.links:
        target = shown.cards[link.target]
        if not target.nodes or any((link.value.node, node) in read for node in target.nodes):
            out.wires.append(Wire(link.source, link.target, graph.shape(link.value)))
    return _nearest_first(_without_lone(out))


def keep(told: Story, into: Sequence[int]) -> Story:
    """Merge stages: `into` names for each the stage that it becomes part of, itself for one that stays."""
    number = {index: place for place, index in enumerate(i for i, goal in enumerate(into) if goal == i)}
    wires: dict[tuple[int, int], Wire] = {}
    for wire in told.wires:
        source, target = number[into[wire.source]], number[into[wire.target]]
        if source < target:
            wires.setdefault((source, target), Wire(source, target, wire.shape))
    stages = [stage for index, stage in enumerate(told.stages) if into[index] == index]
    return Story(stages, list(wires.values()), told.frames, told.parameters)


def _read(graph: Graph, index: int) -> list[Value]:
    node = graph.nodes[index]
    return [node.inputs[place] for place in inputs_read(node)]


def _stage(graph: Graph, card: Card, value: Value | None, levels: Sequence[float | None]) -> Stage:
    name, words = _words(graph, card)
    return Stage(
        card.kind,
        card.category,
        name,
        words,
        None if value is None else graph.shape(value),
        None if value is None else levels[value.node],
        (),
        tuple(category for _, category in card.stripes),
        card.times,
        max(1, sum(1 for node in card.nodes if _is_counted(graph, node))),
        tooltip=card.tooltip,
        about="" if card.kind == "output" else card.name,
        has_problem=bool(card.problems),
        known=card.known,
        parameters=card.parameters,
    )


def _is_counted(graph: Graph, node: int) -> bool:
    op = graph.nodes[node].op
    return op is not None and type(op).category not in STRIPES


def _words(graph: Graph, card: Card) -> tuple[str, str]:
    """Tell a card's own name, "" for none, from what it does."""
    if card.kind == "output":
        return card.title, card.detail
    if card.kind == "input":
        return card.title, ""  # what its numbers mean is long, and no part of the architecture
    op = graph.nodes[card.nodes[0]].op if card.nodes else None
    if op is not None and card.title in (visible(title(op)), visible(call_text(op))):
        return "", brief(f"{card.title} {card.detail}".strip())
    return card.title, brief(card.detail)


def brief(words: str) -> str:
    """Shorten an operator's words for a figure, which shows the axes and says sizes: `Conv 3×3 s2`."""
    without_axes = re.sub(r"(?<=[a-z])[123]d\b", "", words)
    return re.sub(r" p[0-9×]+\b", "", without_axes)


def _frame_title(shown: Picture, scope: int) -> str:
    while scope in shown.frames:
        frame = shown.frames[scope]
        if frame.title:
            return frame.title
        scope = frame.parent
    return ""


def _folded(shown: Picture, scope: int) -> tuple[int, ...]:
    out: list[int] = []
    while scope in shown.frames:
        if shown.frames[scope].times > 1:
            out.insert(0, scope)
        scope = shown.frames[scope].parent
    return tuple(out)


def _without_lone(told: Story) -> Story:
    """Let norms and activations join the layer that reads them, and what fits a skip to a join, that join."""
    stages = told.stages
    into = list(range(len(stages)))
    reads: list[list[int]] = [[] for _ in stages]
    readers: list[list[int]] = [[] for _ in stages]
    for wire in told.wires:
        reads[wire.target].append(wire.source)
        readers[wire.source].append(wire.target)
    for index, stage in enumerate(stages):
        if stage.kind != "layer" or stage.has_problem or len(readers[index]) != 1 or len(reads[index]) != 1:
            continue
        goal = stages[readers[index][0]]
        if stage.frames != goal.frames or goal.kind == "output" or stage.times > 1:
            continue
        if stage.category in STRIPES and goal.kind == "layer" and len(reads[readers[index][0]]) == 1:
            goal.before = (*stage.before, stage.category, *stage.after, *goal.before)
        elif goal.kind == "join" and stage.category in WEIGHTLESS and not stage.parameters:
            if reads[index][0] == index - 1 or stage.level != goal.level:
                continue
            goal.words = f"{stage.words}, {goal.words}"
        else:
            continue
        into[index] = readers[index][0]
        goal.tooltip = "\n".join(dict.fromkeys((*stage.tooltip.split("\n"), *goal.tooltip.split("\n"))))
    for index in reversed(range(len(stages))):
        into[index] = into[into[index]]
    return keep(told, into)


def _nearest_first(told: Story) -> Story:
    """Put the outputs, which come last, in the order that lets them stand near what they show."""
    source = {wire.target: wire.source for wire in told.wires}
    first = next((i for i, stage in enumerate(told.stages) if stage.kind == "output"), len(told.stages))
    order = [*range(first), *sorted(range(first, len(told.stages)), key=lambda index: -source.get(index, -1))]
    place = {index: at for at, index in enumerate(order)}
    wires = [Wire(place[wire.source], place[wire.target], wire.shape) for wire in told.wires]
    wires.sort(key=lambda wire: wire.target)
    return Story([told.stages[index] for index in order], wires, told.frames, told.parameters)
