"""How large and how deep a spec may be: it may come from the internet, and no input may exhaust memory or the stack."""

from typing import Any

from convdsl.syntax import tree

MAX_BYTES = 4_000_000  # a text of 100,000 lines; a larger one is a mistake or an attack
MAX_DEPTH = 100  # of bodies, brackets and expressions together
MAX_DIGITS = 40  # int() refuses 4,301 digits by an exception; nothing that a network counts has 40

_INNER: dict[type, tuple[str, ...]] = {
    tree.Unary: ("operand",),
    tree.Binary: ("left", "right"),
    tree.Index: ("base", "index"),
    tree.Attribute: ("base",),
    tree.Argument: ("value",),
    tree.Function: ("arguments",),
    tree.Call: ("arguments",),
    tree.Sequence: ("items",),
    tree.Values: ("references",),
    tree.ShapeExpr: ("axes",),
    tree.Flow: ("source", "calls", "targets", "promise"),
    tree.LayerDeclaration: ("calls",),
    tree.Input: ("shape", "default", "means", "where"),
    tree.Output: ("shape", "means"),
    tree.Expect: ("conditions",),
    tree.Default: ("call",),
    tree.Repeat: ("count",),
    tree.For: ("iterable",),
    tree.If: ("condition",),
    tree.Parameter: ("default",),
    tree.Block: ("parameters",),
    tree.Model: ("parameters",),
    tree.Setting: ("value",),
}


def too_deep(node: Any, limit: int = MAX_DEPTH) -> bool:
    """Tell whether an expression, or one of a statement's own, nests deeper than `limit`, without recursion itself."""
    level: list[Any] = [node]
    for _ in range(limit + 4):  # a call spends two levels, itself and its argument; bodies were counted by the layout
        below: list[Any] = []
        for part in level:
            for name in _INNER.get(type(part), ()):
                value = getattr(part, name)
                below.extend(value if isinstance(value, (tuple, list)) else (value,))
        if not below:
            return False
        level = below
    return True
