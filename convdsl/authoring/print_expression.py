"""Print an expression as the language spells it, alike in text and in a YAML scalar.

Parentheses stand only where the tree would come back otherwise.
"""

from collections.abc import Iterable

from convdsl.syntax import tree
from convdsl.syntax.precedence import BINARY, COMPARISON, PREFIX

_ATOM = 9  # binds more tightly than every operator


def expression(expr: "tree.Expr | tree.Values | tree.ShapeExpr") -> str:
    """Print an expression; a layer in it has its parentheses."""
    match expr:
        case tree.Number():
            return expr.text
        case tree.String():
            return f'"{expr.value}"'
        case tree.Boolean():
            return "true" if expr.value else "false"
        case tree.Nothing():
            return "none"
        case tree.Hole():
            return "?"
        case tree.Name():
            return expr.id
        case tree.Index():
            return f"{expression(expr.base)}[{expression(expr.index)}]"
        case tree.Attribute():
            return f"{expression(expr.base)}.{expr.name}"
        case tree.Unary():
            return _unary(expr)
        case tree.Binary():
            return _binary(expr)
        case tree.Function():
            return f"{expr.name}({arguments(expr.arguments)})"
        case tree.Call():
            key = "" if expr.key is None else f" as {expression(expr.key)}"
            return f"{expr.callee}({arguments(expr.arguments)}){key}"
        case tree.Sequence():
            return sequence(expr)
        case tree.Values():
            return f"({_listed(expr.references)})"
        case tree.ShapeExpr():
            return f"[{_listed(expr.axes)}]"


def arguments(given: Iterable[tree.Argument]) -> str:
    """Print what stands between a call's parentheses."""
    return ", ".join(
        expression(item.value) if item.name is None else f"{item.name}={expression(item.value)}" for item in given
    )


def sequence(expr: tree.Sequence) -> str:
    """Print a list in the brackets that it was written in; an empty one has square ones."""
    if expr.brackets == "[" or not expr.items:
        return f"[{_listed(expr.items)}]"
    comma = "," if len(expr.items) == 1 else ""
    return f"({_listed(expr.items)}{comma})"


def _listed(parts: Iterable[tree.Expr]) -> str:
    return ", ".join(map(expression, parts))


def _unary(expr: tree.Unary) -> str:
    least = PREFIX[expr.operator]
    operand = expression(expr.operand)
    if _strength(expr.operand) < least or (expr.operator == "-" and isinstance(expr.operand, tree.Unary)):
        operand = f"({operand})"
    return f"not {operand}" if expr.operator == "not" else f"-{operand}"


def _binary(expr: tree.Binary) -> str:
    strength = _strength(expr)
    compares, powers = strength == COMPARISON, expr.operator == "**"
    left = _held(expr.left, strength + 1 if compares or powers else strength)
    right = _held(expr.right, strength if powers else strength + 1)
    return f"{left} {expr.operator} {right}"


def _held(operand: tree.Expr, least: int) -> str:
    printed = expression(operand)
    return f"({printed})" if _strength(operand) < least else printed


def _strength(expr: tree.Expr) -> int:
    match expr:
        case tree.Binary():
            return BINARY.get(expr.operator, COMPARISON)
        case tree.Unary():
            return PREFIX[expr.operator]
    return _ATOM
