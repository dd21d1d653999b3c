"""`?`: which numbers stand there, from the shapes that are promised behind them.

The graph is one that was drafted without them. Each promise asks for the `?` before it, promises that ask for the same
`?` are answered together, and each axis is solved on its own (`analysis/fit.py`); `analysis/unsolved.py` has the words.
"""

from collections.abc import Container, Iterable, Mapping
from itertools import islice, product

from convdsl.analysis import unsolved
from convdsl.analysis.accepted import accepted
from convdsl.analysis.cone import Cone, Solution, Unfit, along, cones
from convdsl.analysis.fit import MOST_TOGETHER, Blank, Found, Question
from convdsl.analysis.promises import symbols_in
from convdsl.analysis.suggest import Promised, promised_by
from convdsl.analysis.unsolved import Answer, Hole
from convdsl.argument import Invalid, Parameter, signature
from convdsl.diagnostics import Diagnostic
from convdsl.graph.blanks import blanks_in
from convdsl.graph.graph import Graph, Node
from convdsl.op import Guard
from convdsl.record import dataclass
from convdsl.sizeset import SizeSet, everything, nothing
from convdsl.source import Span

MOST_HOLES = 200  # each takes up to some tens of milliseconds
MOST_SEARCHES = 1024  # by halving; several `?` under one promise take many
MOST_COMBINED = 64  # combinations of the axes' solutions that are sorted

# strides tell themselves; of a window and its padding, or of both paddings, the padding follows from the other
_TURNS = {"stride": 0, "dilation": 1, "kernel_size": 2, "output_padding": 3}


@dataclass(frozen=True, slots=True)
class Solved:
    """What stands for each `?` that has an answer (of several the most usual one), and what is to be said."""

    values: Mapping[Span, object]
    diagnostics: tuple[Diagnostic, ...]


def solve_holes(graph: Graph, listed: Container[int] = ()) -> Solved:
    """Solve every `?` of a network that was drafted without them.

    listed: the files that write pairs with `[ ]`, as YAML does.
    """
    holes = holes_in(graph, listed)
    symbols = symbols_in(graph)
    promised, mistakes = promised_by(graph, symbols)
    if mistakes or not holes:
        return Solved({}, mistakes)
    values: dict[Span, object] = {}
    found: list[Diagnostic] = []
    asked: set[Span] = set()
    searches = 0
    for group in _groups(_usable(cones(graph))):
        spans = {blank for cone in group for blank in cone.spans}
        asked |= spans
        run = _Run(graph, symbols, promised, group, tuple(hole for hole in holes if hole.span in spans))
        searches += run.searches
        if len(asked) > MOST_HOLES or searches > MOST_SEARCHES:
            found.append(unsolved.too_many(run.holes, "these are too many `?` for one spec"))
            return Solved(values, tuple(found))
        answer = run.answer()
        if answer.choices:
            values.update(answer.choices[0])
        found.extend(answer.diagnostics)
    hidden = _behind_mistakes(graph)
    for hole in holes:
        if hole.span not in asked and hole.span not in hidden:
            found.append(unsolved.no_promise(graph, hole))
    return Solved(values, tuple(found))


def holes_in(graph: Graph, listed: Container[int]) -> tuple[Hole, ...]:
    """Return each `?` once, with the first layer that has it."""
    out: dict[Span, Hole] = {}
    for node in graph.nodes:
        for name, value in node.blanks.items():
            for blank in blanks_in(value):
                at = value.index(blank) if isinstance(value, tuple) else None
                is_listed = blank.span.file in listed
                out.setdefault(blank.span, Hole(blank.span, _parameter(node, name), at, node, is_listed))
    return tuple(out.values())


def _parameter(node: Node, name: str) -> Parameter:
    assert node.op is not None
    return next(parameter for parameter in signature(type(node.op)) if parameter.name == name)


def _usable(found: Iterable[Cone]) -> list[Cone]:
    """Leave out promises behind which sizes cannot be followed: of a flattened picture they say nothing."""
    out: list[Cone] = []
    for cone in found:
        least = dict.fromkeys(cone.spans, 1)
        try:
            for axis in range(cone.rank - 2):
                along(cone, axis, least, checked=False)
        except Unfit:
            continue
        except (Invalid, IndexError):
            pass
        if cone.rank > 2:
            out.append(cone)
    return out


def _groups(found: list[Cone]) -> list[tuple[Cone, ...]]:
    """Put cones together that share a `?`; equal ones (turns of a loop, calls of a block) are looked at once."""
    groups: list[dict[object, Cone]] = []
    at: dict[Span, int] = {}
    for cone in found:
        into = sorted({at[span] for span in cone.spans if span in at})
        first = into[0] if into else len(groups)
        if not into:
            groups.append({})
        for other in into[1:]:
            groups[first].update(groups[other])
            groups[other] = {}
            at.update((span, first) for span, index in at.items() if index == other)
        groups[first].setdefault(_likeness(cone), cone)
        at.update((span, first) for span in cone.spans)
    return [tuple(group.values()) for group in groups if group]


