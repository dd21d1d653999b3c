"""Statements as the items of a YAML list of layers, each with its comments.

An item is laid out over lines here and only here; `yaml_node.py` knows how one value is.
"""

from collections.abc import Iterable, Set

from convdsl.authoring.arithmetic import OPERATORS, joined
from convdsl.authoring.print_expression import expression
from convdsl.authoring.yaml_arguments import Calls
from convdsl.authoring.yaml_node import WIDTH, Listed, Node, Pairs, Text, entry, flow, item, key, scalar
from convdsl.record import dataclass
from convdsl.syntax import tree
from convdsl.syntax.tokens import comment_line
from convdsl.syntax.yaml_mistakes import ELSEWHERE, KEYWORDS, PARTS


@dataclass(frozen=True, slots=True)
class Head:
    """What an item is without bodies: its first key with a value, or one word; and the keys beside it.

    value: None for a layer without arguments.
    """

    key: str
    value: Node | None
    beside: tuple[tuple[str, Node], ...] = ()
    is_word: bool = False  # `- ReLU` and `- a - (b + c)`: the key says all

    def node(self) -> Node:
        """Return the item as one value, as it stands in brackets."""
        if self.is_word and not self.beside:
            return Text(self.key)
        return Pairs(((self.key, self.value), *self.beside))


@dataclass(frozen=True, slots=True)
class Items:
    """Prints statements.

    calls knows the names of arguments; with_default: the types that a `default` line is for, which no sign stands for.
    """

    calls: Calls
    with_default: Set[str] = frozenset()

    def lines(self, statements: Iterable[tree.Statement], indent: int) -> list[str]:
        """Print statements as items, their dashes in column `indent`."""
        return [line for statement in statements for line in self.item(statement, indent)]

    def item(self, statement: tree.Statement, indent: int, blank: bool = True) -> list[str]:
        """Print one statement with the comments above it; `blank`: and with the blank line above them."""
        comments = statement.comments
        above = remarks(comments.above, indent)
        if comments.blank_before and blank:
            above = ["", *above]
        lines, at = self._statement(statement, indent)
        if comments.trailing is not None:
            lines[at] += f"  {remark(comments.trailing)}"
        return [*above, *lines]

    def _statement(self, statement: tree.Statement, indent: int) -> tuple[list[str], int]:
        """Print a statement without comments; say behind which line its own comment stands."""
        dash = " " * indent + "- "
        match statement:
            case tree.Repeat(count=count, body=body):
                return [f"{dash}repeat: {scalar(expression(count))}", *self.body("do", body, indent + 2)], 0
            case tree.For(variable=variable, iterable=iterable, body=body):
                head = scalar(f"{variable} in {expression(iterable)}")
                return [f"{dash}for: {head}", *self.body("do", body, indent + 2)], 0
            case tree.If(condition=condition, body=body, orelse=orelse):
                lines = [f"{dash}if: {scalar(expression(condition))}", *self.body("then", body, indent + 2)]
                return [*lines, *(self.body("else", orelse, indent + 2) if orelse is not None else ())], 0
            case tree.LayerDeclaration(name=name, body=tree.Body() as body):
                return self._declared_body(name, body, indent)
            case tree.Flow(source=tree.Body() as body):
                return self._group(statement, body, indent)
        node = self.node(statement)
        assert node is not None
        lines = item(node, indent)
        # a comment stands behind the last line, but above arguments that have lines of their own; inside a chain's
        # brackets it would belong to one of its layers
        one_line_each = isinstance(node, Pairs) and len(lines) == len(node.pairs)
        return lines, len(lines) - 1 if one_line_each or lines[0].endswith("[") else 0

    def node(self, statement: tree.Statement) -> Node | None:
        """Return an item that holds no body as one value; None for one that does."""
        match statement:
            case tree.Default(call=call):
                return Pairs((("default", Pairs(((call.callee, self.calls.default(call)),))),))
            case tree.LayerDeclaration(name=name, calls=calls, body=None):
                return self._declared(name, calls)
            case tree.Flow(source=source) if not isinstance(source, tree.Body):
                return self._flow(statement)
        return None

    # -- flows

    def _flow(self, flow_: tree.Flow) -> Node:
        chain = [*self._links(flow_)]
        targets = _names(flow_.targets)
        beside = self._beside(flow_)
        if len(chain) == 1 and not targets:
            return _beside(chain[0], beside).node()
        if len(chain) > 1 and not targets:
            first, *inner, last = chain
            source = tuple(pair for pair in beside if pair[0] == "from")
            promise = tuple(pair for pair in beside if pair[0] == "shape")
            links = (_beside(first, source), *inner, _beside(last, promise))
            return Listed(tuple(link.node() for link in links), brackets=True)
        if len(chain) > 1:
            return Pairs(((targets, Listed(tuple(link.node() for link in chain), brackets=True)), *beside))
        (link,) = chain
        named = Text(link.key) if link.is_word else Pairs(((link.key, link.value),))
        # the key of a call stands beside its name, with the source before it and the shape between
        return Pairs(((targets, named), *_ordered((*beside, *link.beside))))

    def _links(self, flow_: tree.Flow) -> Iterable[Head]:
        """Return the parts of a line: its source where it makes a value, and its calls."""
        source = flow_.source
        if isinstance(source, tree.Call):
            yield self._call(source)
        elif isinstance(source, tree.Binary) and self._is_join(source):
            operands = Listed((Text(expression(source.left)), Text(expression(source.right))))
            yield Head(OPERATORS[source.operator], operands)
        elif source is not None and (isinstance(source, tree.Binary | tree.Unary) or not flow_.calls):
            assert not isinstance(source, tree.Body)
            yield Head(expression(source), None, (), True)
        for call in flow_.calls:
            yield self._call(call)

    def _is_join(self, sum_: tree.Binary) -> bool:
        """Tell whether arithmetic is one layer: two operands, of which one is a value."""
        operator = OPERATORS.get(sum_.operator)
        if operator is None:
            return False
        call = tree.Call(operator, (tree.Argument(None, sum_.left), tree.Argument(None, sum_.right)))
        return joined(call, frozenset(self.calls.scope), self.with_default) == sum_

    def _beside(self, flow_: tree.Flow) -> tuple[tuple[str, Node], ...]:
        """Return the source and the promise of a line."""
        beside: list[tuple[str, Node]] = []
        source = flow_.source
        if isinstance(source, tree.Values):
            beside.append(("from", Listed(tuple(Text(expression(one)) for one in source.references))))
        elif flow_.calls and isinstance(source, tree.Name | tree.Index | tree.Attribute):
            beside.append(("from", Text(expression(source))))
        if flow_.promise is not None:
            beside.append(("shape", shape(flow_.promise)))
        return tuple(beside)

    def _call(self, call: tree.Call) -> Head:
        beside: tuple[tuple[str, Node], ...] = () if call.key is None else (("as", Text(call.key.value)),)
        value = self.calls.node(call)
        if call.callee[:1].isupper():
            return Head(call.callee, value, beside, value is None)
        return Head("use", Text(call.callee) if value is None else Pairs(((call.callee, value),)), beside)

    # -- declarations

    def _declared(self, name: str, calls: tuple[tree.Call, ...]) -> Node:
        links = [self._call(call) for call in calls]
        if len(links) > 1:
            made: Node = Listed(tuple(link.node() for link in links), brackets=True)
            return Pairs((("layer", Pairs(((name, made),))),))
        (link,) = links
        made = Text(link.key) if link.is_word else Pairs(((link.key, link.value),))
        return Pairs((("layer", Pairs(((name, made),))), *link.beside))

    def _declared_body(self, name: str, body: tree.Body, indent: int) -> tuple[list[str], int]:
        dash = " " * indent + "- "
        alone = self._alone(body)
        if alone is not None:
            line = f"{dash}layer: {flow(Pairs(((name, alone),)))}"
            if len(line) <= WIDTH:
                return [line], 0
        return [f"{dash}layer:", *self.body(name, body, indent + 4)], 1

    # -- bodies

    def _group(self, flow_: tree.Flow, body: tree.Body, indent: int) -> tuple[list[str], int]:
        name = _names(flow_.targets) or "do"
        lines = self.body(name, body, indent + 2)
        lines[0] = " " * indent + "- " + lines[0][indent + 2 :]
        on_one_line = len(lines) == 1
        beside = list(self._beside(flow_))
        if flow_.key is not None:
            beside.append(("as", Text(flow_.key.value)))
        for word, node in beside:
            lines.extend(entry(" " * (indent + 2), word, node, indent + 2))
        return lines, len(lines) - 1 if on_one_line else 0

    def body(self, name: str, body: tree.Body, indent: int) -> list[str]:
        """Print `name: [...]`, the name in column `indent`: on one line a short item, else one line for each."""
        alone = self._alone(body)
        if alone is not None:
            line = " " * indent + f"{key(name)}: {flow(alone)}"
            if len(line) <= WIDTH:
                return [line]
        if not body.statements and body.tail:  # its comments stand below the brackets
            return [" " * indent + f"{key(name)}:", " " * (indent + 2) + "[]", *remarks(body.tail, indent + 2)]
        if not body.statements:
            return [" " * indent + f"{key(name)}: []"]
        inner = self.lines(body.statements, indent + 2)
        return [" " * indent + f"{key(name)}:", *inner, *remarks(body.tail, indent + 2)]

    def _alone(self, body: tree.Body) -> Listed | None:
        """Return a body of one plain item without comments as a list for brackets."""
        if len(body.statements) != 1 or body.tail or body.statements[0].comments != tree.NO_COMMENTS:
            return None
        node = self.node(body.statements[0])
        plain = isinstance(node, Text) or (
            isinstance(node, Pairs) and len(node.pairs) == 1 and not _has_chain(node.pairs[0][1])
        )
        return Listed((node,)) if plain and node is not None else None


