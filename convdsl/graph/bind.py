"""From the arguments of a call to an operator: names, kinds, ranges, defaults.

The only reader of signatures in the elaboration. It names no operator.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from convdsl import codes
from convdsl.argument import BOOL, LAYER, OPERANDS, VALUE, Invalid, Parameter, signature
from convdsl.diagnostics import Code, Edit, Help, Severity
from convdsl.graph.argument_value import argument_value
from convdsl.graph.blanks import Blank, blanks_in, filled, no_number, stand_in
from convdsl.graph.evaluate import Env, Word, describe, unknown
from convdsl.graph.foreign_arguments import foreign_argument
from convdsl.graph.graph import Value
from convdsl.graph.problem import Problem, counted, did_you_mean
from convdsl.op import Op
from convdsl.record import dataclass, field, replace
from convdsl.source import Span
from convdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class Given:
    """An evaluated argument and where it stands; `value` is a `Value` for a named value of the network.

    name_span: where its keyword stands; the value's place for a positional argument.
    """

    value: object
    span: Span
    name_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call was given, evaluated where it was written, with the defaults that hold there."""

    positional: tuple[Given, ...]
    keywords: Mapping[str, Given]
    defaults: Mapping[str, Given]

    def mark(self) -> tuple[object, ...]:
        """Return what tells these arguments from others at the same place: values with their types."""
        given = (*self.positional, *self.keywords.values(), *self.defaults.values())
        return tuple((type(item.value), item.value) for item in given)


@dataclass(frozen=True, slots=True, eq=False)
class LayerValue:
    """A call not yet applied: the target and its arguments, fixed where it is written."""

    target: "type[Op] | tree.Block"
    name: str
    arguments: Arguments
    span: Span


@dataclass(frozen=True, slots=True)
class Bound:
    """An operator with its arguments, and the network values among them, in the order of its inputs.

    blanks: the arguments that are `?`, or have one in them; the operator has stand-ins there and was not checked.
    """

    op: Op
    values: tuple[Value, ...]
    places: Mapping[str, Span]
    takes_flow: bool
    blanks: Mapping[str, object] = field(default_factory=dict)


Resolve = Callable[[tree.Expr], Value | None]


def collect(
    call: tree.Call, env: Env, resolve: Resolve | None, defaults: Mapping[str, Given], value_names: frozenset[str]
) -> Arguments:
    """Evaluate a call's arguments in order.

    resolve answers with a network value for a reference, None for anything else; it is asked for arguments that can be
    values: positional ones where "" is in value_names, and the keywords named there.
    Raises Problem.
    """
    positional: list[Given] = []
    keywords: dict[str, Given] = {}
    for argument in call.arguments:
        value: object = None
        if resolve is not None and (argument.name or "") in value_names:
            value = resolve(argument.value)
        if value is None:
            value = argument_value(argument.value, env)
        if argument.name is None:
            if keywords:
                raise Problem(
                    codes.EXTRA_ARGUMENT,
                    "a positional argument cannot follow a keyword",
                    argument.span,
                    helps=("put it before the keywords, or give its name",),
                )
            positional.append(Given(value, argument.value.span))
        elif argument.name in keywords:
            raise Problem(
                codes.DUPLICATE_NAME,
                f"`{argument.name}` is given twice",
                argument.name_span or argument.span,
                helps=("give it once",),
            )
        else:
            keywords[argument.name] = Given(value, argument.value.span, argument.name_span)
    return Arguments(tuple(positional), keywords, defaults)


@cache
def value_names(op: type[Op]) -> frozenset[str]:
    """Return the parameters of an operator that network values may be given for; "" stands for positional ones."""
    names = {p.name for p in signature(op) if p.kind in (VALUE, OPERANDS)}
    parameters = signature(op)
    if parameters and parameters[0].kind in (VALUE, OPERANDS):
        names.add("")
    return frozenset(names)


