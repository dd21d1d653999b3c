"""The items of a YAML list of layers, each one statement of the tree.

An item's first key says what it is: a type (`Conv2d`), a name or names (`e1`, `enc[i]`, `a, b`), or a word of the
language (`repeat`, `for`, `if`, `default`, `layer`, `use`, `do`). Beside it stand `from`, `shape` and `as`.

A list as a value is a group. Written in brackets, with two or more plain calls and nothing else, it is the chain
`conv1 = Conv2d(8, 3) -> ReLU()`; written as lines it is the body `conv1 = { ... }`, as is any list with names, promises
or comments in it, and `{do: [...]}`. Both mean the same network, and so text comes back from YAML as it was.
"""

import re
from dataclasses import replace

from convdsl.syntax.tree import (
    Body,
    Call,
    Comments,
    Default,
    Expr,
    Flow,
    For,
    If,
    LayerDeclaration,
    Name,
    Repeat,
    ShapeExpr,
    Statement,
    String,
)
from convdsl.syntax.tree import Values as Handed
from convdsl.syntax.yaml_mistakes import (
    BESIDE,
    ELSEWHERE,
    KEYWORDS,
    PARTS,
    refuse_body,
    refuse_extra,
    refuse_second,
    refuse_value,
    word_refused,
)
from convdsl.syntax.yaml_nodes import Broken, List, Map, Node, Scalar
from convdsl.syntax.yaml_values import TYPE, Values, kind

Pairs = dict[str, tuple[Scalar, Node]]

_NAME = re.compile(r"[a-z_][A-Za-z0-9_]*")


