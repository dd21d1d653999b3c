"""The one loop from tree to graph: statements in order, blocks, loops and ifs resolved, names bound.

Each layer is bound and asked for its shape before the next line, because arguments and `if` may use channel counts.
How a call becomes nodes is `graph/apply.py`; this file knows statements and names. A mistake ends its statement only.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from convdsl import codes
from convdsl.diagnostics import Diagnostic
from convdsl.graph.bind import spell
from convdsl.graph.claim import is_symbol
from convdsl.graph.consequences import is_unread, without, words
from convdsl.graph.evaluate import MOST_TURNS, Env, Word, bare_name, describe, evaluate, truth, unknown, whole
from convdsl.graph.expansion import too_many
from convdsl.graph.frame import Bound, Declared, Frame, Named, Several, nodes_of
from convdsl.graph.graph import Graph, Scope, Value
from convdsl.graph.interface import Interface
from convdsl.graph.library import Library
from convdsl.graph.problem import Problem, Silent
from convdsl.graph.replay import is_bindless
from convdsl.graph.spare import keep_spare
from convdsl.graph.unproved import check_alone
from convdsl.graph.unused import unused
from convdsl.source import Span
from convdsl.syntax import tree


def elaborate(
    file: tree.File,
    parameters: Mapping[str, object] | None = None,
    solved: Mapping[Span, object] = MappingProxyType({}),
    library: Library | None = None,
) -> tuple[Graph | None, tuple[Diagnostic, ...]]:
    """Resolve a file's model into a graph.

    parameters: values for the model's parameters, in place of their defaults. solved: what stands for the `?` at each
    place; one that is not among them leaves shapes unknown until the next promise. library: the file with those that
    it imports; without one its imports lead nowhere.
    Returns None without a model. Never raises on user text.
    """
    run = Elaboration(file, solved, library)
    graph = run.model(parameters or {})
    return graph, (*run.library.diagnostics, *run.diagnostics)


class Elaboration(Interface):
    """One run over one file."""

    def model(self, parameters: Mapping[str, object]) -> Graph | None:
        """Elaborate the model; report what is unused."""
        models = [item for item in self.file.items if isinstance(item, tree.Model)]
        if not models:
            check_alone(self)
            return None
        model = models[0]
        self.graph = Graph(model.name)
        self.graph.scopes.append(Scope(0, -1, "model", model.name, "", model.name, model.name_span))
        endless = too_many(model, {item.name: item for item in self.file.items if isinstance(item, tree.Block)})
        if endless is not None:
            self.report(endless)
            return None
        frame = Frame("model", "", 0, {}, {})
        for parameter in model.parameters:
            with self.catching():
                frame.variables[parameter.name] = self.parameter_value(parameter, parameters, frame)
        for name in parameters:
            if name not in frame.variables:
                place = model.name_span
                known = ", ".join(p.name for p in model.parameters) or "none"
                message = f"the model `{model.name}` has no parameter `{name}`"
                self.report(Problem(codes.UNKNOWN_PARAMETER, message, place, helps=(f"its parameters: {known}",)))
        self.graph.parameters = frame.variables
        self.statements(model.body.statements, frame)
        if self.budget.exhausted:
            return None
        if self.failed or self.unknown or self.refused:
            check_alone(self)  # a line that was to call a block may be the one with the mistake
        if not self.graph.outputs and not any(map(self._may_be_output, model.body.statements)):
            self.report(
                Problem(
                    codes.NO_OUTPUT,
                    f"the model `{model.name}` has no output",
                    model.name_span,
                    helps=("name the last line and say what leaves: `output y: [N, …]`",),
                )
            )
        for declared, around in self.declared:
            if not declared.applied:
                with self.catching(around):
                    keep_spare(self, declared, around, declared.env)
        self.check_keys()
        if self.graph.outputs and not any(item.code in _MEANT_ANOTHER for item in self.diagnostics):
            for problem in unused(self.graph, self.touched | self.unknown | self.refused):
                self.report(problem)
        without(self.graph, self.unknown)
        return self.graph

    def _may_be_output(self, statement: tree.Statement) -> bool:
        first = self.file.source.text[statement.span.start : statement.span.start + 8]
        return isinstance(statement, tree.Output) or (is_unread(statement) and first[:2].lower() in ("ou", "re"))

    # ---------------------------------------------------------- statements

    def statements(self, statements: Sequence[tree.Statement], frame: Frame) -> None:
        """Run statements in order; defaults made here end here."""
        before = frame.defaults
        for statement in statements:
            if self.budget.exhausted:
                break
            first = len(self.graph.nodes)
            try:
                self.budget.step(statement)
                _STATEMENTS[type(statement)](self, statement, frame)
            except Problem as problem:
                self.report(problem, frame)
                self.after_mistake(statement, frame, first, problem.diagnostic.where.span)
            except Silent:
                self.after_mistake(statement, frame, first)
        frame.defaults = before

    def after_mistake(self, statement: tree.Statement, frame: Frame, first: int, place: Span | None = None) -> None:
        """Bind what the line would have bound, so that nothing downstream complains.

        first: where its own nodes begin. They count as used, and so does what it mentions and what flows into it.
        place: of the mistake; None where it is told elsewhere.
        """
        mentioned = words(statement, self.file)
        self.touched.update(range(first, len(self.graph.nodes)))
        self.touched.update(value.node for value in frame.flow)
        for name in mentioned:
            named = frame.find(name)
            self.touched.update(nodes_of(named.bound) if named is not None else ())
            if named is None and is_unread(statement) and name not in frame.variables:
                frame.symbols.setdefault(name, None)  # perhaps bound here: whoever reads it stays silent
        if isinstance(statement, tree.Input):
            frame.names.setdefault(statement.name, Named(None, statement.span, False))
            names = (bare_name(axis) for axis in statement.shape.axes)
            for symbol in (name for name in names if name is not None and is_symbol(name)):
                frame.symbols.setdefault(symbol, None)
        if isinstance(statement, tree.Input | tree.Flow | tree.If | tree.For | tree.Repeat):
            value = self.stand_in(statement, frame, first, place) if isinstance(statement, tree.Flow) else None
            frame.flow = (value if value is not None else self.unknown_value(),)
            single = isinstance(statement, tree.Flow) and len(statement.targets) == 1
            for name, span in _bound_names((statement,)).items():
                if name not in frame.variables and name not in frame.layers:
                    frame.names[name] = Named(value if single else None, span, False)
        if isinstance(statement, tree.LayerDeclaration):
            frame.layers.setdefault(
                statement.name, Declared(statement, Env(), frame.prefix, frame.scope, {}, applied=True)
            )

    def default(self, statement: tree.Default, frame: Frame) -> None:
        name, given = self.default_arguments(statement.call, frame)
        earlier = frame.defaults.get(name, {})
        frame.defaults = {**frame.defaults, name: {**earlier, **given}}

    def layer(self, statement: tree.LayerDeclaration, frame: Frame) -> None:
        if statement.name in frame.layers:
            raise self.duplicate(statement.name, statement.name_span, frame.layers[statement.name].statement.name_span)
        if statement.name in frame.names:
            raise self.duplicate(statement.name, statement.name_span, frame.names[statement.name].span)
        frame.layers[statement.name] = Declared(
            statement,
            Env(dict(frame.variables), dict(frame.symbols), self.layer_maker(frame)),
            frame.prefix,
            frame.scope,
            dict(frame.defaults),
        )
        self.declared.append((frame.layers[statement.name], frame))

    def repeat(self, statement: tree.Repeat, frame: Frame) -> None:
        count = whole(statement.count, self.env(frame))
        if count < 0:
            message = f"a body repeats 0 times or more, not {count}"
            raise Problem(codes.INVALID_ARGUMENT, message, statement.count.span, helps=("write a positive number",))
        if count > MOST_TURNS:
            raise Problem(
                codes.TOO_MANY_LAYERS,
                f"cannot repeat {count} times",
                statement.count.span,
                "at most 100,000",
                helps=("repeat at most 100,000 times",),
            )
        frame.turns += 1
        around = frame.loop
        kept = None
        lasting = count > 2 and is_bindless(statement.body.statements)
        for turn in range(count):
            self.spend(statement.span)
            frame.loop = (*around, f"turn {turn + 1}")
            if kept is not None and self.play_turn(kept, frame):
                continue
            first, position, entering = self.counts(), frame.position, frame.flow
            self.statements(statement.body.statements, frame)
            if lasting and turn == 1:  # what flows into it was made by the first turn: no name leads there
                kept = self.keep_turn(first, position, entering, frame)
        frame.turns -= 1
        frame.loop = around

    def for_(self, statement: tree.For, frame: Frame) -> None:
        name = statement.variable
        items = evaluate(statement.iterable, self.env(frame))
        if isinstance(items, Word):
            raise unknown(items, statement.iterable.span, self.env(frame))
        if not isinstance(items, tuple | range):
            raise Problem(
                codes.WRONG_TYPE,
                f"a loop runs over a range or a list, not {describe(items)}",
                statement.iterable.span,
                helps=("`for i in range(4) { … }`",),
            )
        if name in frame.variables or frame.find(name) is not None:
            raise Problem(
                codes.DUPLICATE_NAME,
                f"`{name}` is bound already",
                statement.variable_span or statement.span,
                helps=("choose another name for the loop's variable",),
            )
        frame.turns += 1
        around = frame.loop
        for item in items:
            self.spend(statement.span)
            frame.variables[name] = item
            shown = spell(item) if isinstance(item, int | float | str) else describe(item)
            frame.loop = (*around, f"{name} = {shown}")
            self.statements(statement.body.statements, frame)
        frame.turns -= 1
        frame.loop = around
        frame.variables.pop(name, None)

    def if_(self, statement: tree.If, frame: Frame) -> None:
        env = self.env(frame)
        taken = truth(evaluate(statement.condition, env), statement.condition)
        body = statement.body if taken else statement.orelse
        if body is not None:
            self.statements(body.statements, frame)
        here = _bound_names(statement.body.statements)
        there = _bound_names(statement.orelse.statements) if statement.orelse is not None else {}
        for name in set(here) ^ set(there):
            frame.partial[name] = statement.span

    # ---------------------------------------------------------------- flows

    def flow(self, statement: tree.Flow, frame: Frame) -> None:
        if len(statement.targets) > 1:
            self.several_targets(statement, frame)
            return
        if is_unread(statement):
            raise Silent
        target = statement.targets[0] if statement.targets else None
        name, index = self.target_name(target, frame)
        first_node = len(self.graph.nodes)
        old = frame.names.get(name) if name is not None and index is None else None
        if old is not None and target is not None and old.span == target.span and old.has_weights:
            raise self.loop_name(target.span, str(name))
        if name is not None and target is not None:
            self.refuse_taken(name, index, target.span, frame)
        if isinstance(statement.source, tree.Body):
            bound: Bound = self.group(statement, name, index, frame)
        else:
            bound = self.line(statement, name, index, frame)
        value = self.value_of(bound, name or "this line", statement.span)
        if target is not None and name is not None:
            self.bind_name(name, index, bound, target.span, frame, first_node)
        frame.flow, frame.broken_flow = (value,), False
        if statement.promise is not None:
            with self.catching(frame):
                self.promise(value, statement.promise, frame, f"`{name}`" if name else "this line")

    def several_targets(self, statement: tree.Flow, frame: Frame) -> None:
        values = self.outputs_of_line(statement, frame)
        if len(values) == 1 and self.graph.nodes[values[0].node].shapes is None:
            # how many there are is not known of a layer with a mistake
            values = tuple(Value(values[0].node, output) for output in range(len(statement.targets)))
        if len(values) != len(statement.targets):
            raise Problem(
                codes.ARITY,
                f"{len(statement.targets)} names for {len(values)} values",
                statement.targets[0].span.to(statement.targets[-1].span),
                helps=("write one name for each value",),
            )
        for target, value in zip(statement.targets, values, strict=True):
            name, index = self.target_name(target, frame)
            if name is not None:
                self.refuse_taken(name, index, target.span, frame)
                self.bind_name(name, index, value, target.span, frame, len(self.graph.nodes))
        frame.flow, frame.broken_flow = (), False
        if statement.promise is not None:
            for value in values:
                self.promise(value, statement.promise, frame, "each of these")

    def target_name(self, target: tree.Expr | None, frame: Frame) -> tuple[str | None, int | None]:
        """Read the left side of `=`: a name, or a name with an index."""
        if target is None:
            return None, None
        if isinstance(target, tree.Name):
            return target.id, None
        if isinstance(target, tree.Index) and isinstance(target.base, tree.Name):
            index = whole(target.index, self.env(frame))
            if index < 0:
                raise Problem(
                    codes.INDEX_RANGE, f"the index {index} is negative", target.index.span, helps=("count from 0",)
                )
            return target.base.id, index
        raise Problem(
            codes.SYNTAX, "only a name, or a name with an index, can be bound", target.span, helps=("`enc[i] = …`",)
        )

    def bind_name(self, name: str, index: int | None, bound: Bound, span: Span, frame: Frame, first_node: int) -> None:
        """Bind a name that `refuse_taken` has let through."""
        old = frame.names.get(name)
        weighted = frame.turns > 0 and any(map(self.owns_weights, self.graph.nodes[first_node:]))
        if index is not None:
            if old is None:
                frame.names[name] = Named(Several({index: bound}), span, weighted)
            elif isinstance(old.bound, Several) and (index not in old.bound.items or not weighted):
                old.bound.items[index] = bound
            elif isinstance(old.bound, Several):
                raise Problem(
                    codes.DUPLICATE_NAME, f"`{name}[{index}]` is bound twice", span, helps=("choose another index",)
                )
            return
        frame.names[name] = Named(bound, span, weighted)

    def refuse_taken(self, name: str, index: int | None, span: Span, frame: Frame) -> None:
        """Refuse a name that would hide or double another."""
        if name in frame.variables:
            raise Problem(
                codes.DUPLICATE_NAME, f"`{name}` is a parameter already", span, helps=("choose another name",)
            )
        if name in frame.layers:
            raise self.duplicate(name, span, frame.layers[name].statement.name_span)
        old = frame.names.get(name)
        if old is None or old.bound is None or (index is not None and isinstance(old.bound, Several)):
            return
        if isinstance(old.bound, Value) and old.bound.node in self.refused:
            return
        if index is not None or old.span != span or not frame.turns:
            raise self.duplicate(name, span, old.span)

    def loop_name(self, span: Span, name: str) -> Problem:
        """Make the message for a loop whose turns all bind one name that owns weights."""
        return Problem(
            codes.LOOP_NAME,
            f"every turn binds `{name}`, and its weights would have one name",
            span,
            helps=(f"index it by the turn: `for i in range(…) {{ {name}[i] = … }}`",),
        )


def _bound_names(statements: Sequence[tree.Statement]) -> dict[str, Span]:
    """Return the names that statements bind in their own frame, loops and ifs included, groups' insides not."""
    out: dict[str, Span] = {}
    for statement in statements:
        if isinstance(statement, tree.Flow):
            for target in statement.targets:
                base = target.base if isinstance(target, tree.Index) else target
                if isinstance(base, tree.Name):
                    out[base.id] = target.span
        elif isinstance(statement, tree.If):
            out.update(_bound_names(statement.body.statements))
            if statement.orelse is not None:
                out.update(_bound_names(statement.orelse.statements))
        elif isinstance(statement, tree.For | tree.Repeat):
            out.update(_bound_names(statement.body.statements))
    return out


# after one of these it is not known which value a line meant to read
_MEANT_ANOTHER = (
    codes.UNKNOWN_NAME,
    codes.DUPLICATE_NAME,
    codes.INDEX_RANGE,
    codes.KEY_CLASH,
    codes.BRANCH_NAMES,
    codes.NO_FLOW,
)
_STATEMENTS: Mapping[type, Callable[[Elaboration, Any, Frame], None]] = {
    tree.Input: Elaboration.input_,
    tree.Output: Elaboration.output,
    tree.Expect: Elaboration.expect,
    tree.Default: Elaboration.default,
    tree.LayerDeclaration: Elaboration.layer,
    tree.Repeat: Elaboration.repeat,
    tree.For: Elaboration.for_,
    tree.If: Elaboration.if_,
    tree.Flow: Elaboration.flow,
}
