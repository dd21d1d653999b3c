"""Lines: what a body is written of. `m.x >> Conv2d(8, 3) >> ReLU()`, `m.a + m.b`, `Down(width) | "[N, 64, H, W]"`.

A line is a value of the program until it is written by `m(line)` or `m.name = line`. Its parts are in `__line__`, out
of the way of users' names.
"""

from typing import Any, Never

from convdsl.builder import words
from convdsl.builder.expression import shape_of
from convdsl.builder.pending import made, used
from convdsl.builder.piece import Part, Piece, Roots, piece_of, shallow
from convdsl.builder.refusal import refuse
from convdsl.record import dataclass
from convdsl.syntax import tree

Head = tree.Name | tree.Index | tree.Attribute | tree.Call | tree.Binary | tree.Unary | tree.Values


@dataclass(frozen=True, slots=True)
class Chain:
    """`source -> call -> call : promise`, and what it hangs on."""

    source: Head
    calls: tuple[tree.Call, ...] = ()
    promise: tree.ShapeExpr | None = None
    roots: Roots = Roots()


class Line(Part):
    """A line that is not written yet. `>>` joins layers, `+ - * /` values, `| "[N, 8, H, W]"` promises its shape."""

    __slots__ = ("__line__",)
    __line__: Chain

    def __init__(self, chain: Chain) -> None:
        object.__setattr__(self, "__line__", chain)

    def __piece__(self) -> Piece:
        raise refuse(
            "an argument is a value's name or a layer, and this is a line", "name it first: `m.y = ...`, then `m.y`"
        )

    def __rshift__(self, other: "Line") -> "Line":
        if isinstance(other, Part) and not isinstance(other, Line):
            return NotImplemented  # a layer without its parentheses, which says so itself
        return _chained(self, other)

    def __rrshift__(self, other: "tuple[Reference, ...]") -> "Line":
        return _handed_over(other, self)

    def __or__(self, shape: object) -> "Line":
        chain = self.__line__
        if chain.promise is not None:
            raise refuse("this line has a promise already", "promise one shape")
        promise, roots = shape_of(shape)
        return _new(Chain(chain.source, chain.calls, promise, chain.roots.and_those_of([roots])), self)

    def __add__(self, other: object) -> "Line":
        return _joined("+", self, other)

    def __radd__(self, other: object) -> "Line":
        return _joined("+", other, self)

    def __sub__(self, other: object) -> "Line":
        return _joined("-", self, other)

    def __rsub__(self, other: object) -> "Line":
        return _joined("-", other, self)

    def __mul__(self, other: object) -> "Line":
        return _joined("*", self, other)

    def __rmul__(self, other: object) -> "Line":
        return _joined("*", other, self)

    def __truediv__(self, other: object) -> "Line":
        return _joined("/", self, other)

    def __rtruediv__(self, other: object) -> "Line":
        return _joined("/", other, self)

    def __neg__(self) -> "Line":
        operand, roots = _operand(self)
        return _new(Chain(tree.Unary("-", operand), roots=roots), self)

    def __bool__(self) -> bool:
        raise refuse("a value is known when the network runs, and Python cannot decide by it", "decide by a parameter")

    def __iter__(self) -> Never:
        raise refuse("what a layer makes cannot be taken apart by Python", 'name the values: `m["a", "b"] = Chunk(2)`')

    def __format__(self, _: str) -> str:
        raise refuse("a line of layers is no text", "write the value's name as text")


class Call(Line):
    """A layer with its arguments: `Conv2d(64, 3, padding=1)`. It is a line, and an argument that takes a layer."""

    __slots__ = ()

    def __piece__(self) -> Piece:
        call = self.__line__.source
        assert isinstance(call, tree.Call)
        if not call.callee[0].isupper():
            if call.key is not None:
                raise refuse("a layer parameter in an argument has no key", "write `as_` where it is applied")
            return Piece(tree.Function(call.callee, call.arguments), self.__line__.roots)
        return Piece(call, self.__line__.roots)

    def as_(self, key: str) -> "Call":
        """Name the weights of this layer by hand: `Conv2d(2, 3).as_("output")`."""
        call = self.__line__.source
        assert isinstance(call, tree.Call)
        if call.key is not None:
            raise refuse("a layer has one key", "write `as_` once")
        named = tree.Call(call.callee, call.arguments, words.string(key))
        out = Call(Chain(named, roots=self.__line__.roots))
        made(out, self)
        return out

    def __call__(self, *arguments: Any, **keywords: Any) -> "Call":
        """Refuse: a layer is applied by `>>`."""
        raise refuse("a layer takes its values from the left", "write `m.x >> Conv2d(8, 3)`, or `(m.a, m.b) >> Up(8)`")


