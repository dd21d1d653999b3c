"""Sections that are alike become calls of one block; what differs between them becomes its parameters.

Two sections are alike if they hold the same layers under the same names, wired in the same way; their numbers may
differ. A number that is always the same stays a number; one that goes along with a parameter, or with the channels that
come in, is written by it.
"""

from collections.abc import Iterator, Sequence

from convdsl.argument import OPERANDS, VALUE, Parameter, signature
from convdsl.authoring.print_expression import expression
from convdsl.graph.graph import Graph, Node, Value
from convdsl.lower.draft import Draft, has_state
from convdsl.lower.literals import literal, short
from convdsl.lower.sections import Section, result_of
from convdsl.lower.spelling import Written, lone
from convdsl.op import Op
from convdsl.ops.catalogue import find
from convdsl.record import dataclass, field

Number = int | float
_NAMES = {"out_channels": "channels", "out_features": "features", "num_groups": "groups"}


@dataclass(frozen=True, slots=True)
class Hole:
    """One number of a section that may differ in another: an argument of a layer, or of the call of a block inside.

    at: which layer or call, in order. name: `stride`, or `sizes[0]` for one of several numbers. default: what may be
    left out.
    """

    at: int
    name: str
    value: Number
    default: Number | None = None


@dataclass(slots=True)
class Setting:
    """One parameter of a block: its values, one for each section."""

    name: str
    values: tuple[Number, ...]
    default: Number | None


@dataclass(slots=True, eq=False)
class Block:
    """Sections that are alike. holes: of each. texts: what is written for each hole of the template.

    places: which layer or call of the template something is, by identity.
    """

    name: str
    instances: list[Section]
    holes: list[list[Hole]]
    graph: Graph
    settings: list[Setting] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    uses_channels: bool = False

    @property
    def template(self) -> Section:
        """The section after which the block is written."""
        return self.instances[0]

    def entering(self, section: Section) -> tuple[Value, ...]:
        """Return the values that a section reads from outside, in the order in which it reads them."""
        return entering(section)

    def result(self, section: Section) -> Value | None:
        """Return the value that a section leaves."""
        return result_of(section)

    def declared(self) -> str:
        """Write the block's parameters, those without default first."""
        if not self.settings:
            return ""
        out = []
        for setting in sorted(self.settings, key=lambda one: one.default is not None):
            kind = "int" if all(isinstance(value, int) for value in setting.values) else "float"
            default = "" if setting.default is None else f" = {_text(setting.default)}"
            out.append(f"{setting.name}: {kind}{default}")
        return f"({', '.join(out)})"

    def given(self, section: Section) -> list[Hole]:
        """Return the arguments of a call of the block."""
        at = next(index for index, one in enumerate(self.instances) if one is section)
        ordered = sorted(self.settings, key=lambda one: one.default is not None)
        return [Hole(-1, setting.name, setting.values[at], setting.default) for setting in ordered]

    def written(self, node: Node) -> Written:
        """Write the arguments of a layer of the template, parameters in the places of numbers that differ."""
        assert node.op is not None
        at = self.places[id(node)]
        texts = {
            hole.name: text for hole, text in zip(self.holes[0], self.texts, strict=True) if hole.at == at and text
        }
        return _arguments(node.op, texts)


class Folding:
    """The blocks of a network, inner ones first."""

    def __init__(self, made: Draft, root: Section) -> None:
        self.graph, self.made = made.graph, made
        self.blocks: list[Block] = []
        self._of: dict[int, Block] = {}
        self._outside = _read_outside(self.graph, root)
        self._taken = {made.graph.model}
        for group in _alike(root, self):
            self._fold(group)

    def of(self, section: Section) -> Block | None:
        """Return the block that a section is a call of."""
        return self._of.get(id(section))

    def around(self, section: Section) -> Block | None:
        """Return the block in whose template a section is written."""
        for one in reversed(section.chain()):
            block = self._of.get(id(one))
            if block is not None:
                return block
        return None

    def arguments(self, section: Section) -> Written:
        """Write the arguments of a block's call, where it stands."""
        block = self._of[id(section)]
        outer = self.around(section.parent) if section.parent is not None else None
        texts: dict[str, str] = {}
        if outer is not None:
            at = outer.places.get(id(section))
            pairs = zip(outer.holes[0], outer.texts, strict=True)
            texts = {hole.name: text for hole, text in pairs if hole.at == at and text}
        out: Written = []
        for hole in block.given(section):
            text = texts.get(hole.name)
            if text is None and hole.default is not None and hole.value == hole.default:
                continue
            out.append((None if hole.default is None else hole.name, text or _text(hole.value)))
        return out

    def leaves_alone(self, section: Section) -> bool:
        """Tell whether a section can be a block's call: one value leaves it, its last."""
        result = result_of(section)
        inside = {node.index for node in section.nodes()}
        return result is not None and all(
            value == result for value in self._outside.get(id(section), ()) if value.node in inside
        )

    def _fold(self, group: list[Section]) -> None:
        holes = [list(_holes(section, self)) for section in group]
        places = {id(item): at for at, item in enumerate(_leaves(group[0], self))}
        block = Block(self._name(group[0]), group, holes, self.graph, places=places)
        _generalise(block)
        self.blocks.append(block)
        for section in group:
            self._of[id(section)] = block

    def _name(self, section: Section) -> str:
        words = [part for part in section.kind.replace("_", " ").split() if part] or ["block"]
        name = "".join(word[0].upper() + word[1:] for word in words)
        name = name if name[0].isalpha() and name.isascii() and not find(name) else f"{name}Block"
        fresh, number = name, 2
        while fresh in self._taken:
            fresh, number = f"{name}{number}", number + 1
        self._taken.add(fresh)
        return fresh


