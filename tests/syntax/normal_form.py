"""The normal form in which trees of the two spellings are compared.

The spellings differ in three ways that mean nothing: YAML names arguments that text writes by position (the reader
knows no operators, so the names stand here), an unnamed chain is one line of text and several items, and arithmetic on
values is a layer in YAML. Comments differ because the examples have different ones.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from convdsl.syntax.tree import NO_COMMENTS, Argument, Binary, Body, Call, Comments, Flow, Number

PARAMETERS = {
    "Conv2d": ("out_channels", "kernel_size", "stride", "padding"),
    "ConvTranspose2d": ("out_channels", "kernel_size", "stride", "padding"),
    "MaxPool2d": ("kernel_size",),
    "LeakyReLU": ("negative_slope",),
    "Linear": ("out_features",),
    "Unflatten": ("dim", "unflattened_size"),
    "Dropout": ("p",),
    "GroupNorm": ("num_groups",),
    "Chunk": ("chunks",),
    "Down": ("channels",),
    "Up": ("channels",),
}
LAYERS = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div"}


def normal(node: Any) -> Any:
    """Return a tree without comments, with named arguments, unnamed chains split and arithmetic as layers."""
    if isinstance(node, Comments):
        return NO_COMMENTS
    if isinstance(node, tuple):
        return tuple(normal(part) for part in node)
    if isinstance(node, Body):
        return Body(tuple(flow for part in node.statements for flow in split(normal(part))))
    if isinstance(node, Flow) and isinstance(node.source, Binary):
        return normal(replace(node, source=layer(node.source)))
    if isinstance(node, Call):
        return replace(node, arguments=named(node), key=normal(node.key))
    if is_dataclass(node) and not isinstance(node, Number):
        kept = {f.name: getattr(node, f.name) for f in fields(node) if f.compare}
        return replace(node, **{name: normal(value) for name, value in kept.items()})
    return node


def layer(node: Any) -> Any:
    """Turn `a + b` into `Add(a, b)`, and `Tanh() * 110` into `Mul(Tanh(), 110)`, which `split` takes apart."""
    if not isinstance(node, Binary):
        return node
    return Call(LAYERS[node.operator], (Argument(None, layer(node.left)), Argument(None, layer(node.right))))


def named(call: Call) -> tuple[Argument, ...]:
    names = PARAMETERS.get(call.callee, ())
    arguments = []
    for at, argument in enumerate(call.arguments):
        name = argument.name or (names[at] if at < len(names) else None)
        arguments.append(Argument(name, normal(argument.value)))
    return tuple(arguments)


def split(statement: Any) -> tuple[Any, ...]:
    """Write an unnamed chain as one statement for each call."""
    if not isinstance(statement, Flow) or statement.targets:
        return (statement,)
    if isinstance(statement.source, Call) and statement.source.callee in LAYERS.values():
        first = statement.source.arguments[0].value
        if isinstance(first, Call):  # a layer at an operator's left side comes before it in the flow
            join = replace(statement.source, arguments=statement.source.arguments[1:])
            return (Flow(first), *split(replace(statement, source=join)))
    if not statement.calls:
        return (statement,)
    calls = list(statement.calls)
    flows = []
    if isinstance(statement.source, Call):
        flows.append(Flow(statement.source))
    else:
        flows.append(Flow(statement.source, (calls.pop(0),)))
    flows.extend(Flow(call) for call in calls)
    return (*flows[:-1], replace(flows[-1], promise=statement.promise))
