"""Expressions over parameters and sizes: `2 * width`, `width > 64`, `expr("min(width, 512)")`.

A parameter of a block is one of these while its body is written: a name, whose number is known when the network is
made. So Python can compute with it, and cannot decide by it.
"""

from typing import Any, Never

from convdsl.authoring.print_expression import expression
from convdsl.builder.piece import Part, Piece, Roots, piece_of, shallow
from convdsl.builder.refusal import refuse
from convdsl.builder.words import name
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.expression import parse_fragment
from convdsl.syntax.precedence import conjuncts
from convdsl.syntax.tokens import scan


class Expression(Part):
    """A name or a computation of the language; Python's operators make larger ones.

    `&`, `|` and `~` are the language's `and`, `or` and `not`.
    """

    __slots__ = ("__own",)

    def __init__(self, piece: Piece) -> None:
        self.__own = piece

    def __piece__(self) -> Piece:
        return self.__own

    def __add__(self, other: object) -> Any:
        return _joined("+", self, other)

    def __radd__(self, other: object) -> Any:
        return _joined("+", other, self)

    def __sub__(self, other: object) -> Any:
        return _joined("-", self, other)

    def __rsub__(self, other: object) -> Any:
        return _joined("-", other, self)

    def __mul__(self, other: object) -> Any:
        return _joined("*", self, other)

    def __rmul__(self, other: object) -> Any:
        return _joined("*", other, self)

    def __truediv__(self, other: object) -> Any:
        return _joined("/", self, other)

    def __rtruediv__(self, other: object) -> Any:
        return _joined("/", other, self)

    def __floordiv__(self, other: object) -> Any:
        return _joined("//", self, other)

    def __rfloordiv__(self, other: object) -> Any:
        return _joined("//", other, self)

    def __mod__(self, other: object) -> Any:
        return _joined("%", self, other)

    def __rmod__(self, other: object) -> Any:
        return _joined("%", other, self)

    def __pow__(self, other: object) -> Any:
        return _joined("**", self, other)

    def __rpow__(self, other: object) -> Any:
        return _joined("**", other, self)

    def __and__(self, other: object) -> Any:
        return _joined("and", self, other)

    def __or__(self, other: object) -> Any:
        return _joined("or", self, other)

    def __lt__(self, other: object) -> Any:
        return _joined("<", self, other)

    def __le__(self, other: object) -> Any:
        return _joined("<=", self, other)

    def __gt__(self, other: object) -> Any:
        return _joined(">", self, other)

    def __ge__(self, other: object) -> Any:
        return _joined(">=", self, other)

    def __eq__(self, other: object) -> Any:
        return _joined("==", self, other)

    def __ne__(self, other: object) -> Any:
        return _joined("!=", self, other)

    def __hash__(self) -> int:
        raise self.__unknown("be a key in Python", "its name, a string")

    def __neg__(self) -> "Expression":
        return _negated("-", self)

    def __invert__(self) -> "Expression":
        return _negated("not", self)

    def __bool__(self) -> bool:
        way = "the language's own: `with m.if_(width > 64):`, and `&`, `|`, `~` for `and`, `or`, `not`"
        raise self.__unknown("be decided by in Python", way)

    def __index__(self) -> int:
        raise self.__unknown("be counted with in Python", 'the language\'s own: `with m.for_("i", "range(n)") as i:`')

    def __int__(self) -> int:
        raise self.__unknown("become a number in Python", "compute with it as it is: `2 * width`")

    def __float__(self) -> float:
        raise self.__unknown("become a number in Python", "compute with it as it is: `2 * width`")

    def __iter__(self) -> Never:
        raise self.__unknown("be walked through in Python", 'the language\'s own: `with m.for_("i", "sizes") as i:`')

    def __format__(self, _: str) -> str:
        return str(self)

    def __str__(self) -> str:
        """Spell it in parentheses, so that it stays one thing in a larger text: `f"[N, {2 * width}, H, W]"`."""
        return f"({expression(self.__own.node)})"

    __repr__ = __str__

    def __unknown(self, what: str, way: str) -> Exception:
        written = expression(self.__own.node)
        return refuse(f"`{written}` is known when the network is made, and cannot {what}", f"use {way}")


