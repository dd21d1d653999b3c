"""The `train` section, as a program writes it: `t.loss = SmoothL1()`, `t.epochs = 20`."""

from convdsl.builder import words
from convdsl.builder.line import Line
from convdsl.builder.notes import Notes
from convdsl.builder.pending import used
from convdsl.builder.piece import Piece, piece_of
from convdsl.builder.refusal import refuse
from convdsl.record import replace
from convdsl.syntax import tree


class Train:
    """Settings by their names. What it has besides is what it can say of them: `note`, `aside`, `gap`."""

    __slots__ = ("__comments__", "__notes__", "__settings__")
    __comments__: tree.Comments
    __notes__: Notes
    __settings__: list[tree.Setting]

    def __init__(self, comments: tree.Comments) -> None:
        object.__setattr__(self, "__comments__", comments)
        object.__setattr__(self, "__notes__", Notes())
        object.__setattr__(self, "__settings__", [])

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("note", "aside", "gap"):
            raise refuse(f"`{name}` is a word of the builder", f"call it: `t.{name}(...)`")
        piece = _piece_of(value)
        used(value)
        if piece.roots.scopes:
            raise refuse("the training knows no names of blocks and models", "give a number")
        setting = tree.Setting(words.name(name, "a setting's name"), piece.node, self.__notes__.taken())
        self.__settings__.append(setting)

    def note(self, text: str) -> None:
        """Write a comment above the next setting."""
        self.__notes__.note(text)

    def aside(self, text: str) -> None:
        """Write a comment at the end of the last setting's line."""
        settings = self.__settings__
        comments = self.__notes__.beside(settings[-1].comments if settings else None, text)
        settings[-1] = replace(settings[-1], comments=comments)

    def gap(self) -> None:
        """Leave a blank line."""
        self.__notes__.gap()

    def __node__(self) -> tree.Train:
        return tree.Train(tuple(self.__settings__), tuple(self.__notes__.above), self.__comments__)


def _piece_of(value: object) -> Piece:
    """Turn a setting's value into an expression: losses that are added are written as values that are."""
    if isinstance(value, Line):
        chain = value.__line__
        if isinstance(chain.source, tree.Binary | tree.Unary) and not chain.calls and chain.promise is None:
            return Piece(chain.source, chain.roots)
    return piece_of(value)