def bind(
    op: type[Op],
    name: str,
    arguments: Arguments,
    call_span: Span,
    flow: int,
    env: Env,
    handed: bool,
    solved: Mapping[Span, object] = MappingProxyType({}),
) -> Bound:
    """Make the operator.

    flow: how many values enter before the arrow or from the previous line (0 if nothing flows); handed: they were
    written on this line, so that they must be used. solved: what stands for the `?` at each place.
    Raises Problem.
    """
    parameters = signature(op)
    positional, keywords = arguments.positional, dict(arguments.keywords)
    known = {p.name: p for p in parameters}
    _refuse_unknown(op, name, keywords, known)
    places = {key: given.span for key, given in keywords.items()}
    taken: dict[str, object] = {}
    values: list[Value] = []
    blanks: dict[str, object] = {}
    uses_flow = True
    if parameters and parameters[0].kind is OPERANDS:
        operands, values, uses_flow = _operands(name, positional, flow, call_span, handed, env)
        taken[parameters[0].name] = operands
        places[parameters[0].name] = call_span
    else:
        for index, given in enumerate(positional):
            ordered = [p for p in parameters if not p.keyword_only]
            if index >= len(ordered):
                most = counted(len(ordered), "positional argument")
                raise Problem(
                    codes.EXTRA_ARGUMENT,
                    f"`{name}` takes at most {most}, here are {len(positional)}",
                    given.span,
                    helps=(f"its parameters: {usage(op, name)}",),
                )
            parameter = ordered[index]
            if parameter.name in keywords:
                raise Problem(
                    codes.DUPLICATE_NAME, f"`{parameter.name}` is given twice", given.span, helps=("give it once",)
                )
            keywords[parameter.name] = given
            places[parameter.name] = given.span
    first = max(flow, 1) if uses_flow else 0
    for parameter in parameters:
        if parameter.name in taken:
            continue
        found = keywords.get(parameter.name) or arguments.defaults.get(parameter.name)
        if found is None:
            if parameter.required:
                raise Problem(
                    codes.MISSING_ARGUMENT,
                    f"`{name}` needs `{parameter.name}`: {parameter.doc}",
                    call_span,
                    helps=(f"its parameters: {usage(op, name)}",),
                )
            taken[parameter.name] = parameter.default
        elif isinstance(found.value, Value):
            taken[parameter.name] = first + len(values)
            values.append(found.value)
        elif parameter.kind is VALUE:
            raise _not_a_value(parameter, found, env)
        elif parameter.kind is LAYER:
            taken[parameter.name] = _layer(parameter, found, env)
        else:
            if blanks_in(found.value):
                found = replace(found, value=filled(found.value, solved))
                if blanks_in(found.value):
                    blanks[parameter.name] = found.value
                    found = replace(found, value=stand_in(op, name, parameter, found.value))
            taken[parameter.name] = _read(parameter, name, found, env)
    made = op(**taken)
    if blanks:
        return Bound(made, tuple(values), places, uses_flow, blanks)
    try:
        made.check()
    except Invalid as mistake:
        raise invalid(mistake, places, call_span) from None
    return Bound(made, tuple(values), places, uses_flow)


def _refuse_unknown(op: type[Op], name: str, keywords: Mapping[str, Given], known: Mapping[str, Parameter]) -> None:
    for key, given in keywords.items():
        if key not in known or known[key].kind is OPERANDS:
            raise Problem(
                codes.UNKNOWN_PARAMETER,
                f"`{name}` has no parameter `{key}`",
                given.name_span or given.span,
                helps=(
                    foreign_argument(key, known, given.name_span)
                    or did_you_mean(key, known, given.name_span)
                    or f"its parameters: {usage(op, name)}",
                ),
            )


def _operands(
    name: str, positional: tuple[Given, ...], flow: int, span: Span, handed: bool, env: Env
) -> tuple[tuple[float | None, ...], list[Value], bool]:
    """Sort a join's arguments into values (None) and constants; say whether the flow is one of them."""
    operands: list[float | None] = []
    values: list[Value] = []
    for given in positional:
        if isinstance(given.value, Value):
            operands.append(None)
            values.append(given.value)
        elif isinstance(given.value, int | float) and not isinstance(given.value, bool):
            operands.append(given.value)
        elif isinstance(given.value, Blank):
            raise no_number(given.value)
        elif isinstance(given.value, Word):
            raise unknown(given.value, given.span, env)
        else:
            raise Problem(
                codes.WRONG_TYPE,
                f"`{name}` joins named values, this is {describe(given.value)}",
                given.span,
                helps=("name the value on a line of its own: `y = …`",),
            )
    if not values and len(operands) <= 1:
        if flow:
            return (*(None for _ in range(flow)), *operands), [], True
        raise Problem(
            codes.NO_FLOW,
            f"`{name}` joins nothing here",
            span,
            helps=(f"name its inputs: `{name}(a, b)`",),
        )
    if values and handed and flow:
        return (*(None for _ in range(flow)), *operands), values, True
    return tuple(operands), values, False


def _not_a_value(parameter: Parameter, given: Given, env: Env) -> Problem:
    if isinstance(given.value, Word):
        return unknown(given.value, given.span, env)
    return Problem(
        codes.WRONG_TYPE,
        f"`{parameter.name}` is a value of the network, this is {describe(given.value)}",
        given.span,
        helps=("name a value that a line above binds",),
    )


