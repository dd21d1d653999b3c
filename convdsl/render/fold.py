"""Draw equal neighbours once: blocks, turns of a loop and unnamed layers that follow each other become `×n`.

Neighbours are equal if they are wired alike inside, each reads only the one before it, and their arguments differ in
one sequence of values at most, which is then shown: `64→128→256`. What has a finding is never folded away.
"""

from collections.abc import Sequence

from convdsl.analysis.effective import arguments
from convdsl.graph.graph import Graph
from convdsl.record import dataclass, replace
from convdsl.render.cards import Card, Frame, Link, Picture, count_text
from convdsl.render.facts import number_text

SUM = "Σ"  # before the parameters of all that a card stands for, where they differ
SHOWN = 5  # values of a sequence that are written out
FOLDABLE = ("layer", "join")
FIXED = ("kernel_size", "stride")  # what differs in these is another kind of layer


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sub-scope, or (scope None) one card: the cards first..last."""

    scope: int | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Run:
    """Equal units in a row, and the sequence in which they differ: parameters' names, values ("" and () for none)."""

    units: tuple[_Unit, ...]
    names: tuple[str, ...]
    values: tuple[str, ...]


def fold(graph: Graph, shown: Picture, traits: Sequence[object] = ()) -> Picture:
    """Fold runs of equal blocks and unnamed layers; the picture itself is not changed.

    traits: what has to be equal besides, one for each card.
    """
    return _Folder(graph, shown, traits).result()


class _Folder:
    def __init__(self, graph: Graph, shown: Picture, traits: Sequence[object]) -> None:
        self.graph, self.shown, self.traits = graph, shown, traits
        count = len(shown.cards)
        self.reads: list[list[int]] = [[] for _ in range(count)]
        self.readers: list[list[int]] = [[] for _ in range(count)]
        for link in shown.links:
            self.reads[link.target].append(link.source)
            self.readers[link.source].append(link.target)
        self.runs: list[_Run] = []

    def result(self) -> Picture:
        self._search(0, 0, len(self.shown.cards) - 1)
        return _without(self.shown, self.runs) if self.runs else self.shown

    # --------------------------------------------------------------- searching

    def _search(self, scope: int, first: int, last: int) -> None:
        """Find runs among the units of a scope, then inside what is kept of them."""
        units = self._units(scope, first, last)
        at = 0
        while at < len(units):
            run = self._longest(units, at)
            if run is not None:
                self.runs.append(run)
            kept = units[at]
            if kept.scope is not None and kept.last > kept.first:
                self._search(kept.scope, kept.first, kept.last)
            at += len(run.units) if run is not None else 1

    def _units(self, scope: int, first: int, last: int) -> list[_Unit]:
        """Cut the cards first..last of a scope into its sub-scopes and its own cards."""
        out: list[_Unit] = []
        for index in range(first, last + 1):
            inner, child = self.shown.cards[index].scope, None
            while inner != scope and inner in self.shown.frames:
                inner, child = self.shown.frames[inner].parent, inner
            if child is not None and out and out[-1].scope == child:
                out[-1] = replace(out[-1], last=index)
            else:
                out.append(_Unit(child, index, index))
        return out

    def _longest(self, units: Sequence[_Unit], at: int) -> _Run | None:
        """Return the longest run of equal units that begins here, None where there is no second."""
        first = units[at]
        if not self._is_foldable(first):
            return None
        form = self._form(first)
        chosen, table = [first], [self._arguments(first)]
        best: _Run | None = None
        for unit in units[at + 1 :]:
            if unit.last - unit.first != first.last - first.first or not self._is_foldable(unit):
                break
            if not self._follows(chosen[-1], unit) or self._form(unit) != form:
                break
            chosen.append(unit)
            table.append(self._arguments(unit))
            names, values = _difference(table)
            if values is None:
                break
            best = _Run(tuple(chosen), names, values)
        return best

    def _is_foldable(self, unit: _Unit) -> bool:
        cards = self.shown.cards[unit.first : unit.last + 1]
        if any(card.kind not in FOLDABLE or card.problems or card.mark or not card.known for card in cards):
            return False
        # a layer that the spec gives a name to is looked for by that name
        return unit.scope is not None or bool(cards[0].block) or not self.graph.nodes[cards[0].nodes[0]].target

    def _follows(self, before: _Unit, unit: _Unit) -> bool:
        """Tell whether a unit reads the end of the one before, and nothing else reads anything of that one."""
        for index in range(before.first, before.last + 1):
            for reader in self.readers[index]:
                outside = reader > before.last
                if outside and (index != before.last or reader > unit.last):
                    return False
        sources = {source for index in range(unit.first, unit.last + 1) for source in self.reads[index]}
        return {source for source in sources if source < unit.first} == {before.last}

    def _form(self, unit: _Unit) -> object:
        """Describe operators and wiring, without arguments; what comes from outside is numbered as it first comes."""
        outside: dict[int, int] = {}
        out = []
        for index in range(unit.first, unit.last + 1):
            card = self.shown.cards[index]
            wires = tuple(
                source - unit.first if source >= unit.first else -1 - outside.setdefault(source, len(outside))
                for source in self.reads[index]
            )
            types = tuple(type(self.graph.nodes[node].op) for node in card.nodes)
            frame = self.shown.frames.get(unit.scope) if unit.scope is not None else None
            kind = frame.block if frame is not None else card.block
            trait = self.traits[index] if self.traits else None
            out.append((card.kind, kind, types, wires, self._depth(card.scope), trait))
        return tuple(out)

    def _depth(self, scope: int) -> int:
        depth = 0
        while scope in self.shown.frames:
            scope, depth = self.shown.frames[scope].parent, depth + 1
        return depth

    def _arguments(self, unit: _Unit) -> list[tuple[str, str]]:
        out: list[tuple[str, str]] = []
        for card in self.shown.cards[unit.first : unit.last + 1]:
            for node in card.nodes:
                op = self.graph.nodes[node].op
                if op is not None:
                    out.extend((name, number_text(value)) for name, value in arguments(op).items())
        return out


