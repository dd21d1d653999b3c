"""Print a canonical tree in the YAML spelling, in the layout of the language's example.

Each key of the file has its place; a statement takes its comments along, and a blank line above the first statement of
a section stands above the section's key.
"""

from collections.abc import Iterable, Iterator, Sequence

from convdsl.argument import signature
from convdsl.authoring.callees import Callees, names_of, slots_of
from convdsl.authoring.canonical import with_default_in
from convdsl.authoring.print_expression import expression
from convdsl.authoring.yaml_arguments import Calls
from convdsl.authoring.yaml_items import Items, remark, remarks, shape
from convdsl.authoring.yaml_node import WIDTH, Listed, Node, Pairs, Text, entry, flow, inside, is_torn, item, key
from convdsl.recipe import CHOICES, Recipe
from convdsl.syntax import tree
from convdsl.syntax.yaml_values import is_path


def print_yaml(file: tree.File) -> str:
    """Print a canonical tree as YAML; what it says read again is the same tree, comments included."""
    return "\n".join([*_Printer(file).lines(), ""])


class _Printer:
    """Prints the parts of one file."""

    def __init__(self, file: tree.File) -> None:
        self.file = file
        self.callees = Callees(file)
        self.with_default = frozenset(with_default_in(file))

    def lines(self) -> Iterator[str]:
        file = self.file
        yield from remarks(file.comments.above, 0)
        yield _behind(f"convdsl: {1 if file.edition is None else file.edition}", file.comments)
        yield from self.imports([item for item in file.items if isinstance(item, tree.Import)])
        blocks = [item for item in file.items if isinstance(item, tree.Block)]
        if blocks:
            yield from _header(_apart(blocks[0].comments))
            yield "blocks:"
        for at, block in enumerate(blocks):
            yield from remarks(block.comments.above if at else _own(block.comments), 2)
            yield _behind(f"  {key(block.name)}:", block.comments)
            yield from self.sections(block, 4)
        for found in file.items:
            if isinstance(found, tree.Model):
                yield from _header(found.comments.above)
                yield _behind(f"model: {found.name}", found.comments)
                yield from self.sections(found, 0)
            elif isinstance(found, tree.Train):
                yield from _header(found.comments.above)
                yield from self.train(found)
        yield from remarks(file.tail, 0)

    # -- imports

    def imports(self, found: Sequence[tree.Import]) -> Iterator[str]:
        """Print `import`: on one line where it is one without comments, a list where a path comes twice."""
        if not found:
            return
        pairs = [(one.path.value, Listed(tuple(map(Text, one.names)))) for one in found]
        first = found[0].comments
        yield from _header(_apart(first))
        line = f"import: {flow(Pairs(tuple(pairs)))}"
        if len(found) == 1 and not _own(first) and first.trailing is None and len(line) <= WIDTH:
            yield line
            return
        yield "import:"
        twice = len({one.path.value for one in found}) < len(found)
        for at, (one, pair) in enumerate(zip(found, pairs, strict=True)):
            yield from _above(one.comments, 2, True) if at else remarks(_own(first), 2)
            lines = item(Pairs((pair,)), 2) if twice else entry("  ", *pair, 2)
            yield _behind(lines[0], one.comments)
            yield from lines[1:]

    # -- blocks and models

    def sections(self, owner: tree.Block | tree.Model, indent: int) -> Iterator[str]:
        """Print the keys of a block or of the model, in column `indent`."""
        space = " " * indent
        statements = owner.body.statements
        items = Items(Calls(self.callees, _scope(owner)), self.with_default)
        inputs = [one for one in statements if isinstance(one, tree.Input)]
        outputs = [one for one in statements if isinstance(one, tree.Output)]
        expects = [one for one in statements if isinstance(one, tree.Expect)]
        layers = [one for one in statements if not isinstance(one, tree.Input | tree.Output | tree.Expect)]
        if owner.parameters:
            yield from self.parameters(items.calls, owner.parameters, indent)
        if inputs:
            yield from _key(f"{space}inputs:", inputs[0].comments)
            yield from (line for at, one in enumerate(inputs) for line in _tensor(one, indent + 2, at > 0))
        if layers:
            yield from _key(f"{space}layers:", layers[0].comments)
            yield from items.item(layers[0], indent + 2, blank=False)
            yield from items.lines(layers[1:], indent + 2)
        elif not statements:
            yield f"{space}layers: []"
        if outputs:
            yield from _key(f"{space}outputs:", outputs[0].comments)
            yield from (line for at, one in enumerate(outputs) for line in _tensor(one, indent + 2, at > 0))
        if expects:
            yield from _expects(expects, indent)
        yield from remarks(owner.body.tail, indent + 2)

    def parameters(self, calls: Calls, parameters: tuple[tree.Parameter, ...], indent: int) -> Iterator[str]:
        """Print `params`: in braces where no default needs quotes for them."""
        pairs = Pairs(tuple((one.name, Text(_parameter(one, calls))) for one in parameters))
        line = f"{' ' * indent}params: {flow(pairs)}"
        if len(line) <= WIDTH and not is_torn(pairs):
            yield line
        else:
            yield f"{' ' * indent}params:"
            yield from inside(pairs, indent + 2)

    # -- training

    def train(self, train: tree.Train) -> Iterator[str]:
        """Print `train`: in braces where it is short and has no comments inside."""
        nodes = [(one.name, self.setting(one)) for one in train.settings]
        line = f"train: {flow(Pairs(tuple(nodes)))}"
        plain = all(one.comments == tree.NO_COMMENTS for one in train.settings)
        if not nodes or (len(line) <= WIDTH and plain and not train.tail):
            yield _behind(line, train.comments)
        else:
            yield _behind("train:", train.comments)
            for at, (setting, (name, node)) in enumerate(zip(train.settings, nodes, strict=True)):
                yield from _above(setting.comments, 2, at > 0)
                lines = entry("  ", name, node, 2)
                yield _behind(lines[0], setting.comments)
                yield from lines[1:]
        yield from remarks(train.tail, 2)

    def setting(self, setting: tree.Setting) -> Node:
        """Return a setting's value: a word, a number, or a choice with its parameters."""
        calls, value = Calls(self.callees), setting.value
        if isinstance(value, tree.Call) and value.arguments and value.key is None:
            kinds = CHOICES.get(setting.name, ())
            slots = next((slots_of(signature(kind)) for kind in kinds if kind.__name__ == value.callee), ())
            return Pairs(((value.callee, calls.named(value, slots)),))
        if isinstance(value, tree.Call) and value.key is None and value.callee[:1].isupper() and len(value.callee) > 1:
            return Text(value.callee)
        if isinstance(value, tree.String) and is_path(setting.name, value.value):
            return Text(value.value)
        return calls.value(
            value, next((slot.words for slot in slots_of(signature(Recipe)) if slot.name == setting.name), ())
        )


