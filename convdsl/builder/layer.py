"""What makes layer calls: the catalogue's layers, imported blocks, layer parameters, declared layers."""

from typing import Any, Never, Protocol

from convdsl.builder import words
from convdsl.builder.line import Call, Chain
from convdsl.builder.pending import made
from convdsl.builder.piece import Part, Piece, Roots, arguments_of
from convdsl.builder.refusal import refuse
from convdsl.record import dataclass
from convdsl.syntax import tree


class Layer(Protocol):
    """A layer that is handed over: `norm: Layer = BatchNorm2d`, applied as `m(norm())`."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Call:
        """Apply it."""


def call(callee: str, positional: tuple[object, ...], keywords: dict[str, object], roots: Roots) -> Call:
    """Make a layer call, which is to be in a line."""
    arguments, others = arguments_of(positional, keywords)
    out = Call(Chain(tree.Call(callee, arguments), roots=roots.and_those_of([others])))
    made(out, *positional, *keywords.values())
    return out


class LayerType(Part):
    """A layer by its type's name: `ReLU`. Called, it is a layer call; as an argument it is the layer itself."""

    __slots__ = ("__name", "__roots")

    def __init__(self, name: str, uses: tuple[object, ...] = ()) -> None:
        self.__name = words.type_name(name, "a layer's type")
        self.__roots = Roots(uses=uses)

    def __piece__(self) -> Piece:
        return Piece(tree.Call(self.__name, (), None, False), self.__roots)

    def __call__(self, *arguments: object, **keywords: object) -> Call:
        """Apply it."""
        return call(self.__name, arguments, keywords, self.__roots)

    def __rrshift__(self, _: object) -> Never:
        raise refuse(f"`{self.__name}` needs parentheses to be applied", f"write `{self.__name}()`")

    def __repr__(self) -> str:
        return self.__name


class HeldLayer(Part):
    """A layer by a name: a block's `layer` parameter, or what `m.layer` declared."""

    __slots__ = ("__declared", "__name", "__roots")

    def __init__(self, name: str, roots: Roots, declared: bool = False) -> None:
        self.__name, self.__roots, self.__declared = name, roots, declared

    def __piece__(self) -> Piece:
        if self.__declared:
            raise refuse(f"`{self.__name}` is a declared layer and no argument", f"apply it: `m({self.__name}())`")
        return Piece(tree.Name(self.__name), self.__roots)

    def __call__(self, *arguments: object, **keywords: object) -> Call:
        """Apply it."""
        return call(self.__name, arguments, keywords, self.__roots)

    def __rrshift__(self, _: object) -> Never:
        raise refuse(f"`{self.__name}` needs parentheses to be applied", f"write `{self.__name}()`")

    def __bool__(self) -> bool:
        raise refuse(
            f"`{self.__name}` is known when the network is made, and Python cannot decide by it", "decide by a bool"
        )

    def __repr__(self) -> str:
        return self.__name


@dataclass(frozen=True, slots=True)
class Imported:
    """`from "blocks.cdsl" import Down, Up`."""

    node: tree.Import


def imported(path: str, *names: str, note: str = "", aside: str = "") -> tuple[LayerType, ...]:
    """Import blocks of a file of specs: `Down, Up = imported("blocks.cdsl", "Down", "Up")`.

    path: as the spec says it, from the spec's folder. note, aside: comments above the line and at its end.
    """
    if not names:
        raise refuse("an import names blocks", 'write `Down, Up = imported("blocks.cdsl", "Down", "Up")`')
    checked = tuple(words.type_name(name, "a block's name") for name in names)
    line = Imported(tree.Import(words.string(path), checked, words.comments(note, aside)))
    return tuple(LayerType(name, (line,)) for name in checked)
