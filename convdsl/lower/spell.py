"""Write an imported network as a spec: sections become groups, layers lines, values that are read again get names.

The text is not yet in its canonical form: `fmt` makes it so. With `folding`, sections that are alike become calls of
one block.
"""

import re
from collections.abc import Iterator, Sequence

from convdsl.authoring.print_expression import expression
from convdsl.graph.graph import Node, Value
from convdsl.lower.declared import NOTHING_DECLARED, Declared
from convdsl.lower.draft import Draft, has_state
from convdsl.lower.folding import Block, Folding
from convdsl.lower.literals import literal
from convdsl.lower.sections import Section, result_of, sections
from convdsl.lower.spelling import (
    SPATIAL,
    Line,
    axes_of,
    call,
    operands_of,
    repeated,
    values_of,
    written,
)
from convdsl.lower.value_names import TAKEN

ANY_NAME = "?"  # before the name of an output that may as well have that of the layer which makes it
PINS = ("in_channels", "num_features", "in_features", "num_channels")
_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")


def spell(made: Draft, spare: Sequence[Node] = (), said: Declared = NOTHING_DECLARED, *, fold: bool = True) -> str:
    """Return the text of a spec.

    spare: layers with weights that nothing reads. said: what the original declares of its inputs and outputs.
    """
    root = sections(made) if fold else _flat(made)
    return _Speller(made, root, spare, Folding(made, root) if fold else None, said).text()


def _flat(made: Draft) -> Section:
    """Return one level for the whole network, where every layer says its key."""
    return Section("", "", made.graph.model, [node for node in made.graph.nodes if node.op is not None])