def _parameter(parameter: tree.Parameter, calls: Calls) -> str:
    default = parameter.default
    if default is None:
        return parameter.kind
    bare = isinstance(default, tree.Call) and calls.is_bare(default)
    return f"{parameter.kind} = {default.callee if bare and isinstance(default, tree.Call) else expression(default)}"


def _tensor(tensor: tree.Input | tree.Output, indent: int, blank: bool) -> Iterator[str]:
    """Print an input or an output: its shape alone, in braces, or one line for each part."""
    yield from _above(tensor.comments, indent, blank)
    parts: list[tuple[str, Node]] = [("shape", shape(tensor.shape))]
    if isinstance(tensor, tree.Input) and tensor.default is not None:
        parts.append(("default", Text(expression(tensor.default))))
    if tensor.means is not None:
        parts.append(("means", Text(expression(tensor.means))))
    if isinstance(tensor, tree.Input) and tensor.where:
        parts.append(("where", Text(expression(_conjunction(tensor.where)))))
    name = tensor.name
    node: Node = parts[0][1] if len(parts) == 1 else Pairs(tuple(parts))
    lines = entry(" " * indent, name, node, indent)
    if len(parts) > 1 and any(is_torn(part) for _, part in parts[1:]):
        lines = [f"{' ' * indent}{key(name)}:", *inside(node, indent + 2)]
    yield _behind(lines[0], tensor.comments)
    yield from lines[1:]


def _conjunction(conditions: Sequence[tree.Expr]) -> tree.Expr:
    """Join conditions by `and`, as a scalar has them."""
    joined = conditions[0]
    for condition in conditions[1:]:
        joined = tree.Binary("and", joined, condition)
    return joined


def _expects(expects: Sequence[tree.Expect], indent: int) -> Iterator[str]:
    """Print `expect`: one statement in brackets, several as lines."""
    space = " " * indent
    first = expects[0]
    node = Listed(tuple(Text(expression(one)) for one in first.conditions))
    if len(expects) == 1 and (not is_torn(node) or len(first.conditions) > 1):
        yield from _above(first.comments, indent, True)
        lines = [f"{space}expect: {flow(node)}"]
        if len(lines[0]) > WIDTH:
            lines = [f"{space}expect: [", *inside(Listed(node.items, True), indent + 2)[:-1], f"{space}]"]
        yield from lines[:-1]
        yield _behind(lines[-1], first.comments)
        return
    yield from _key(f"{space}expect:", first.comments)
    for at, one in enumerate(expects):
        yield from _above(one.comments, indent + 2, at > 0)
        (line,) = item(Text(", ".join(map(expression, one.conditions))), indent + 2)
        yield _behind(line, one.comments)


def _scope(owner: tree.Block | tree.Model) -> frozenset[str]:
    """Collect the names that a bare word among a body's arguments could mean: parameters, loop variables, symbols."""
    names = set(names_of(owner))
    waiting: list[tree.Body] = [owner.body]
    while waiting:
        for statement in waiting.pop().statements:
            match statement:
                case tree.For():
                    names.add(statement.variable)
                    waiting.append(statement.body)
                case tree.Repeat() | tree.LayerDeclaration(body=tree.Body()):
                    assert statement.body is not None
                    waiting.append(statement.body)
                case tree.If():
                    waiting.extend(body for body in (statement.body, statement.orelse) if body is not None)
                case tree.Flow(source=tree.Body() as body):
                    waiting.append(body)
    return frozenset(names)


# ------------------------------------------------------------------- comments


def _key(line: str, first: tree.Comments) -> Iterable[str]:
    """Print a section's key, below the blank line of its first statement."""
    return ("", line) if first.blank_before else (line,)


def _apart(comments: tree.Comments) -> tuple[str, ...]:
    """Return the comments that a blank line sets apart from their item: about the file, they stand above the key."""
    return comments.above[: len(comments.above) - len(_own(comments))]


def _own(comments: tree.Comments) -> tuple[str, ...]:
    """Return the comments right above an item."""
    above = comments.above
    return above[len(above) - above[::-1].index(tree.BLANK) :] if tree.BLANK in above else above


def _header(above: tuple[str, ...]) -> Iterator[str]:
    """Print the comments above a top-level key, set apart from what stands above."""
    if above:
        yield ""
        yield from remarks(above, 0)


def _above(comments: tree.Comments, indent: int, blank: bool) -> Iterator[str]:
    if comments.blank_before and blank:
        yield ""
    yield from remarks(comments.above, indent)


def _behind(line: str, comments: tree.Comments) -> str:
    return line if comments.trailing is None else f"{line}  {remark(comments.trailing)}"
