"""Which layers of two networks are the same layer: an alignment that costs least, then names for what is left over.

Layers stand in the order of the spec. Pairing two costs what they differ in, leaving both alone costs more than that
where they are the same layer; the cheapest alignment is found by dynamic programming over what lies between two ends
that agree. Positions in names cost next to nothing, for one layer more moves all that follow.
Source: Needleman & Wunsch, "A general method applicable to the search for similarities", J. Mol. Biol. 48 (1970).
"""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence

from convdsl.analysis.effective import arguments, title
from convdsl.graph.graph import Graph, Node
from convdsl.record import dataclass

Match = tuple[int | None, int | None]  # places in the two lists of layers; None: there is no such layer

ALONE = 100  # the cost of a layer that has no partner; two layers are paired where that costs less than 2 * ALONE
NUMBERED = 2  # of a name that differs in its positions only
MOVED = 25  # of a position inside of something that has another name
RENAMED = 50  # of another name
ARGUED = 50  # of other arguments, and for each of them
EACH = 10
REPLACED = 120  # of another operator of the same kind, or under the same name
MOST_CELLS = 1_000_000  # pairs that are weighed: a second's work; larger gaps are cut at layers that are unmistakable


@dataclass(frozen=True, slots=True)
class _Face:
    """What a layer is known by. pattern: its name without positions; given: whether somebody has named it."""

    name: str
    pattern: str
    given: bool
    title: str
    category: str
    arguments: Mapping[str, object]
    same: Hashable  # equal for equal operators with equal arguments


def match(before: Graph, after: Graph) -> list[Match]:
    """Pair the layers of two graphs, `nodes` and then `spare`; each of either side is in exactly one pair.

    The pairs come in the order of `after`; what is gone stands before what comes next in `before`.
    """
    faces: dict[Hashable, Hashable] = {}
    left, right = _faces(before, faces), _faces(after, faces)
    partner: dict[int, int] = {}
    cut = len(before.nodes), len(after.nodes)
    for a, b in ((range(cut[0]), range(cut[1])), (range(cut[0], len(left)), range(cut[1], len(right)))):
        _align(left, right, a, b, partner)
    _by_name(left, right, partner)
    return _in_order(partner, len(left), len(right))


def _faces(graph: Graph, known: dict[Hashable, Hashable]) -> list[_Face]:
    cache: dict[int, tuple[str, str, Mapping[str, object], Hashable]] = {}
    out = []
    for node in (*graph.nodes, *graph.spare):
        op = node.op
        if id(op) not in cache:
            if op is None:
                cache[id(op)] = "input", "input", {}, None
            else:
                same = known.setdefault((title(op), op), len(known))
                cache[id(op)] = title(op), type(op).category, arguments(op), same
        out.append(_Face(node.name, _pattern(node.name), _is_given(node), *cache[id(op)]))
    return out


def _pattern(name: str) -> str:
    return re.sub(r"(^|\.|\[)[0-9]+(?=$|\.|\])", r"\1#", name)


def _is_given(node: Node) -> bool:
    """Tell whether the last word of a layer's name is somebody's choice, no position and no operator's name."""
    return bool(node.target) or node.op is None or (node.key is not None and not node.name.rpartition(".")[2].isdigit())


def _cost(one: _Face, other: _Face) -> int:
    """Return what two layers differ in; more than 2 * ALONE where they are never the same."""
    never = 2 * ALONE + 1  # costs more than to leave both alone
    if one.name == other.name:
        naming = 0
    elif one.pattern == other.pattern:
        naming = NUMBERED
    else:
        naming = RENAMED if one.given or other.given else MOVED
    if one.same == other.same:
        return naming
    if one.title == other.title:
        differing = sum(value != other.arguments.get(name) for name, value in one.arguments.items())
        if naming > NUMBERED and differing > 1:
            return never  # neither its name nor its arguments speak for it
        return naming + ARGUED + EACH * min(differing, 6)
    alike = one.category == other.category or (one.given and one.name == other.name)
    known = "input" not in (one.title, other.title) and naming <= NUMBERED
    return naming + REPLACED if alike and known else never


