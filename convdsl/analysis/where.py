"""What a `where` line says, as exact sets: boxes, one set for each symbol.

A condition is `and or not` over comparisons, each about one symbol under + - * // % with integers. Every such
comparison is ultimately periodic (docs/sizes.md), so nothing is lost. It knows expressions and sets, not networks.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from math import gcd, lcm

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.record import dataclass
from convdsl.sizeset import SizeSet, everything
from convdsl.source import Span
from convdsl.syntax import tree

Box = Mapping[str, SizeSet]  # symbol -> its sizes; a symbol that is not named may have any size

MOST_BOXES = 64  # more cases than anyone writes; the work grows with their square


@dataclass(frozen=True, slots=True)
class Region:
    """A set of sizes for several symbols: the union of boxes."""

    boxes: tuple[Box, ...] = ({},)

    @property
    def is_empty(self) -> bool:
        """Tell whether no sizes are left."""
        return not self.boxes

    def contains(self, sizes: Mapping[str, int]) -> bool:
        """Tell whether the sizes lie in a box."""
        return any(all(axis.contains(sizes[symbol]) for symbol, axis in box.items()) for box in self.boxes)

    def intersect(self, other: "Region") -> "Region":
        """Keep what is in both."""
        return Region(_tidy(_meet(one, two) for one in self.boxes for two in other.boxes))

    def union(self, other: "Region") -> "Region":
        """Keep what is in either."""
        return Region(_tidy([*self.boxes, *other.boxes]))

    def complement(self) -> "Region":
        """Keep what is in no box."""
        parts = (Region(_tidy({symbol: axis.complement()} for symbol, axis in box.items())) for box in self.boxes)
        return reduce(Region.intersect, parts, Region())


def _meet(one: Box, two: Box) -> Box:
    out = dict(one)
    for symbol, axis in two.items():
        out[symbol] = out[symbol].intersect(axis) if symbol in out else axis
    return out


class CrowdedError(Exception):
    """A region has more than MOST_BOXES boxes."""


def _tidy(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Drop empty boxes and bounds that say nothing; melt boxes that differ in one symbol.

    Raises CrowdedError where more than MOST_BOXES are left.
    """
    out: list[Box] = []
    for box in boxes:
        if any(axis.is_empty for axis in box.values()):
            continue
        box = {symbol: axis for symbol, axis in box.items() if axis != everything()}
        for index, other in enumerate(out):
            differing = [s for s in {*box, *other} if box.get(s, everything()) != other.get(s, everything())]
            if len(differing) <= 1:
                melted = dict(other)
                for symbol in differing:
                    melted[symbol] = box.get(symbol, everything()).union(other.get(symbol, everything()))
                out[index] = {symbol: axis for symbol, axis in melted.items() if axis != everything()}
                break
        else:
            out.append(box)
        if len(out) > MOST_BOXES:
            raise CrowdedError
    return tuple(out)


