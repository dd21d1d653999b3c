"""Braces on one line that hold values, where a list, a shape or arguments belong."""

from collections.abc import Sequence

from convdsl.syntax.tokens import Token

_LONGEST = 32  # tokens; a longer list of sizes is no mistake of this kind
_VALUES = frozenset({"NAME", "TYPE", "NUMBER", "COMMA", "OPERATOR", "MINUS"})


def values_end(tokens: Sequence[Token], index: int, statement: Sequence[Token]) -> int:
    """Find the `}` of braces that stand where values belong, as in `x: {N, 3, H, W}`; 0 where they are a body.

    index: of the `{`. statement: what stands before it.
    """
    last = statement[-1].kind if statement else ""
    if last not in ("COLON", "TYPE", "EQUAL") or (last == "TYPE" and statement[0].kind in ("BLOCK", "MODEL")):
        return 0
    kinds = [token.kind for token in tokens[index + 1 : index + _LONGEST]]
    inside = kinds[: kinds.index("}")] if "}" in kinds else []
    return index + 1 + len(inside) if "COMMA" in inside and _VALUES.issuperset(inside) else 0


def inline_end(tokens: Sequence[Token], index: int) -> int:
    """Find the `}` that closes the `{` at `index` on the same line; 0 where there is none."""
    depth = 0
    for at in range(index, len(tokens)):
        kind = tokens[at].kind
        if kind == "NL":
            return 0
        depth += (kind == "{") - (kind == "}")
        if not depth:
            return at
    return 0