def _difference(table: Sequence[Sequence[tuple[str, str]]]) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Return the parameters that differ between rows and their one sequence of values.

    None in place of the values: there are several sequences, or a value comes twice.
    """
    names: list[str] = []
    sequences: set[tuple[str, ...]] = set()
    for column in zip(*table, strict=True):
        values = tuple(value for _, value in column)
        if len(set(values)) > 1:
            if column[0][0] in FIXED:
                return (), None
            names.append(column[0][0])
            sequences.add(values)
    if not sequences:
        return (), ()
    values = sequences.pop()
    steady = not sequences and len(set(values)) == len(values)
    return tuple(dict.fromkeys(names)), values if steady else None


# --------------------------------------------------------------------- folding


def _without(shown: Picture, runs: Sequence[_Run]) -> Picture:
    """Take all units of the runs but the first out of a picture."""
    cards = [replace(card) for card in shown.cards]
    frames = {key: replace(frame) for key, frame in shown.frames.items()}
    gone: set[int] = set()
    stands_for: dict[int, int] = {}
    labels: dict[tuple[int, int], set[str]] = {}
    for run in runs:
        first, *others = run.units
        _mark(cards, frames, run)
        for unit in others:
            gone.update(range(unit.first, unit.last + 1))
            stands_for[unit.last] = first.last
        spread = {unit.first: first.first for unit in others}
        for unit in others:
            for index in range(unit.first, unit.last + 1):
                labels.setdefault((index, index - unit.first + spread[unit.first]), set())
    twins = dict(labels.keys())
    written: dict[tuple[int, int], set[str]] = {}
    for link in shown.links:
        pair = (twins.get(link.source, link.source), twins.get(link.target, link.target))
        written.setdefault(pair, set()).add(link.label)
    for index in sorted(twins):
        twin = twins[index]
        while twin in twins:
            twin = twins[twin]
        cards[twin].twins += shown.cards[index].nodes
    number = {index: place for place, index in enumerate(i for i in range(len(cards)) if i not in gone)}
    links: list[Link] = []
    for link in shown.links:
        if link.target in gone:
            continue
        source = link.source
        label = link.label
        while source in stands_for:
            source = stands_for[source]
        if source in gone:
            continue
        if source == link.source and len(written[link.source, link.target]) > 1:
            label = ""
        links.append(replace(link, source=number[source], target=number[link.target], label=label))
    kept = [card for index, card in enumerate(cards) if index not in gone]
    used = {card.scope for card in kept}
    for key in sorted(frames, reverse=True):
        if key in used:
            used.add(frames[key].parent)
    return Picture(shown.title, shown.parameters, kept, links, {key: f for key, f in frames.items() if key in used})


def _mark(cards: list[Card], frames: dict[int, Frame], run: _Run) -> None:
    """Write on the first unit how many it stands for, what changes, and what all of them weigh."""
    first, times = run.units[0], len(run.units)
    change = _change(run)
    if first.scope is not None:
        frame = frames[first.scope]
        frame.times, frame.change = times, change
        last = frames[run.units[-1].scope or 0]
        if frame.title and last.title:
            frame.title = f"{frame.title} … {last.title}"
    else:
        card = cards[first.first]
        card.times = times
        card.detail = f"{card.detail} {change}".strip()
    for offset in range(first.last - first.first + 1):
        weights = [cards[unit.first + offset].parameters for unit in run.units]
        card = cards[first.first + offset]
        card.parameters = sum(weights)
        if card.note and len(set(weights)) > 1:
            card.note = f"{SUM} {count_text(card.parameters)}"


def _change(run: _Run) -> str:
    """Write what differs: `64→128→256`, `dilation 1→2→4`."""
    if not run.values:
        return ""
    values = list(run.values)
    if len(values) > SHOWN:
        values = [*values[: SHOWN - 2], "…", values[-1]]
    names = [name for name in run.names if name != "out_channels"]
    return f"{', '.join(names)} {'→'.join(values)}".strip()
