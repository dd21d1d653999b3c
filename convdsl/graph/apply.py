"""How one call becomes nodes: operators, blocks, layer parameters and declared layers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from convdsl import codes
from convdsl.diagnostics import Label
from convdsl.graph.bind import Arguments, Bound, LayerValue, bind, collect, value_names
from convdsl.graph.frame import Bound as Named
from convdsl.graph.frame import Declared, Frame
from convdsl.graph.graph import Shadow, Value
from convdsl.graph.plan import Place, Recording, moved
from convdsl.graph.problem import Problem, Silent, counted, did_you_mean
from convdsl.graph.sameness import is_same
from convdsl.graph.targets import Targets
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.sizes import Size
from convdsl.source import Span
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Applied:
    """What a call left: its values, and for a block with outputs the names that can be read."""

    values: tuple[Value, ...]
    members: Mapping[str, Named] | None = None


class Apply(Targets, ABC):
    """Calls. The loop over statements comes from the class that completes it."""

    @abstractmethod
    def chain_applied(
        self, calls: Sequence[tree.Call], values: tuple[Value, ...], handed: bool, frame: Frame, label: str | None
    ) -> "Applied":
        """Apply calls in order."""

    @abstractmethod
    def statements(self, statements: Sequence[tree.Statement], frame: Frame) -> None:
        """Run statements in order."""

    # ------------------------------------------------------------- a call

    def call(
        self, call: tree.Call, frame: Frame, values: tuple[Value, ...], label: str | None, handed: bool
    ) -> Applied:
        """Apply one call to values; label is the name of the line where it is this call's."""
        target = self.target(call, frame)
        if isinstance(target, Declared):
            return self.declared_call(call, target, frame, values)
        if isinstance(target, LayerValue):
            if call.arguments:
                raise Problem(
                    codes.EXTRA_ARGUMENT,
                    f"`{call.callee}` is complete already: its arguments were fixed where it was written",
                    call.arguments[0].span,
                    labels=(Label(target.span, "here"),),
                    helps=("write it with empty parentheses here, or change the arguments there",),
                )
            name, arguments, target = target.name, target.arguments, target.target
        else:
            name, arguments = call.callee, None
        if isinstance(target, tree.Block):
            self.need_flow(name, call, values, frame)
            is_written_here = arguments is None
            if arguments is None:
                arguments = collect(call, self.env(frame), None, frame.defaults.get(name, {}), frozenset())
            prefix = self.take_key(label, None, call.key, frame, self.env(frame))
            applied = self.block(target, arguments, call.span, frame, values, prefix)
            if is_written_here:
                self.note_shadows(target, arguments, call.span, frame)
            return applied
        if arguments is None:
            names = value_names(target)
            resolve = (lambda expr: self.resolve(expr, frame)) if names else None
            arguments = collect(call, self.env(frame), resolve, frame.defaults.get(name, {}), names)
        if target.takes_position:
            self.need_flow(name, call, values, frame)
            key: str | None = self.take_key(label, None, call.key, frame, self.env(frame))
        elif call.key is not None:
            raise Problem(
                codes.KEY_INVALID,
                f"`{name}` has no weights and no position: `as` means nothing here",
                call.key.span,
                helps=("leave `as` away",),
            )
        else:
            key = None
        if not values and frame.broken_flow and _wants_flow(arguments):
            raise Silent
        return self.operator(target, name, arguments, call.span, frame, values, key, handed, label)

    def need_flow(self, name: str, call: tree.Call, values: tuple[Value, ...], frame: Frame) -> None:
        """Refuse a layer that gets no value."""
        if values:
            return
        if frame.broken_flow:
            raise Silent
        known = frame.visible()
        example = known[-1] if known else "x"
        raise Problem(
            codes.NO_FLOW,
            f"no value flows into `{name}`",
            call.span,
            helps=(f"name its source: `{example} -> {name}(…)`",),
        )

    def operator(
        self,
        op: type[Op],
        name: str,
        arguments: Arguments,
        span: Span,
        frame: Frame,
        values: tuple[Value, ...],
        key: str | None,
        handed: bool,
        label: str | None = None,
    ) -> Applied:
        bound = self.bound(op, name, arguments, span, frame, len(values), handed)
        if not bound.takes_flow and values and handed and not bound.values:
            raise Problem(
                codes.ARITY,
                f"`{name}` has its inputs already",
                span,
                helps=("leave the values before the arrow away, or those in the parentheses",),
            )
        inputs = (*values, *bound.values) if bound.takes_flow else bound.values
        least, most = op.takes
        if len(inputs) < least or (most is not None and len(inputs) > most):
            if not inputs and frame.broken_flow:
                raise Silent
            wanted = "one value" if most == 1 else f"{least} values" if most == least else f"at least {least} values"
            several = ", ".join("abcdefgh"[: max(2, least)])
            helps = ("join them first: `Concat(a, b)`" if most == 1 else f"hand them over: `({several}) -> {name}(…)`",)
            raise Problem(codes.ARITY, f"`{name}` takes {wanted}, it gets {len(inputs)}", span, helps=helps)
        node = self.add_node(bound.op, name, inputs, key, label, span, bound.places, frame, bound.blanks)
        outputs = len(node.shapes) if node.shapes is not None else self.drafts.outputs(node.index)
        return Applied(tuple(Value(node.index, output) for output in range(outputs)))

    def bound(
        self, op: type[Op], name: str, arguments: Arguments, span: Span, frame: Frame, flow: int, handed: bool
    ) -> Bound:
        """Bind a call's arguments; a loop or a block that comes by again with the same ones gets the same operator."""
        mark = (op, span, flow, handed, arguments.mark())
        found = self._bound.get(mark)
        if found is None:
            found = bind(op, name, arguments, span, flow, self.env(frame), handed, self.solved)
            self._bound[mark] = found
        return found

    def block(
        self,
        block: tree.Block,
        arguments: Arguments,
        span: Span,
        frame: Frame,
        values: tuple[Value, ...],
        key: str,
    ) -> Applied:
        """Elaborate a block's body once more, for this call, or play what an equal call has made."""
        mark = self.mark(block, arguments, frame, values)
        kept = self.kept.get(mark) if mark is not None else None
        place = Place((key,), (*frame.trail, span), (*frame.loops, frame.loop), frame.scope)
        if kept is not None and (pool := self.play(kept, place, values)) is not None:
            assert kept.plan is not None
            shown = kept.members
            members = shown and {name: moved(one, kept.plan, pool) for name, one in shown.items()}
            return Applied((pool[kept.plan.pool[kept.value]],), members)
        first = self.counts()
        applied = self.expanded(block, arguments, span, frame, values, key)
        if mark is not None and kept is None and self.is_plain:
            self.kept[mark] = Recording(first, self.counts(), place, values, applied.values[0], applied.members)
        return applied

    def mark(
        self, block: tree.Block, arguments: Arguments, frame: Frame, values: tuple[Value, ...]
    ) -> tuple[object, ...] | None:
        """Return what tells a block's call from those that make other layers; None where it is not to be kept."""
        like = self.likeness(values) if frame.owner and self.is_plain else None
        if like is None:
            return None
        names = len(arguments.positional), *arguments.keywords, "", *arguments.defaults
        return (id(block), self.depth, frame.symbols.get("N"), like, names, arguments.mark())

    def expanded(
        self,
        block: tree.Block,
        arguments: Arguments,
        span: Span,
        frame: Frame,
        values: tuple[Value, ...],
        key: str,
    ) -> Applied:
        """Elaborate a block's body."""
        self.enter(span)
        try:
            inner = self.inside(block, arguments, span, frame, values, key)
        finally:
            self.depth -= 1
        result = self.result_of(inner, span, f"the block `{block.name}`")
        return Applied((self.value_of(result, block.name, span),), inner.outputs or None)

    def inside(
        self,
        block: tree.Block,
        arguments: Arguments,
        span: Span,
        frame: Frame,
        values: tuple[Value, ...],
        key: str,
    ) -> Frame:
        """Run a block's statements in a frame of its own; the frame as they leave it."""
        scope = self.add_scope("block", key.rsplit(".", 1)[-1], key + ".", block.name, span, frame.scope)
        batch = frame.symbols.get("N", Size("N"))
        inner = Frame("block", key + ".", scope, {}, {"N": batch}, (*frame.trail, span), None, block.name)
        inner.file, inner.loops = block.name_span.file, (*frame.loops, frame.loop)
        inner.owner = frame.owner
        self.block_parameters(block, arguments, span, inner)
        inputs = [item for item in block.body.statements if isinstance(item, tree.Input)]
        if not inputs and len(values) > 1:
            raise Problem(
                codes.ARITY,
                f"`{block.name}` takes one value, it gets {len(values)}",
                span,
                labels=(Label(block.name_span, "no `input` lines here"),),
                helps=("declare them in the block: `input a: [N, C, H, W]`, a line each",),
            )
        if inputs and len(values) != len(inputs):
            names = ", ".join(item.name for item in inputs)
            raise Problem(
                codes.ARITY,
                f"`{block.name}` takes {_values(len(inputs))} ({names}), it gets {len(values)}",
                span,
                labels=(Label(inputs[0].span, "its inputs"),),
                helps=(f"hand over as many: `{names if len(inputs) == 1 else f'({names})'} -> {block.name}(…)`",),
            )
        inner.entering, inner.flow = (list(values), ()) if inputs else ([], values)
        self.statements(block.body.statements, inner)
        return inner

    def note_shadows(self, block: tree.Block, arguments: Arguments, span: Span, frame: Frame) -> None:
        """Remember the parameters left at their defaults by whose names the caller has other values."""
        for parameter in block.parameters[len(arguments.positional) :]:
            name = parameter.name
            if name not in frame.variables or name in arguments.keywords or name in arguments.defaults:
                continue
            assert parameter.default is not None, "the call would have been refused"
            inner = Frame("block", "", 0, {}, {})
            self.block_parameters(block, arguments, span, inner)
            value, outer = inner.variables[name], frame.variables[name]
            if not is_same(value, outer):
                caller = frame.block or self.graph.model
                shadow = Shadow(span, block.name, name, value, parameter.default.span, caller, outer)
                self.graph.shadows.setdefault((span, name), shadow)

    def block_parameters(self, block: tree.Block, arguments: Arguments, span: Span, inner: Frame) -> None:
        given = dict(arguments.keywords)
        names = [parameter.name for parameter in block.parameters]
        for key, value in given.items():
            if key not in names:
                raise Problem(
                    codes.UNKNOWN_PARAMETER,
                    f"the block `{block.name}` has no parameter `{key}`",
                    value.name_span or value.span,
                    helps=(
                        did_you_mean(key, names, value.name_span) or f"its parameters: {', '.join(names) or 'none'}",
                    ),
                )
        for index, value in enumerate(arguments.positional):
            if index >= len(names):
                here = len(arguments.positional)
                raise Problem(
                    codes.EXTRA_ARGUMENT,
                    f"the block `{block.name}` takes {counted(len(names), 'argument')}, here are {here}",
                    value.span,
                    labels=(Label(block.name_span, "declared here"),),
                    helps=(f"its parameters: {', '.join(names) or 'none'}",),
                )
            if names[index] in given:
                raise Problem(
                    codes.DUPLICATE_NAME, f"`{names[index]}` is given twice", value.span, helps=("give it once",)
                )
            given[names[index]] = value
        for parameter in block.parameters:
            found = given.get(parameter.name) or arguments.defaults.get(parameter.name)
            inner.variables[parameter.name] = self.read_parameter(parameter, found, inner, span, block.name)

    def declared_call(self, call: tree.Call, declared: Declared, frame: Frame, values: tuple[Value, ...]) -> Applied:
        """Apply a declared layer: the first application owns the weights."""
        statement = declared.statement
        if call.arguments:
            raise Problem(
                codes.EXTRA_ARGUMENT,
                f"`{call.callee}` was declared with its arguments",
                call.arguments[0].span,
                labels=(Label(statement.span, "declared here"),),
                helps=(f"write `{call.callee}()`, or declare another layer",),
            )
        if call.key is not None:
            raise Problem(
                codes.KEY_INVALID,
                "the key of a declared layer is its name",
                call.key.span,
                helps=("name the layer as its key should be, or leave `as` away",),
            )
        self.need_flow(call.callee, call, values, frame)
        owner = frame.owner and not declared.applied
        declared.applied = True
        if not statement.calls and statement.body is None:
            raise Silent
        key = declared.prefix + statement.name
        scope = declared.scope
        if statement.body is not None or len(statement.calls) > 1:
            scope = self.add_scope("layer", statement.name, key + ".", "", statement.span, declared.scope)
        inner = Frame(
            "group",
            key + "." if scope != declared.scope else declared.prefix,
            scope,
            dict(declared.env.variables),
            dict(declared.env.symbols),
            (*frame.trail, call.span),
            None,
            frame.block,
        )
        inner.defaults = {name: dict(given) for name, given in declared.defaults.items()}
        inner.owner, inner.flow, inner.file = owner, values, frame.file
        inner.loops = (*frame.loops, frame.loop)
        if statement.body is not None:
            self.statements(statement.body.statements, inner)
            result = self.result_of(inner, call.span, f"`{statement.name}`")
            return Applied((self.value_of(result, statement.name, call.span),))
        label = statement.name if len(statement.calls) == 1 else None
        return self.chain_applied(statement.calls, values, True, inner, label)


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"


def _wants_flow(arguments: Arguments) -> bool:
    return not any(isinstance(given.value, Value) for given in arguments.positional)
