"""Read the thousandth line that looks like the first without parsing it again.

Lines of a network differ in their names and little else. What the parser made of one is kept as a recipe over the
numbers of its tokens; a later line with the same tokens, other names in place of its names, is made by the recipe.
"""

from collections.abc import Callable, Sequence
from typing import Any

from convdsl.record import replace
from convdsl.source import Span
from convdsl.syntax import tree
from convdsl.syntax.tokens import Token

Maker = Callable[[Sequence[Token]], Any]
FlowMaker = Callable[[Sequence[Token], tree.Comments], tree.Flow]
Key = tuple[str, ...]

ANY_NAME, ANY_COUNT = "\0name", "\0count"  # what stands in a key for them; no token has such a text
MOST_DIGITS = 15  # of a count; what is longer may be refused
LONGEST = 60  # tokens; a longer line is a long list, or no line that comes twice


def key_of(tokens: Sequence[Token]) -> Key:
    """Return what two statements must share to be read alike: their tokens, but for names and small integers."""
    return tuple(
        [
            ANY_NAME if kind == "NAME" else ANY_COUNT if kind == "NUMBER" and is_count(text) else text
            for kind, text, _, _, _ in tokens
        ]
    )


def is_count(text: str) -> bool:
    """Tell whether a number is a small integer, written with digits alone."""
    return text.isdecimal() and len(text) <= MOST_DIGITS


def recipe(flow: tree.Flow, tokens: Sequence[Token]) -> FlowMaker:
    """Return how to make such a flow from tokens with the same key; it holds no body."""
    places = _Places(tokens)
    source, promise = places.maker(flow.source), places.maker(flow.promise)
    calls, targets = places.makers(flow.calls), places.makers(flow.targets)

    def make(given: Sequence[Token], comments: tree.Comments) -> tree.Flow:
        span = Span(given[0].start, given[-1].end)
        return tree.Flow(
            source(given),
            tuple([call(given) for call in calls]),
            tuple([target(given) for target in targets]),
            None,
            promise(given),
            comments,
            span,
        )

    return make


class _Places:
    """Finds the tokens at which the parts of a tree begin and end, and makes makers of the parts."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.starts = {token.start: number for number, token in enumerate(tokens)}
        self.ends = {token.end: number for number, token in enumerate(tokens)}

    def makers(self, parts: Sequence[object]) -> list[Maker]:
        return [self.maker(part) for part in parts]

    def maker(self, part: object) -> Maker:
        """Return what makes a part of a flow again; the frequent kinds have makers that waste nothing."""
        match part:
            case tree.Name(span=span) if span.start in self.starts and self.starts[span.start] == self.ends[span.end]:
                return _name(self.starts[span.start])
            case tree.Number(value=value, text=text, span=span) if span.start in self.starts:
                return self._number(value, text, span)
            case tree.Argument(name=None, value=value):
                return _positional(self.maker(value))
            case tree.Argument(value=value, name_span=span):
                return _named(self.starts[span.start], self.maker(value))
            case tree.Call(arguments=arguments, key=None, parentheses=True, span=span, name_span=name):
                return _call(
                    self.starts[name.start], self.starts[span.start], self.ends[span.end], self.makers(arguments)
                )
        return self._other(part)

    def _number(self, value: int | float, text: str, span: Span) -> Maker:
        first, last = self.starts[span.start], self.ends[span.end]
        if first == last and is_count(text):
            return _count(first)
        if is_count(text):  # in parentheses
            inner = next(n for n, token in enumerate(self.tokens) if token.start >= span.start and token.text == text)
            count = _count(inner)
            return lambda given: replace(count(given), span=Span(given[first].start, given[last].end))
        return lambda given: tree.Number(value, text, Span(given[first].start, given[last].end))

    def _other(self, part: object) -> Maker:
        """Make a maker for any part, field by field."""
        if isinstance(part, tuple):
            makers = self.makers(part)
            return lambda given: tuple([make(given) for make in makers])
        if isinstance(part, Span):
            first, last = self.starts[part.start], self.ends[part.end]
            return lambda given: Span(given[first].start, given[last].end)
        if not isinstance(part, tree.Expr | tree.Values | tree.ShapeExpr | tree.Argument):
            return lambda given: part
        kind = type(part)
        named = self._naming(part)
        fields = [
            _text(named) if named is not None and isinstance(value, str) else self.maker(value)
            for value in (getattr(part, name) for name in kind.__match_args__)
        ]
        return lambda given: kind(*[make(given) for make in fields])

    def _naming(self, part: object) -> int | None:
        """Return the number of the token whose text names the part, where it has one."""
        match part:
            case tree.Name(span=span):  # in parentheses: its span is wider than the name
                inside = (number for number, token in enumerate(self.tokens) if token.start >= span.start)
                return next(number for number in inside if self.tokens[number].text == part.id)
            case tree.Attribute(span=span):
                return next(
                    n for n, t in reversed(list(enumerate(self.tokens))) if t.end <= span.end and t.text == part.name
                )
            case tree.Call(name_span=span) | tree.Function(name_span=span):
                return self.starts[span.start]
        return None


def _text(number: int) -> Maker:
    return lambda given: given[number].text


def _name(number: int) -> Maker:
    def make(given: Sequence[Token]) -> tree.Name:
        _, text, start, end, _ = given[number]
        return tree.Name(text, Span(start, end))

    return make


def _count(number: int) -> Maker:
    def make(given: Sequence[Token]) -> tree.Number:
        _, text, start, end, _ = given[number]
        return tree.Number(int(text), text, Span(start, end))

    return make


def _positional(value: Maker) -> Maker:
    def make(given: Sequence[Token]) -> tree.Argument:
        made = value(given)
        return tree.Argument(None, made, made.span, made.span)

    return make


def _named(number: int, value: Maker) -> Maker:
    def make(given: Sequence[Token]) -> tree.Argument:
        made = value(given)
        _, text, start, end, _ = given[number]
        return tree.Argument(text, made, Span(start, made.span.end), Span(start, end))

    return make


def _call(name: int, first: int, last: int, arguments: list[Maker]) -> Maker:
    def make(given: Sequence[Token]) -> tree.Call:
        _, callee, start, end, _ = given[name]
        made = tuple([argument(given) for argument in arguments])
        return tree.Call(callee, made, None, True, Span(given[first].start, given[last].end), Span(start, end))

    return make
