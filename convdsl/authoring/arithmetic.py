"""The canonical form of arithmetic at a line's head (rule 3 of the language).

A sign stands between two operands of which one is a named value: `a + b`, never `Add(a, b)`; a constant behind a layer
is a layer of its own: `Tanh() * 110` is `Tanh()` and `Mul(110)`. Everything else stays as it was written. A sign takes
no `default`, so an operator that has one anywhere in the file is left alone.
"""

from collections.abc import Set

from convdsl.authoring.callees import Layers, is_constant
from convdsl.syntax import tree

SIGNS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}
OPERATORS = {sign: name for name, sign in SIGNS.items()}


def arithmetic(
    flow: tree.Flow, layers: Layers, names: frozenset[str], with_default: Set[str]
) -> tuple["tree.Expr | tree.Values | tree.Body | None", tuple[tree.Call, ...]]:
    """Return a line's source and calls with joins as signs and constants as calls.

    names: parameters, loop variables and sizes in scope. with_default: the callees that a `default` line is for.
    """
    source = flow.source
    if isinstance(source, tree.Call):
        return joined(source, names, with_default) or source, flow.calls
    spine: list[tuple[str, tree.Expr]] = []
    base: tree.Expr | tree.Values | tree.Body | None = source
    while isinstance(base, tree.Binary) and is_constant(base.right, names):
        name = OPERATORS.get(base.operator)
        if name is None or name in with_default:
            return source, flow.calls
        spine.append((name, base.right))
        base = base.left
    if not spine or not isinstance(base, tree.Call) or not layers.find(base.callee).single:
        return source, flow.calls
    calls = []
    for name, constant in reversed(spine):
        argument = tree.Argument(None, constant, constant.span, constant.span)
        calls.append(tree.Call(name, (argument,), None, True, constant.span, constant.span))
    return joined(base, names, with_default) or base, (*calls, *flow.calls)


def joined(call: tree.Call, names: frozenset[str], with_default: Set[str]) -> tree.Binary | None:
    """Return `Add(a, b)` as `a + b`, None where it is no such call."""
    sign = SIGNS.get(call.callee)
    if sign is None or len(call.arguments) != 2 or call.key is not None or call.callee in with_default:
        return None
    left, right = call.arguments
    if left.name is not None or right.name is not None:
        return None
    values = [_is_value(operand.value, names) for operand in call.arguments]
    if not any(values) or not all(
        found or is_constant(operand.value, names) for found, operand in zip(values, call.arguments, strict=True)
    ):
        return None
    return tree.Binary(sign, left.value, right.value, call.span)


def _is_value(operand: tree.Expr, names: frozenset[str]) -> bool:
    """Tell whether an operand names a value of the network."""
    while isinstance(operand, tree.Index | tree.Attribute):
        operand = operand.base
    return isinstance(operand, tree.Name) and operand.id not in names and not operand.id[0].isupper()
