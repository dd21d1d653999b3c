"""Build statements and top-level items: the actions of the grammar's rules above `expr`.

Bodies come in finished: the layout hands them over inner first, so nothing here recurses.
"""

from convdsl.diagnostics import Edit, Help
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.build_expression import ExpressionBuilder
from convdsl.syntax.forms import (
    applied,
    as_call,
    as_conditions,
    as_operand,
    as_reference,
    as_shape,
    as_target,
    held,
    layer_call,
)
from convdsl.syntax.limits import MAX_DEPTH, too_deep
from convdsl.syntax.tokens import Token

# Words that begin statements cannot be bound by a plain line, which would begin with one.
LINE_WORDS = frozenset({"input", "output", "layer", "default", "repeat", "for", "if", "expect"})

Chain = list[tree.Expr]
Group = tuple[tree.Body, tree.String | None]


class StatementBuilder(ExpressionBuilder):
    """Actions of the statement and item rules; the reader sets `span` and `comments` before each run."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.comments = tree.NO_COMMENTS
        self.bodies: dict[int, tree.Body] = {}
        self.trains: dict[int, tuple[tuple[tree.Setting, ...], tuple[str, ...]]] = {}

    def body(self, token: Token) -> tree.Body:
        """Return the finished body that a BODY token stands for."""
        return self.bodies.get(token.body) or tree.Body((), (), Span(token.start, token.end))

    # ------------------------------------------------------- inputs, outputs

    def clause_value_(self, word: Token, value: object) -> tuple[Token, object]:
        return word, value

    def input_(
        self, _: Token, name: Token, __: Token, shape: tree.Expr, clauses: list[tuple[Token, object]]
    ) -> tree.Input:
        found = self._clauses(clauses, ("=", "means", "where"))
        where = found.get("where", [])
        return tree.Input(
            name.text,
            as_shape(self.told, shape),
            _expr(found.get("=")),
            _expr(found.get("means")),
            as_conditions(self.told, [c for c in where if not isinstance(c, Token)] if isinstance(where, list) else []),
            self.comments,
            self.span,
            _span(name),
        )

    def output_(
        self, _: Token, name: Token, __: Token, shape: tree.Expr, clauses: list[tuple[Token, object]]
    ) -> tree.Output:
        found = self._clauses(clauses, ("means",))
        return tree.Output(
            name.text, as_shape(self.told, shape), _expr(found.get("means")), self.comments, self.span, _span(name)
        )

    def _clauses(self, clauses: list[tuple[Token, object]], order: tuple[str, ...]) -> dict[str, object]:
        found: dict[str, object] = {}
        at = 0
        for word, value in clauses:
            name = word.text
            if name not in order:
                what = "a constant default" if name == "=" else f"`{name}`"
                self.told.report(f"only an input has {what}", _span(word), "an output has a shape and `means`")
            elif name in found:
                self.told.report(f"`{name}` stands twice", _span(word), "write it once, conditions joined by commas")
            elif name == "=" and at == order.index("where"):
                fix = Help("write `==`", (Edit(_span(word), "=="),))
                self.told.report("a comparison is written `==`", _span(word), fix)
            elif order.index(name) < at:
                self.told.report(
                    f"`{name}` stands too late",
                    _span(word),
                    "the order is `input x: [...] = default means ... where ...`",
                    repaired=True,
                )
            found[name] = value
            at = max(at, order.index(name) if name in order else 0)
        return found

    def expect_(self, _: Token, conditions: list[tree.Expr]) -> tree.Expect:
        return tree.Expect(as_conditions(self.told, conditions), self.comments, self.span)

    # ---------------------------------------------------------- declarations

    def default_(self, _: Token, value: tree.Expr) -> tree.Default | None:
        call = as_call(self.told, value)
        if call is not None and call.key is not None:
            self.told.report("a default has no key", call.key.span, "write `as` where the layer is applied")
        return None if call is None else tree.Default(call, self.comments, self.span)

    def _declared(self, value: tree.Expr) -> tree.Call | None:
        if isinstance(value, tree.Name) and not value.id[0].isupper():
            way = "values enter where it is applied: `x -> head()`"
            self.told.report("a `layer` holds layer calls, and no value flows into it here", value.span, way)
            return None
        return as_call(self.told, value)

    def layer_(self, _: Token, name: Token, __: Token, chain: Chain) -> tree.LayerDeclaration:
        calls = tuple(call for call in (self._declared(value) for value in chain) if call is not None)
        return tree.LayerDeclaration(name.text, calls, None, self.comments, self.span, _span(name))

    def layer_body_(self, _: Token, name: Token, __: Token, body: Token) -> tree.LayerDeclaration:
        return tree.LayerDeclaration(name.text, (), self.body(body), self.comments, self.span, _span(name))

    # --------------------------------------------------------------- control

    def repeat_(self, _: Token, count: tree.Expr, body: Token) -> tree.Repeat:
        return tree.Repeat(count, self.body(body), self.comments, self.span)

    def for_(self, _: Token, name: Token, __: Token, iterable: tree.Expr, body: Token) -> tree.For:
        return tree.For(name.text, iterable, self.body(body), self.comments, self.span, _span(name))

    def if_(self, _: Token, condition: tree.Expr, body: Token, otherwise: "tuple[int, tree.Body] | None") -> tree.If:
        orelse = None if otherwise is None else otherwise[1]
        if otherwise is not None and otherwise[0] > MAX_DEPTH:
            self.told.report(
                f"more than {MAX_DEPTH} `else if` stand in a row", self.span, "choose by a parameter of a block"
            )
            orelse = None
        return tree.If(condition, self.body(body), orelse, self.comments, self.span)

    def else_(self, _: Token, body: Token) -> tuple[int, tree.Body]:
        return 1, self.body(body)

    def else_if_(
        self, _: Token, word: Token, condition: tree.Expr, body: Token, otherwise: "tuple[int, tree.Body] | None"
    ) -> tuple[int, tree.Body]:
        depth, orelse = (0, None) if otherwise is None else otherwise
        end = body.end if orelse is None else orelse.span.end
        span = Span(word.start, end)
        inner = tree.If(condition, self.body(body), orelse, span=span)
        return depth + 1, tree.Body((inner,), (), span)

    # ----------------------------------------------------------------- flows

    def group_(self, body: Token) -> Group:
        return self.body(body), None

    def group_with_key_(self, body: Token, _: Token, key: Token) -> Group:
        return self.body(body), self.string_(key)

    def promise_(self, _: Token, shape: tree.Expr) -> tree.ShapeExpr:
        return as_shape(self.told, shape)

    def flow_(self, value: Chain | Group, promise: tree.ShapeExpr | None) -> tree.Flow:
        return self._flow((), value, promise)

    def binding_(
        self, targets: list[tree.Expr], _: Token, value: Chain | Group, promise: tree.ShapeExpr | None
    ) -> tree.Flow:
        for target in targets:
            as_target(self.told, target)
            if isinstance(target, tree.Name) and target.id in LINE_WORDS:
                self.told.report(
                    f"`{target.id}` begins a statement, so no line can bind it", target.span, "choose another name"
                )
        return self._flow(tuple(targets), value, promise)

    def _flow(self, targets: tuple[tree.Expr, ...], value: Chain | Group, promise: tree.ShapeExpr | None) -> tree.Flow:
        if isinstance(value, tuple):
            body, key = value
            return tree.Flow(body, (), targets, key, promise, self.comments, self.span)
        source = self._source(value[0], bool(targets) or len(value) > 1)
        calls = tuple(call for call in (as_call(self.told, link) for link in value[1:]) if call is not None)
        return tree.Flow(source, calls, targets, None, promise, self.comments, self.span)

    def _source(self, value: tree.Expr, goes_on: bool) -> "tree.Expr | tree.Values":
        """Read a chain's head."""
        if isinstance(value, tree.Sequence):
            if value.brackets == "(" and len(value.items) > 1:
                return tree.Values(tuple(as_reference(self.told, item) for item in value.items), value.span)
            self.told.report(
                "values are handed over in parentheses, two or more", value.span, "write `(a, b) -> Layer()`"
            )
            return value
        if isinstance(value, tree.Function):
            return layer_call(value)
        if isinstance(value, tree.Name | tree.Call | tree.Index | tree.Attribute):
            if isinstance(value, tree.Name) and value.id[0].isupper():
                return applied(self.told, value)
            if isinstance(value, tree.Index | tree.Attribute):
                as_reference(self.told, value)
            if not goes_on and not self.told.broken and not isinstance(value, tree.Call):
                written = self.told.written(value.span)
                self.told.report(
                    f"`{written}` alone does nothing",
                    value.span,
                    f"apply a layer, `{written} -> ReLU()`, or name it: `y = {written}`",
                )
            return value
        if isinstance(value, tree.Binary | tree.Unary):
            if too_deep(value):
                self.told.report(
                    f"expressions nest deeper than {MAX_DEPTH}", value.span, "split the expression over names"
                )
                return value
            return as_operand(self.told, value)
        written = self.told.written(value.span)
        self.told.report(
            f"`{written}` is no value that layers could take", value.span, "begin with a value's name or a layer"
        )
        return value

    # ----------------------------------------------------------------- items

    def header_(self, _: Token, number: Token) -> Token:
        return number

    def import_(self, _: Token, path: Token, __: Token, names: list[Token]) -> tree.Import:
        words = tuple(name.text for name in names)
        return tree.Import(self.string_(path), words, self.comments, self.span, tuple(map(_span, names)))

    def signature_(self, _: Token, parameters: list[tree.Parameter], *__: Token) -> list[tree.Parameter]:
        return parameters

    def parameter_(self, name: Token, _: Token, kind: Token) -> tree.Parameter:
        return tree.Parameter(name.text, kind.text, None, Span(name.start, kind.end), _span(kind))

    def parameter_with_default_(
        self, name: Token, _: Token, kind: Token, __: Token, value: tree.Expr
    ) -> tree.Parameter:
        return tree.Parameter(name.text, kind.text, held(value), Span(name.start, value.span.end), _span(kind))

    def block_(self, _: Token, name: Token, parameters: list[tree.Parameter], body: Token) -> tree.Block:
        return tree.Block(name.text, tuple(parameters), self.body(body), self.comments, self.span, _span(name))

    def model_(self, _: Token, name: Token, parameters: list[tree.Parameter], body: Token) -> tree.Model:
        return tree.Model(name.text, tuple(parameters), self.body(body), self.comments, self.span, _span(name))

    def train_(self, _: Token, body: Token) -> tree.Train:
        settings, tail = self.trains.get(body.body, ((), ()))
        return tree.Train(settings, tail, self.comments, self.span)

    def setting_(self, name: Token, _: Token, value: tree.Expr) -> tree.Setting:
        return tree.Setting(name.text, held(value), self.comments, self.span, _span(name))


def _span(token: Token) -> Span:
    return Span(token.start, token.end)


def _expr(value: object) -> tree.Expr | None:
    return value if isinstance(value, tree.Expr) else None
