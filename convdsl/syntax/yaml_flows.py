"""One item of a YAML list of layers that is a line of the value's way: a layer, a chain, a group, another name.

A list as a value is a group. Written in brackets, with two or more plain calls and nothing else, it is the chain
`conv1 = Conv2d(8, 3) -> ReLU()`; written as lines it is the body `conv1 = { ... }`, as is any list with names, promises
or comments in it, and `{do: [...]}`. Both mean the same network, and so text comes back from YAML as it was.
"""

import re
from abc import ABC, abstractmethod

from convdsl.record import replace
from convdsl.syntax.tree import Body, Call, Comments, Expr, Flow, Name, ShapeExpr, Statement, String
from convdsl.syntax.tree import Values as Handed
from convdsl.syntax.yaml_mistakes import refuse_value, word_refused
from convdsl.syntax.yaml_nodes import Broken, Known, List, Map, Node, Scalar
from convdsl.syntax.yaml_values import TYPE, Values

Pairs = dict[str, tuple[Scalar, Node]]

NAME = re.compile(r"[a-z_][A-Za-z0-9_]*")


class Flows(ABC):
    """Reads lines with the help of a reader of values; the class that completes it knows the other statements."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.notes = values.notes

    @abstractmethod
    def item(self, node: Node) -> Statement | None:
        """Read one item of a list of layers."""

    @abstractmethod
    def word(self, node: Scalar, in_chain: bool = False) -> Flow | None:
        """Read an item that is one scalar."""

    @abstractmethod
    def body(self, key: Scalar, node: Node, first: bool = True) -> Body | None:
        """Read a list of items."""

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
        made = self.value(head, value) if not chain else None
        links = self.linked(Flow(None, span=node.span), value) if chain and isinstance(value, List) else None
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
        if (made is None and links is None) or not good:
            return None
        flow = Flow(None, (), targets, None, promise, comments, node.span)
        if links is not None:
            return self.chained(flow, links, source, beside)
        if isinstance(made, Call):
            if key is not None:
                made = replace(made, key=key)
            if source is None:
                return Flow(made, (), targets, None, promise, comments, node.span)
            return replace(flow, source=source, calls=(made,))
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
            if references is not None and len(references) < 2:
                if not references:
                    self.values.refuse("`from` names no value", node.span, "write `from: x`, or leave it out")
                return references[0] if references else None
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
            case Broken() | Known():
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
        if isinstance(node, Map) and len(node.pairs) == 1 and NAME.fullmatch(node.pairs[0][0].text):
            return self.values.call(*self.values.pairs(node)[0])
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

    def linked(self, flow: Flow, node: List) -> Flow | None:
        """Read the calls of a chain into a line; its source may stand first, or beside the first call."""
        links: list[Flow] = []
        for at, item in enumerate(node.items):
            link = self.word(item, in_chain=not at) if isinstance(item, Scalar) else self.item(item)
            if not isinstance(link, Flow) or (link.source is None and not link.calls):
                continue
            first = link.source if link.calls or not isinstance(link.source, Call) else None
            if isinstance(link.source, Body) or link.targets or (at and (first is not None or isinstance(item, List))):
                self.values.refuse(
                    "a chain holds layers, and this is none", item.span, "begin it with `from: x` beside it"
                )
            elif link.promise is not None and at + 1 < len(node.items):
                self.values.refuse("a promise stands at a chain's end", item.span, "move `shape` to the last layer")
            else:
                links.append(link)
        if len(links) < len(node.items):
            return None
        source, *calls = (part for link in links for part in (link.source, *link.calls))
        made = tuple(call for call in calls if isinstance(call, Call))
        return replace(flow, source=source, calls=made, promise=links[-1].promise)

    def chained(self, flow: Flow, links: Flow, source: "Expr | Handed | None", beside: Pairs) -> Flow | None:
        """Join a chain with its source beside it."""
        if source is None:
            return replace(flow, source=links.source, calls=links.calls)
        if isinstance(links.source, Call):
            return replace(flow, source=source, calls=(links.source, *links.calls))
        self.values.refuse("this chain has its source already", beside["from"][0].span, "delete one of the two")
        return None

    def bare(self, node: Scalar) -> Expr | None:
        """Read a layer without arguments, or a value's name."""
        if TYPE.fullmatch(node.text):
            return Call(node.text, span=node.span, name_span=node.span)
        value = self.values.arithmetic(node)
        if value is not None:
            return value
        return None if word_refused(self.values, node) else self.values.reference(node, "an item")

    def header(self, node: Map, end: int) -> Comments:
        """Take the comments of a statement that holds others: above it and behind its first line."""
        above, blank_before = self.notes.above(node.span.start)
        return Comments(above, self.notes.behind(end), blank_before)

    def closed(self, comments: Comments, node: Map) -> Comments:
        """Add the comment behind a statement's last bracket, if its first line had none."""
        behind = None if comments.trailing is not None else self.notes.behind(node.span.end)
        return comments if behind is None else replace(comments, trailing=behind)


def _is_plain(item: Map) -> bool:
    """Tell whether an item is one call without a name, a source or a promise."""
    words = [key.text for key, _ in item.pairs if key.text != "as"]
    return len(words) == 1 and not item.duplicates and (words[0] == "use" or TYPE.fullmatch(words[0]) is not None)
