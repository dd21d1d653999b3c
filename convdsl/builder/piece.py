"""What may stand in an argument, and what it is made of: a tree, and where its names come from."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from math import isfinite
from typing import SupportsIndex

from convdsl.builder import words
from convdsl.builder.refusal import refuse
from convdsl.record import dataclass
from convdsl.syntax import tree
from convdsl.syntax.build_expression import MAX_TERMS
from convdsl.syntax.limits import MAX_DEPTH, MAX_DIGITS, too_deep


class Scope:
    """The block or model in which names mean something; each is its own, and `said` is how messages call it."""

    __slots__ = ("said",)

    def __init__(self, said: str) -> None:
        self.said = said


@dataclass(frozen=True, slots=True)
class Roots:
    """What a piece hangs on: the scopes of its names, and the blocks and imports that it calls."""

    scopes: tuple[Scope, ...] = ()
    uses: tuple[object, ...] = ()

    def and_those_of(self, others: "Iterable[Roots]") -> "Roots":
        """Return what both hang on, each once."""
        scopes, uses = list(self.scopes), list(self.uses)
        for other in others:
            scopes += (scope for scope in other.scopes if scope not in scopes)
            uses += (use for use in other.uses if use not in uses)
        return Roots(tuple(scopes), tuple(uses))


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression of the tree and what it hangs on."""

    node: tree.Expr
    roots: Roots = Roots()


class Part(ABC):
    """A thing of the builder that may stand in an argument. It has no names of its own: names are the user's."""

    __slots__ = ()

    @abstractmethod
    def __piece__(self) -> Piece:
        """Return it as an expression."""


def piece_of(value: object) -> Piece:
    """Turn a value of a program into an expression: numbers, strings, bools, None, tuples, lists, and parts.

    Raises BuilderError for what has no place in a spec.
    """
    if isinstance(value, Part):
        return value.__piece__()
    if isinstance(value, bool):
        return Piece(tree.Boolean(value))
    if value is None:
        return Piece(tree.Nothing())
    if isinstance(value, str):
        return Piece(words.string(value))
    if isinstance(value, float):
        return Piece(_signed(value, float.__repr__(abs(_finite(value))), float.__repr__(value).startswith("-")))
    if isinstance(value, SupportsIndex):
        number = value.__index__()
        if abs(number) >= 10**MAX_DIGITS:
            raise refuse("this number has more digits than any size or count needs", "write a shorter number")
        return Piece(_signed(number, str(abs(number)), number < 0))
    if isinstance(value, tuple | list):
        items = tuple(map(piece_of, value))
        brackets = "(" if isinstance(value, tuple) and items else "["
        whole = tree.Sequence(tuple(item.node for item in items), brackets)
        return Piece(shallow(whole), Roots().and_those_of(item.roots for item in items))
    raise refuse(
        f"a spec cannot hold {value!r:.60}",
        "give a number, a string, True, False, None, a tuple, a layer, a parameter, or `expr(...)`",
    )


def _finite(value: float) -> float:
    if not isfinite(value):
        raise refuse(f"the language has no number `{value}`", "give a finite number")
    return value


def _signed(value: int | float, text: str, negative: bool) -> tree.Expr:
    number = tree.Number(abs(value), text)
    return tree.Unary("-", number) if negative else number


def shallow(node: tree.Expr) -> tree.Expr:
    """Return an expression that readers take.

    Raises BuilderError where it nests too deep, or has too many operators in a row.
    """
    if too_deep(node, _DEEPEST) or _operators(node) > MAX_TERMS:
        raise refuse(f"this expression has more than {_DEEPEST} levels or {MAX_TERMS} operators", "split it over names")
    return node


def _operators(node: tree.Expr) -> int:
    count, waiting = 0, [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tree.Binary):
            count += 1
            waiting += (part.left, part.right)
        elif isinstance(part, tree.Unary):
            count += 1
            waiting.append(part.operand)
    return count


_DEEPEST = MAX_DEPTH - 10  # the rest is for the line around it


def arguments_of(positional: Iterable[object], keywords: dict[str, object]) -> tuple[tuple[tree.Argument, ...], Roots]:
    """Turn the arguments of a call in a program into those of a call in a spec."""
    given: list[tuple[str | None, Piece]] = [(None, piece_of(value)) for value in positional]
    given += [(words.keyword(name), piece_of(value)) for name, value in keywords.items()]
    roots = Roots().and_those_of(piece.roots for _, piece in given)
    return tuple(tree.Argument(name, piece.node) for name, piece in given), roots