def _layer(parameter: Parameter, given: Given, env: Env) -> Op:
    """Make the layer that is written as an argument."""
    layer = given.value
    if isinstance(layer, Word) and did_you_mean(layer, env.known(), given.span):
        raise unknown(layer, given.span, env)
    if not isinstance(layer, LayerValue) or isinstance(layer.target, tree.Block):
        what = f"the block `{layer.name}`" if isinstance(layer, LayerValue) else describe(layer)
        raise Problem(
            codes.WRONG_TYPE,
            f"`{parameter.name}` is a layer of torch.nn, this is {what}",
            given.span,
            helps=(
                "a layer is written here, and the value comes before it: `x -> "
                "SpectralNorm(Conv2d(64, 3))`; inside a block, wrap its layers one by one",
            ),
        )
    bound = bind(layer.target, layer.name, layer.arguments, layer.span, 1, env, False)
    if bound.blanks:
        raise no_number(next(blank for value in bound.blanks.values() for blank in blanks_in(value)))
    return bound.op


def _read(parameter: Parameter, name: str, given: Given, env: Env) -> object:
    try:
        return parameter.read(given.value)
    except ValueError as mistake:
        word = given.value
        words = parameter.kind.words
        is_switch = isinstance(word, Word) and word.lower() in _SWITCHES and parameter.kind is BOOL
        if isinstance(word, Word) and not (did_you_mean(word, words) or _takes_words_only(parameter) or is_switch):
            raise unknown(word, given.span, env) from None
        raise Problem(
            codes.WRONG_TYPE,
            f"`{parameter.name}` of `{name}`: {mistake}, found {describe(given.value)}",
            given.span,
            helps=(
                did_you_mean(str(word), words, given.span if isinstance(word, Word) else None)
                or _plainer(parameter, given)
                or f"`{parameter.name}`: {parameter.doc}",
            ),
        ) from None


def _takes_words_only(parameter: Parameter) -> bool:
    # no parameter of a block can be rows of numbers
    others = {*parameter.kind.name.split(" | ")} - {*parameter.kind.words, "rows of numbers"}
    return bool(parameter.kind.words) and not others


_DECIMAL = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}")
_SWITCHES = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}  # YAML 1.1's


def _plainer(parameter: Parameter, given: Given) -> Help | None:
    """Offer the same value in the form that the parameter takes: 8 for "8" and 8.0, true for 1, 3 for [3]."""
    value = given.value
    tries: list[object] = []
    if isinstance(value, str):
        tries = [int(value)] if value.isdecimal() and len(value) < 10 else []
        tries += [float(value)] if _DECIMAL.fullmatch(value) else []
        tries += [_SWITCHES[value.lower()]] if value.lower() in _SWITCHES else []
    elif isinstance(value, float):
        tries = [int(value)] if value.is_integer() else []
    elif isinstance(value, tuple):
        tries = list(value) if len(value) == 1 else []
    elif value in (0, 1):
        tries = [bool(value)]
    for better in tries:
        try:
            parameter.read(better)
        except ValueError:
            continue
        return Help(f"write `{spell(better)}`", (Edit(given.span, spell(better)),))
    return None


def usage(op: type[Op], name: str) -> str:
    """Print a signature: `Conv2d(out_channels, kernel_size, stride=1, …)`."""
    parts = []
    for parameter in signature(op):
        if parameter.kind is OPERANDS:
            parts.append("a, b, …")
        elif parameter.required:
            parts.append(parameter.name)
        else:
            parts.append(f"{parameter.name}={spell(parameter.default)}")
    return f"`{name}({', '.join(parts)})`"


def spell(value: object) -> str:
    """Print a plain value as the language writes it: `true`, `none`, `3` for an equal pair, `(3, 5)`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        if len(set(value)) == 1:
            return spell(value[0])
        return "(" + ", ".join(spell(item) for item in value) + ")"
    if isinstance(value, str):
        return f'"{value}"'
    return f"{value:g}" if isinstance(value, float) else str(value)


def invalid(mistake: Invalid, places: Mapping[str, Span], call_span: Span) -> Problem:
    """Turn what an operator refuses into a message at the argument, or at the call where it was left to its default."""
    span = places.get(mistake.argument, call_span)
    code = codes.INVALID_ARGUMENT
    if mistake.code:
        code = CODES.get(mistake.code) or Code(mistake.code, "invalid-argument", Severity.ERROR)
    return Problem(code, mistake.message, span, helps=(mistake.help or "change it, or the layer's input",))


CODES: Mapping[str, Code] = {code.id: code for code in vars(codes).values() if isinstance(code, Code)}
