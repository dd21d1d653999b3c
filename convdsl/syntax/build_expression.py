"""Build expressions: the actions of the grammar's rules from `expr` down.

The forms that the grammar reads and the language has not (`x.y(3)`, `1 < H < 9`, `True`) are told here, each with its
way out. What a name or a call means is for later phases.
"""

from math import isinf

from convdsl.codes import ARITHMETIC
from convdsl.diagnostics import Edit, Help
from convdsl.record import replace
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.bad_tokens import unseen
from convdsl.syntax.complaints import Complaints
from convdsl.syntax.forms import held, held_argument, layer_call
from convdsl.syntax.limits import LARGEST, MAX_DIGITS
from convdsl.syntax.precedence import Chain, Items, fold
from convdsl.syntax.tokens import Token

MAX_TERMS = 100  # operators on one level: `a + b + ...` nests as deep as it has terms

_FACTOR = {"K": 10**3, "M": 10**6, "G": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_PYTHON = {"True": "true", "False": "false", "None": "none"}


class ExpressionBuilder:
    """Actions of the expression rules; what they find wrong is in `told`."""

    def __init__(self, text: str) -> None:
        self.told = Complaints(text)
        self.span = Span(0, len(text))  # of the statement at hand
        # commas mean `and` between the conditions of `where` and `expect`; in YAML they may end the value
        self.joins_by_comma = False

    # ------------------------------------------------------------------ lists

    def nothing_(self, *_: Token) -> list[object]:
        return []

    def absent_(self) -> None:
        return None

    def first_(self, item: object) -> list[object]:
        return [item]

    def more_(self, items: list[object], _: Token, item: object) -> list[object]:
        items.append(item)
        return items

    def add_(self, items: list[object], item: object) -> list[object]:
        items.append(item)
        return items

    # ------------------------------------------------------------------ atoms

    def number_(self, token: Token) -> tree.Number:
        span = Span(token.start, token.end)
        return tree.Number(self._value(token.text, span), token.text, span)

    def _value(self, text: str, span: Span) -> int | float:
        if text.isdecimal() and len(text) < 16:  # 2 ** 53 has 16 digits
            return int(text)
        if len(text) > MAX_DIGITS:
            self.told.report("this number has more digits than any size or count needs", span, "write a shorter number")
            return 0
        plain = text.replace("_", "")
        unit = next((u for u in ("KiB", "MiB", "GiB", "K", "M", "G") if plain.endswith(u)), "")
        digits = plain.removesuffix(unit)
        if not unit and digits.isdecimal():
            return self._exact(int(digits), text, span)
        if not unit:
            value = float(digits)
            if isinf(value):
                self.told.report(f"`{text}` is too large for a number", span, "the largest float is about 1.8e308")
            return value
        whole, _, fraction = digits.partition(".")
        count, rest = divmod(int(whole + fraction) * _FACTOR[unit], 10 ** len(fraction))
        return float(digits) * _FACTOR[unit] if rest else self._exact(count, text, span)

    def _exact(self, value: int, text: str, span: Span) -> int:
        if value > LARGEST:
            self.told.report(
                f"`{text}` is larger than 2 ** 53, beyond which whole numbers are not exact",
                span,
                "write a smaller number",
                code=ARITHMETIC,
            )
        return value

    def string_(self, token: Token) -> tree.String:
        span = Span(token.start, token.end)
        if not token.text.isprintable() and (hidden := unseen(token.text)) is not None:
            self.told.report(f"the string holds {hidden}, which cannot be seen", span, "remove it")
        return tree.String(token.text[1:-1], span)

    def boolean_(self, token: Token) -> tree.Boolean:
        return tree.Boolean(token.text == "true", Span(token.start, token.end))

    def none_(self, token: Token) -> tree.Nothing:
        return tree.Nothing(Span(token.start, token.end))

    def hole_(self, token: Token) -> tree.Hole:
        return tree.Hole(Span(token.start, token.end))

    def name_(self, token: Token) -> tree.Expr:
        span = Span(token.start, token.end)
        if token.text in _PYTHON:
            word = _PYTHON[token.text]
            fix = Help(f"write `{word}`", (Edit(span, word),), safe=True)
            self.told.report(f"`{token.text}` is Python's spelling of `{word}`", span, fix, repaired=True)
            return tree.Nothing(span) if word == "none" else tree.Boolean(word == "true", span)
        return tree.Name(token.text, span)

    # ---------------------------------------------------------------- postfix

    def index_(self, base: tree.Expr, _: Token, index: tree.Expr, end: Token) -> tree.Expr:
        if not isinstance(base, tree.Name | tree.Index | tree.Attribute):
            self.told.report("only a named value has parts to index", base.span, "bind it to a name first: `x = ...`")
        return tree.Index(base, index, Span(base.span.start, end.end))

    def attribute_(self, base: tree.Expr, _: Token, name: Token) -> tree.Expr:
        if not isinstance(base, tree.Name | tree.Index | tree.Attribute):
            self.told.report("only a named value has parts to read", base.span, "bind it to a name first: `x = ...`")
        return tree.Attribute(base, name.text, Span(base.span.start, name.end))

    def call_(self, callee: tree.Expr, _: Token, *rest: Token | list[tree.Argument]) -> tree.Expr:
        arguments = rest[0] if isinstance(rest[0], list) else []
        end = rest[-1]
        assert isinstance(end, Token)
        span = Span(callee.span.start, end.end)
        self._check_order(arguments)
        if not isinstance(callee, tree.Name):
            written = self.told.written(callee.span)
            self.told.report(
                f"`{written}` cannot be applied: only a layer's or a block's name stands before `(`",
                callee.span,
                _call_help(callee),
            )
            return tree.Call(written, tuple(arguments), None, True, span, callee.span)
        if callee.id[0].isupper():
            held = tuple(map(held_argument, arguments))
            return tree.Call(callee.id, held, None, True, span, callee.span)
        return tree.Function(callee.id, tuple(arguments), span, callee.span)

    def _check_order(self, arguments: list[tree.Argument]) -> None:
        named: tree.Argument | None = None
        for argument in arguments:
            if argument.name is not None:
                named = argument
            elif named is not None:
                self.told.report(
                    f"a positional argument stands after `{named.name}=`",
                    argument.span,
                    "put the positional arguments first, or give this one its name",
                )
                return

    def positional_(self, value: tree.Expr) -> tree.Argument:
        return tree.Argument(None, value, value.span, value.span)

    def keyword_(self, name: Token, _: Token, value: tree.Expr) -> tree.Argument:
        return tree.Argument(name.text, value, Span(name.start, value.span.end), Span(name.start, name.end))

    def key_(self, layer: tree.Expr, _: Token, key: Token) -> tree.Expr:
        span = Span(layer.span.start, key.end)
        string = self.string_(key)
        if isinstance(layer, tree.Call) and layer.key is None:
            return tree.Call(layer.callee, layer.arguments, string, True, span, layer.name_span)
        if isinstance(layer, tree.Function):
            return layer_call(layer, string)
        what = "a layer has one key" if isinstance(layer, tree.Call) else "`as` names the weights of a layer call"
        self.told.report(what, span, 'write it once, right after a call: `Conv2d(64, 4) as "head.0"`')
        return layer

    def sequence_(self, begin: Token, *rest: Token | list[tree.Expr]) -> tree.Expr:
        items = rest[0] if isinstance(rest[0], list) else []
        end = rest[-1]
        assert isinstance(end, Token)
        span = Span(begin.start, end.end)
        if begin.text == "(" and len(items) == 1 and len(rest) == 2:
            return replace(items[0], span=span)
        if not items and begin.text == "(":
            self.told.report("there is nothing between `(` and `)`", span, "write a value, or `[]` for an empty list")
        return tree.Sequence(tuple(items), begin.text, span)

    # -------------------------------------------------------------- operators

    def prefix_(self, sign: Token, operand: tree.Expr | Items) -> Items:
        if not isinstance(operand, list):
            return [sign, operand]
        return [sign, *operand] if len(operand) <= 2 * MAX_TERMS else operand  # too long already: `fold_` says so

    def operand_(self, operand: tree.Expr | Items) -> tree.Expr:
        return self.fold_(operand) if isinstance(operand, list) else operand

    def flat_(self, left: tree.Expr | Items, sign: Token, right: tree.Expr | Items) -> Items:
        items: Items = left if isinstance(left, list) else [left]
        return self.flat_more_(items, sign, right)

    def flat_more_(self, items: Items, sign: Token, right: tree.Expr | Items) -> Items:
        items.append(sign)
        if isinstance(right, list):
            items.extend(right)
        else:
            items.append(right)
        return items

    def fold_(self, items: Items) -> tree.Expr:
        if sum(1 for item in items if isinstance(item, Token)) > MAX_TERMS:
            first = items[0].start if isinstance(items[0], Token) else items[0].span.start
            say = f"more than {MAX_TERMS} operators stand in one expression"
            self.told.report(say, Span(first, first + 1), "split it over several names")
            return next(item for item in items if not isinstance(item, Token))
        result, chains = fold(items)
        if chains:
            self._report_chain(chains, items)
        return result

    def _report_chain(self, chains: list[Chain], items: Items) -> None:
        first, last = chains[0].left.span, chains[-1].right.span
        ahead = self.told.text[self.span.start : first.start]
        inside = ahead.count("(") + ahead.count("[") > ahead.count(")") + ahead.count("]")
        alone = all(item.text not in ("or", "not") for item in items if isinstance(item, Token))
        join = ", " if self.joins_by_comma and alone and not inside else " and "
        parts = [chains[0].left, *(chain.right for chain in chains)]
        better = join.join(f"{self._side(p.left)} {p.operator} {self._side(p.right)}" for p in parts)
        if any(item.text == "not" for item in items if isinstance(item, Token)):
            better = f"({better})"  # `not` would bind the first comparison only
        span = first.to(last)
        fix = Help(f"write `{better}`", (Edit(span, better),), safe=True)
        self.told.report("comparisons do not chain", span, fix, repaired=True)

    def _side(self, side: tree.Expr) -> str:
        return self.told.text[side.span.start : side.span.end]

    # ---------------------------------------------------------- parts of YAML

    def parameter_kind_(self, kind: Token, *default: Token | tree.Expr) -> "tuple[tree.Name, tree.Expr | None]":
        value = default[1] if default else None
        assert not isinstance(value, Token)
        return tree.Name(kind.text, Span(kind.start, kind.end)), None if value is None else held(value)

    def loop_(self, name: Token, _: Token, iterable: tree.Expr) -> tuple[tree.Name, tree.Expr]:
        return tree.Name(name.text, Span(name.start, name.end)), iterable


def _call_help(callee: tree.Expr) -> str:
    if isinstance(callee, tree.Attribute):
        return f"write the layer without what stands before the dot: `{callee.name}(...)`"
    return "write `Layer(...)`, and join layers with `->`"