def shape(axes: tree.ShapeExpr) -> Node:
    """Return a shape as a list of sizes."""
    return Listed(tuple(Text(expression(axis)) for axis in axes.axes))


def remark(text: str) -> str:
    """Print a comment."""
    return comment_line(text)


def remarks(texts: Iterable[str], indent: int) -> list[str]:
    """Print comments, each on a line of its own, and the blank lines among them."""
    return ["" if text == tree.BLANK else " " * indent + remark(text) for text in texts]


def _names(targets: tuple[tree.Expr, ...]) -> str:
    """Print the names that a line gives; one that is a word of the spelling stands in parentheses."""
    names = ", ".join(map(expression, targets))
    return f"({names})" if names in _WORDS else names


_WORDS = frozenset({*PARTS, *KEYWORDS, *ELSEWHERE})
_ORDER = ("from", "shape", "as")


def _ordered(beside: tuple[tuple[str, Node], ...]) -> tuple[tuple[str, Node], ...]:
    return tuple(sorted(beside, key=lambda pair: _ORDER.index(pair[0])))


def _beside(head: Head, more: tuple[tuple[str, Node], ...]) -> Head:
    """Add keys beside an item."""
    return Head(head.key, head.value, _ordered((*head.beside, *more)), head.is_word)


def _has_chain(node: Node | None) -> bool:
    """Tell whether brackets of a chain stand in an item."""
    return isinstance(node, Listed) and node.brackets
