"""The items of a YAML list of layers, each one statement of the tree.

An item's first key says what it is: a type (`Conv2d`), a name or names (`e1`, `enc[i]`, `a, b`), or a word of the
language (`repeat`, `for`, `if`, `default`, `layer`, `use`, `do`). Beside it stand `from`, `shape` and `as`.
"""

import re

from convdsl.record import replace
from convdsl.syntax.build_statement import LINE_WORDS
from convdsl.syntax.limits import MAX_MISTAKES
from convdsl.syntax.tree import (
    NO_COMMENTS,
    Attribute,
    Body,
    Call,
    Default,
    Expr,
    Flow,
    For,
    If,
    Index,
    LayerDeclaration,
    Name,
    Repeat,
    Statement,
)
from convdsl.syntax.yaml_flows import NAME, Flows, Pairs
from convdsl.syntax.yaml_mistakes import (
    BESIDE,
    ELSEWHERE,
    KEYWORDS,
    NAMED_LIKE_A_LAYER,
    PARTS,
    refuse_body,
    refuse_extra,
    refuse_list,
    refuse_second,
)
from convdsl.syntax.yaml_nodes import Broken, Known, List, Map, Node, Scalar
from convdsl.syntax.yaml_values import TYPE, kind

_CALL = re.compile(r"\s*\w+\s*\(")  # a call of the text spelling


