"""Fold a flat row of operands and operators into a tree, by precedence.

Dijkstra's shunting yard: no recursion, so that no text can exhaust the stack.
"""

from convdsl.record import dataclass
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.tokens import Token

PREFIX = {"not": 3, "-": 7}
BINARY = {"or": 1, "and": 2, "in": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8}
COMPARISON = 4  # precedence of `in` and of == != < <= > >=

Items = list[tree.Expr | Token]


@dataclass(frozen=True, slots=True)
class Chain:
    """`left < middle < right`, which the language does not have: the two comparisons that are meant."""

    left: tree.Binary
    right: tree.Binary


def fold(items: Items) -> tuple[tree.Expr, list[Chain]]:
    """Fold `a + b * -c ...`; chained comparisons become `and`, and are returned beside."""
    values: list[tree.Expr] = []
    waiting: list[tuple[int, str, Token]] = []  # precedence; "prefix", "binary" or "chain"; the operator
    chains: list[Chain] = []

    def settle(least: int) -> None:
        while waiting and waiting[-1][0] >= least:
            _, role, sign = waiting.pop()
            right = values.pop()
            if role == "prefix":
                values.append(tree.Unary(sign.text, right, Span(sign.start, right.span.end)))
                continue
            left = values.pop()
            operator = sign.text
            if role == "chain" and isinstance(left, tree.Binary):
                last = left.right if left.operator == "and" else left
                assert isinstance(last, tree.Binary)
                right = tree.Binary(operator, last.right, right, last.right.span.to(right.span))
                chains.append(Chain(last, right))
                operator = "and"
            values.append(tree.Binary(operator, left, right, left.span.to(right.span)))

    wants_operand = True
    for item in items:
        if not isinstance(item, Token):
            values.append(item)
            wants_operand = False
        elif wants_operand:
            waiting.append((PREFIX[item.text], "prefix", item))
        else:
            precedence = BINARY.get(item.text, COMPARISON)
            settle(precedence + 1 if item.text == "**" or precedence == COMPARISON else precedence)
            role = "chain" if precedence == COMPARISON and waiting and waiting[-1][0] == COMPARISON else "binary"
            if role == "chain":
                settle(COMPARISON)
            waiting.append((precedence, role, item))
            wants_operand = True
    settle(0)
    return values[0], chains


def conjuncts(condition: tree.Expr) -> list[tree.Expr]:
    """Return the parts that `and` joins at the outside, in their order."""
    parts: list[tree.Expr] = []
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tree.Binary) and part.operator == "and":
            waiting += (part.right, part.left)
        else:
            parts.append(part)
    return parts
