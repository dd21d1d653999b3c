"""Reading names: `y`, `enc[i]`, `features.e1`, and what a name that is not there looks like."""

from abc import ABC, abstractmethod

from convdsl import codes
from convdsl.diagnostics import Help, Label
from convdsl.graph.evaluate import Env, Word, evaluate, unknown
from convdsl.graph.frame import Bound, Bundle, Frame, Several
from convdsl.graph.graph import Value
from convdsl.graph.problem import Problem, did_you_mean, suggestion
from convdsl.graph.replay import Replay
from convdsl.ops import catalogue
from convdsl.source import Span
from convdsl.syntax import tree


class References(Replay, ABC):
    """Names to values."""

    @abstractmethod
    def env(self, frame: Frame) -> Env:
        """Return what expressions in a frame can see."""

    def resolve(self, expr: tree.Expr, frame: Frame) -> Value | None:
        """Return the network value of a reference, None where the expression is something else."""
        if isinstance(expr, tree.Name) and frame.find(expr.id) is None:
            if expr.id in frame.variables or expr.id in frame.symbols:
                return None
            _refuse_half_bound(expr, frame)
            raise self.unknown_name(expr.id, expr.span, frame)
        if isinstance(expr, tree.Name | tree.Index | tree.Attribute):
            return self.value_of(self.reference(expr, frame), spell_reference(expr), expr.span)
        if isinstance(expr, tree.Call) and expr.parentheses:
            raise Problem(
                codes.WRONG_TYPE,
                "the inputs of a join are named values, not calls",
                expr.span,
                helps=(f"give it a line and a name: `y = {expr.callee}(…)`",),
            )
        return None

    def reference(self, expr: tree.Expr, frame: Frame) -> Bound:
        """Look up `y`, `enc[i]`, `features.e1`.

        Raises Problem.
        """
        if isinstance(expr, tree.Name):
            _refuse_half_bound(expr, frame)
            named = frame.find(expr.id)
            if named is None and frame.symbols.get(expr.id, 0) is None:
                return None  # a line that could not be read may bind it
            if named is None:
                raise self.unknown_name(expr.id, expr.span, frame)
            return named.bound
        if isinstance(expr, tree.Attribute):
            base = self.reference(expr.base, frame)
            if base is None:
                return None
            if not isinstance(base, Bundle) or expr.name not in base.members:
                known = base.members if isinstance(base, Bundle) else ()
                last = Span(expr.span.end - len(expr.name), expr.span.end, expr.span.file)
                of = spell_reference(expr.base)
                helps: tuple[Help | str, ...] = (
                    did_you_mean(expr.name, known, last) or f"`{of}` has {', '.join(f'`{name}`' for name in known)}",
                )
                if not known:
                    helps = ("a block shows what its `output` lines name; a group shows all its names",)
                raise Problem(codes.UNKNOWN_NAME, f"`{of}` has no value named `{expr.name}`", expr.span, helps=helps)
            return base.members[expr.name]
        if isinstance(expr, tree.Index):
            several = self.reference(expr.base, frame)
            index = evaluate(expr.index, self.env(frame))
            if isinstance(index, Word):
                raise unknown(index, expr.index.span, self.env(frame))
            if several is None:
                return None
            if not isinstance(several, Several) or not isinstance(index, int):
                raise Problem(
                    codes.WRONG_TYPE,
                    f"`{spell_reference(expr.base)}` has no indices",
                    expr.span,
                    helps=("name it without brackets",),
                )
            if index not in several.items:
                known_items = ", ".join(str(item) for item in sorted(several.items))
                raise Problem(
                    codes.INDEX_RANGE,
                    f"`{spell_reference(expr.base)}[{index}]` is not bound",
                    expr.span,
                    notes=(f"bound: {known_items}",),
                    helps=("use an index that is bound above",),
                )
            return several.items[index]
        raise Problem(
            codes.WRONG_TYPE,
            "this is no value of the network",
            expr.span,
            helps=("name a value that a line above binds",),
        )

    def unknown_name(self, name: str, span: Span, frame: Frame) -> Problem:
        """Make the message for a name that no line has bound."""
        known = (*frame.visible(), *frame.variables)
        layer = catalogue.suggest(name)
        if layer is not None and layer.lower() == name.lower():
            return Problem(
                codes.UNKNOWN_NAME,
                f"no value is named `{name}`; the layer is `{layer}`",
                span,
                helps=(suggestion(layer, name, span),),
            )
        hint = did_you_mean(name, known, span)
        return Problem(
            codes.UNKNOWN_NAME,
            f"unknown name `{name}`",
            span,
            "no line above binds it",
            helps=(hint or f"bind it on a line above: `{name} = …`",),
        )

    def value_of(self, bound: Bound, name: str, span: Span) -> Value:
        """Return the one value of a name.

        One whose line has a mistake is unknown. Raises Problem where the name needs an index.
        """
        if isinstance(bound, Value):
            return bound
        if isinstance(bound, Bundle) and bound.value is not None:
            return bound.value
        if isinstance(bound, Several):
            raise Problem(codes.WRONG_TYPE, f"`{name}` needs an index", span, helps=(f"for instance `{name}[0]`",))
        return self.unknown_value()

    def result_of(self, inner: Frame, span: Span, what: str) -> Bound:
        """Return the last value of a body; None where a mistake hides it."""
        if len(inner.flow) == 1:
            return inner.flow[0]
        if inner.broken_flow:
            return self.unknown_value()
        raise Problem(codes.NO_FLOW, f"{what} ends without a value", span, helps=("let its last line make a value",))


def _refuse_half_bound(name: tree.Name, frame: Frame) -> None:
    """Raise Problem for a name that only one side of an `if` binds, whichever side is taken here."""
    partial = frame.find_partial(name.id)
    if partial is not None:
        raise Problem(
            codes.BRANCH_NAMES,
            f"`{name.id}` is bound on one side of an `if` only",
            name.span,
            labels=(Label(partial, "this `if`"),),
            helps=(f"bind it on both sides; an alias will do: `{name.id} = x`",),
        )


def spell_reference(expr: tree.Expr) -> str:
    """Print a reference for a message."""
    if isinstance(expr, tree.Name):
        return expr.id
    if isinstance(expr, tree.Attribute):
        return f"{spell_reference(expr.base)}.{expr.name}"
    if isinstance(expr, tree.Index):
        return f"{spell_reference(expr.base)}[…]"
    return "this"
