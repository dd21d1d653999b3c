"""Read a spec that is spelt in YAML into the one tree that text has too.

Only the structure is YAML's; every value is read by the rules of the text spelling (`yaml_values.py`), every item of a
list of layers by `yaml_layers.py`. Nothing is known here of operators, so what a text writes as a positional argument
(`Conv2d(8, 3)`) is a keyword in a YAML map; later phases see one network.
"""

import re

from convdsl import codes
from convdsl.diagnostics import Edit
from convdsl.record import replace
from convdsl.source import Source, Span
from convdsl.syntax.foreign_files import foreign_file
from convdsl.syntax.limits import oversize
from convdsl.syntax.parsed import Parsed
from convdsl.syntax.tree import (
    NO_COMMENTS,
    NOWHERE,
    Block,
    Body,
    Comments,
    File,
    Import,
    Item,
    Model,
    Parameter,
    Setting,
    Statement,
    String,
    Train,
)
from convdsl.syntax.yaml_comments import Notes
from convdsl.syntax.yaml_document import compose
from convdsl.syntax.yaml_folds import fold
from convdsl.syntax.yaml_layers import Layers, unspaced
from convdsl.syntax.yaml_nodes import Broken, Folded, List, Map, Node, Scalar
from convdsl.syntax.yaml_tensors import Tensors
from convdsl.syntax.yaml_values import TYPE, Values, is_path, kind, short

EDITION = 1
_BODY = ("params", "inputs", "layers", "outputs")
_KEYS = ("convdsl", "import", "blocks", "model", *_BODY, "expect", "train")


def parse_yaml(source: Source) -> Parsed:
    """Read a YAML spec. Never raises on what a user wrote: mistakes are diagnostics, each with its place."""
    unfit = oversize(source) or foreign_file(source.text, in_yaml=True)
    if unfit is not None:
        return Parsed(File(source, None, ()), (unfit,))
    folded = fold(source.text)
    parsed, known = _read(source, folded)
    if folded is not None and (parsed.diagnostics or known != len(folded.items)):
        parsed, _ = _read(source, None)
    return parsed


def _read(source: Source, folded: Folded | None) -> tuple[Parsed, int]:
    """Read a spec, and count the folded items that were met as layers."""
    document = compose(source, folded)
    reader = _Reader(source, Notes(source, document.scalars))
    reader.values.diagnostics.extend(document.diagnostics)
    file = reader.file(document.top)
    found = sorted(reader.values.diagnostics, key=lambda diagnostic: diagnostic.where.span)
    return Parsed(file, tuple(found), (*document.lost, *reader.lost), reader.whole), reader.layers.known