def _align(left: Sequence[_Face], right: Sequence[_Face], a: range, b: range, partner: dict[int, int]) -> None:
    """Pair the layers of two stretches, in order."""
    while a and b and left[a[0]].same == right[b[0]].same and left[a[0]].name == right[b[0]].name:
        partner[a[0]] = b[0]
        a, b = a[1:], b[1:]
    while a and b and left[a[-1]].same == right[b[-1]].same and left[a[-1]].pattern == right[b[-1]].pattern:
        partner[a[-1]] = b[-1]
        a, b = a[:-1], b[:-1]
    if not a or not b:
        return
    if len(a) * len(b) <= MOST_CELLS:
        partner.update(_cheapest(left, right, a, b))
        return
    start = a.start, b.start
    for one, other in (*_unmistakable(left, right, a, b), (a.stop, b.stop)):
        stretch = range(start[0], one), range(start[1], other)
        if len(stretch[0]) * len(stretch[1]) <= MOST_CELLS:
            partner.update(_cheapest(left, right, *stretch))
        if one < a.stop and other < b.stop:
            partner[one] = other
        start = one + 1, other + 1


def _cheapest(left: Sequence[_Face], right: Sequence[_Face], a: range, b: range) -> Iterator[tuple[int, int]]:
    """Yield the pairs of the cheapest alignment, last first; where two cost the same, the later partner is taken."""
    wide = len(b) + 1
    above = [ALONE * column for column in range(wide)]
    steps: list[bytearray] = []  # for each pair of ends: 0 together, 1 the left one alone, 2 the right one alone
    for row, i in enumerate(a):
        one = left[i]
        here = [ALONE * (row + 1)]
        step = bytearray(wide)
        step[0] = 1
        for column, j in enumerate(b, 1):
            best, way = above[column - 1] + _cost(one, right[j]), 0
            if above[column] + ALONE < best:
                best, way = above[column] + ALONE, 1
            if here[-1] + ALONE < best:
                best, way = here[-1] + ALONE, 2
            here.append(best)
            step[column] = way
        steps.append(step)
        above = here
    row, column = len(a), len(b)
    while row and column:
        way = steps[row - 1][column]
        if way == 0:
            yield a[row - 1], b[column - 1]
        row, column = row - (way != 2), column - (way != 1)


def _unmistakable(left: Sequence[_Face], right: Sequence[_Face], a: range, b: range) -> list[tuple[int, int]]:
    """Return pairs of layers that each side has once, operator, arguments and name, where their order agrees."""
    places: dict[Hashable, list[list[int]]] = {}
    for side, faces, stretch in ((0, left, a), (1, right, b)):
        for index in stretch:
            places.setdefault((faces[index].same, faces[index].name), [[], []])[side].append(index)
    found = sorted((one[0], other[0]) for one, other in places.values() if len(one) == len(other) == 1)
    out: list[tuple[int, int]] = []
    for one, other in found:
        if not out or other > out[-1][1]:
            out.append((one, other))
    return out


def _by_name(left: Sequence[_Face], right: Sequence[_Face], partner: dict[int, int]) -> None:
    """Pair what is left over and has the same name and operator: a line that stands elsewhere now."""
    taken = set(partner.values())
    free = {(face.title, face.name): j for j, face in enumerate(right) if j not in taken}
    for i, face in enumerate(left):
        if i not in partner and face.given and (j := free.pop((face.title, face.name), None)) is not None:
            partner[i] = j


def _in_order(partner: Mapping[int, int], left: int, right: int) -> list[Match]:
    """Return all pairs in the order of the right side; a layer that is gone follows the one that stood before it."""
    back = {j: i for i, j in partner.items()}
    gone: dict[int, list[int]] = {}
    last = -1
    for i in range(left):
        if i in partner:
            last = partner[i]
        else:
            gone.setdefault(last, []).append(i)
    out: list[Match] = [(i, None) for i in gone.get(-1, ())]
    for j in range(right):
        out.append((back.get(j), j))
        out.extend((i, None) for i in gone.get(j, ()))
    return out