def entering(section: Section) -> tuple[Value, ...]:
    """Return the values that a section reads from outside, in the order in which it reads them."""
    inside = {node.index for node in section.nodes()}
    return tuple(dict.fromkeys(value for node in section.nodes() for value in node.inputs if value.node not in inside))


# --------------------------------------------------------------------- likeness


def _alike(root: Section, folding: Folding) -> Iterator[list[Section]]:
    """Yield sections that are alike, inner ones first; a class's, then plain levels with no such class around them."""
    levels: dict[int, list[Section]] = {}
    _by_height(root, levels)
    for with_class, fewest in ((True, 2), (False, 3)):
        for height in sorted(levels):
            groups: dict[object, list[Section]] = {}
            for section in levels[height]:
                if section is root or bool(section.kind) is not with_class or folding.around(section) is not None:
                    continue
                mark = _mark(section, folding)
                if mark is not None:
                    groups.setdefault(mark, []).append(section)
            for group in groups.values():
                if len(group) > 1 and len(list(_leaves(group[0], folding))) >= fewest:
                    yield group


def _by_height(section: Section, levels: dict[int, list[Section]]) -> int:
    """Sort sections by how many levels are inside them, and return the number for this one."""
    height = 1 + max((_by_height(item, levels) for item in section.items if isinstance(item, Section)), default=0)
    levels.setdefault(height, []).append(section)
    return height


def _mark(section: Section, folding: Folding) -> object:
    """Return what is equal for sections that are alike, None for one that cannot be a block."""
    sources = entering(section)
    if not sources or not folding.leaves_alone(section):
        return None
    if any(not node.owner for node in section.nodes()):
        return None
    local: dict[Value, object] = {value: ("in", at, _rank(folding.graph, value)) for at, value in enumerate(sources)}
    for at, node in enumerate(section.nodes()):
        local.update({Value(node.index, output): (at, output) for output in range(len(node.shapes or ()))})
    return section.kind, _shape_of(section, section.path, local, folding)


def _rank(graph: Graph, value: Value) -> int:
    shape = graph.shape(value)
    return 0 if shape is None else shape.rank


def _shape_of(section: Section, path: str, local: dict[Value, object], folding: Folding) -> object:
    out: list[object] = []
    for item in section.items:
        if isinstance(item, Section):
            block = folding.of(item)
            if block is not None:
                out.append((item.name, id(block), tuple(local[value] for value in entering(item))))
            else:
                out.append((item.name, "group", _shape_of(item, path, local, folding)))
            continue
        assert item.op is not None
        key = "" if item.key is None else item.key.removeprefix(f"{path}.")
        stateful = has_state(folding.graph, item)
        wiring = tuple(local[value] for value in item.inputs)
        out.append((key, stateful, type(item.op).__name__, _fixed(item.op), wiring))
    return tuple(out)


def _fixed(op: Op) -> object:
    """Return the arguments that have to be equal: all but plain numbers."""
    out = []
    for parameter in signature(type(op)):
        value = getattr(op, parameter.name)
        numbers = _numbers(parameter, value)
        is_free = _number(parameter, value) is not None or numbers
        out.append((parameter.name, len(numbers) if is_free else repr(value)))
    return tuple(out)


def _numbers(parameter: Parameter, value: object) -> tuple[int, ...]:
    """Return the numbers of a list of them, () for anything else."""
    plain = None if parameter.kind in (OPERANDS, VALUE) else short(parameter, value)
    if not isinstance(plain, tuple) or not all(isinstance(one, int) and not isinstance(one, bool) for one in plain):
        return ()
    return plain


def _number(parameter: Parameter, value: object) -> Number | None:
    if parameter.kind in (OPERANDS, VALUE):
        return None
    plain = short(parameter, value)
    return plain if isinstance(plain, int | float) and not isinstance(plain, bool) else None


# ------------------------------------------------------------------- parameters


