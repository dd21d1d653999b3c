"""An expansion of a block or of a loop's turn without its place: what has to be known to make its layers once more.

It knows graphs and nothing of statements; `graph/replay.py` says when an expansion is kept and when it is played.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from convdsl.graph.frame import Bound, Bundle, Several
from convdsl.graph.graph import Node, Promise, Scope, Value
from convdsl.op import Guard, Op
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.source import Span

Pick = Callable[[tuple[Value, ...]], tuple[Value, ...]]
Tail = tuple[tuple[Span, ...], tuple[str, ...], tuple[tuple[str, ...], ...]]
Layer = tuple[Pick, Op, tuple[Shape, ...], tuple[Guard, ...], int, Span, int, str, bool]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is at one moment of an elaboration."""

    nodes: int
    scopes: int
    promises: int
    steps: int
    turns: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expansion stands.

    heads: what its names begin with: a block's key; of a turn the prefix, and the prefix with each of its positions.
    trail: the calls around it, itself included; loops: the turns around each of them, and around what is in it.
    scope: the level in which it stands.
    """

    heads: tuple[str, ...]
    trail: tuple[Span, ...]
    loops: tuple[tuple[str, ...], ...]
    scope: int

    def split(self, name: str) -> tuple[int, str]:
        """Return which head a name begins with, and the rest of it."""
        stem = self.heads[0]
        rest = name[len(stem) :]
        word = rest.partition(".")[0]
        if word and stem + word in self.heads[1:]:
            return self.heads.index(stem + word, 1), rest[len(word) :]
        return 0, rest


@dataclass(frozen=True, slots=True)
class Plan:
    """An expansion without its place.

    names: head and rest of each layer's name. layers: what picks its inputs out of the pool, its operator, shapes and
    guards, its scope (from the first of the expansion, -1: the one around it), place, row of `tails`, target, and
    whether its name is a key. outputs: node, from the first, and output of every value made. outside: values read by
    name. tails: what follows the place's trail; more turns of the innermost loop; what follows the place's loops.
    pool: where a value of the recorded expansion lies: what enters, what is outside, what is made.
    """

    names: tuple[tuple[int, str], ...]
    distinct: bool
    longest: int
    layers: tuple[Layer, ...]
    keyed: tuple[int, ...]
    outputs: tuple[tuple[int, int], ...]
    outside: tuple[Value, ...]
    tails: tuple[Tail, ...]
    scopes: tuple[tuple[int, str, str | None, int, str, str, Span | None], ...]
    promises: tuple[tuple[int, tuple[Guard, ...], Shape, Span, tuple[Span, ...]], ...]
    pool: Mapping[Value, int]
    steps: int
    turns: int


@dataclass(slots=True)
class Recording:
    """An expansion as it was made; the plan is made of it when it is played for the first time."""

    first: Counts
    last: Counts
    place: Place
    entering: tuple[Value, ...]
    value: Value
    members: Mapping[str, Bound] | None = None
    plan: Plan | None = None
    is_fit: bool = True


def planned(
    kept: Recording, all_nodes: Sequence[Node], all_scopes: Sequence[Scope], all_promises: Sequence[Promise]
) -> Plan | None:
    """Make the plan of an expansion, None where it holds something that may not be the same elsewhere."""
    first, last, place = kept.first, kept.last, kept.place
    nodes = all_nodes[first.nodes : last.nodes]
    pool: dict[Value, int] = {value: at for at, value in enumerate(kept.entering)}
    for node in nodes:
        for value in node.inputs:
            if value.node < first.nodes:
                pool.setdefault(value, len(pool))
    outside = tuple(pool)[len(kept.entering) :]
    outputs: list[tuple[int, int]] = []
    for node in nodes:
        for output in range(len(node.shapes or ())):
            pool[Value(node.index, output)] = len(pool)
            outputs.append((node.index - first.nodes, output))
    depth, turn = len(place.trail), len(place.loops) - 1
    tails: dict[Tail, int] = {}
    names: list[tuple[int, str]] = []
    layers: list[Layer] = []
    for node in nodes:
        scope = all_scopes[node.scope]
        name = node.key or scope.prefix + (node.target or type(node.op).__name__.lower())
        bare = node.op is None or node.shapes is None or not node.owner
        if bare or node.blanks or node.waits or (node.key is None and node.op is not None and node.op.takes_position):
            return None
        assert node.op is not None and node.shapes is not None
        if not name.startswith(place.heads[0]) or not _is_counted(node.name, name):
            return None
        inside = node.turns[turn][len(place.loops[turn]) :]
        tail = tails.setdefault((node.trail[depth:], inside, node.turns[turn + 1 :]), len(tails))
        names.append(place.split(name))
        at = node.scope - first.scopes if node.scope >= first.scopes else -1
        pick = _picker([pool[value] for value in node.inputs])
        keyed = node.key is not None
        layers.append((pick, node.op, node.shapes, node.guards, at, node.span, tail, node.target, keyed))
    scopes = []
    for scope in all_scopes[first.scopes : last.scopes]:
        at, rest = place.split(scope.prefix)
        label = None if rest == "." and scope.label == place.heads[at].rpartition(".")[2] else scope.label
        parent = scope.parent - first.scopes if scope.parent >= first.scopes else -1
        span = None if parent < 0 and place.trail and scope.span == place.trail[-1] else scope.span
        scopes.append((at, rest, label, parent, scope.kind, scope.type, span))
    promises = [
        (pool[one.value], one.guards, one.shape, one.span, one.trail[depth:])
        for one in all_promises[first.promises : last.promises]
        if one.value in pool
    ]
    rests = [rest for _, rest in names]
    complete = len(promises) == last.promises - first.promises and kept.value in pool
    return (
        Plan(
            tuple(names),
            len(set(names)) == len(names),
            max(map(len, (*rests, *(rest for _, rest, *_ in scopes), "")), default=0),
            tuple(layers),
            tuple(index for index, layer in enumerate(layers) if layer[-1]),
            tuple(outputs),
            outside,
            tuple(tails),
            tuple(scopes),
            tuple(promises),
            pool,
            last.steps - first.steps,
            last.turns - first.turns,
        )
        if complete
        else None
    )


def _picker(places: list[int]) -> Pick:
    """Return a function that picks the values at these places out of a pool, as a tuple."""
    if len(places) == 1:
        return itemgetter(slice(places[0], places[0] + 1))
    return itemgetter(*places) if places else itemgetter(slice(0, 0))


def _is_counted(name: str, bare: str) -> bool:
    """Tell whether a name is the bare one, but for the numbers that make it unique."""
    more = name[len(bare) :]
    return name.startswith(bare) and (not more or (more[0] == "_" and more.replace("_", "").isdigit()))


def moved(bound: Bound, plan: Plan, pool: tuple[Value, ...]) -> Bound:
    """Return what a name of the recorded expansion stands for in one that was played."""
    if isinstance(bound, Value):
        return pool[plan.pool[bound]]
    if isinstance(bound, Bundle):
        value = None if bound.value is None else pool[plan.pool[bound.value]]
        return Bundle(value, {name: moved(one, plan, pool) for name, one in bound.members.items()}, bound.what)
    if isinstance(bound, Several):
        return Several({index: moved(one, plan, pool) for index, one in bound.items.items()})
    return bound
