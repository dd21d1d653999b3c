"""What a call means: an operator, a block, a layer parameter or a declared layer; and parameters of blocks."""

from abc import ABC
from collections.abc import Callable, Mapping

from convdsl import codes
from convdsl.argument import signature
from convdsl.diagnostics import Label
from convdsl.graph.bind import Given, LayerValue, collect
from convdsl.graph.blanks import Blank
from convdsl.graph.circles import circles
from convdsl.graph.evaluate import Env, Word, describe, evaluate, unknown
from convdsl.graph.frame import Declared, Frame
from convdsl.graph.problem import Problem, Silent, did_you_mean, suggestion
from convdsl.graph.references import References
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.record import fields, is_dataclass
from convdsl.source import Span
from convdsl.syntax import tree

KINDS: Mapping[str, type] = {"int": int, "float": float, "bool": bool, "str": str, "layer": LayerValue}

Target = type[Op] | tree.Block | LayerValue | Declared


class Targets(References, ABC):
    """Callees."""

    def refuse_recursion(self, block: tree.Block, call: tree.Call, frame: Frame) -> None:
        """Refuse a call from inside a block to one that leads back to it (layer parameters do not count).

        Files do not import each other in circles, so a way back stays within the file.
        Raises Problem.
        """
        if not frame.block or block.name_span.file != frame.file:
            return
        known = self._circles.get(frame.file)
        if known is None:
            known = circles(self.library.own[frame.file], lambda name: self._mentioned_by(frame.file, name))
            self._circles[frame.file] = known
        if known[frame.block] == known[block.name]:  # the one calls the other, so both lead to each other
            raise Problem(
                codes.RECURSION,
                f"`{frame.block}` would contain itself",
                call.name_span,
                helps=("hand the inner part in as a parameter: `inside: layer`, applied as `inside()`",),
            )

    def _mentioned_by(self, file: int, name: str) -> frozenset[str]:
        """Return the blocks of a file that one of them mentions."""
        found = self._mentions.get((file, name))
        if found is None:
            own = self.library.own[file]
            found = self._mentions[file, name] = frozenset(mentioned(own[name].body) & own.keys())
        return found

    def parameter_names(self, target: type[Op] | tree.Block) -> tuple[str, ...]:
        """Return the parameters of an operator or a block."""
        if isinstance(target, tree.Block):
            return tuple(parameter.name for parameter in target.parameters)
        return tuple(parameter.name for parameter in signature(target))

    def target(self, call: tree.Call, frame: Frame) -> Target:
        """Find what a call calls: an operator, a block, a layer parameter or a declared layer."""
        name = call.callee
        if not name[:1].isupper():
            value = frame.variables.get(name)
            if isinstance(value, LayerValue):
                return value
            declared = frame.find_layer(name)
            if declared is not None:
                return declared
            raise self.unknown_layer(name, call, frame)
        blocks = self.blocks_of(frame)
        block = blocks.get(name)
        if block is not None:
            self.refuse_recursion(block, call, frame)
            return block
        if name in blocks:
            raise Silent  # it is imported, and why it cannot be had is told there
        op = catalogue.find(name)
        if op is None:
            raise self.unknown_layer(name, call, frame)
        return op

    def unknown_layer(self, name: str, call: tree.Call, frame: Frame) -> Problem:
        """Make the message for a layer that nobody knows."""
        layers = [key for key, value in frame.variables.items() if isinstance(value, LayerValue)]
        here = (*self.blocks_of(frame), *layers, *frame.layers)
        hint = did_you_mean(name, here, call.name_span)
        if name.lower() in ("true", "false", "none"):
            hint = suggestion(name.lower(), name, call.name_span)
        known = catalogue.suggest(name) if hint is None else None
        if known:
            hint = suggestion(known, name, call.name_span)
        if name in frame.variables:
            return Problem(
                codes.WRONG_TYPE,
                f"`{name}` is {describe(frame.variables[name])}, not a layer",
                call.name_span,
                helps=("call a layer or a block; parameters of the kind `layer` can be called too",),
            )
        return Problem(
            codes.UNKNOWN_LAYER,
            f"unknown layer `{name}`",
            call.name_span,
            helps=(hint or "write a layer of torch.nn as PyTorch spells it, or declare a block of this name",),
        )

    def takes_position(self, call: tree.Call, frame: Frame) -> bool:
        """Tell whether a call is a layer call (rule 12); what is unknown counts as one."""
        known = self._positions.get(id(call))
        if known is not None:
            return known
        try:
            target = self.target(call, frame)
        except (Problem, Silent):
            return True
        if isinstance(target, LayerValue):
            target = target.target
        if isinstance(target, Declared):
            return False
        takes = isinstance(target, tree.Block) or target.takes_position
        if call.callee[:1].isupper():  # a parameter may hold another layer at the next call of its block
            self._positions[id(call)] = takes
        return takes

    def env(self, frame: Frame) -> Env:
        """Return what expressions in a frame can see."""
        if frame.env is None:
            layer, is_value = self.layer_maker(frame), lambda name: frame.find(name) is not None
            frame.env = Env(frame.variables, frame.symbols, layer, is_value)
        return frame.env

    def layer_maker(self, frame: Frame) -> Callable[[tree.Call], object]:
        """Return the function that makes a layer from a call written as an argument in this frame."""

        def make(call: tree.Call) -> object:
            target = self.target(call, frame)
            if isinstance(target, Declared):
                raise Problem(
                    codes.WRONG_TYPE,
                    f"`{call.callee}` is a declared layer; a layer parameter takes a call such as `Conv2d(8, 3)`",
                    call.span,
                    helps=("write the call itself, or apply the declared layer outside",),
                )
            if isinstance(target, LayerValue):
                if call.arguments:
                    raise Problem(
                        codes.EXTRA_ARGUMENT,
                        f"`{call.callee}` is complete already",
                        call.arguments[0].span,
                        helps=("write it with empty parentheses",),
                    )
                return target
            name = call.callee
            if call.key is not None:
                raise Problem(
                    codes.KEY_INVALID,
                    "`as` belongs where the layer is applied",
                    call.key.span,
                    helps=("leave `as` away here",),
                )
            arguments = collect(call, self.env(frame), None, frame.defaults.get(name, {}), frozenset())
            return LayerValue(target, name, arguments, call.span)

        return make

    def default_arguments(self, call: tree.Call, frame: Frame) -> tuple[str, dict[str, Given]]:
        """Read `default Conv2d(padding=1)`: which callee, which parameters."""
        target = self.target(call, frame)
        name = call.callee
        if isinstance(target, LayerValue | Declared):
            raise Problem(
                codes.WRONG_TYPE,
                f"`{name}` is complete already: defaults mean nothing",
                call.span,
                helps=("give the arguments where it is declared",),
            )
        arguments = collect(call, self.env(frame), None, {}, frozenset())
        if arguments.positional:
            raise Problem(
                codes.EXTRA_ARGUMENT,
                "a default names its parameters",
                arguments.positional[0].span,
                helps=("for instance `default Conv2d(padding=1, bias=false)`",),
            )
        known = self.parameter_names(target)
        for key, given in arguments.keywords.items():
            if key not in known:
                raise Problem(
                    codes.UNKNOWN_PARAMETER,
                    f"`{name}` has no parameter `{key}`",
                    given.name_span or given.span,
                    helps=(did_you_mean(key, known) or f"its parameters: {', '.join(known) or 'none'}",),
                )
        return name, dict(arguments.keywords)

    def read_parameter(
        self, parameter: tree.Parameter, given: Given | None, inner: Frame, span: Span, block: str
    ) -> object:
        """Return the value of a block's or a model's parameter, checked against its kind."""
        if given is None:
            if parameter.default is None:
                raise Problem(
                    codes.MISSING_ARGUMENT,
                    f"`{block}` needs `{parameter.name}: {parameter.kind}`",
                    span,
                    labels=(Label(parameter.span, "declared here"),),
                    helps=(f"give it: `{parameter.name}=…`",),
                )
            given = Given(evaluate(parameter.default, self.env(inner)), parameter.default.span)
        value = given.value
        kind = parameter.kind
        if kind not in KINDS:
            raise Silent  # reported where it is declared
        if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, KINDS[kind]) or (kind == "int" and isinstance(value, bool)):
            if isinstance(value, Blank):
                message = f"`?` cannot stand for `{parameter.name}` of `{block}`: it is an argument of a layer"
                ways = ("write the number here, or `?` in the layer that uses it",)
                raise Problem(codes.HOLE_UNSOLVED, message, given.span, helps=ways)
            if isinstance(value, Word):
                known = catalogue.suggest(value) if kind == "layer" else None
                if known:
                    way = suggestion(known, value, given.span)
                    message = f"`{parameter.name}` of `{block}` is a layer, and nothing is named `{value}`"
                    raise Problem(codes.UNKNOWN_LAYER, message, given.span, helps=(way,))
                raise unknown(value, given.span, self.env(inner))
            raise Problem(
                codes.WRONG_TYPE,
                f"`{parameter.name}` of `{block}` is {kind}, found {describe(value)}",
                given.span,
                labels=(Label(parameter.span, "declared here"),),
                helps=(f"write a value of the kind `{kind}`",),
            )
        return str(value) if isinstance(value, Word) else value

    def parameter_value(self, parameter: tree.Parameter, given: Mapping[str, object], frame: Frame) -> object:
        """Return a model parameter's value: given from outside, or its default."""
        found = Given(given[parameter.name], parameter.span) if parameter.name in given else None
        return self.read_parameter(parameter, found, frame, parameter.span, "the model")


def mentioned(part: object) -> set[str]:
    """Return the callees of every call in a part of the tree."""
    out: set[str] = set()
    todo: list[object] = [part]
    while todo:
        item = todo.pop()
        if isinstance(item, tree.Call):
            out.add(item.callee)
        if isinstance(item, tuple):
            todo.extend(item)
        elif is_dataclass(item):
            todo.extend(getattr(item, part.name) for part in fields(item))
    return out