def _likeness(cone: Cone) -> object:
    """Return what equal cones have in common."""
    place = {node.index: order for order, node in enumerate(cone.nodes)}
    nodes = tuple(
        (node.op, tuple(node.blanks.items()), tuple((place.get(v.node), cone.known.get(v)) for v in node.inputs))
        for node in cone.nodes
    )
    return nodes, cone.promise.shape, cone.promise.guards


def _behind_mistakes(graph: Graph) -> set[Span]:
    """Return the `?` of which a mistake elsewhere hides what is promised."""
    lost = {node.index for node in graph.nodes if node.shapes is None and not node.waits}
    for node in reversed(graph.nodes):
        if node.index in lost:
            lost.update(value.node for value in node.inputs if graph.nodes[value.node].waits)
    return {
        blank.span
        for node in graph.nodes
        if node.index in lost
        for value in node.blanks.values()
        for blank in blanks_in(value)
    }


class _Run:
    """One group of cones."""

    def __init__(
        self,
        graph: Graph,
        symbols: tuple[str, ...],
        promised: Promised,
        group: tuple[Cone, ...],
        holes: tuple[Hole, ...],
    ) -> None:
        self.graph, self.promised, self.group, self.holes = graph, promised, group, holes
        first = min(node.index for cone in group for node in cone.nodes)
        above: list[tuple[Guard, int]] = [(g, node.index) for node in graph.nodes[:first] for g in node.guards]
        self.entering = accepted(above, symbols)
        self.domains = {symbol: self._promised_of(symbol) for symbol in symbols}

    def _promised_of(self, symbol: str) -> SizeSet:
        """Return the sizes of a symbol that are promised and that the lines above accept."""
        region = nothing()
        for box in self.promised.region.boxes:
            region = region.union(box.get(symbol, everything()))
        return region.intersect(self.entering.axes[symbol])

    @property
    def searches(self) -> int:
        """Count the searches by halving that the widest axis takes at most."""
        return max(self._question(axis).searches for axis in range(self.group[0].rank - 2))

    def answer(self) -> Answer:
        """Solve every axis, and put the axes together."""
        words = unsolved.Words(self.graph, self.promised, self.holes, self.entering)
        axes = range(self.group[0].rank - 2)
        by_axis: list[Found] = []
        failed: list[tuple[Question, Found]] = []
        try:
            if any(cone.rank - 2 != len(axes) for cone in self.group):
                raise Unfit
            for axis in axes:
                question = self._question(axis)
                if len(question.blanks) > max(MOST_TOGETHER):
                    return Answer((), (unsolved.too_many(self.holes, "too many `?` for one promised shape"),))
                if not question.blanks:
                    by_axis.append(Found(({},), False, ()))
                    continue
                by_axis.append(question.solve())
                if not by_axis[-1].solutions:
                    failed.append((question, by_axis[-1]))
            if failed:
                return Answer((), (words.none(failed, self.domains),))
        except Unfit:
            return Answer((), (words.not_followed(self.group),))
        choices = _combined(self.holes, by_axis)
        more = any(found.more for found in by_axis)
        alone = len(choices) == 1 and not more
        sure = tuple(hole for hole in self.holes if alone or _is_sure(hole, by_axis))
        told = words.of(sure).solved(choices[0], self.group)
        if alone:
            return Answer(choices, told)
        rest = tuple(hole for hole in self.holes if hole not in sure)
        return Answer(choices, (*told, words.of(rest).several(choices, more, self.group)))

    def _question(self, axis: int) -> Question:
        blanks = tuple(
            Blank(hole.span, int(hole.parameter.min or 0), _TURNS.get(hole.parameter.name, 4))
            for hole in self.holes
            if hole.position in (None, axis)
        )
        return Question(self.group, axis, blanks, self.domains, self.promised.mentioned)


def _is_sure(hole: Hole, by_axis: list[Found]) -> bool:
    axes = by_axis if hole.position is None else by_axis[hole.position : hole.position + 1]
    return all(hole.span in found.sure for found in axes)


def _combined(holes: tuple[Hole, ...], by_axis: list[Found]) -> tuple[Mapping[Span, object], ...]:
    """Put a solution of each axis together; those that are alike on all axes come first, and hide others if several."""
    choices = list(islice(product(*(found.solutions for found in by_axis)), MOST_COMBINED))
    values = [{hole.span: _value(hole, choice) for hole in holes} for choice in choices]
    alike = [value for value in values if not any(isinstance(number, tuple) for number in value.values())]
    others = [value for value in values if value not in alike]
    return tuple(alike) if len(alike) > 1 else (*alike, *others)


def _value(hole: Hole, choice: tuple[Solution, ...]) -> object:
    if hole.position is not None:
        return choice[hole.position][hole.span]
    numbers = tuple(solution[hole.span] for solution in choice)
    return numbers[0] if len(set(numbers)) == 1 else numbers