class _WhereError(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def region(conditions: Iterable[tree.Expr], symbols: Iterable[str]) -> tuple[Region, tuple[Diagnostic, ...]]:
    """Read conditions that all have to hold; one that cannot be understood is reported and left out.

    Where together they make too many cases, that is reported, and the rest is not read.
    symbols: those that the inputs bind.
    """
    reader = _Reader(tuple(symbols))
    out = Region()
    mistakes: list[Diagnostic] = []
    for condition in conditions:
        try:
            out = out.intersect(reader.condition(condition))
        except _WhereError as mistake:
            mistakes.append(mistake.diagnostic)
        except CrowdedError:
            mistakes.append(_crowded(condition.span).diagnostic)
            break
    return out, tuple(mistakes)


# ---------------------------------------------------------------- arithmetic


@dataclass(frozen=True, slots=True)
class _Term:
    """An integer function of at most one symbol with at(x + period) == at(x) + growth for every integer x."""

    symbol: str | None
    at: Callable[[int], int]
    period: int = 1
    growth: int = 0

    @property
    def value(self) -> int | None:
        """The number of a term without a symbol, else None."""
        return self.at(0) if self.symbol is None else None


def _constant(value: int) -> _Term:
    return _Term(None, lambda x: value)


_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class _Reader:
    def __init__(self, symbols: tuple[str, ...]) -> None:
        self.symbols = symbols

    def condition(self, expr: tree.Expr) -> Region:
        """Read a truth value.

        Raises _WhereError.
        """
        try:
            return self._region(expr)
        except CrowdedError:
            raise _crowded(expr.span) from None

    def _region(self, expr: tree.Expr) -> Region:
        match expr:
            case tree.Boolean(value):
                return Region() if value else Region(())
            case tree.Unary("not", operand):
                return self.condition(operand).complement()
            case tree.Binary("and", left, right):
                return self.condition(left).intersect(self.condition(right))
            case tree.Binary("or", left, right):
                return self.condition(left).union(self.condition(right))
            case tree.Binary("in", left, right):
                return self._membership(left, right, expr.span)
            case tree.Binary("==" | "!=" | "<" | "<=" | ">" | ">=", left, right):
                if isinstance(left, tree.Binary) and left.operator in _FLIP and expr.operator in _FLIP:
                    raise _mistake("comparisons are not chained", expr.span, "write `a <= H, H <= b`")
                return self._comparison(expr.operator, self.term(left), self.term(right), expr.span)
            case tree.Sequence((single,), "("):
                return self.condition(single)
        raise _mistake("a condition compares sizes", expr.span, "such as `H % 16 == 0, H >= 32`")

    def _membership(self, left: tree.Expr, right: tree.Expr, span: Span) -> Region:
        if not isinstance(right, tree.Sequence):
            raise _mistake("`in` needs a list", right.span, "such as `H % 16 in [0, 15]`")
        term = self.term(left)
        cases = [self._comparison("==", term, self.term(item), span) for item in right.items]
        return reduce(Region.union, cases, Region(()))

    def _comparison(self, operator: str, left: _Term, right: _Term, span: Span) -> Region:
        symbol = self._one_symbol(left, right, span)
        if operator == "!=":
            return self._comparison("==", left, right, span).complement()
        if operator in ("<", "<="):
            return self._comparison(_FLIP[operator], right, left, span)
        shift = 1 if operator == ">" else 0
        difference = _sum(left, right, -1)
        if symbol is None:
            number = difference.at(0) - shift
            return Region() if (number == 0 if operator == "==" else number >= 0) else Region(())
        axis = everything().solve(
            lambda x: difference.at(x) - shift, difference.period, difference.growth, at_least=operator != "=="
        )
        return Region(_tidy([{symbol: axis}]))

    def _one_symbol(self, left: _Term, right: _Term, span: Span) -> str | None:
        if left.symbol is not None and right.symbol is not None and left.symbol != right.symbol:
            raise _mistake(
                f"one comparison is about one symbol, not about `{left.symbol}` and `{right.symbol}`",
                span,
                "compare each with a number",
            )
        return left.symbol or right.symbol

    def term(self, expr: tree.Expr) -> _Term:
        """Read an integer expression.

        Raises _WhereError.
        """
        match expr:
            case tree.Number(int(value)):
                return _constant(value)
            case tree.Number(float(value)) if value.is_integer():
                return _constant(int(value))
            case tree.Number():
                raise _mistake("sizes are whole numbers", expr.span, "write an int")
            case tree.Name(name) | tree.Call(name, (), None, False):
                return self._symbol(name, expr.span)
            case tree.Unary("-", operand):
                return _sum(_constant(0), self.term(operand), -1)
            case tree.Binary("+" | "-", left, right):
                one, two = self.term(left), self.term(right)
                self._one_symbol(one, two, expr.span)
                return _sum(one, two, -1 if expr.operator == "-" else 1)
            case tree.Binary("*", left, right):
                return self._times(self.term(left), self.term(right), expr.span)
            case tree.Binary("//" | "%", left, right):
                return self._divided(expr.operator, self.term(left), self.term(right), expr.right.span)
            case tree.Binary("/", left, right):
                raise _mistake("`/` of a size may leave a fraction", expr.span, "write `//`, which rounds down")
            case tree.Sequence((single,), "("):
                return self.term(single)
        raise _mistake("a size is a symbol under + - * // % with whole numbers", expr.span, "such as `H // 2 + 1`")

    def _symbol(self, name: str, span: Span) -> _Term:
        if name in self.symbols:
            return _Term(name, lambda x: x, 1, 1)
        message = f"`{name}` is not a size of the inputs"
        if name == "N":
            message = "`N` is the batch: a network runs at any"
        known = ", ".join(f"`{symbol}`" for symbol in self.symbols)
        way = f"the sizes here are {known}" if known else "no input has a free size"
        raise _WhereError(Diagnostic(codes.UNKNOWN_SYMBOL, message, Label(span), helps=(Help(way),)))

    def _times(self, left: _Term, right: _Term, span: Span) -> _Term:
        if left.value is not None:
            left, right = right, left
        factor = right.value
        if factor is None:
            raise _mistake("a product of two sizes cannot be decided", span, "multiply by a number")
        at = left.at
        return _Term(left.symbol, lambda x: at(x) * factor, left.period, left.growth * factor)

    def _divided(self, operator: str, left: _Term, right: _Term, span: Span) -> _Term:
        by = right.value
        if by is None or by == 0:
            raise _mistake("a size can be divided by a number other than 0 only", span, "such as `H % 16`")
        at = left.at
        grow = abs(by) // gcd(by, left.growth)
        period, growth = left.period * grow, left.growth * grow // by
        if operator == "//":
            return _Term(left.symbol, lambda x: at(x) // by, period, growth)
        return _Term(left.symbol, lambda x: at(x) % by, period, 0)


def _sum(left: _Term, right: _Term, sign: int) -> _Term:
    period = lcm(left.period, right.period)
    growth = left.growth * (period // left.period) + sign * right.growth * (period // right.period)
    one, two = left.at, right.at
    return _Term(left.symbol or right.symbol, lambda x: one(x) + sign * two(x), period, growth)


def _crowded(span: Span) -> _WhereError:
    return _mistake(f"these conditions make more than {MOST_BOXES} cases", span, "say it with fewer `or`")


def _mistake(message: str, span: Span, way: str) -> _WhereError:
    return _WhereError(Diagnostic(codes.WHERE, message, Label(span), helps=(Help(way),)))