class _Reader:
    """Reads the keys of the file from top to bottom."""

    def __init__(self, source: Source, notes: Notes) -> None:
        self.source = source
        self.notes = notes
        self.values = Values(source, notes)
        self.layers = Layers(self.values)
        self.whole = True  # there is a list of layers, so that it is known which names are bound
        self.lost: list[Span] = []  # sections and parameters of which nothing is in the tree
        self.tensors = Tensors(self.values, self.lost)
        self.edition: int | None = None
        self.edition_span = NOWHERE
        self.comments = NO_COMMENTS

    def file(self, top: Node | None) -> File:
        """Read the whole file."""
        items: tuple[Item, ...] = ()
        if isinstance(top, Map):
            items = self.items(top)
        elif not self.values.diagnostics:
            self.no_map(top)
        tail = self.notes.rest()
        return File(self.source, self.edition, items, self.comments, tail, self.edition_span)

    def no_map(self, top: Node | None) -> None:
        if isinstance(top, Scalar) and re.match(r"convdsl\s+\d", top.text):
            way_out = "name the file `.cdsl`, or begin it with `convdsl: 1` and write it in YAML"
            self.values.refuse("this is the text spelling in a YAML file", top.span, way_out)
        elif top is None or (isinstance(top, Scalar) and top.is_empty):
            way_out = "begin with `convdsl: 1`, `model: Name` and the lists `inputs`, `layers`, `outputs`"
            self.values.refuse("this file has no spec", Span(0, 0), way_out, code=codes.MISSING_HEADER)
        elif not isinstance(top, Broken):
            way_out = "begin with `convdsl: 1` and `model: Name`, and put the list under `layers:`"
            self.values.refuse(
                f"a spec is a map of `model`, `inputs`, `layers` ..., and this is {kind(top)}", top.span, way_out
            )

    def items(self, top: Map) -> tuple[Item, ...]:
        """Read the top-level keys in their order, which is that of the comments."""
        pairs = self.values.pairs(top)
        self.header(top, pairs)
        if any(diagnostic.code is codes.NEWER_EDITION for diagnostic in self.values.diagnostics):
            return ()  # what another edition means is not ours to judge
        items: list[Item] = []
        model: Model | None = None
        sections: dict[str, list[Statement]] = {"inputs": [], "layers": [], "outputs": []}
        parameters: tuple[Parameter, ...] = ()
        tail: tuple[str, ...] = ()
        last = top.span.start
        final = next((key for key, _ in reversed(pairs) if key.text in (*_BODY, "expect", "model")), None)
        for key, node in pairs:
            match key.text:
                case "convdsl":
                    continue
                case "import":
                    items.extend(self.imports(key, node))
                case "blocks":
                    items.extend(self.blocks(key, node))
                case "train":
                    items.extend(self.train(key, node))
                case "model":
                    model = self.model(key, node)
                    items.append(model)
                case "params":
                    parameters = self.parameters(key, node)
                case "inputs":
                    sections["inputs"] = self.tensors.inputs(key, node)
                case "layers":
                    read = self.layers.body(key, node, first=False)
                    sections["layers"] = list(read.statements) if read is not None else []
                    self.whole = read is not None
                case "outputs":
                    sections["outputs"] += self.tensors.outputs(key, node)
                case "expect":
                    sections["outputs"] += self.tensors.expects(key, node)
                case _:
                    self.values.unknown(key, "a spec", _KEYS)
                    self.lost.append(key.span.to(node.span))
            if key.text in (*_BODY, "expect", "model"):
                last = max(last, node.span.end)
            if key is final:
                tail = self.notes.tail(1, node.span.end)
        statements = unspaced([*sections["inputs"], *sections["layers"], *sections["outputs"]])
        if model is None:
            self.no_model(pairs, top)
            return tuple(items)
        whole = Span(model.span.start, last)
        full = replace(model, parameters=parameters, body=Body(statements, tail, whole), span=whole)
        return tuple(full if item is model else item for item in items)

    # -- the first lines

    def header(self, top: Map, pairs: tuple[tuple[Scalar, Node], ...]) -> None:
        """Read `convdsl: 1`, which is the first key."""
        found = next((pair for pair in pairs if pair[0].text == "convdsl"), None)
        if found is None:
            start = top.span.start
            edits = (Edit(Span(start, start), "convdsl: 1\n"),) if not top.flow else ()
            self.values.refuse(
                "the first line does not say the edition of the language",
                Span(start, start),
                "begin the file with `convdsl: 1`",
                edits,
                code=codes.MISSING_HEADER,
            )
            return
        key, node = found
        if key is not pairs[0][0]:
            way_out = "make it the first line"
            self.values.refuse("`convdsl` is not the first key", key.span, way_out, code=codes.MISPLACED)
        self.comments = replace(self.notes.statement(key.span.start, node.span.end), blank_before=False)
        self.edition_span = key.span.to(node.span)
        if isinstance(node, Scalar) and node.text == str(EDITION):
            self.edition = EDITION
        elif isinstance(node, Scalar) and re.fullmatch(r"[1-9][0-9]*", node.text):
            self.values.refuse(
                f"this spec is of edition {short(node.text)}, and this program reads edition {EDITION}",
                node.span,
                "update convdsl",
                code=codes.NEWER_EDITION,
            )
        elif not isinstance(node, Broken):
            edits = (Edit(node.span, str(EDITION)),) if isinstance(node, Scalar) and not node.is_empty else ()
            message = f"an edition is a whole number, and this is {kind(node)}"
            way_out = f"write `convdsl: {EDITION}`"
            self.values.refuse(message, node.span, way_out, edits, code=codes.MISSING_HEADER)

    def model(self, key: Scalar, node: Node) -> Model:
        """Read the model's name; its parts are keys beside it."""
        example = "model: Colorizer"
        if isinstance(node, Map):
            named = [value.text for word, value in node.pairs if word.text == "name" and isinstance(value, Scalar)]
            example = f"model: {''.join(named[:1]) or 'Colorizer'}`, and its parts below, as far left as `model"
        name = self.type_name(node, "the model's name", example)
        self.lost.extend([node.span] * (not isinstance(node, Scalar)))
        comments = self.notes.statement(key.span.start, node.span.end)
        return Model(name, (), Body(()), comments, key.span.to(node.span), node.span)

    def no_model(self, pairs: tuple[tuple[Scalar, Node], ...], top: Map) -> None:
        keys = [key for key, _ in pairs]
        first = next((key for key in keys if key.text in (*_BODY, "expect", "train")), None)
        if first is None and any(key.text == "blocks" for key in keys):
            return  # a library: its blocks are there to be imported
        where, message = Span(top.span.start, top.span.start), "this file has no model"
        edits: tuple[Edit, ...] = ()
        if first is not None:
            where, message = first.span, f"`{first.text}` belongs to a model, and no `model:` names one"
            edits = (Edit(Span(first.span.start, first.span.start), "model: Net\n"),) if not top.flow else ()
        self.values.refuse(message, where, "write `model: Net`, with a name of your choice", edits, code=codes.NO_MODEL)

    def type_name(self, node: Node, what: str, example: str) -> str:
        """Read a name that begins with a capital letter; a wrong one is reported and kept."""
        if isinstance(node, Scalar) and TYPE.fullmatch(node.text):
            return node.text
        if isinstance(node, Scalar) and re.fullmatch(r"[a-z]\w*", node.text, re.ASCII):
            better = "".join(part[:1].upper() + part[1:] for part in node.text.split("_"))
            edits = (Edit(node.span, better),)
            self.values.refuse(
                f"{what}, `{node.text}`, begins with a capital letter", node.span, f"write `{better}`", edits
            )
            return better
        if isinstance(node, Scalar) and "(" in node.text:
            way_out = "write the parameters under `params:`"
            self.values.refuse(f"{what} is one word, and this is {kind(node)}", node.span, way_out)
        elif not isinstance(node, Broken):
            self.values.refuse(f"{what} is one word, and this is {kind(node)}", node.span, f"write `{example}`")
        return "Net"

    def imports(self, key: Scalar, node: Node) -> list[Item]:
        """Read `import: {b.cdsl: [Down, Up]}`, or a list of such maps where a file comes twice."""
        example = "import: {blocks.cdsl: [Down, Up]}"
        items: list[Item] = []
        for part in node.items if isinstance(node, List) else (node,):
            found = self.values.map(part, "`import`", example)
            for path, names in self.values.pairs(found) if found is not None else ():
                comments = self.notes.statement(path.span.start, names.span.end)
                nodes = names.items if isinstance(names, List) else (names,)
                read = tuple(self.type_name(name, "a block's name", example) for name in nodes)
                spans = tuple(name.span for name in nodes)
                text = self.values.text(path, "the path of `import`")
                if text is not None:
                    items.append(Import(text, read, comments, path.span.to(names.span), spans))
        return items

    # -- blocks and models

    def blocks(self, key: Scalar, node: Node) -> list[Item]:
        """Read `blocks`, a map from names to their parts."""
        found = self.values.map(node, "`blocks`", "blocks: {Down: {params: {...}, layers: [...]}}")
        items: list[Item] = []
        for name, parts in self.values.pairs(found) if found is not None else ():
            word = self.type_name(name, "a block's name", "Down: {layers: [...]}")
            above, blank_before = self.notes.above(name.span.start)
            comments = Comments(above, self.notes.behind(name.span.end), blank_before)
            inner = self.values.map(
                parts, f"the block `{name.text}`", f"{name.text}: {{params: {{...}}, layers: [...]}}"
            )
            known = len(self.lost)
            if inner is not None:
                parameters, body = self.block(name, inner)
                if len(self.lost) == known:
                    items.append(Block(word, parameters, body, comments, name.span.to(parts.span), name.span))
                    continue
            self.lost.append(name.span)  # what it takes or makes is not known, so neither are its calls
        return items

    def block(self, name: Scalar, node: Map) -> tuple[tuple[Parameter, ...], Body]:
        """Read the parts of one block."""
        parameters: tuple[Parameter, ...] = ()
        inputs: list[Statement] = []
        layers: list[Statement] = []
        outputs: list[Statement] = []
        for key, part in self.values.pairs(node):
            match key.text:
                case "params":
                    parameters = self.parameters(key, part)
                case "inputs":
                    inputs = self.tensors.inputs(key, part)
                case "layers":
                    body = self.layers.body(key, part, first=False)
                    layers = list(body.statements) if body is not None else []
                    if body is None:
                        self.lost.append(key.span.to(part.span))
                case "outputs":
                    outputs = self.tensors.outputs(key, part)
                case _:
                    self.values.unknown(key, f"the block `{name.text}`", _BODY)
                    self.lost.append(key.span.to(part.span))
        column = self.source.position(name.span.start).column if self.notes.are_left else 0
        return parameters, Body(
            unspaced([*inputs, *layers, *outputs]), self.notes.tail(column, node.span.end), node.span
        )

    def parameters(self, key: Scalar, node: Node) -> tuple[Parameter, ...]:
        """Read `params`, a map from names to `int = 32`."""
        found = self.values.map(node, "`params`", "params: {width: int = 32}")
        parameters: list[Parameter] = []
        if found is None:
            self.lost.append(key.span.to(node.span))
        for name, value in self.values.pairs(found) if found is not None else ():
            read = self.values.fragment(value, "parameter", f"the parameter `{name.text}`")
            if isinstance(read, tuple) and self.tensors.named(name, "a parameter"):
                word, default = read
                parameters.append(Parameter(name.text, word.id, default, name.span.to(value.span), word.span))
            else:
                self.lost.append(name.span.to(value.span))
        return tuple(parameters)

    # -- training

    def train(self, key: Scalar, node: Node) -> list[Item]:
        """Read `train`, a map of settings."""
        above, blank_before = self.notes.above(key.span.start)
        behind = self.notes.behind(key.span.end)
        found = self.values.map(node, "`train`", "train: {loss: SmoothL1, epochs: 20}")
        settings: list[Setting] = []
        for name, value in self.values.pairs(found) if found is not None else ():
            comments = self.notes.statement(name.span.start, value.span.end)
            read = self.path(name, value) or self.values.argument(value, f"`{name.text}`")
            if read is not None and self.tensors.named(name, "a setting"):
                settings.append(Setting(name.text, read, comments, name.span.to(value.span), name.span))
        if found is None:
            return []
        tail = self.notes.before(found.span.end) if found.flow else ()
        comments = Comments(above, behind or self.notes.behind(found.span.end), blank_before)
        tail = (*tail, *self.notes.tail(1, found.span.end))
        if settings and settings[0].comments.blank_before:
            settings[0] = replace(settings[0], comments=replace(settings[0].comments, blank_before=False))
        return [Train(tuple(settings), tail, comments, key.span.to(found.span))]

    def path(self, name: Scalar, value: Node) -> String | None:
        """Read the setting that is a path, which needs no quotes as that of an import does; None for all else."""
        if not isinstance(value, Scalar) or not is_path(name.text, value.text):
            return None
        return self.values.text(value, f"`{name.text}`")