class Layers:
    """Reads items with the help of a reader of values.

    An item that cannot be read was reported; in its place stands a `Flow` without source and calls that binds the names
    which the item would have bound, so that later phases can keep silent about them.
    """

    def __init__(self, values: Values) -> None:
        self.values = values
        self.notes = values.notes

    def body(self, key: Scalar, node: Node, first: bool = True) -> Body | None:
        """Read a list of items, and the comments after the last one.

        first: whether nothing stands above the list in its body, as inputs do above a model's layers.
        """
        if not isinstance(node, List):
            if not isinstance(node, Broken):
                refuse_body(self.values, key, node)
            return None
        statements = [self.item(item) or _unread(item) for item in node.items]
        if node.flow:
            tail = self.notes.before(node.span.end)
        else:
            position = self.values.source.position
            # A list may stand as far left as its key; a comment there belongs to what follows.
            column = max(position(node.span.start).column - 1, position(key.span.start).column)
            tail = self.notes.tail(column)
        return Body(unspaced(statements) if first else tuple(statements), tail, node.span)

    def item(self, node: Node) -> Statement | None:
        """Read one item of a list of layers."""
        match node:
            case Scalar():
                return self.word(node)
            case Map():
                return self.map(node)
            case List():
                self.values.refuse(
                    "an item is one layer, and this is a list", node.span, "write `- do: [...]` for a group"
                )
        return None

    # -- items

    def word(self, node: Scalar) -> Flow | None:
        """Read `- BatchNorm2d`, or `- x` that goes on from a value."""
        comments = self.notes.statement(node.span.start, node.span.end)
        if node.is_empty:
            self.values.refuse("an item without a layer", node.span, "write `- ReLU`, or delete the dash")
            return None
        source = self.bare(node)
        return None if source is None else Flow(source, comments=comments, span=node.span)

    def bare(self, node: Scalar) -> Expr | None:
        """Read a layer without arguments, or a value's name."""
        if TYPE.fullmatch(node.text):
            return Call(node.text, span=node.span, name_span=node.span)
        return None if word_refused(self.values, node) else self.values.reference(node, "an item")

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
        if word is None:
            lonely = keys[0].text if keys else "-"
            self.values.refuse(
                f"there is no layer that this `{lonely}` stands beside", node.span, "write `- Layer: ...`"
            )
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
                return self.layer(node, value)
        if word.text in ELSEWHERE:
            place = ELSEWHERE[word.text]
            way_out = f"write it under `{place}:`; a layer gets this key by `as: {word.text}`"
            self.values.refuse(f"`{word.text}` is no layer", word.span, way_out)
            return None
        if TYPE.fullmatch(word.text) or word.text in ("use", "do"):
            return self.flow(node, word, (), Map(((word, value),), word.span.to(value.span), False), beside)
        targets = self.targets(word)
        return None if targets is None else self.flow(node, word, targets, value, beside)

    def targets(self, key: Scalar) -> tuple[Expr, ...] | None:
        """Read the names that an item gives: `y`, `enc[i]`, `a, b`."""
        if key.text.isidentifier() and key.text.isascii() and not key.style:
            return (Name(key.text, key.span),)
        if "(" in key.text:
            name = key.text.split("(", 1)[0].strip()
            self.values.refuse(
                f"{kind(key)} is no name", key.span, f"write the arguments behind a colon: `{name}: {{name: value}}`"
            )
            return None
        found = self.values.fragment(key, "targets", "a name")
        return found if isinstance(found, tuple) else None

    # -- flows

    def flow(self, node: Map, head: Scalar, targets: tuple[Expr, ...], value: Node, beside: Pairs) -> Flow | None:
        """Read a layer, chain, group or alias, with its source, promise and key."""
        grouped = isinstance(value, List) or (
            isinstance(value, Map) and any(key.text == "do" for key, _ in value.pairs)
        )
        chain = isinstance(value, List) and "as" not in beside and self.is_chain(value)
        if grouped and not chain:
            comments = self.header(node, head.span.end)
        else:
            comments = self.notes.statement(node.span.start, node.span.end)
        good = True
        key: String | None = None
        promise: ShapeExpr | None = None
        source: Expr | Handed | None = None
        made = self.chain(value) if chain and isinstance(value, List) else self.value(head, value)
        comments = self.closed(comments, node)
        if "as" in beside:
            key = self.values.text(beside["as"][1], "`as`")
            good = key is not None
        if "shape" in beside:
            promise = self.values.shape(beside["shape"][1])
            good = good and promise is not None
        if "from" in beside:
            source = self.source(beside["from"][1])
            good = good and source is not None
        if made is None or not good:
            return None
        flow = Flow(None, (), targets, None, promise, comments, node.span)
        if isinstance(made, tuple):
            return replace(flow, source=source or made[0], calls=made if source else made[1:])
        if isinstance(made, Call):
            made = replace(made, key=key)
            return replace(flow, source=source or made, calls=(made,) if source else ())
        if source is not None:
            what = "a group" if isinstance(made, Body) else "another name for a value"
            way_out = "name the value in the group's first item" if isinstance(made, Body) else "delete it"
            self.values.refuse(f"`from` does not go with {what}", beside["from"][0].span, way_out)
            return None
        if key is not None and not isinstance(made, Body):
            self.values.refuse("another name for a value has no weights to call by `as`", key.span, "delete it")
            return None
        return replace(flow, source=made, key=key)

    def source(self, node: Node) -> "Expr | Handed | None":
        """Read what `from` names: one value or a list of them."""
        if isinstance(node, List):
            references = self.values.all(node.items, lambda item: self.values.reference(item, "`from`"))
            return None if references is None else Handed(references, node.span)
        return self.values.reference(node, "`from`")

    def value(self, head: Scalar, node: Node) -> "Expr | Body | None":
        """Read what a name stands for: a layer, a declared layer, a group, or another value."""
        refuse = self.values.refuse
        match node:
            case Scalar(is_empty=True):
                refuse(f"`{head.text}` has no layer", head.span, f"write `{head.text}: {{Conv2d: {{...}}}}`")
                return None
            case Scalar():
                return self.bare(node)
            case List():
                return self.body(head, node)
            case Broken():
                return None
        pairs = self.values.pairs(node)
        word, value = pairs[0] if len(pairs) == 1 else (head, node)
        if len(pairs) == 1 and TYPE.fullmatch(word.text):
            return self.values.call(word, value)
        if len(pairs) == 1 and word.text == "do":
            return self.body(word, value)
        if len(pairs) == 1 and word.text == "use":
            return self.use(word, value)
        refuse_value(self.values, head, node)
        return None

    def use(self, word: Scalar, node: Node) -> Call | None:
        """Read `use: head`, which applies a declared layer or a parameter that is one."""
        name = self.values.reference(node, "`use`")
        if isinstance(name, Name):
            return Call(name.id, span=word.span.to(name.span), name_span=name.span)
        if name is not None:
            self.values.refuse("`use` takes the name of a declared layer", name.span, "write one plain name")
        return None

    def is_chain(self, node: List) -> bool:
        """Tell whether a list is `A() -> B()`: in brackets, two or more plain calls, no comment to keep."""
        plain = all(isinstance(item, Scalar) or (isinstance(item, Map) and _is_plain(item)) for item in node.items)
        return node.flow and len(node.items) > 1 and plain and not self.notes.any_within(node.span)

    def chain(self, node: List) -> tuple[Call, ...] | None:
        """Read the calls of a chain."""
        calls: list[Call] = []
        for item in node.items:
            flow = self.item(item)
            if not isinstance(flow, Flow):
                continue
            if isinstance(flow.source, Call):
                calls.append(flow.source)
            else:
                self.values.refuse(
                    "a chain holds layers, and this is a value", item.span, "begin the chain with `from: x`"
                )
        return tuple(calls) if len(calls) == len(node.items) else None

    # -- statements with bodies, and declarations

    def header(self, node: Map, end: int) -> Comments:
        """Take the comments of a statement that holds others: above it and behind its first line."""
        above, blank_before = self.notes.above(node.span.start)
        return Comments(above, self.notes.behind(end), blank_before)

    def closed(self, comments: Comments, node: Map) -> Comments:
        """Add the comment behind a statement's last bracket, if its first line had none."""
        behind = None if comments.trailing is not None else self.notes.behind(node.span.end)
        return comments if behind is None else replace(comments, trailing=behind)

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

    def layer(self, node: Map, value: Node) -> LayerDeclaration | None:
        """Read `layer: {head: {Conv2d: {...}}}`."""
        example = "layer: {head: {Conv2d: {out_channels: 8, kernel_size: 3}}}"
        found = self.values.map(value, "`layer`", example)
        pairs = self.values.pairs(found) if found is not None else ()
        if found is not None and (len(pairs) != 1 or not _NAME.fullmatch(pairs[0][0].text)):
            self.values.refuse("`layer` declares one name", found.span, f"write `- {example}`, one item for each name")
        if len(pairs) != 1 or not _NAME.fullmatch(pairs[0][0].text):
            self.notes.statement(node.span.start, node.span.end)
            return None
        name, inner = pairs[0]
        flow = self.flow(node, name, (), inner, {})
        if flow is None:
            return None
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
        targets = tuple(Name(word.split("[")[0], key.span) for word in words if _NAME.match(word))
        if targets:
            break
    return Flow(None, (), targets, span=item.span)


def _is_plain(item: Map) -> bool:
    """Tell whether an item is one call without a name, a source or a promise."""
    words = [key.text for key, _ in item.pairs if key.text != "as"]
    return len(words) == 1 and not item.duplicates and (words[0] == "use" or TYPE.fullmatch(words[0]) is not None)
