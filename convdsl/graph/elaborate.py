"""The one loop from tree to graph: statements in order, blocks, loops and ifs resolved, names bound.

Each layer is bound and asked for its shape before the next line, because arguments and `if` may use channel counts.
How a call becomes nodes is `graph/apply.py`; this file knows statements and names. A mistake ends its statement only.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Label
from convdsl.graph.claim import bind_input, declare, is_symbol, promise, requirement
from convdsl.graph.evaluate import MOST_TURNS, Env, Word, bare_name, describe, evaluate, fold, truth, unknown, whole
from convdsl.graph.frame import Bound, Declared, Frame, Named, Several
from convdsl.graph.graph import Graph, InputTensor, OutputTensor, Promise, Scope, Value
from convdsl.graph.lines import Lines
from convdsl.graph.meanings import read_meaning
from convdsl.graph.problem import Problem, Silent
from convdsl.graph.spare import keep_spare
from convdsl.graph.unused import unused
from convdsl.source import Span
from convdsl.syntax import tree


def elaborate(
    file: tree.File, parameters: Mapping[str, object] | None = None
) -> tuple[Graph | None, tuple[Diagnostic, ...]]:
    """Resolve a file's model into a graph.

    parameters: values for the model's parameters, in place of their defaults.
    Returns None without a model. Never raises on user text.
    """
    run = Elaboration(file)
    return run.model(parameters or {}), tuple(run.diagnostics)


class Elaboration(Lines):
    """One run over one file."""

    def model(self, parameters: Mapping[str, object]) -> Graph | None:
        """Elaborate the model; report what is unused."""
        models = [item for item in self.file.items if isinstance(item, tree.Model)]
        if not models:
            return None
        model = models[0]
        self.graph = Graph(model.name)
        self.graph.scopes.append(Scope(0, -1, "model", model.name, "", model.name, model.name_span))
        self.check_blocks()
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
        self.statements(model.body.statements, frame)
        if not self.graph.outputs and not self.failed:
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
        if not self.failed:
            for problem in unused(self.graph):
                self.report(problem)
        return self.graph

    # ---------------------------------------------------------- statements

    def statements(self, statements: Sequence[tree.Statement], frame: Frame) -> None:
        """Run statements in order; defaults made here end here."""
        before = frame.defaults
        for statement in statements:
            try:
                _STATEMENTS[type(statement)](self, statement, frame)
            except Problem as problem:
                self.report(problem, frame)
                self.after_mistake(statement, frame)
            except Silent:
                self.after_mistake(statement, frame)
        frame.defaults = before

    def after_mistake(self, statement: tree.Statement, frame: Frame) -> None:
        """Bind what the line would have bound, so that nothing downstream complains."""
        if isinstance(statement, tree.Input | tree.Output):
            if isinstance(statement, tree.Input):
                frame.names.setdefault(statement.name, Named(None, statement.span, False))
                frame.flow, frame.broken_flow = (), True
            return
        if isinstance(statement, tree.Flow | tree.If | tree.For | tree.Repeat):
            frame.flow, frame.broken_flow = (), True
            for name, span in _bound_names((statement,)).items():
                frame.names.setdefault(name, Named(None, span, False))
        if isinstance(statement, tree.LayerDeclaration):
            frame.layers.setdefault(
                statement.name, Declared(statement, Env(), frame.prefix, frame.scope, {}, applied=True)
            )

    def input_(self, statement: tree.Input, frame: Frame) -> None:
        env = self.env(frame)
        if frame.kind == "block":
            self.block_input(statement, frame)
            return
        if frame.kind != "model":
            raise Problem(codes.MISPLACED, "`input` belongs to a model or a block", statement.span)
        if statement.name in frame.names:
            raise self.duplicate(statement.name, statement.name_span, frame.names[statement.name].span)
        shape, symbols = declare(statement.shape, env)
        if self.graph.inputs and shape.axes[0] != self.graph.inputs[0].shape.axes[0]:
            raise Problem(codes.PROMISE, "all inputs have the same batch", statement.shape.axes[0].span)
        frame.symbols.update(symbols)
        meaning = None
        if statement.means is not None:
            meaning = read_meaning(statement.means, shape.channels, env)
        default = None
        if statement.default is not None:
            value = evaluate(statement.default, env)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise Problem(codes.WRONG_TYPE, "an input's default is a number", statement.default.span)
            default = float(value)
        where = tuple(fold(condition, env) for condition in statement.where)
        node = self.add_input(statement, shape)
        self.graph.inputs.append(InputTensor(statement.name, node, shape, default, meaning, where, statement))
        frame.names[statement.name] = Named(Value(node), statement.name_span, False)
        frame.flow = (Value(node),) if len(self.graph.inputs) == 1 else ()

    def block_input(self, statement: tree.Input, frame: Frame) -> None:
        """Bind what enters a block: `frame.flow` still holds the values of the call that no input line has taken."""
        if statement.means is not None or statement.default is not None:
            raise Problem(codes.MISPLACED, "`means` and defaults belong to a model's input", statement.span)
        if statement.name in frame.names:
            raise self.duplicate(statement.name, statement.name_span, frame.names[statement.name].span)
        if not frame.entering:
            raise Silent  # the call has been told that it hands over too few
        entering = frame.entering.pop(0)
        frame.names[statement.name] = Named(entering, statement.name_span, False)
        frame.flow = () if frame.entering else (entering,)
        shape = self.graph.shape(entering)
        if shape is None:
            names = (bare_name(axis) for axis in statement.shape.axes)
            frame.symbols.update((name, None) for name in names if name is not None and is_symbol(name))
            return
        symbols, guards = bind_input(statement.shape, shape, self.env(frame))
        frame.symbols.update(symbols)
        env = self.env(frame)
        for condition in statement.where:
            guards = (*guards, *requirement(condition, env))
        if guards:
            self.graph.promises.append(Promise(entering, guards, shape, statement.shape.span, frame.trail))

    def output(self, statement: tree.Output, frame: Frame) -> None:
        if frame.kind not in ("model", "block"):
            raise Problem(codes.MISPLACED, "`output` belongs to a model or a block", statement.span)
        named = frame.names.get(statement.name)
        if named is None:
            raise Problem(
                codes.UNKNOWN_NAME,
                f"no line is named `{statement.name}`",
                statement.name_span,
                helps=(f"name the line that makes it: `{statement.name} = …`",),
            )
        value = self.value_of(named.bound, statement.name, statement.name_span)
        if frame.kind == "model" and any(out.name == statement.name for out in self.graph.outputs):
            raise Problem(codes.DUPLICATE_NAME, f"`{statement.name}` is an output already", statement.name_span)
        if frame.kind == "block":
            frame.outputs[statement.name] = named.bound
        shape = self.graph.shape(value)
        if frame.kind == "model":
            meaning = None
            if statement.means is not None and shape is not None and shape.has_channels:
                meaning = read_meaning(statement.means, shape.channels, self.env(frame))
            self.graph.outputs.append(OutputTensor(statement.name, value, meaning, statement))
        elif statement.means is not None:
            raise Problem(codes.MISPLACED, "`means` belongs to a model's output", statement.span)
        if shape is not None:
            self.promise(value, statement.shape, frame, f"the output `{statement.name}`")

    def promise(self, value: Value, shape: tree.ShapeExpr, frame: Frame, what: str) -> None:
        """Check what a promise says of rank and channels; keep the rest for the sizes' phase."""
        actual = self.graph.shape(value)
        if actual is None:
            return
        claim = promise(shape, actual, self.env(frame), what)
        self.graph.promises.append(Promise(value, claim.guards, claim.shape, shape.span, frame.trail))

    def expect(self, statement: tree.Expect, frame: Frame) -> None:
        if frame.kind != "model":
            raise Problem(codes.MISPLACED, "`expect` belongs to a model", statement.span)
        env = self.env(frame)
        self.graph.expectations.extend(fold(condition, env) for condition in statement.conditions)

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
        if not 0 <= count <= MOST_TURNS:
            raise Problem(
                codes.TOO_MANY_LAYERS,
                f"cannot repeat {count} times",
                statement.count.span,
                "from 0 to 100,000",
            )
        frame.turns += 1
        for _ in range(count):
            self.spend(statement.span)
            self.statements(statement.body.statements, frame)
        frame.turns -= 1

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
            raise Problem(codes.DUPLICATE_NAME, f"`{name}` is bound already", statement.variable_span or statement.span)
        frame.turns += 1
        for item in items:
            self.spend(statement.span)
            frame.variables[name] = item
            self.statements(statement.body.statements, frame)
        frame.turns -= 1
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
        target = statement.targets[0] if statement.targets else None
        name, index = self.target_name(target, frame)
        first_node = len(self.graph.nodes)
        old = frame.names.get(name) if name is not None and index is None else None
        if old is not None and target is not None and old.span == target.span and old.has_weights:
            raise self.loop_name(target.span, str(name))
        if isinstance(statement.source, tree.Body):
            bound: Bound = self.group(statement, name, index, frame)
        else:
            bound = self.line(statement, name, index, frame)
        value = self.value_of(bound, name or "this line", statement.span)
        if target is not None and name is not None:
            self.bind_name(name, index, bound, target.span, frame, first_node)
        frame.flow, frame.broken_flow = (value,), False
        if statement.promise is not None:
            self.promise(value, statement.promise, frame, f"`{name}`" if name else "this line")

    def several_targets(self, statement: tree.Flow, frame: Frame) -> None:
        values = self.outputs_of_line(statement, frame)
        if len(values) != len(statement.targets):
            raise Problem(
                codes.ARITY,
                f"{len(statement.targets)} names for {len(values)} values",
                statement.targets[0].span.to(statement.targets[-1].span),
            )
        for target, value in zip(statement.targets, values, strict=True):
            name, index = self.target_name(target, frame)
            if name is not None:
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
                raise Problem(codes.INDEX_RANGE, f"the index {index} is negative", target.index.span)
            return target.base.id, index
        raise Problem(
            codes.SYNTAX, "only a name, or a name with an index, can be bound", target.span, helps=("`enc[i] = …`",)
        )

    def bind_name(self, name: str, index: int | None, bound: Bound, span: Span, frame: Frame, first_node: int) -> None:
        """Bind a name, and refuse what would hide or double another."""
        if name in frame.variables:
            raise Problem(codes.DUPLICATE_NAME, f"`{name}` is a parameter already", span)
        if name in frame.layers:
            raise self.duplicate(name, span, frame.layers[name].statement.name_span)
        old = frame.names.get(name)
        weighted = frame.turns > 0 and any(map(self.owns_weights, self.graph.nodes[first_node:]))
        if index is not None:
            if old is None:
                frame.names[name] = Named(Several({index: bound}), span, weighted)
            elif isinstance(old.bound, Several) and (index not in old.bound.items or not weighted):
                old.bound.items[index] = bound
            elif isinstance(old.bound, Several):
                raise Problem(codes.DUPLICATE_NAME, f"`{name}[{index}]` is bound twice", span)
            elif old.bound is not None:
                raise self.duplicate(name, span, old.span)
            return
        if old is not None and old.bound is not None and (old.span != span or not frame.turns):
            raise self.duplicate(name, span, old.span)
        frame.names[name] = Named(bound, span, weighted)

    def loop_name(self, span: Span, name: str) -> Problem:
        """Make the message for a loop whose turns all bind one name that owns weights."""
        return Problem(
            codes.LOOP_NAME,
            f"every turn binds `{name}`, and its weights would have one name",
            span,
            helps=(f"index it by the turn: `for i in range(…) {{ {name}[i] = … }}`",),
        )

    def duplicate(self, name: str, span: Span, first: Span) -> Problem:
        """Make the message for a name that is bound twice."""
        return Problem(
            codes.DUPLICATE_NAME,
            f"`{name}` is bound twice",
            span,
            labels=(Label(first, "first here"),),
            helps=("names are bound once; choose another",),
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