class Layers(Flows):
    """Reads items with the help of a reader of values.

    An item that cannot be read was reported; in its place stands a `Flow` without source and calls that binds the names
    which the item would have bound, so that later phases can keep silent about them.
    """

    known = 0  # items that had been read before

    def body(self, key: Scalar, node: Node, first: bool = True) -> Body | None:
        """Read a list of items, and the comments after the last one.

        first: whether the list is the whole body; a model's or block's layers have inputs above them, and the comments
        below belong to what follows.
        """
        if not isinstance(node, List):
            if not isinstance(node, Broken):
                refuse_body(self.values, key, node)
            return None
        statements = [self.item(item) or _unread(item) for item in node.items]
        tail = self.notes.before(node.span.end) if node.flow else ()
        if first and self.notes.are_left:
            position = self.values.source.position
            # A list may stand as far left as its key; a comment there belongs to what follows.
            column = max(0 if node.flow else position(node.span.start).column - 1, position(key.span.start).column)
            tail = (*tail, *self.notes.tail(column, node.span.end))
        return Body(unspaced(statements) if first else tuple(statements), tail, node.span)

    def item(self, node: Node) -> Statement | None:
        """Read one item of a list of layers."""
        if len(self.values.diagnostics) > MAX_MISTAKES:
            return None
        match node:
            case Known(statement=flow, span=span):
                self.known += 1
                comments = self.notes.statement(span.start, span.end)
                if comments is NO_COMMENTS:
                    return flow
                return Flow(flow.source, flow.calls, flow.targets, flow.key, flow.promise, comments, flow.span)
            case Scalar():
                return self.word(node)
            case Map():
                return self.map(node)
            case List():
                return self.unnamed(node)
        return None

    # -- items

    def unnamed(self, node: List) -> Flow | None:
        """Read `- [{Chunk: 2}, Add]`: calls that hand over more than one value."""
        if not node.flow or len(node.items) < 2 or not all(isinstance(item, Scalar | Map) for item in node.items):
            refuse_list(self.values, node)
            return None
        comments = self.notes.statement(node.span.start, node.span.end)
        return self.linked(Flow(None, comments=comments, span=node.span), node)

    def word(self, node: Scalar, in_chain: bool = False) -> Flow | None:
        """Read `- BatchNorm2d`, or arithmetic such as `- a - (b + c)`; in a chain `x`, its source, besides."""
        comments = self.notes.statement(node.span.start, node.span.end)
        if node.is_empty:
            self.values.refuse("an item without a layer", node.span, "write `- ReLU`, or delete the dash")
            return None
        source = self.bare(node)
        if isinstance(source, Name | Index | Attribute) and not in_chain:
            way_out = (
                f"write `from: {node.text}` beside the layer that takes it, or `- y: {node.text}` for a second name"
            )
            if NAMED_LIKE_A_LAYER.match(node.text):
                way_out = "a layer's type is written as PyTorch writes it, such as `- ReLU`; a value needs a layer"
            self.values.refuse(f"{kind(node)} alone does nothing", node.span, way_out)
            return None
        return None if source is None else Flow(source, comments=comments, span=node.span)

    def map(self, node: Map) -> Statement | None:
        """Read an item that is a map: find what it is, and that nothing else stands beside it."""
        for again, first in node.duplicates:
            if TYPE.fullmatch(again.text):  # not one key twice but a forgotten dash
                refuse_second(self.values, node, first, again)
                return None
        pairs = self.values.pairs(node)
        beside = {key.text: (key, value) for key, value in pairs}
        keys = [key for key, _ in pairs]
        rest = [key for key in keys if key.text not in PARTS]
        word = next((key for key in keys if key.text in KEYWORDS and key.text != "do"), rest[0] if rest else None)
        if word is None and "do" in beside:
            word = beside["do"][0]
        if word is None and any(isinstance(value, Broken) for _, value in pairs):
            return None  # what is wrong with it was told
        if word is None:
            lonely = keys[0].text if keys else "-"
            what, way_out = "layer", "write `- Layer: ...`"
            if lonely in KEYWORDS["if"]:
                what, way_out = "`if`", "write `- if: condition` with `then: [...]` and `else: [...]` beside it"
            self.values.refuse(f"there is no {what} that this `{lonely}` stands beside", node.span, way_out)
            return None
        allowed = KEYWORDS.get(word.text, BESIDE)
        extra = next((key for key in keys if key is not word and key.text not in allowed), None)
        if extra is not None:
            refuse_extra(self.values, node, word, extra, allowed)
            return None
        return self.keyword(node, word, beside)

    def keyword(self, node: Map, word: Scalar, beside: Pairs) -> Statement | None:
        """Choose the statement by the item's first word."""
        value = beside[word.text][1]
        match word.text:
            case "repeat":
                return self.repeat(node, value, beside)
            case "for":
                return self.for_(node, value, beside)
            case "if":
                return self.if_(node, value, beside)
            case "default":
                return self.default(node, value)
            case "layer":
                return self.layer(node, value, beside)
        if word.text in ELSEWHERE and (word.text in LINE_WORDS or not _is_layer(value)):
            place = ELSEWHERE[word.text]
            way_out = f"write it under `{place}:`; a layer gets this key by `as: {word.text}`"
            self.values.refuse(f"`{word.text}` is no layer", word.span, way_out)
            return None
        if TYPE.fullmatch(word.text) or word.text in ("use", "do"):
            return self.flow(node, word, (), Map(((word, value),), word.span.to(value.span), False), beside)
        sum_ = self.values.arithmetic(word) if isinstance(value, Scalar) and value.is_empty else None
        if sum_ is not None:
            return self.flow(node, word, (), word, beside)
        targets = self.targets(word)
        return None if targets is None else self.flow(node, word, targets, value, beside)

    def targets(self, key: Scalar) -> tuple[Expr, ...] | None:
        """Read the names that an item gives: `y`, `enc[i]`, `a, b`."""
        if key.text.isidentifier() and key.text.isascii() and not key.style:
            return None if self.values.is_reserved(key, "a value") else (Name(key.text, key.span),)
        if _CALL.match(key.text):
            name = key.text.split("(", 1)[0].strip()
            self.values.refuse(
                f"{kind(key)} is no name", key.span, f"write the arguments behind a colon: `{name}: {{name: value}}`"
            )
            return None
        found = self.values.fragment(key, "targets", "a name")
        if not isinstance(found, tuple):
            return None
        for name in found:
            if isinstance(name, Name) and name.id in LINE_WORDS:
                self.values.refuse(f"`{name.id}` begins a statement", name.span, "choose another name for the value")
                return None
        return found

    # -- statements with bodies, and declarations

    def part(self, node: Map, word: str, beside: Pairs) -> Body | None:
        """Read the list that a statement must have."""
        if word not in beside:
            first = node.pairs[0][0]
            self.values.refuse(f"`{first.text}` has no `{word}`", first.span, f"write `{word}: [...]` beside it")
            return None
        return self.body(*beside[word])

    def repeat(self, node: Map, value: Node, beside: Pairs) -> Repeat | None:
        """Read `repeat: n` with `do: [...]` beside it."""
        comments = self.header(node, value.span.end)
        count = self.values.expression(value, "`repeat`")
        body = self.part(node, "do", beside)
        return None if count is None or body is None else Repeat(count, body, self.closed(comments, node), node.span)

    def for_(self, node: Map, value: Node, beside: Pairs) -> For | None:
        """Read `for: i in range(n)` with `do: [...]` beside it."""
        comments = self.header(node, value.span.end)
        loop = self.values.fragment(value, "for", "`for`")
        body = self.part(node, "do", beside)
        if not isinstance(loop, tuple) or body is None:
            return None
        variable, iterable = loop
        return For(variable.id, iterable, body, self.closed(comments, node), node.span, variable.span)

    def if_(self, node: Map, value: Node, beside: Pairs) -> If | None:
        """Read `if: c` with `then: [...]` and perhaps `else: [...]` beside it."""
        comments = self.header(node, value.span.end)
        condition = self.values.expression(value, "`if`")
        body = self.part(node, "then", beside)
        orelse = self.body(*beside["else"]) if "else" in beside else None
        if condition is None or body is None:
            return None
        return If(condition, body, orelse, self.closed(comments, node), node.span)

    def default(self, node: Map, value: Node) -> Default | None:
        """Read `default: {Conv2d: {padding: 1}}`."""
        comments = self.notes.statement(node.span.start, node.span.end)
        example = "default: {Conv2d: {padding: 1}}"
        found = self.values.map(value, "`default`", example)
        if found is None:
            return None
        pairs = self.values.pairs(found)
        if len(pairs) != 1 or not TYPE.fullmatch(pairs[0][0].text):
            self.values.refuse("`default` is for one type", found.span, f"write `- {example}`, one item for each type")
            return None
        call = self.values.call(*pairs[0])
        return None if call is None else Default(call, comments, node.span)

    def layer(self, node: Map, value: Node, beside: Pairs) -> LayerDeclaration | None:
        """Read `layer: {head: {Conv2d: {...}}}`."""
        example = "layer: {head: {Conv2d: {out_channels: 8, kernel_size: 3}}}"
        found = self.values.map(value, "`layer`", example)
        pairs = self.values.pairs(found) if found is not None else ()
        if found is not None and (len(pairs) != 1 or not NAME.fullmatch(pairs[0][0].text)):
            self.values.refuse("`layer` declares one name", found.span, f"write `- {example}`, one item for each name")
        if len(pairs) != 1 or not NAME.fullmatch(pairs[0][0].text):
            self.notes.statement(node.span.start, node.span.end)
            return None
        name, inner = pairs[0]
        flow = self.flow(node, name, (), inner, {"as": beside["as"]} if "as" in beside else {})
        if flow is None:
            return None
        if flow.key is not None:
            self.values.refuse("the weights of a group are named inside it", flow.key.span, "write `as` beside a layer")
        if isinstance(flow.source, Call):
            calls = (flow.source, *flow.calls)
            return LayerDeclaration(name.text, calls, None, flow.comments, node.span, name.span)
        if isinstance(flow.source, Body):
            return LayerDeclaration(name.text, (), flow.source, flow.comments, node.span, name.span)
        self.values.refuse(f"`{name.text}` declares a layer, and this is a value", inner.span, f"write `- {example}`")
        return None


