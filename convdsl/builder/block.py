"""Blocks: a function of Python whose parameters are the block's, run once, with names in place of numbers.

@block
def Down(b: Body, channels: int) -> None:
    b(Conv2d(channels, 4, stride=2, padding=1, bias=False) >> BatchNorm2d() >> LeakyReLU(0.2))
"""

import inspect
from collections.abc import Callable
from keyword import iskeyword
from typing import Any, Concatenate, Generic, ParamSpec, overload

from convdsl.builder import pending, words
from convdsl.builder.body import Body
from convdsl.builder.expression import named
from convdsl.builder.layer import HeldLayer, Imported, call
from convdsl.builder.line import Call
from convdsl.builder.piece import Part, Piece, Roots, Scope, piece_of
from convdsl.builder.refusal import place, refuse
from convdsl.builder.writer import Writer
from convdsl.record import dataclass
from convdsl.syntax import tree

P = ParamSpec("P")
Written = Callable[Concatenate[Body, P], None]

_KINDS = {"int": "int", "float": "float", "bool": "bool", "str": "str", "Layer": "layer"}
_VARIADIC = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS


@dataclass(frozen=True, slots=True)
class Definition:
    """A block or model as its function wrote it.

    places: the program's lines, by the start of a statement's span. reached: blocks and imports that it needs, each
    after those that it needs itself.
    """

    node: tree.Block | tree.Model
    places: tuple[str, ...]
    reached: "tuple[Imported | Definition, ...]"
    at: str  # the program's line


class Block(Part, Generic[P]):
    """A block of layers: called, `Down(64)`, it is a layer call."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def __piece__(self) -> Piece:
        return Piece(tree.Call(self.definition.node.name, (), None, False), Roots(uses=(self.definition,)))

    def __call__(self, *arguments: P.args, **keywords: P.kwargs) -> Call:
        """Apply it."""
        given = {_plain(name): value for name, value in keywords.items()}
        return call(self.definition.node.name, arguments, given, Roots(uses=(self.definition,)))

    def __repr__(self) -> str:
        return self.definition.node.name


@overload
def block(function: Written[P], /) -> Block[P]:
    """Make a block of the function below."""


@overload
def block(*, name: str = "", aside: str = "") -> Callable[[Written[P]], Block[P]]:
    """Make a block of the function below, with what it cannot say itself."""


def block(
    function: Written[P] | None = None, /, *, name: str = "", aside: str = ""
) -> Block[P] | Callable[[Written[P]], Block[P]]:
    """Make a block of a function: its first parameter is the body to be written, the others are the block's.

    name: where the function's own would not do. Its docstring is the comment above the block, aside the one beside it.
    Raises BuilderError where the function says what no spec can say.
    """

    def make(function: Written[P]) -> Block[P]:
        return Block(define("block", function, name, aside))

    return make if function is None else make(function)


def define(word: str, function: Callable[..., None], name: str, aside: str) -> Definition:
    """Run a function and return the block or model that it wrote."""
    if not inspect.isfunction(function):
        raise refuse(f"`@{word}` stands above a function, and this is {function!r:.60}", f"write `@{word}` above `def`")
    name = words.type_name(name or function.__name__, f"a {word}'s name")
    writer = Writer(Scope(f"{word} `{name}`"))
    mine = Roots((writer.scope,))
    parameters: list[tree.Parameter] = []
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    roots = Roots()
    for declared in _declared(word, function):
        inner = words.name(_plain(declared.name), "a parameter's name")
        kind = _kind(declared, inner)
        default = None if declared.default is declared.empty else piece_of(declared.default)
        parameters.append(tree.Parameter(inner, kind, None if default is None else default.node))
        roots = roots if default is None else roots.and_those_of([default.roots])
        value = HeldLayer(inner, mine) if kind == "layer" else named(inner, mine)
        if declared.kind is declared.KEYWORD_ONLY:
            keywords[declared.name] = value
        else:
            positional.append(value)
    writer.hang_on(roots)
    with pending.watch() as writer.memory:
        function(Body(writer), *positional, **keywords)
    writer.memory = None
    comments = words.comments(_docstring(function), aside)
    make = tree.Block if word == "block" else tree.Model
    node = make(name, tuple(parameters), writer.frames[0].body(), comments)
    return Definition(node, tuple(writer.places), reached(writer.roots.uses), place())


def _declared(word: str, function: Callable[..., None]) -> list[inspect.Parameter]:
    """Return the parameters of a function but the first, which is the body."""
    parameters = list(inspect.signature(function).parameters.values())
    if any(parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) for parameter in parameters):
        raise refuse(f"a {word}'s parameters have names", "write each of them: `width: int = 32`")
    if not parameters:
        raise refuse(f"the function of a {word} takes the body that it writes", "write `def Net(m: Body) -> None:`")
    return parameters[1:]


def _kind(parameter: inspect.Parameter, name: str) -> str:
    """Return the language's kind of a parameter, by the last word of its annotation."""
    said = parameter.annotation
    word = said.strip("'\" ").rpartition(".")[2] if isinstance(said, str) else getattr(said, "__name__", str(said))
    if word not in _KINDS:
        what = "without a type" if said is parameter.empty else f"of the type `{word}`"
        raise refuse(f"the parameter `{name}` is {what}", f"write `{name}: int`, or float, bool, str, Layer")
    return _KINDS[word]


def _plain(spelt: str) -> str:
    """Return the language's name for a Python name: `class_` stands for `class`, which Python keeps for itself."""
    return spelt[:-1] if spelt.endswith("_") and iskeyword(spelt[:-1]) else spelt


def _docstring(function: Callable[..., None]) -> str:
    lines = (function.__doc__ or "").strip().splitlines()
    return "\n".join(line.strip() for line in lines)


def reached(uses: tuple[object, ...]) -> "tuple[Imported | Definition, ...]":
    """Return blocks and imports with all that they need, each once and after what it needs."""
    found: list[Imported | Definition] = []
    for use in uses:
        assert isinstance(use, Imported | Definition)
        inner = use.reached if isinstance(use, Definition) else ()
        found += (one for one in (*inner, use) if not any(one is known for known in found))
    return tuple(found)