def _leaves(section: Section, folding: Folding) -> Iterator[Section | Node]:
    """Walk the layers of a section and the calls of blocks in it."""
    for item in section.items:
        if not isinstance(item, Section) or folding.of(item) is not None:
            yield item
        else:
            yield from _leaves(item, folding)


def _holes(section: Section, folding: Folding) -> Iterator[Hole]:
    for at, item in enumerate(_leaves(section, folding)):
        if isinstance(item, Section):
            block = folding.of(item)
            assert block is not None
            for hole in block.given(item):
                yield Hole(at, hole.name, hole.value, hole.default)
            continue
        assert item.op is not None
        for parameter in signature(type(item.op)):
            whole = getattr(item.op, parameter.name)
            value = _number(parameter, whole)
            if value is not None:
                default = None if parameter.required else _number(parameter, parameter.default)
                yield Hole(at, parameter.name, value, default)
            for index, number in enumerate(_numbers(parameter, whole)):
                yield Hole(at, f"{parameter.name}[{index}]", number)


def _generalise(block: Block) -> None:
    """Find for each number of the template what is written in its place: None for itself."""
    channels = [block.graph.shape(block.entering(section)[0]) for section in block.instances]
    coming = tuple(shape.channels for shape in channels if shape is not None and shape.rank > 1 and shape.has_channels)
    for at, hole in enumerate(block.holes[0]):
        values = tuple(holes[at].value for holes in block.holes)
        if len(set(values)) == 1:
            block.texts.append(None)
            continue
        known = [(setting.name, setting.values) for setting in block.settings]
        text = (
            "C"
            if coming == values
            else next((found for name, base in known if (found := _multiple(name, base, values))), None)
        )
        if text is None:
            plain = hole.name.partition("[")[0]
            text = _fresh(_NAMES.get(plain, plain), block.settings)
            default = hole.default if hole.default in values else None
            block.settings.append(Setting(text, values, default))
        block.uses_channels = block.uses_channels or "C" in text.split()
        block.texts.append(text)


def _multiple(name: str, base: Sequence[Number], values: Sequence[Number]) -> str | None:
    """Write values as a multiple or a part of others, where they are one everywhere."""
    if tuple(base) == tuple(values):
        return name
    if not all(isinstance(value, int) and value > 0 for value in (*base, *values)):
        return None
    for small, large, sign in ((base, values, "*"), (values, base, "//")):
        factors = {int(two) // int(one) if two % one == 0 else 0 for one, two in zip(small, large, strict=True)}
        if len(factors) == 1 and factors != {0}:
            factor = factors.pop()
            return f"{factor} * {name}" if sign == "*" else f"{name} // {factor}"
    return None


def _fresh(wish: str, settings: Sequence[Setting]) -> str:
    taken = {setting.name for setting in settings}
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish}{number}", number + 1
    return name


# ------------------------------------------------------------------------- text


def _text(value: Number) -> str:
    plain = int(value) if isinstance(value, float) and value.is_integer() else value
    return expression(literal(plain))


def _arguments(op: Op, texts: dict[str, str]) -> Written:
    """Write an operator's arguments, with texts for some of them."""
    out: Written = []
    by_position = True
    for parameter in signature(type(op)):
        if parameter.kind in (OPERANDS, VALUE):
            continue
        value = getattr(op, parameter.name)
        by_position = by_position and parameter.required and not parameter.keyword_only
        text = texts.get(parameter.name) or _listed(parameter, value, texts)
        if text is not None or by_position or parameter.required or repr(value) != repr(parameter.default):
            words = text if text is not None else expression(literal(short(parameter, value)))
            out.append((None if by_position else parameter.name, words))
    return lone(op, out)


def _listed(parameter: Parameter, value: object, texts: dict[str, str]) -> str | None:
    """Write a list of numbers of which some are parameters; None where none is."""
    numbers = _numbers(parameter, value)
    words = [texts.get(f"{parameter.name}[{index}]") for index in range(len(numbers))]
    if not any(words):
        return None
    items = ", ".join(word or str(number) for word, number in zip(words, numbers, strict=True))
    return f"({items})" if len(numbers) > 1 else f"[{items}]"


def _read_outside(graph: Graph, root: Section) -> dict[int, set[Value]]:
    """Return for each section the values that something outside it reads."""
    around: dict[int, set[int]] = {}
    _walls(root, frozenset(), around)
    out: dict[int, set[Value]] = {}
    readers = [(value, around.get(node.index, set())) for node in graph.nodes for value in node.inputs]
    readers += [(output.value, set()) for output in graph.outputs]
    for value, here in readers:
        for section in around.get(value.node, set()) - here:
            out.setdefault(section, set()).add(value)
    return out


def _walls(section: Section, outer: frozenset[int], around: dict[int, set[int]]) -> None:
    here = outer | {id(section)}
    for item in section.items:
        if isinstance(item, Section):
            _walls(item, here, around)
        else:
            around[item.index] = set(here)