class _Speller:
    """Writes twice: the first time it finds out what has to have a name."""

    def __init__(
        self, made: Draft, root: Section, spare: Sequence[Node], folding: Folding | None, said: Declared
    ) -> None:
        self.said = said
        self.graph, self.root, self.spare, self.folding = made.graph, root, spare, folding
        self.exact = made.exact
        self.home: dict[int, Section] = {}
        self._settle(root)
        times: dict[str, int] = {}
        for node in self.graph.nodes:
            if node.key is not None:
                times[node.key] = times.get(node.key, 0) + 1
        self.shared = {key for key, count in times.items() if count > 1}
        self.layers: dict[str, str] = {}
        self.named: dict[Value, str] = {}
        self.named_sections: dict[int, str] = {}
        self.taken: set[str] = set()
        self.inside: dict[Value, str] = {}  # the values that have entered the block that is being written

    def _settle(self, section: Section) -> None:
        for item in section.items:
            if isinstance(item, Section):
                self._settle(item)
            else:
                self.home[item.index] = section

    # ------------------------------------------------------------------- text

    def text(self) -> str:
        self.taken = {*TAKEN, *(tensor.name for tensor in self.graph.inputs)}
        self.taken |= {node.key for node in self.graph.nodes if node.key is not None and _WORD.match(node.key)}
        self._take_section_names(self.root)
        self._model()
        model = self._model()
        folded = self.folding.blocks if self.folding else ()
        for block in folded:
            self._block(block)
        blocks = [line for block in folded for line in self._block(block)]
        return "\n".join(["convdsl 1", "", *blocks, *model]) + "\n"

    def _take_section_names(self, section: Section) -> None:
        for item in section.items:
            if isinstance(item, Section):
                self.taken.add(item.name)
                self._take_section_names(item)
            elif item.key is not None:
                self.taken.add(item.key.rpartition(".")[2])

    def _model(self) -> list[str]:
        out = [f"model {self.graph.model} {{"]
        for tensor in self.graph.inputs:
            self.named[Value(tensor.node)] = tensor.name
            out.append(f"  input {tensor.name}: {self.said.inputs.get(tensor.name, tensor.shape)}")
        out.append("")
        out += [f"  {line}" for line in self._spare_lines()]
        flow = Value(self.graph.inputs[0].node) if len(self.graph.inputs) == 1 else None
        lines, _ = self._body(self.root, flow)
        out += [f"  {line}" for line in lines]
        ends = []
        for output in self.graph.outputs:
            name, actual = self._reference(output.value, self.root), self.graph.shape(output.value)
            assert actual is not None
            own = name if name.isidentifier() and output.name.startswith(ANY_NAME) else output.name.lstrip(ANY_NAME)
            if name != own:
                out.append(f"  {own} = {name}")
            ends.append(f"  output {own}: {self.said.outputs.get(own, axes_of(actual))}")
        out += ends
        return [*out, "}"]

    def _spare_lines(self) -> Iterator[str]:
        """Declare what nothing reads: a chain of `name.0`, `name.1` … as one, where only the first says its input."""
        chains: list[list[Node]] = []
        for node in self.spare:
            assert node.op is not None and node.key is not None
            parent, _, last = node.key.rpartition(".")
            follows = chains and chains[-1][0].key == f"{parent}.0" and last == str(len(chains[-1]))
            if follows and _WORD.match(parent) and not any(argument[0] in PINS for argument in written(node.op)):
                chains[-1].append(node)
            else:
                chains.append([node])
        for chain in chains:
            key = chain[0].key or ""
            calls = [call(type(node.op).__name__, written(node.op)) for node in chain if node.op is not None]
            if len(chain) > 1:
                yield f"layer {self._layer_name(key, key.removesuffix('.0'))} = {' -> '.join(calls)}"
                continue
            name = self._layer_name(key, key)
            own = "" if name == key else f' as "{key}"'
            yield f"layer {name} = {calls[0]}{own}"

    # ------------------------------------------------------------------ bodies

    def _body(self, section: Section, flow: Value | None) -> tuple[list[str], Value | None]:
        """Return the statements of a section, and the value that they leave."""
        lines: list[Line] = []
        position = 0
        numbers = {item.name if isinstance(item, Section) else _relative(item, section) for item in section.items}
        for item in section.items:
            if isinstance(item, Section):
                found, flow = self._section(item, section, position, flow)
                lines += found
                position += 1
            else:
                assert item.op is not None
                lines += self._layer(item, section, position, flow, numbers)
                position += int(item.op.takes_position and item.key not in self.shared)
                flow = Value(item.index) if len(item.shapes or ()) == 1 else None
        return repeated(lines), flow

    def _section(
        self, item: Section, section: Section, position: int, flow: Value | None
    ) -> tuple[list[Line], Value | None]:
        target, own = self._section_target(item, position)
        block = self.folding.of(item) if self.folding else None
        if block is None or self.folding is None:
            inside, after = self._body(item, flow)
            body = (f"{target}{{", *(f"  {line}" for line in inside), f"}}{own}")
            return [Line(body, not target and not own)], after
        entering = block.entering(item)
        source = ""
        if entering != (flow,):
            names = [self._reference(value, section) for value in entering]
            source = f"{names[0]} -> " if len(names) == 1 else f"({', '.join(names)}) -> "
        line = f"{target}{source}{call(block.name, self.folding.arguments(item))}{own}"
        return [Line((line,), not (target or own or source))], block.result(item)

    def _section_target(self, item: Section, position: int) -> tuple[str, str]:
        """Return `name = ` and ` as "key"` of a section's line, "" where there is none."""
        wanted = self.named_sections.get(id(item))
        if wanted is None and item.name == str(position):
            return "", ""
        if wanted is None and _WORD.match(item.name) and item.name not in TAKEN:
            return f"{item.name} = ", ""
        target = f"{wanted} = " if wanted else ""
        return target, "" if wanted == item.name else f' as "{item.name}"'

    def _layer(self, node: Node, section: Section, position: int, flow: Value | None, numbers: set[str]) -> list[Line]:
        op = node.op
        assert op is not None
        values = [Value(node.index, output) for output in range(len(node.shapes or (None,)))]
        relative = _relative(node, section)
        is_shared = node.key in self.shared
        targets = [self.named[value] for value in values if value in self.named]
        if len(values) > 1:
            targets = [self._local(value) for value in values]
        own = ""
        if not is_shared and op.takes_position and len(values) == 1:
            if relative and not targets and self._may_be_called(relative, node, section):
                targets = [relative]
            natural = targets[0] if targets else str(position)
            if not relative and self.exact:
                own = f' as "{self._idle(section)}"'
            elif not relative and natural in numbers:
                own = f' as "{self._fresh(_stem(node))}"'
            elif relative and natural != relative:
                own = f' as "{relative}"'
        elif not is_shared and op.takes_position and relative:
            own = f' as "{relative}"'
        by_flow = _takes_flow(node, flow)
        given = self._arguments(node, section, by_flow)
        before: list[Line] = []
        name = type(op).__name__
        if is_shared:
            assert node.key is not None
            applied = self._layer_name(node.key, relative)
            if node.owner:
                label = "" if applied == relative else f' as "{relative}"'
                before = [Line((f"layer {applied} = {call(name, given)}{label}",))]
            name, given = applied, []
        source = ""
        if operands_of(op) is None and not by_flow:
            by_name = values_of(op).values()
            names = [self._reference(value, section) for at, value in enumerate(node.inputs) if at not in by_name]
            source = f"{names[0]} -> " if len(names) == 1 else f"({', '.join(names)}) -> "
        target = f"{', '.join(targets)} = " if targets else ""
        line = f"{target}{source}{call(name, given)}{own}"
        is_simple = not (target or own or source) and (by_flow and not values_of(op))
        return [*before, Line((line,), is_simple)]

    def _arguments(self, node: Node, section: Section, by_flow: bool) -> list[tuple[str | None, str]]:
        op = node.op
        assert op is not None
        out: list[tuple[str | None, str]] = []
        by_name, operands = values_of(op), operands_of(op)
        joined = iter([value for at, value in enumerate(node.inputs) if at not in by_name.values()])
        if operands is not None:
            for operand in operands[1:] if by_flow and operands[:1] == (None,) and len(operands) > 1 else operands:
                if operand is None:
                    out.append((None, self._reference(next(joined), section)))
                else:
                    out.append((None, expression(literal(int(operand) if operand.is_integer() else operand))))
            if by_flow and len(operands) == 1:
                out = []
        block = self.folding.around(section) if self.folding else None
        out += written(op) if block is None else block.written(node)
        out += [(name, self._reference(node.inputs[at], section)) for name, at in by_name.items()]
        return out

    # ------------------------------------------------------------------- names

    def _reference(self, value: Value, section: Section) -> str:
        """Return how a value is called in a section; the first time, that makes it have a name."""
        if value in self.inside:
            return self.inside[value]
        home = self.home.get(value.node)
        if home is None:
            return self.named[value]
        mine, theirs = section.chain(), home.chain()
        common = sum(1 for one, other in zip(mine, theirs, strict=False) if one is other)
        if common == len(theirs):
            return self._local(value)
        child = theirs[common]
        return self._section_name(child) + self._exported(value, child)

    def _exported(self, value: Value, section: Section) -> str:
        """Return what follows a section's name to reach a value inside: "" for its result."""
        if result_of(section) == value:
            return ""
        for item in section.items:
            if isinstance(item, Section):
                if any(node.index == value.node for node in item.nodes()):
                    return f".{self._section_name(item)}{self._exported(value, item)}"
            elif item.index == value.node:
                return f".{self._local(value)}"
        raise AssertionError("the value is not in this section")

    def _local(self, value: Value) -> str:
        name = self.named.get(value)
        if name is None:
            node = self.graph.nodes[value.node]
            home = self.home[value.node]
            relative = _relative(node, home)
            output = next((one.name for one in self.graph.outputs if one.value == value), "")
            plain = output.lstrip(ANY_NAME)
            is_output = bool(plain) and home is self.root and plain not in self.taken
            if self._may_be_called(relative, node, home) and not (is_output and plain == output):
                name = relative
            elif is_output:
                name = self._fresh(plain)
            else:
                name = self._fresh(_stem(node))
            self.named[value] = name
        return name

    def _may_be_called(self, name: str, node: Node, section: Section) -> bool:
        """Tell whether a layer's line can bear its key for its name: an output's name is that output's alone."""
        if not _WORD.match(name) or name in TAKEN or len(node.shapes or ()) != 1:
            return False
        claimed = [one.value for one in self.graph.outputs if one.name == name]
        return section is not self.root or claimed in ([], [Value(node.index)])

    def _idle(self, section: Section) -> str:
        """Return the key of a layer without weights: another of that key loses it, as it had in the original."""
        prefix = f"{section.path}." if section.path else ""
        keys = (node.key for node in self.graph.nodes if node.key is not None and not has_state(self.graph, node))
        found = next((key for key in keys if key.startswith(prefix)), prefix + "idle")
        return found.removeprefix(prefix)

    def _layer_name(self, key: str, relative: str) -> str:
        """Return the name of a declared layer: its key's, where that is a word."""
        if key not in self.layers:
            plain = _WORD.match(relative) and relative not in TAKEN
            self.layers[key] = relative if plain else self._fresh(relative.replace(".", "_"))
        return self.layers[key]

    def _section_name(self, section: Section) -> str:
        name = self.named_sections.get(id(section))
        if name is None:
            plain = _WORD.match(section.name) and section.name not in TAKEN
            parent = section.parent.name if section.parent else ""
            name = section.name if plain else self._fresh(f"{parent}_{section.name}".strip("_"))
            self.named_sections[id(section)] = name
        return name

    def _fresh(self, wish: str) -> str:
        word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", wish)
        word = re.sub(r"\W+", "_", word, flags=re.ASCII).lower().strip("_")
        word = word if word[:1].isalpha() else f"v{word}"
        name, number = word, 2
        while name in self.taken:
            name, number = f"{word}{number}", number + 1
        self.taken.add(name)
        return name

    # ------------------------------------------------------------------ blocks

    def _block(self, block: Block) -> list[str]:
        """Return the definition of a block, written after the first of the sections that it stands for."""
        entering = block.entering(block.template)
        names = ["x"] if len(entering) == 1 else [f"x{index + 1}" for index in range(len(entering))]
        self.inside = dict(zip(entering, names, strict=True))
        lines, _ = self._body(block.template, entering[0] if len(entering) == 1 else None)
        reads = any(re.search(rf"(?<![\w.])({'|'.join(names)})(?!\w)", line) for line in lines)
        inputs = []
        if reads or block.uses_channels or len(entering) > 1:
            for index, (value, name) in enumerate(zip(entering, names, strict=True)):
                actual = self.graph.shape(value)
                assert actual is not None
                axes = ("N", "C", *SPATIAL[actual.rank]) if actual.rank in SPATIAL else ("N", "C", "D", "E", "F")
                numbered = [axis if index == 0 or axis == "N" else f"{axis}{index + 1}" for axis in axes]
                inputs.append(f"input {name}: [{', '.join(numbered[: actual.rank])}]")
        self.inside = {}
        return [f"block {block.name}{block.declared()} {{", *(f"  {line}" for line in (*inputs, *lines)), "}", ""]


def _relative(node: Node, section: Section) -> str:
    """Return a layer's key as it is called in a section, "" for none."""
    return "" if node.key is None else node.key.removeprefix(f"{section.path}." if section.path else "")


def _stem(node: Node) -> str:
    """Return the name of an operator as a word: its file's."""
    return type(node.op).__module__.rpartition(".")[2]


def _takes_flow(node: Node, flow: Value | None) -> bool:
    """Tell whether a layer can be written without naming the value that enters it."""
    assert node.op is not None
    if not node.inputs or node.inputs[0] != flow or flow in node.inputs[1:]:
        return False
    operands = operands_of(node.op)
    alone = len(node.inputs) == 1 + len(values_of(node.op))
    if operands is None:
        return alone
    return alone and operands[:1] == (None,) and operands.count(None) == 1 and len(operands) <= 2
