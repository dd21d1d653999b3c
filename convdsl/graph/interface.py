"""What a model and a block say of their outside: inputs, outputs, promised shapes, expectations.

Names are bound and shapes compared here; which sizes keep a promise is the analysis' question.
"""

from abc import ABC

from convdsl import codes
from convdsl.diagnostics import Label
from convdsl.graph.claim import bind_input, declare, is_symbol, promise, requirement
from convdsl.graph.evaluate import bare_name, evaluate, fold
from convdsl.graph.frame import Frame, Named
from convdsl.graph.graph import InputTensor, Node, OutputTensor, Promise, Value
from convdsl.graph.lines import Lines
from convdsl.graph.meanings import read_meaning
from convdsl.graph.problem import Problem, Silent
from convdsl.source import Span
from convdsl.syntax import tree


class Interface(Lines, ABC):
    """The statements at a body's edges."""

    def input_(self, statement: tree.Input, frame: Frame) -> None:
        env = self.env(frame)
        if frame.kind == "block":
            self.block_input(statement, frame)
            return
        if frame.kind != "model":
            raise Problem(
                codes.MISPLACED,
                "`input` belongs to a model or a block",
                statement.span,
                helps=("move it to the beginning of the model or of the block",),
            )
        if statement.name in frame.names:
            raise self.duplicate(statement.name, statement.name_span, frame.names[statement.name].span)
        shape, symbols = declare(statement.shape, env)
        if self.graph.inputs and shape.axes[0] != self.graph.inputs[0].shape.axes[0]:
            raise Problem(
                codes.PROMISE,
                "all inputs have the same batch",
                statement.shape.axes[0].span,
                helps=("begin each input's shape with the same axis",),
            )
        frame.symbols.update(symbols)
        meaning = None
        if statement.means is not None:
            with self.catching(frame):
                meaning = read_meaning(statement.means, shape.channels, env)
        default = None
        if statement.default is not None:
            value = evaluate(statement.default, env)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise Problem(
                    codes.WRONG_TYPE,
                    "an input's default is a number",
                    statement.default.span,
                    helps=("write a number, such as `= 0`",),
                )
            default = float(value)
        where = tuple(fold(condition, env) for condition in statement.where)
        node = self.add_input(statement, shape)
        self.graph.inputs.append(InputTensor(statement.name, node, shape, default, meaning, where, statement))
        frame.names[statement.name] = Named(Value(node), statement.name_span, False)
        frame.flow = (Value(node),) if len(self.graph.inputs) == 1 else ()

    def block_input(self, statement: tree.Input, frame: Frame) -> None:
        """Bind what enters a block: `frame.flow` still holds the values of the call that no input line has taken."""
        if statement.means is not None or statement.default is not None:
            raise Problem(
                codes.MISPLACED,
                "`means` and defaults belong to a model's input",
                statement.span,
                helps=("leave them away here, and write them at the model's input",),
            )
        if statement.name in frame.names:
            raise self.duplicate(statement.name, statement.name_span, frame.names[statement.name].span)
        if not frame.entering:
            raise Silent  # the call has been told that it hands over too few
        entering = frame.entering.pop(0)
        frame.names[statement.name] = Named(entering, statement.name_span, False)
        frame.flow = () if frame.entering else (entering,)
        shape = self.graph.shape(entering)
        if shape is None:
            draft = self.drafts.of(entering)
            for index, name in enumerate(map(bare_name, statement.shape.axes)):
                if name is not None and is_symbol(name):
                    known = index == 1 and draft is not None and draft.has_channels
                    frame.symbols[name] = draft.channels if known and draft is not None else None
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
            raise Problem(
                codes.MISPLACED,
                "`output` belongs to a model or a block",
                statement.span,
                helps=("move it to the end of the model or of the block",),
            )
        named = frame.names.get(statement.name)
        if named is None:
            if any(frame.symbols.get(word, 0) is None for word in (statement.name, "output")):
                raise Silent  # a line that could not be read may make it
            raise Problem(
                codes.UNKNOWN_NAME,
                f"no line is named `{statement.name}`",
                statement.name_span,
                helps=(f"name the line that makes it: `{statement.name} = …`",),
            )
        value = self.value_of(named.bound, statement.name, statement.name_span)
        if frame.kind == "model" and any(out.name == statement.name for out in self.graph.outputs):
            raise Problem(
                codes.DUPLICATE_NAME,
                f"`{statement.name}` is an output already",
                statement.name_span,
                helps=("remove one of the two, or give this one another name",),
            )
        if frame.kind == "block":
            frame.outputs[statement.name] = named.bound
        shape = self.graph.shape(value)
        if frame.kind == "model":
            meaning = None
            if statement.means is not None and shape is not None and shape.has_channels:
                with self.catching(frame):
                    meaning = read_meaning(statement.means, shape.channels, self.env(frame))
            self.graph.outputs.append(OutputTensor(statement.name, value, meaning, statement))
        elif statement.means is not None:
            raise Problem(
                codes.MISPLACED,
                "`means` belongs to a model's output",
                statement.span,
                helps=("leave it away here, and write it at the model's output",),
            )
        if shape is not None or self.graph.nodes[value.node].waits:
            self.promise(value, statement.shape, frame, f"the output `{statement.name}`")

    def promise(self, value: Value, shape: tree.ShapeExpr, frame: Frame, what: str) -> None:
        """Check what a promise says of rank and channels; keep the rest for the sizes' phase."""
        actual = self.graph.shape(value)
        node = self.graph.nodes[value.node]
        if actual is None and node.waits:
            self.close(node, value, shape, frame, what)
        if actual is None:
            return
        claim = promise(shape, actual, self.env(frame), what)
        self.graph.promises.append(Promise(value, claim.guards, claim.shape, shape.span, frame.trail))

    def close(self, node: Node, value: Value, shape: tree.ShapeExpr, frame: Frame, what: str) -> None:
        """Give a node that waits for a `?` the shape that is promised of it; what can be compared is."""
        node.waits = False  # if the promise is refused, the shape is as unknown as after any mistake
        claim = promise(shape, self.drafts.of(value), self.env(frame), what, sized=False)
        found = Promise(value, claim.guards, claim.shape, shape.span, frame.trail)
        node.waits, node.closing = True, found
        node.shapes = (claim.shape,) * self.drafts.outputs(node.index)
        self.graph.promises.append(found)

    def expect(self, statement: tree.Expect, frame: Frame) -> None:
        if frame.kind != "model":
            raise Problem(
                codes.MISPLACED,
                "`expect` belongs to a model",
                statement.span,
                helps=("move it to the end of the model",),
            )
        env = self.env(frame)
        self.graph.expectations.extend(fold(condition, env) for condition in statement.conditions)

    def duplicate(self, name: str, span: Span, first: Span) -> Problem:
        """Make the message for a name that is bound twice."""
        return Problem(
            codes.DUPLICATE_NAME,
            f"`{name}` is bound twice",
            span,
            labels=(Label(first, "first here"),),
            helps=("names are bound once; choose another",),
        )