def _joined(sign: str, left: object, right: object) -> Any:
    for side in (left, right):
        if isinstance(side, Part) and not isinstance(side, Expression):
            return NotImplemented  # a line of layers, which knows more
    first, second = piece_of(left), piece_of(right)
    node = shallow(tree.Binary(sign, first.node, second.node))
    return Expression(Piece(node, first.roots.and_those_of([second.roots])))


def _negated(sign: str, operand: Expression) -> Expression:
    piece = piece_of(operand)
    return Expression(Piece(shallow(tree.Unary(sign, piece.node)), piece.roots))


def named(word: str, roots: Roots) -> Expression:
    """Return a parameter or a loop's variable as an expression."""
    return Expression(Piece(tree.Name(name(word)), roots))


def expr(text: str) -> Any:
    """Return an expression written in the language: `expr("min(width, 512)")`, a size symbol `expr("C")`, `expr("?")`.

    Raises BuilderError, with the place in the text, where it cannot be read.
    """
    return Expression(Piece(fragment(text, "expr")))


def fragment(text: str, rule: str) -> Any:
    """Read a piece of the language by a rule of `parse_fragment`.

    Raises BuilderError, with the place in the text, where it cannot be read.
    """
    if not isinstance(text, str):
        raise refuse(f"a string was expected, and this is {text!r:.60}", "write it as the language does, in quotes")
    if any(token.kind in ("COMMENT", "NL") for token in scan(text)):
        raise refuse(f"{text!r} holds a comment or a line end", "write `m.note(...)` for a comment")
    if not text.strip():
        raise refuse("there is nothing between the quotes", "write it as the language does")
    node, found = parse_fragment(text, rule, Span)
    if found or node is None:
        first = found[0]
        span = first.where.span
        marks = " " * span.start + "^" * max(1, span.end - span.start)
        way = first.helps[0].text if first.helps else "write it as the language does"
        raise refuse(f"{first.message}", way, notes=(f"in `{text}`", f"   {marks}"))
    return node


def conditions_of(value: object) -> tuple[tuple[tree.Expr, ...], Roots]:
    """Return conditions: a text parted by commas, an expression, or a list of them."""
    parts: list[tree.Expr] = []
    roots = Roots()
    for one in value if isinstance(value, tuple | list) else (value,):
        if isinstance(one, str):
            parts += fragment(one, "conditions")
            continue
        piece = piece_of(one)
        parts += conjuncts(piece.node)
        roots = roots.and_those_of([piece.roots])
    return tuple(parts), roots


def expression_of(value: object) -> Piece:
    """Return a piece of a program as an expression: a string is read as the language."""
    return Piece(fragment(value, "expr")) if isinstance(value, str) else piece_of(value)


def shape_of(value: object) -> tuple[tree.ShapeExpr, Roots]:
    """Return a shape: a text, `"[N, 64, H, W]"`, or a list of sizes, `["N", 2 * width, "H / 2", "W / 2"]`."""
    if isinstance(value, tuple | list):
        sizes = list(map(expression_of, value))
        if not sizes:
            raise refuse("a shape needs its sizes", 'write it like `"[N, 3, H, W]"`')
        return tree.ShapeExpr(tuple(size.node for size in sizes)), Roots().and_those_of(size.roots for size in sizes)
    if not isinstance(value, str):
        raise refuse(f"a shape is a string or a list, and this is {value!r:.60}", 'write it like `"[N, 3, H, W]"`')
    shape: tree.ShapeExpr = fragment(value, "shape")
    return shape, Roots()
