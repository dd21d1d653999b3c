"""One line of the value's way: its source, its chain of calls, arithmetic at its head."""

from abc import ABC
from collections.abc import Sequence

from convdsl import codes
from convdsl.graph.apply import Applied, Apply
from convdsl.graph.bind import Arguments, Given
from convdsl.graph.evaluate import describe, evaluate
from convdsl.graph.frame import Bound, Bundle, Frame
from convdsl.graph.graph import Value
from convdsl.graph.problem import Problem, Silent
from convdsl.graph.references import spell_reference
from convdsl.graph.refused import JOINS
from convdsl.ops import catalogue
from convdsl.source import Span
from convdsl.syntax import tree


class Lines(Apply, ABC):
    """Lines."""

    def line(self, statement: tree.Flow, name: str | None, index: int | None, frame: Frame) -> Bound:
        """Elaborate a line without braces; the value it leaves, with what can be read of it."""
        applied = self.applied_line(statement, name, index, frame)
        if isinstance(applied, Applied):
            if len(applied.values) != 1:
                raise Problem(
                    codes.ARITY,
                    f"this line makes {len(applied.values)} values",
                    statement.span,
                    helps=("name them all: `a, b = …`",),
                )
            if applied.members is not None:
                return Bundle(applied.values[0], applied.members, "block")
            return applied.values[0]
        return applied

    def outputs_of_line(self, statement: tree.Flow, frame: Frame) -> tuple[Value, ...]:
        """Elaborate the line of `a, b = …`; all its values."""
        if isinstance(statement.source, tree.Body):
            raise Problem(
                codes.ARITY,
                "a group has one value",
                statement.span,
                helps=("bind it to one name; what is inside is read as `name.inner`",),
            )
        applied = self.applied_line(statement, None, None, frame)
        if isinstance(applied, Applied):
            return applied.values
        return (self.value_of(applied, "this", statement.span),)

    def applied_line(
        self, statement: tree.Flow, name: str | None, index: int | None, frame: Frame
    ) -> "Applied | Bound":
        source = statement.source
        calls = statement.calls
        if source is None and not calls:
            raise Silent  # a line that could not be read
        written = _calls_in(source) + list(calls)
        layers = sum(1 for call in written if self.takes_position(call, frame))
        label: str | None = None
        where = frame
        if name is not None and layers >= 2:
            where = self.inner_frame(
                "group", self.take_key(name, index, None, frame, self.env(frame)), frame, statement.span, name
            )
        elif name is not None:
            label = name if index is None else f"{name}.{index}"
        bound: Bound | Applied
        handed = False
        if isinstance(source, tree.Name | tree.Index | tree.Attribute):
            bound = self.reference(source, frame)
            if not calls:
                return bound
            values: tuple[Value, ...] = (self.value_of(bound, spell_reference(source), source.span),)
            handed = True
        elif isinstance(source, tree.Values):
            values = tuple(
                self.value_of(self.reference(item, frame), spell_reference(item), item.span)
                for item in source.references
            )
            handed = True
        elif isinstance(source, tree.Call):
            bound = self.call(source, where, where.flow, label, False)
            if not calls:
                return bound
            values, handed = bound.values, True
        elif source is None or isinstance(source, tree.Body):
            values = frame.flow
        else:
            values, handed = (self.sum(source, where, label),), True
        return self.chain_applied(calls, values, handed, where, label)

    def chain(self, calls: Sequence[tree.Call], label: str | None, frame: Frame) -> Value:
        """Apply calls in order to the flowing value; the last one's value."""
        applied = self.chain_applied(calls, frame.flow, True, frame, label)
        if len(applied.values) != 1:
            raise Problem(
                codes.ARITY,
                f"this makes {len(applied.values)} values",
                calls[-1].span,
                helps=("give its values names first, `a, b = …`, and use them one by one",),
            )
        return applied.values[0]

    def chain_applied(
        self, calls: Sequence[tree.Call], values: tuple[Value, ...], handed: bool, frame: Frame, label: str | None
    ) -> Applied:
        applied = Applied(values)
        for call in calls:
            applied = self.call(call, frame, applied.values, label, handed)
            handed = True
        return applied

    def sum(self, expr: object, frame: Frame, label: str | None) -> Value:
        """Elaborate arithmetic over values, constants and calls at a line's head."""
        operand = self.operand(expr, frame, label, label)
        if isinstance(operand, Value):
            return operand
        span = getattr(expr, "span", tree.NOWHERE)
        raise Problem(
            codes.WRONG_TYPE,
            f"the number {operand:g} is no value of the network",
            span,
            helps=("name a value that a line above binds",),
        )

    def operand(self, expr: object, frame: Frame, label: str | None, joined: str | None = None) -> Value | float:
        """Elaborate a part of it; label: the line's name for a call in it, joined: for itself, where it is a sum."""
        if isinstance(expr, tree.Call):
            applied = self.call(expr, frame, frame.flow, label, False)
            if len(applied.values) != 1:
                raise Problem(
                    codes.ARITY,
                    f"`{expr.callee}` makes {len(applied.values)} values",
                    expr.span,
                    helps=("give its values names first, `a, b = …`, and use them one by one",),
                )
            return applied.values[0]
        if isinstance(expr, tree.Binary) and expr.operator in JOINS:
            left, right = self.operand(expr.left, frame, label), self.operand(expr.right, frame, label)
            return self.join(JOINS[expr.operator], (left, right), expr, frame, joined)
        if isinstance(expr, tree.Unary) and expr.operator == "-" and not isinstance(expr.operand, tree.Number):
            return self.join("Mul", (self.operand(expr.operand, frame, label), -1.0), expr, frame, joined)
        if isinstance(expr, tree.Name | tree.Index | tree.Attribute):
            value = self.resolve(expr, frame)
            if value is not None:
                return value
        if not isinstance(expr, tree.Expr):
            raise Silent
        return self.constant(expr, frame)

    def constant(self, expr: tree.Expr, frame: Frame) -> float:
        """Evaluate a number among the operands."""
        number = evaluate(expr, self.env(frame))
        if isinstance(number, int | float) and not isinstance(number, bool):
            return number
        raise Problem(
            codes.WRONG_TYPE,
            f"values and numbers can be added, not {describe(number)}",
            expr.span,
            helps=("name a value, or write a number",),
        )

    def join(
        self,
        name: str,
        operands: tuple[Value | float, ...],
        expr: tree.Binary | tree.Unary,
        frame: Frame,
        label: str | None,
    ) -> Value | float:
        given = tuple(Given(operand, expr.span) for operand in operands)
        if not any(isinstance(operand, Value) for operand in operands):
            return self.constant(expr, frame)
        op = catalogue.find(name)
        assert op is not None
        return self.operator(op, name, Arguments(given, {}, {}), expr.span, frame, (), None, True, label).values[0]

    def group(self, statement: tree.Flow, name: str | None, index: int | None, frame: Frame) -> Bound:
        """Elaborate a body in braces: a prefix of keys, one position, names readable from outside."""
        assert isinstance(statement.source, tree.Body)
        label = self.take_key(name, index, statement.key, frame, self.env(frame))
        inner = self.inner_frame("group", label, frame, statement.span, name or "")
        self.statements(statement.source.statements, inner)
        bound: Bound = self.result_of(inner, statement.span, "the group")
        members = {key: named.bound for key, named in inner.names.items()}
        bundle = Bundle(bound if isinstance(bound, Value) else None, members, "group")
        if not statement.calls:
            return bundle
        frame.flow = () if bundle.value is None else (bundle.value,)
        value = self.chain(statement.calls, None, frame)
        return Bundle(value, members, "group")

    def inner_frame(self, kind: str, label: str, frame: Frame, span: Span, name: str) -> Frame:
        """Open the frame of a group; it sees everything around it."""
        scope = self.add_scope(kind, name or label.rsplit(".", 1)[-1], label + ".", "", span, frame.scope)
        inner = Frame(kind, label + ".", scope, frame.variables, frame.symbols, frame.trail, frame, frame.block)
        inner.defaults, inner.flow, inner.broken_flow = frame.defaults, frame.flow, frame.broken_flow
        inner.turns, inner.owner, inner.file = 0, frame.owner, frame.file
        inner.loop, inner.loops = frame.loop, frame.loops
        return inner


def _calls_in(source: object) -> list[tree.Call]:
    if isinstance(source, tree.Call):
        return [source]
    if isinstance(source, tree.Binary):
        return _calls_in(source.left) + _calls_in(source.right)
    if isinstance(source, tree.Unary):
        return _calls_in(source.operand)
    return []