def unspaced(statements: list[Statement]) -> tuple[Statement, ...]:
    """Forget a blank line above the first statement of a body, which has nothing to stand apart from."""
    if not statements or not statements[0].comments.blank_before:
        return tuple(statements)
    first = statements[0]
    return (replace(first, comments=replace(first.comments, blank_before=False)), *statements[1:])


def _unread(item: Node) -> Flow:
    """Stand in for an item that cannot be read."""
    targets: tuple[Expr, ...] = ()
    for key, value in item.pairs if isinstance(item, Map) else ():
        inner = value.pairs[:1] if key.text == "layer" and isinstance(value, Map) else ((key, value),)
        words = [
            part.strip() for word, _ in inner if word.text not in (*KEYWORDS, *PARTS) for part in word.text.split(",")
        ]
        targets = tuple(Name(word.split("[")[0], key.span) for word in words if NAME.match(word))
        if targets:
            break
    return Flow(None, (), targets, span=item.span)


def _is_layer(node: Node) -> bool:
    """Tell whether a value looks like what a name stands for, so that `inputs` beside it is a name."""
    if isinstance(node, Map):
        return len(node.pairs) == 1 and (
            TYPE.fullmatch(node.pairs[0][0].text) is not None or node.pairs[0][0].text in KEYWORDS
        )
    return isinstance(node, List) or (isinstance(node, Scalar) and TYPE.fullmatch(node.text) is not None)
