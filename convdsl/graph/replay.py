"""Layers that are made again without reading the text again: equal calls of a block, and turns of a loop.

What a block makes depends on its arguments, on the shapes that enter and on its depth alone; a turn that binds no name
and leaves the shape that it found makes what the turn before made. Where nothing in the spec is wrong or open, such an
expansion is played: the same layers with other indices, keys and places. Where a limit would be passed or a key is
taken, it is not: the statements run as ever, and say what is wrong.
"""

from abc import ABC
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from convdsl.graph.budget import LONGEST_KEY, MOST_STEPS
from convdsl.graph.frame import Frame
from convdsl.graph.graph import Node, Promise, Scope, Value
from convdsl.graph.nodes import MOST_NODES, MOST_TURNS_IN_ALL, Nodes
from convdsl.graph.plan import Counts, Place, Recording, Tail, planned
from convdsl.source import Span
from convdsl.syntax import tree

_CLOSED: Mapping[str, object] = MappingProxyType({})  # the blanks of a layer without any
_BINDLESS = tree.Flow | tree.Repeat | tree.For | tree.If | tree.Default


class Replay(Nodes, ABC):
    """Expansions, kept and played."""

    @cached_property
    def kept(self) -> dict[tuple[object, ...], Recording]:
        """The expansions of blocks, by what tells their calls apart."""
        return {}

    @property
    def is_plain(self) -> bool:
        """Tell whether nothing is wrong, open or declared apart: only then are expansions kept and played."""
        return not (
            self.diagnostics or self.unknown or self.refused or self.touched or self.declared or self.graph.has_blanks
        )

    def counts(self) -> Counts:
        """Return how much there is now."""
        graph = self.graph
        return Counts(len(graph.nodes), len(graph.scopes), len(graph.promises), self.budget.steps, self.turns)

    def likeness(self, values: Sequence[Value]) -> tuple[int, ...] | None:
        """Return what tells values from others as far as layers can: their shapes; None where they cannot be told."""
        shapes = [self.graph.shape(value) for value in values]
        if None in shapes or len(set(values)) < len(values):
            return None
        return tuple(map(id, shapes))

    def play(self, kept: Recording, place: Place, entering: tuple[Value, ...]) -> tuple[Value, ...] | None:
        """Make the layers of an expansion once more; the pool of its values, None where it cannot be played.

        Nothing has happened where it cannot.
        """
        if not kept.is_fit or not self.is_plain:
            return None
        if kept.plan is None:
            kept.plan = planned(kept, self.graph.nodes, self.graph.scopes, self.graph.promises)
            kept.is_fit = kept.plan is not None
        plan = kept.plan
        if plan is None:
            return None
        graph, heads = self.graph, place.heads
        base, first_scope = len(graph.nodes), len(graph.scopes)
        names = [heads[at] + rest for at, rest in plan.names]
        keys = [names[i] for i in plan.keyed]
        if (
            base + len(names) > MOST_NODES
            or self.budget.steps + plan.steps > MOST_STEPS
            or self.turns + plan.turns > MOST_TURNS_IN_ALL
            or max(map(len, heads)) + plan.longest > LONGEST_KEY
            or not self._keys.keys().isdisjoint(keys)
        ):
            return None
        self.budget.steps += plan.steps
        self.turns += plan.turns
        shown = names
        if plan.distinct and self._names.keys().isdisjoint(names):
            self._names.update(dict.fromkeys(names, 1))
        else:
            shown = [self.unique(name) for name in names]
        pool = (*entering, *plan.outside, *[Value(base + node, output) for node, output in plan.outputs])
        tails = [_joined(place, tail) for tail in plan.tails]
        for at, rest, label, parent, kind, block, span in plan.scopes:
            label = heads[at].rpartition(".")[2] if label is None else label
            above = place.scope if parent < 0 else first_scope + parent
            where = place.trail[-1] if span is None else span
            graph.scopes.append(Scope(len(graph.scopes), above, kind, label, heads[at] + rest, block, where))
        graph.nodes.extend(
            Node(
                index,
                name,
                key if keyed else None,
                op,
                pick(pool),
                shapes,
                guards,
                place.scope if scope < 0 else first_scope + scope,
                True,
                span,
                tails[tail][0],
                target,
                None,
                _CLOSED,
                False,
                None,
                tails[tail][1],
            )
            for index, name, key, (pick, op, shapes, guards, scope, span, tail, target, keyed) in zip(
                range(base, base + len(names)), shown, names, plan.layers, strict=True
            )
        )
        self._keys.update(zip(keys, [graph.nodes[base + i] for i in plan.keyed], strict=True))
        graph.promises.extend(
            Promise(pool[at], guards, shape, span, (*place.trail, *tail))
            for at, guards, shape, span, tail in plan.promises
        )
        return pool

    def keep_turn(self, first: Counts, position: int, entering: tuple[Value, ...], frame: Frame) -> Recording | None:
        """Keep a turn of a loop that leaves the shape that it found; None where the next one may differ."""
        if not self.is_plain or not frame.owner or len(entering) != 1 or len(frame.flow) != 1:
            return None
        like = self.likeness(entering)
        if like is None or like != self.likeness(frame.flow):
            return None
        return Recording(first, self.counts(), turn_place(frame, position, frame.position), entering, frame.flow[0])

    def play_turn(self, kept: Recording, frame: Frame) -> bool:
        """Play a turn once more; whether that was possible."""
        after = frame.position + len(kept.place.heads) - 1
        pool = self.play(kept, turn_place(frame, frame.position, after), frame.flow)
        if pool is None or kept.plan is None:
            return False
        frame.flow, frame.position = (pool[kept.plan.pool[kept.value]],), after
        return True


def turn_place(frame: Frame, position: int, after: int) -> Place:
    """Return the place of a loop's turn that takes the positions from one up to another."""
    heads = (frame.prefix, *(f"{frame.prefix}{number}" for number in range(position, after)))
    return Place(heads, frame.trail, (*frame.loops, frame.loop), frame.scope)


def is_bindless(statements: Sequence[tree.Statement]) -> bool:
    """Tell whether statements bind no name and declare nothing: then a turn leaves no trace but its value."""
    for statement in statements:
        if not isinstance(statement, _BINDLESS) or (isinstance(statement, tree.Flow) and statement.targets):
            return False
        if isinstance(statement, tree.Repeat | tree.For | tree.If) and not is_bindless(statement.body.statements):
            return False
        other = statement.orelse if isinstance(statement, tree.If) else None
        if other is not None and not is_bindless(other.statements):
            return False
    return True


def _joined(place: Place, tail: Tail) -> tuple[tuple[Span, ...], tuple[tuple[str, ...], ...]]:
    trail, inside, loops = tail
    return (*place.trail, *trail), (*place.loops[:-1], (*place.loops[-1], *inside), *loops)
