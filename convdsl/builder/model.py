"""Whole specs: a model with the blocks that it needs and its training, or a library of blocks."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import ParamSpec, overload

from convdsl.authoring.canonical import canonical
from convdsl.authoring.print_text import print_text
from convdsl.builder import words
from convdsl.builder.block import Block, Definition, Written, define, reached
from convdsl.builder.layer import Imported, Layer, LayerType
from convdsl.builder.origin import noted, origins
from convdsl.builder.refusal import refuse
from convdsl.builder.train import Train
from convdsl.pipeline import Analysis, analyze
from convdsl.record import replace
from convdsl.source import Source
from convdsl.syntax import tree

P = ParamSpec("P")
NAME = "<python>"  # what messages call the text of a spec that a program wrote


class Spec(ABC):
    """What a program wrote. `check`, `show`, `draw`, `emit`, `build` and `train` take it as they take a file."""

    def __init__(self, definitions: "Iterable[Imported | Definition]", header: str, beside: str, tail: str) -> None:
        self.parts = _each_once(definitions)
        self.header, self.tail = words.comments(header, beside), words.comments(tail).above

    @abstractmethod
    def last(self) -> tuple[tree.Item, ...]:
        """Return what stands below the blocks."""

    def tree(self) -> tree.File:
        """Return the spec as the tree that reading its text gives."""
        imports, blocks = _merged(self.parts), [p.node for p in self.parts if isinstance(p, Definition)]
        return canonical(tree.File(Source(NAME, ""), 1, (*imports, *blocks, *self.last()), self.header, self.tail))

    def to_text(self) -> str:
        """Return the spec as text, as `convdsl fmt` writes it."""
        return print_text(self.tree())

    def analysis(self, parameters: Mapping[str, object] | None = None) -> Analysis:
        """Find out all that can be known of the printed text; findings name the program's lines besides."""
        written = self.tree()
        source = Source(NAME, print_text(written))
        out = analyze(source, parameters)
        if not out.diagnostics:
            return out
        lines = origins(written, canonical(out.file), [p for p in self.definitions() if isinstance(p, Definition)])
        return replace(out, diagnostics=tuple(noted(found, lines) for found in out.diagnostics))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what a notebook shows of it: the table and the drawing, of a library its text."""
        return self.analysis()._repr_mimebundle_(include, exclude)

    def definitions(self) -> tuple[Imported | Definition, ...]:
        """Return everything that a function of the program wrote."""
        return self.parts

    def to_yaml(self) -> str:
        """Return the spec as YAML, as `convdsl fmt` writes it."""
        from convdsl.authoring.print_yaml import print_yaml  # a text needs none of it

        return print_yaml(self.tree())


class Model(Spec):
    """A network as a program wrote it."""

    def __init__(self, definition: Definition, before: Iterable[Layer], header: str, beside: str, tail: str) -> None:
        self.definition = definition
        super().__init__((*_parts(before), *definition.reached), header, beside, tail)
        self.training: Train | None = None

    def definitions(self) -> tuple[Imported | Definition, ...]:
        """Return everything that a function of the program wrote."""
        return (*self.parts, self.definition)

    def train(self, note: str = "", aside: str = "", **settings: object) -> Train:
        """Say how it is trained: `Net.train(loss=SmoothL1(), epochs=20)`; what it returns takes more settings."""
        if self.training is None:
            self.training = Train(words.comments(note, aside))
        for name, value in settings.items():
            setattr(self.training, name, value)
        return self.training

    def last(self) -> tuple[tree.Item, ...]:
        """Return the model and its training."""
        return (self.definition.node,) if self.training is None else (self.definition.node, self.training.__node__())

    def __repr__(self) -> str:
        return self.definition.node.name


class Library(Spec):
    """Blocks for other specs to import."""

    def last(self) -> tuple[tree.Item, ...]:
        """Return nothing: a library has no model."""
        return ()


def library(*blocks: Layer, header: str = "", beside: str = "", tail: str = "") -> Library:
    """Make a file of blocks, and of what they need: `library(Down, Up).to_text()`."""
    return Library(_parts(blocks), header, beside, tail)


@overload
def model(function: Written[P], /) -> Model:
    """Make a model of the function below."""


@overload
def model(
    *, name: str = "", blocks: Iterable[Layer] = (), header: str = "", beside: str = "", aside: str = "", tail: str = ""
) -> Callable[[Written[P]], Model]:
    """Make a model of the function below, with what it cannot say itself."""


def model(
    function: Written[P] | None = None,
    /,
    *,
    name: str = "",
    blocks: Iterable[Layer] = (),
    header: str = "",
    beside: str = "",
    aside: str = "",
    tail: str = "",
) -> Model | Callable[[Written[P]], Model]:
    """Make a model of a function: its first parameter is the body to be written, the others are the model's.

    name: where the function's own would not do. blocks: to stand first, in this order; what the model calls comes
    without being asked for. Its docstring is the comment above the model, aside the one beside it; header,
    beside (the first line) and tail are comments of the file.
    Raises BuilderError where the function says what no spec can say.
    """

    def make(function: Written[P]) -> Model:
        return Model(define("model", function, name, aside), blocks, header, beside, tail)

    return make if function is None else make(function)


def _parts(blocks: Iterable[Layer]) -> list[Imported | Definition]:
    """Return the blocks and imports that some layers are, with what they need."""
    out: list[Imported | Definition] = []
    for each in blocks:
        uses = each.__piece__().roots.uses if isinstance(each, Block | LayerType) else ()
        if not uses:
            raise refuse(f"`@block` and `imported` make blocks, and this is {each!r:.60}", "leave it out")
        out += reached(uses)
    return out


def _each_once(parts: "Iterable[Imported | Definition]") -> "tuple[Imported | Definition, ...]":
    """Keep one of each; two blocks of one name are one if they say the same."""
    out: list[Imported | Definition] = []
    known: dict[str, Definition] = {}
    for part in parts:
        if isinstance(part, Definition):
            other = known.setdefault(part.node.name, part)
            if other is not part and other.node != part.node:
                raise refuse(
                    f"two blocks are called `{part.node.name}`, made at {other.at} and {part.at}",
                    'give one another name: `@block(name="...")`, or make one block with a parameter',
                )
            if other is not part:
                continue
        if not any(part is one for one in out):
            out.append(part)
    return tuple(out)


def _merged(parts: "Iterable[Imported | Definition]") -> list[tree.Import]:
    return [part.node for part in parts if isinstance(part, Imported)]
