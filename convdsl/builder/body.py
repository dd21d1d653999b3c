"""The body of a block or model, as a program writes it: `m(ReLU())` a line, `m.x = ReLU()` a named line."""

from collections.abc import Callable
from typing import Any

from convdsl.builder import words
from convdsl.builder.declared import DeclaredLayer
from convdsl.builder.expression import conditions_of, expression_of, named, shape_of
from convdsl.builder.layer import Layer, call
from convdsl.builder.line import Line, Reference, line_of
from convdsl.builder.piece import Piece, Roots, piece_of
from convdsl.builder.refusal import refuse
from convdsl.builder.writer import Opening, Writer
from convdsl.syntax import tree

Names = str | Reference | tuple[str | Reference, ...]


class Body:
    """Where a block's or model's lines go. What it has besides the methods below are the names of values.

    `m["for"]` is the value `for`, whose name Python cannot write, and `m["a", "b"] = Chunk(2)` binds two.
    """

    __slots__ = ("__writer__",)
    __writer__: Writer

    def __init__(self, writer: Writer) -> None:
        object.__setattr__(self, "__writer__", writer)

    # ------------------------------------------------------------------- lines

    def __call__(self, line: Line) -> None:
        """Write a line without a name."""
        self.__writer__.bind((), line)

    def __getattr__(self, name: str) -> Reference:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Reference:
        writer = self.__writer__
        return Reference(tree.Name(words.name(name, "a value's name")), Roots((writer.scope,)), writer)

    def __setattr__(self, name: str, line: Line) -> None:
        if name in _OWN:
            raise refuse(f"`m.{name}` is a word of the builder", f'write `m["{name}"] = ...`, or choose another name')
        self[name] = line

    def __setitem__(self, names: Names, line: Line) -> None:
        targets = names if isinstance(names, tuple) else (names,)
        for name in targets:
            if isinstance(name, str):
                words.bound(name)
        self.__writer__.bind(tuple(n if isinstance(n, Reference) else self[n] for n in targets), line)

    # ------------------------------------------------------------ declarations

    def input(
        self, name: str, shape: object, *, means: object = None, where: object = (), default: object = None
    ) -> Reference:
        """Declare what goes in: `m.input("gray", "[N, 1, H, W]", means="L / 100", where="H % 8 == 0")`."""
        size, roots = shape_of(shape)
        given = [None if part is None else expression_of(part) for part in (default, means)]
        conditions, others = conditions_of(where)
        roots = roots.and_those_of([others, *(piece.roots for piece in given if piece is not None)])
        first, second = (None if piece is None else piece.node for piece in given)
        self.__writer__.write(tree.Input(words.name(name), size, first, second, conditions), roots)
        return self[name]

    def output(self, name: str, shape: object, *, means: object = None) -> None:
        """Declare what comes out: `m.output("ab", "[N, 2, H, W]", means="ab / 110")`."""
        size, roots = shape_of(shape)
        meaning = None if means is None else expression_of(means)
        roots = roots if meaning is None else roots.and_those_of([meaning.roots])
        node = None if meaning is None else meaning.node
        self.__writer__.write(tree.Output(words.name(name), size, node), roots)

    def expect(self, *conditions: object) -> None:
        """Expect of the network: `m.expect("parameters <= 1M", "receptive_field >= 96")`."""
        found, roots = conditions_of(conditions)
        if not found:
            raise refuse("this expects nothing", 'write a condition: `m.expect("parameters <= 1M")`')
        self.__writer__.write(tree.Expect(found), roots)

    def default(self, layer: Layer, *arguments: object, **keywords: object) -> None:
        """Give arguments to every such layer up to the end of the braces: `m.default(Conv2d, padding=1)`."""
        piece = piece_of(layer)
        if not isinstance(piece.node, tree.Call) or piece.node.arguments:
            raise refuse("a default is for a layer's type or a block", "write `m.default(Conv2d, padding=1)`")
        made = call(piece.node.callee, arguments, keywords, piece.roots)
        chain = line_of(made)
        assert isinstance(chain.source, tree.Call)
        self.__writer__.write(tree.Default(chain.source), chain.roots)

    def layer(self, name: str, layers: Line | None = None) -> DeclaredLayer:
        """Declare weights once, to be applied more than once: `head = m.layer("head", Conv2d(36, 3))`, `m(head())`.

        Without layers it is opened by `with m.layer("head") as head:`, and its lines are written inside.
        """
        return DeclaredLayer(self.__writer__, words.name(name, "a layer's name"), layers)

    # ----------------------------------------------------------------- control

    def repeat(self, count: object) -> Opening[None]:
        """Write the lines inside several times: `with m.repeat(3):`."""
        piece = expression_of(count)
        return self.__open(lambda body: tree.Repeat(piece.node, body), piece.roots, None)

    def for_(self, variable: str, iterable: object) -> Opening[int]:
        """Write the lines inside for each item: `with m.for_("i", "range(n)") as i:`, or a list, or Python's range."""
        name = words.name(variable, "a loop's variable")
        piece = _range(iterable) if isinstance(iterable, range) else expression_of(iterable)
        turn: Any = named(name, Roots((self.__writer__.scope,)))
        return self.__open(lambda body: tree.For(name, piece.node, body), piece.roots, turn)

    def if_(self, condition: object) -> Opening[None]:
        """Write the lines inside where a parameter says so: `with m.if_(width > 64):`, or `m.if_("width > 64")`."""
        piece = expression_of(condition)

        return self.__open(lambda body: tree.If(piece.node, body), piece.roots, None, elses=0)

    def elif_(self, condition: object) -> Opening[None]:
        """Go on from an `if_` with another condition."""
        piece = expression_of(condition)
        self.__writer__.hang_on(piece.roots)
        depth = self.__writer__.after_if()
        return Opening(
            self.__writer__,
            lambda body: self.__writer__.otherwise(depth, tree.Body((tree.If(piece.node, body),)), depth + 1),
            None,
        )

    def else_(self) -> Opening[None]:
        """Write the lines inside where the `if_` before it did not hold."""
        depth = self.__writer__.after_if()
        return Opening(self.__writer__, lambda body: self.__writer__.otherwise(depth, body, None), None)

    def group(self, name: Names | None = None, *, shape: object = None, as_: str | None = None) -> Opening[None]:
        """Put lines together under a name: `with m.group("features"):`; shape: a promise, as_: the weights' name."""
        names = () if name is None else name if isinstance(name, tuple) else (name,)
        targets = tuple(one if isinstance(one, Reference) else self[words.bound(one)] for one in names)
        roots = Roots().and_those_of(target.__piece__().roots for target in targets)
        promise, others = (None, Roots()) if shape is None else shape_of(shape)
        key = None if as_ is None else words.string(as_)
        nodes = tuple(target.__piece__().node for target in targets)

        def made(body: tree.Body) -> tree.Statement:
            return tree.Flow(body, (), nodes, key, promise)

        return self.__open(made, roots.and_those_of([others]), None)

    # ---------------------------------------------------------------- comments

    def note(self, text: str) -> None:
        """Write a comment above the next line."""
        self.__writer__.note(text)

    def aside(self, text: str) -> None:
        """Write a comment at the end of the last line."""
        self.__writer__.aside(text)

    def gap(self) -> None:
        """Leave a blank line."""
        self.__writer__.gap()

    def __open(
        self, made: Callable[[tree.Body], tree.Statement], roots: Roots, value: Any, elses: int | None = None
    ) -> Opening[Any]:
        writer = self.__writer__

        def close(body: tree.Body) -> None:
            writer.write(made(body), roots)
            writer.frames[-1].elses = elses

        return Opening(writer, close, value)


def _range(numbers: range) -> Piece:
    """Write Python's range as the language's."""
    bounds = [numbers.start, numbers.stop, numbers.step]
    if numbers.step == 1:
        bounds = bounds[:2] if numbers.start else bounds[1:2]
    return Piece(tree.Function("range", tuple(tree.Argument(None, piece_of(bound).node) for bound in bounds)))


_OWN = frozenset(name for name in vars(Body) if not name.startswith("_"))