class Reference(Line):
    """A value by its name: `m.x`, `m.enc[i]`, `m.features.e1`. Its attributes are the names inside it."""

    __slots__ = ("__writer__",)

    def __init__(self, node: tree.Name | tree.Index | tree.Attribute, roots: Roots, writer: Any) -> None:
        super().__init__(Chain(node, roots=roots))
        object.__setattr__(self, "__writer__", writer)

    def __piece__(self) -> Piece:
        node = self.__line__.source
        assert not isinstance(node, tree.Values)
        return Piece(node, self.__line__.roots)

    def __getattr__(self, name: str) -> "Reference":
        if name.startswith("__"):
            raise AttributeError(name)
        node = self.__piece__().node
        assert isinstance(node, tree.Name | tree.Index | tree.Attribute)
        return Reference(tree.Attribute(node, words.name(name)), self.__line__.roots, self.__writer__)

    def __setattr__(self, name: str, value: Never) -> None:
        raise refuse(
            "a name on the left of `=` has no dot", f"write `m.{name} = ...`; a group or block makes dotted names"
        )

    def __getitem__(self, index: object) -> "Reference":
        node, found = self.__piece__().node, piece_of(index)
        assert isinstance(node, tree.Name | tree.Index | tree.Attribute)
        roots = self.__line__.roots.and_those_of([found.roots])
        return Reference(tree.Index(node, shallow(found.node)), roots, self.__writer__)

    def __setitem__(self, index: object, line: Line) -> None:
        self.__writer__.bind((self[index],), line)

    def __call__(self, *arguments: Any, **keywords: Any) -> Never:
        written = words.said(self.__piece__().node)
        raise refuse(
            f"`{written}` is a value, and no layer or word of the builder",
            'a declared layer is what `head = m.layer("head", ...)` returns',
        )


def _new(chain: Chain, *parts: object) -> Line:
    line = Line(chain)
    made(line, *parts)
    return line


def _chained(left: Line, right: object) -> Line:
    if not isinstance(right, Line) or not isinstance(right.__line__.source, tree.Call):
        raise refuse(
            "after `>>` stands a layer call, and this is none",
            "write `ReLU()` with its parentheses; name values and joins first, and begin a line with them",
        )
    before, after = left.__line__, right.__line__
    if before.promise is not None:
        raise refuse("a promise ends its line", "begin a new line after it: `m(...)`")
    assert isinstance(after.source, tree.Call)
    calls = (*before.calls, after.source, *after.calls)
    return _new(Chain(before.source, calls, after.promise, before.roots.and_those_of([after.roots])), left, right)


def _handed_over(values: object, right: Line) -> Line:
    if not isinstance(values, tuple) or len(values) < 2 or not all(isinstance(value, Reference) for value in values):
        raise refuse("before `>>` stands a value, or two or more in parentheses", "write `(m.a, m.b) >> Up(64)`")
    pieces = [piece_of(value) for value in values]
    roots = Roots().and_those_of(piece.roots for piece in pieces)
    return _chained(Line(Chain(tree.Values(tuple(piece.node for piece in pieces)), roots=roots)), right)


def _joined(sign: str, left: object, right: object) -> Line:
    (first, roots), (second, others) = _operand(left), _operand(right)
    node = tree.Binary(sign, first, second)
    shallow(node)
    return _new(Chain(node, roots=roots.and_those_of([others])), left, right)


def _operand(value: object) -> tuple[tree.Expr, Roots]:
    if isinstance(value, Line):
        chain = value.__line__
        if chain.calls or chain.promise is not None or isinstance(chain.source, tree.Values):
            raise refuse("operators stand at the head of a line", "name this value first: `m.y = ...`, then `m.y`")
        return chain.source, chain.roots
    piece = piece_of(value)
    if not _is_constant(piece.node):
        raise refuse(
            "operators join values, numbers, parameters and layer calls", "compute it in an argument: `Mul(2 * gain)`"
        )
    return piece.node, piece.roots


def _is_constant(node: tree.Expr) -> bool:
    """Tell whether an expression may be an operand between values: numbers and parameters under `+ - * /`."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tree.Unary) and part.operator == "-":
            waiting.append(part.operand)
        elif isinstance(part, tree.Binary) and part.operator in ("+", "-", "*", "/"):
            waiting += (part.left, part.right)
        elif not isinstance(part, tree.Number | tree.Name):
            return False
    return True


def line_of(value: object) -> Chain:
    """Return what a line is made of, which is thereby used.

    Raises BuilderError where it is no line.
    """
    if not isinstance(value, Line):
        raise refuse(
            f"a line is made of layers and values, and this is {value!r:.60}",
            "write a layer with its parentheses, `ReLU()`, or a value, `m.x`; numbers stay in Python's own variables",
        )
    used(value)
    return value.__line__
