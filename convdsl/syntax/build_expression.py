"""Build expressions: the actions of the grammar's rules from `expr` down.

The forms that the grammar reads and the language has not (`x.y(3)`, `1 < H < 9`, `True`) are told here, each with its
way out. What a name or a call means is for later phases.
"""

from dataclasses import replace
from math import isinf

from convdsl.codes import SYNTAX
from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.limits import MAX_DIGITS
from convdsl.syntax.tokens import Token

PREFIX = {"not": 3, "-": 7}
PRECEDENCE = {"or": 1, "and": 2, "in": 4, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8}
COMPARISON = 4  # precedence of `in` and of == != < <= > >=
MAX_TERMS = 100  # operators on one level: `a + b + ...` nests as deep as it has terms

_FACTOR = {"K": 10**3, "M": 10**6, "G": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_PYTHON = {"True": "true", "False": "false", "None": "none"}

Items = list[tree.Expr | Token]


class ExpressionBuilder:
    """Actions of the expression rules; `broken` is set when a mistake leaves nothing to go on with."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.diagnostics: list[Diagnostic] = []
        self.broken = False
        self.joins_by_comma = False  # commas mean `and` between the conditions of `where` and `expect`

    def report(
        self,
        message: str,
        span: Span,
        *helps: str | Help,
        label: str = "",
        code: Code = SYNTAX,
        repaired: bool = False,
    ) -> None:
        """Note a mistake; `repaired` says that the tree has what was meant, so that later phases may go on."""
        ways = tuple(Help(h) if isinstance(h, str) else h for h in helps)
        self.diagnostics.append(Diagnostic(code, message, Label(span, label), helps=ways))
        self.broken = self.broken or not repaired

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
        if text.isdecimal() and len(text) <= MAX_DIGITS:
            return int(text)
        if len(text) > MAX_DIGITS:
            self.report("this number has more digits than any size or count needs", span, "write a shorter number")
            return 0
        plain = text.replace("_", "")
        unit = next((u for u in ("KiB", "MiB", "GiB", "K", "M", "G") if plain.endswith(u)), "")
        digits = plain.removesuffix(unit)
        if not unit and digits.isdecimal():
            return int(digits)
        if not unit:
            value = float(digits)
            if isinf(value):
                self.report(f"`{text}` is too large for a number", span, "the largest float is about 1.8e308")
            return value
        whole, _, fraction = digits.partition(".")
        count, rest = divmod(int(whole + fraction) * _FACTOR[unit], 10 ** len(fraction))
        return float(digits) * _FACTOR[unit] if rest else count

    def string_(self, token: Token) -> tree.String:
        return tree.String(token.text[1:-1], Span(token.start, token.end))

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
            self.report(f"`{token.text}` is Python's spelling of `{word}`", span, fix, repaired=True)
            return tree.Nothing(span) if word == "none" else tree.Boolean(word == "true", span)
        return tree.Name(token.text, span)

    # ---------------------------------------------------------------- postfix

    def index_(self, base: tree.Expr, _: Token, index: tree.Expr, end: Token) -> tree.Expr:
        if not isinstance(base, tree.Name | tree.Index | tree.Attribute):
            self.report("only a named value has parts to index", base.span, "bind it to a name first: `x = ...`")
        return tree.Index(base, index, Span(base.span.start, end.end))

    def attribute_(self, base: tree.Expr, _: Token, name: Token) -> tree.Expr:
        if not isinstance(base, tree.Name | tree.Index | tree.Attribute):
            self.report("only a named value has parts to read", base.span, "bind it to a name first: `x = ...`")
        return tree.Attribute(base, name.text, Span(base.span.start, name.end))

    def call_(self, callee: tree.Expr, _: Token, *rest: Token | list[tree.Argument]) -> tree.Expr:
        arguments = rest[0] if isinstance(rest[0], list) else []
        end = rest[-1]
        assert isinstance(end, Token)
        span = Span(callee.span.start, end.end)
        self._check_order(arguments)
        if not isinstance(callee, tree.Name):
            written = self.text[callee.span.start : callee.span.end]
            self.report(
                f"`{written}` cannot be applied: only a layer's or a block's name stands before `(`",
                callee.span,
                _call_help(callee),
            )
            return tree.Call(written, tuple(arguments), None, True, span, callee.span)
        if callee.id[0].isupper():
            held = tuple(self._held(argument) for argument in arguments)
            return tree.Call(callee.id, held, None, True, span, callee.span)
        return tree.Function(callee.id, tuple(arguments), span, callee.span)

    def _check_order(self, arguments: list[tree.Argument]) -> None:
        named: tree.Argument | None = None
        for argument in arguments:
            if argument.name is not None:
                named = argument
            elif named is not None:
                self.report(
                    f"a positional argument stands after `{named.name}=`",
                    argument.span,
                    "put the positional arguments first, or give this one its name",
                )
                return

    def _held(self, argument: tree.Argument) -> tree.Argument:
        value = held(argument.value)
        if value is argument.value:
            return argument
        return tree.Argument(argument.name, value, argument.span, argument.name_span)

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
            return tree.Call(layer.name, layer.arguments, string, True, span, layer.name_span)
        what = "a layer has one key" if isinstance(layer, tree.Call) else "`as` names the weights of a layer call"
        self.report(what, span, 'write it once, right after a call: `Conv2d(64, 4) as "head.0"`')
        return layer

    def sequence_(self, begin: Token, *rest: Token | list[tree.Expr]) -> tree.Expr:
        items = rest[0] if isinstance(rest[0], list) else []
        end = rest[-1]
        assert isinstance(end, Token)
        span = Span(begin.start, end.end)
        if begin.text == "(" and len(items) == 1 and len(rest) == 2:
            return widened(items[0], span)
        if not items and begin.text == "(":
            self.report("there is nothing between `(` and `)`", span, "write a value, or `[]` for an empty list")
        return tree.Sequence(tuple(items), begin.text, span)

    # -------------------------------------------------------------- operators

    def prefix_(self, sign: Token, operand: tree.Expr | Items) -> Items:
        return [sign, *operand] if isinstance(operand, list) else [sign, operand]

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
        """Fold `a + b * -c ...` by precedence (Dijkstra's shunting yard, so that no text can exhaust the stack)."""
        if sum(1 for item in items if isinstance(item, Token)) > MAX_TERMS:
            span = _begin(items[0]).to(_begin(items[-1]))
            self.report(f"more than {MAX_TERMS} operators stand in one expression", span, "split it over several names")
            return widened(next(item for item in items if not isinstance(item, Token)), span)
        values: list[tree.Expr] = []
        waiting: list[tuple[int, str, Token]] = []  # precedence; "prefix", "binary" or "chain"; the operator
        wants_operand = True
        chained = False

        def settle(least: int) -> None:
            while waiting and waiting[-1][0] >= least:
                _, role, sign = waiting.pop()
                right = values.pop()
                if role == "prefix":
                    values.append(tree.Unary(sign.text, right, Span(sign.start, right.span.end)))
                    continue
                left = values.pop()
                if role == "chain":
                    middle = left
                    while isinstance(middle, tree.Binary) and (middle.operator == "and" or middle is left):
                        middle = middle.right
                    right = tree.Binary(sign.text, middle, right, middle.span.to(right.span))
                    values.append(tree.Binary("and", left, right, left.span.to(right.span)))
                else:
                    values.append(tree.Binary(sign.text, left, right, left.span.to(right.span)))

        for item in items:
            if not isinstance(item, Token):
                values.append(item)
                wants_operand = False
            elif wants_operand:
                waiting.append((PREFIX[item.text], "prefix", item))
            else:
                precedence = PRECEDENCE.get(item.text, COMPARISON)
                role = "binary"
                if precedence == COMPARISON:
                    settle(COMPARISON + 1)
                    if waiting and waiting[-1][0] == COMPARISON:
                        role, chained = "chain", True
                settle(precedence + 1 if item.text == "**" else precedence)
                waiting.append((precedence, role, item))
                wants_operand = True
        settle(0)
        result = values[0]
        if chained:
            self._report_chain(items, result)
        return result

    def _report_chain(self, items: Items, result: tree.Expr) -> None:
        join = ", " if self.joins_by_comma else " and "
        parts: list[str] = []
        for part in _conjuncts(result):
            parts.append(self._written(part))
        better = join.join(parts)
        span = _begin(items[0]).to(result.span)
        fix = Help(f"write `{better}`", (Edit(span, better),), safe=True)
        self.report("comparisons do not chain", span, fix, repaired=True)

    def _written(self, part: tree.Expr) -> str:
        """Spell a conjunct; the two sides of a chain's second comparison stand in the text, but not side by side."""
        if isinstance(part, tree.Binary):
            left, right = part.left.span, part.right.span
            return f"{self.text[left.start : left.end]} {part.operator} {self.text[right.start : right.end]}"
        return self.text[part.span.start : part.span.end]

    # ---------------------------------------------------------- parts of YAML

    def parameter_kind_(self, kind: Token, *default: Token | tree.Expr) -> "tuple[tree.Name, tree.Expr | None]":
        value = default[1] if default else None
        assert not isinstance(value, Token)
        return tree.Name(kind.text, Span(kind.start, kind.end)), None if value is None else held(value)

    def loop_(self, name: Token, _: Token, iterable: tree.Expr) -> tuple[tree.Name, tree.Expr]:
        return tree.Name(name.text, Span(name.start, name.end)), iterable

    # ------------------------------------------------------------------ forms

    def as_conditions(self, conditions: list[tree.Expr]) -> tuple[tree.Expr, ...]:
        """Split conditions at their outermost `and`: in `where` and `expect` commas mean the same."""
        return tuple(part for condition in conditions for part in _conjuncts(condition))

    def as_shape(self, value: tree.Expr) -> tree.ShapeExpr:
        """Read a list in square brackets as a shape."""
        if not isinstance(value, tree.Sequence):
            self.report("a shape is a list of sizes in square brackets", value.span, "write it like `[N, 3, H, W]`")
            return tree.ShapeExpr((), value.span)
        if value.brackets == "(":
            inside = self.text[value.span.start + 1 : value.span.end - 1]
            fix = Help("write square brackets", (Edit(value.span, f"[{inside}]"),), safe=True)
            self.report("a shape stands in square brackets", value.span, fix, repaired=True)
        elif not value.items:
            self.report("a shape needs its sizes", value.span, "write it like `[N, 3, H, W]`")
        return tree.ShapeExpr(value.items, value.span)

    def as_reference(self, value: tree.Expr) -> tree.Expr:
        """Accept a value's name: `x`, `enc[i]`, `features.e1`."""
        root = value
        while isinstance(root, tree.Index | tree.Attribute):
            root = root.base
        if not isinstance(root, tree.Name) or root.id[0].isupper():
            self.report(
                "a value's name was expected here", value.span, "name the value on a line of its own: `x = ...`"
            )
        return value

    def as_target(self, value: tree.Expr) -> tree.Expr:
        """Accept what may stand left of `=`: a name, with indices at most."""
        root = value
        while isinstance(root, tree.Index):
            root = root.base
        written = self.text[value.span.start : value.span.end]
        if isinstance(root, tree.Attribute):
            last = root.name
            self.report(
                "a name on the left of `=` has no dot",
                value.span,
                f"write `{last} = ...`; a group or block is what makes dotted names",
            )
        elif isinstance(root, tree.Function | tree.Call):
            self.report("a call cannot stand on the left of `=`", value.span, "write `name = Layer(...)`")
        elif isinstance(root, tree.Sequence):
            inside = self.text[root.span.start + 1 : root.span.end - 1]
            fix = Help(f"write `{inside} = ...`", (Edit(root.span, inside),), safe=True)
            self.report("several names on the left of `=` stand without brackets", value.span, fix)
        elif not isinstance(root, tree.Name):
            self.report("only a name can stand on the left of `=`", value.span, "write `name = Layer(...)`")
        elif root.id[0].isupper():
            lower = root.id.lower()
            self.report(
                f"`{written}` is spelt like a layer's type, and values are lower case",
                value.span,
                Help(f"write `{lower} = ...`", (Edit(root.span, lower),)),
            )
        return value

    def as_call(self, value: tree.Expr) -> tree.Call | None:
        """Read what stands after `->` as a layer call."""
        if isinstance(value, tree.Call):
            return value
        if isinstance(value, tree.Function):
            return tree.Call(value.name, value.arguments, None, True, value.span, value.name_span)
        written = self.text[value.span.start : value.span.end]
        if isinstance(value, tree.Name):
            return self._applied(value)
        if isinstance(value, tree.Binary) and value.operator in ("+", "-", "*", "/"):
            self.report(
                "operators stand only at a chain's head",
                value.span,
                "with one constant write the layer, `-> Mul(110)`; otherwise name this value and begin a line with it",
            )
        else:
            self.report(f"`{written}` is no layer call", value.span, "write `Layer(...)`")
        return None

    def _applied(self, name: tree.Name) -> tree.Call:
        fix = Help(f"write `{name.id}()`", (Edit(Span(name.span.end, name.span.end), "()"),), safe=True)
        self.report(f"`{name.id}` needs parentheses to be applied", name.span, fix, repaired=True)
        return tree.Call(name.id, (), None, True, name.span, name.span)

    def as_operand(self, value: tree.Expr) -> tree.Expr:
        """Read an operand of a flow's arithmetic; its depth is limited by whoever calls."""
        if isinstance(value, tree.Function):
            return tree.Call(value.name, value.arguments, None, True, value.span, value.name_span)
        if isinstance(value, tree.Name) and value.id[0].isupper() and len(value.id) > 1:
            return self._applied(value)
        if isinstance(value, tree.Binary):
            if value.operator not in ("+", "-", "*", "/"):
                self._report_operator(value)
                return value
            left, right = self.as_operand(value.left), self.as_operand(value.right)
            return tree.Binary(value.operator, left, right, value.span)
        if isinstance(value, tree.Unary) and value.operator == "-":
            return tree.Unary("-", self.as_operand(value.operand), value.span)
        if isinstance(value, tree.Name | tree.Index | tree.Attribute | tree.Call | tree.Number):
            return value
        written = self.text[value.span.start : value.span.end]
        self.report(
            f"`{written}` cannot be an operand", value.span, "operators join values, numbers and layer calls: `a + b`"
        )
        return value

    def _report_operator(self, value: tree.Binary) -> None:
        sign = value.operator
        if sign == "//":
            self.report("`//` does not join values", value.span, "a comment begins with `#`; division is `/`")
        elif sign == "==":
            self.report("`==` compares, and no value comes of it here", value.span, "a name is bound with one `=`")
        else:
            self.report(f"`{sign}` does not join values", value.span, "between values stand `+ - * /`")


def held(value: tree.Expr) -> tree.Expr:
    """Read a bare type as a layer that is handed over: `norm=BatchNorm2d`. One capital letter is a size symbol."""
    if isinstance(value, tree.Name) and value.id[0].isupper() and len(value.id) > 1:
        return tree.Call(value.id, (), None, False, value.span, value.span)
    return value


def widened(value: tree.Expr, span: Span) -> tree.Expr:
    """Return the expression with the span of the parentheses around it."""
    return replace(value, span=span)


def _begin(item: tree.Expr | Token) -> Span:
    return Span(item.start, item.end) if isinstance(item, Token) else item.span


def _conjuncts(condition: tree.Expr) -> list[tree.Expr]:
    parts: list[tree.Expr] = []
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tree.Binary) and part.operator == "and":
            waiting += (part.right, part.left)
        else:
            parts.append(part)
    return parts


def _call_help(callee: tree.Expr) -> str:
    if isinstance(callee, tree.Attribute):
        return f"write the layer without what stands before the dot: `{callee.name}(...)`"
    return "write `Layer(...)`, and join layers with `->`"
