"""The one form that every spelling of a spec comes to: what `fmt` prints, in text and in YAML.

Nothing that a spec means is changed: the graph, its keys and its hash are those of the tree that was given. Unnamed
chains become one line for each call, arguments take their canonical form and order, joins of two become signs, inputs
come first in a body and outputs last. `canonical` is total and idempotent.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from convdsl.authoring.arguments import Arguments, Plan, setting
from convdsl.authoring.arithmetic import arithmetic
from convdsl.authoring.callees import SUM, Callees, Layers, names_of, splits
from convdsl.authoring.order import bodies_in, in_order, items_in_order, spaced, tail_of, unspaced
from convdsl.record import replace
from convdsl.syntax import tree
from convdsl.syntax.precedence import conjuncts

__all__ = ["canonical", "names_of"]

Names = frozenset[str]


def canonical(file: tree.File) -> tree.File:
    """Return the canonical tree of a file that was read without errors."""
    callees = Callees(file)
    with_default = frozenset(with_default_in(file))
    plans: dict[tuple[object, ...], Plan | None] = {}
    items: list[tree.Item] = []
    for item in items_in_order(file.items):
        match item:
            case tree.Block() | tree.Model():
                items.append(_Bodies(item, Layers(item, callees), plans, with_default).item(item))
            case tree.Train():
                settings = unspaced([setting(line) for line in item.settings])
                items.append(replace(item, settings=settings, tail=tail_of(item.tail)))
            case _:
                items.append(item)
    comments = replace(spaced(file.comments), blank_before=False)
    return replace(file, items=tuple(items), comments=comments, tail=tail_of(file.tail))


class _Bodies:
    """The statements of one block or model."""

    def __init__(
        self,
        item: tree.Block | tree.Model,
        layers: Layers,
        plans: dict[tuple[object, ...], Plan | None],
        with_default: Names,
    ) -> None:
        self.layers = layers
        self.with_default = with_default
        self.arguments = Arguments(layers, plans)
        self.names = frozenset(names_of(item))

    def item(self, item: tree.Block | tree.Model) -> tree.Block | tree.Model:
        """Return the block or model."""
        kinds = {"str": ("",)}
        parameters = [
            parameter
            if parameter.default is None
            else replace(
                parameter,
                default=self.arguments.value(parameter.default, kinds.get(parameter.kind, ()), self.names, "("),
            )
            for parameter in item.parameters
        ]
        body = self.body(item.body, self.names, at_top=True)
        return replace(item, parameters=tuple(parameters), body=body)

    def body(self, body: tree.Body, names: Names, *, at_top: bool = False) -> tree.Body:
        """Return a body; names: parameters, loop variables and sizes in scope."""
        out: list[tree.Statement] = []
        # what was written first had nothing to stand apart from, wherever it comes to stand
        for statement in in_order(unspaced(body.statements)) if at_top else body.statements:
            if isinstance(statement, tree.Flow):
                self.flow(statement, names, out)
            else:
                out.append(_STATEMENTS[type(statement)](self, statement, names))
        return tree.Body(unspaced(out), tail_of(body.tail), body.span)

    # ------------------------------------------------------------- statements

    def input(self, statement: tree.Input, names: Names) -> tree.Input:
        """Return an `input` line."""
        where = [part for condition in statement.where for part in conjuncts(condition)]
        return replace(
            statement,
            shape=self.shape(statement.shape, names),
            default=self.optional(statement.default, names),
            means=self.optional(statement.means, names),
            where=self.arguments.values(where, names),
            comments=spaced(statement.comments),
        )

    def output(self, statement: tree.Output, names: Names) -> tree.Output:
        """Return an `output` line."""
        shape, means = self.shape(statement.shape, names), self.optional(statement.means, names)
        return replace(statement, shape=shape, means=means, comments=spaced(statement.comments))

    def shape(self, shape: tree.ShapeExpr, names: Names) -> tree.ShapeExpr:
        """Return a shape."""
        return tree.ShapeExpr(self.arguments.values(shape.axes, names), shape.span)

    def optional(self, value: tree.Expr | None, names: Names) -> tree.Expr | None:
        """Return an expression that may be missing."""
        return None if value is None else self.arguments.value(value, (), names)

    def expect(self, statement: tree.Expect, names: Names) -> tree.Expect:
        """Return an `expect` line."""
        conditions = [part for condition in statement.conditions for part in conjuncts(condition)]
        return replace(
            statement, conditions=self.arguments.values(conditions, names), comments=spaced(statement.comments)
        )

    def default(self, statement: tree.Default, names: Names) -> tree.Default:
        """Return a `default` line."""
        call = self.arguments.call(statement.call, names, keywords_only=True)
        return replace(statement, call=call, comments=spaced(statement.comments))

    def layer(self, statement: tree.LayerDeclaration, names: Names) -> tree.LayerDeclaration:
        """Return a `layer` line."""
        calls = tuple([self.arguments.call(call, names) for call in statement.calls])
        body = None if statement.body is None else self.body(statement.body, names)
        return replace(statement, calls=calls, body=body, comments=spaced(statement.comments))

    def repeat(self, statement: tree.Repeat, names: Names) -> tree.Repeat:
        """Return a `repeat`."""
        count = self.arguments.value(statement.count, (), names)
        return replace(
            statement, count=count, body=self.body(statement.body, names), comments=spaced(statement.comments)
        )

    def for_(self, statement: tree.For, names: Names) -> tree.For:
        """Return a loop; its variable is in scope in its body."""
        iterable = self.arguments.value(statement.iterable, (), names)
        body = self.body(statement.body, names | {statement.variable})
        return replace(statement, iterable=iterable, body=body, comments=spaced(statement.comments))

    def if_(self, statement: tree.If, names: Names) -> tree.If:
        """Return an `if`."""
        condition = self.arguments.value(statement.condition, (), names)
        body = self.body(statement.body, names)
        orelse = None if statement.orelse is None else self.body(statement.orelse, names)
        return replace(statement, condition=condition, body=body, orelse=orelse, comments=spaced(statement.comments))

    # ------------------------------------------------------------------ flows

    def flow(self, flow: tree.Flow, names: Names, out: list[tree.Statement]) -> None:
        """Add a line, or the lines that an unnamed chain is."""
        comments = spaced(flow.comments)
        if isinstance(flow.source, tree.Body):
            source: tree.Expr | tree.Values | tree.Body | None = self.body(flow.source, names)
            calls = flow.calls
        else:
            source, calls = arithmetic(flow, self.layers, names, self.with_default)
        if source is None and calls:
            source, calls = calls[0], calls[1:]
        if isinstance(source, tree.Call):
            source = self.arguments.call(source, names)
        elif isinstance(source, tree.Values):
            source = tree.Values(self.arguments.values(source.references, names), source.span)
        elif isinstance(source, tree.Expr) and not isinstance(source, tree.Name):
            source = self.arguments.value(source, (), names)
        promise = None if flow.promise is None else self.shape(flow.promise, names)
        targets = self.arguments.values(flow.targets, names)
        calls = tuple([self.arguments.call(call, names) for call in calls]) if calls else ()
        if flow.targets or not calls or isinstance(source, tree.Body):
            out.append(tree.Flow(source, calls, targets, flow.key, promise, comments, flow.span))
            return
        lines = self.lines(source, calls, names)
        last = len(lines) - 1
        for at, (head, rest) in enumerate(lines):
            own = tree.Comments(
                comments.above if not at else (),
                comments.trailing if at == last else None,
                comments.blank_before and not at,
            )
            out.append(tree.Flow(head, rest, (), None, promise if at == last else None, own, flow.span))

    def lines(
        self, source: "tree.Expr | tree.Values | None", calls: tuple[tree.Call, ...], names: Names
    ) -> "list[tuple[tree.Expr | tree.Values | None, tuple[tree.Call, ...]]]":
        """Split a chain wherever two lines mean what it does."""
        find = self.layers.find
        lines: list[tuple[tree.Expr | tree.Values | None, tuple[tree.Call, ...]]] = []
        head: tree.Expr | tree.Values | None = source
        rest: list[tree.Call] = []
        before = find(source.callee) if isinstance(source, tree.Call) else None
        if before is None and isinstance(source, tree.Binary | tree.Unary):
            before = SUM
        for call in calls:
            callee = find(call.callee)
            if before is not None and splits(before, call, callee, names):
                lines.append((head, tuple(rest)))
                head, rest = call, []
            else:
                rest.append(call)
            before = callee
        lines.append((head, tuple(rest)))
        return lines


_STATEMENTS: Mapping[type, Callable[[_Bodies, Any, Names], tree.Statement]] = {
    tree.Input: _Bodies.input,
    tree.Output: _Bodies.output,
    tree.Expect: _Bodies.expect,
    tree.Default: _Bodies.default,
    tree.LayerDeclaration: _Bodies.layer,
    tree.Repeat: _Bodies.repeat,
    tree.For: _Bodies.for_,
    tree.If: _Bodies.if_,
}


def with_default_in(file: tree.File) -> Iterator[str]:
    """Find the callees that a `default` line is for, anywhere in the file."""
    waiting = [item.body for item in file.items if isinstance(item, tree.Block | tree.Model)]
    while waiting:
        for statement in waiting.pop().statements:
            if isinstance(statement, tree.Default):
                yield statement.call.callee
            waiting.extend(bodies_in(statement))
