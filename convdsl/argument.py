"""Arguments: what they may be, how they are declared, and how a signature is read from a class.

Operators and recipes are dataclasses whose fields are declared by `arg`; ranges, did-you-mean, schema, documentation
and test strategies are derived from `signature`.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from convdsl.record import MISSING, dataclass, field, fields


class Invalid(Exception):
    """An argument that cannot be: its name and a sentence; `elaborate` turns the name into a place in the text.

    argument: the parameter's name, or "" for the call as a whole.
    help: a way out in a few words, or "".
    code: the id of a more exact code than E114, or "".
    """

    def __init__(self, argument: str, message: str, help: str = "", code: str = "") -> None:
        super().__init__(message)
        self.argument, self.message, self.help, self.code = argument, message, help, code


@dataclass(frozen=True, slots=True)
class Kind:
    """What an argument may be. `read` normalises plain data (int, float, bool, str, tuple, None) or raises ValueError.

    The ValueError's text says what was expected: "expected an int or a pair of ints, such as 3 or (3, 5)".
    name: short, for signatures and documentation: `int`, `int or (int, int)`. words: the words that it takes, () for
    none; a kind that takes any word says ("",). spreads: one number stands for as many equal ones, (2, 2) for 2.
    """

    name: str
    read: Callable[[object], object]
    words: tuple[str, ...] = ()
    spreads: bool = False


INT_EXPECTED = "expected an int"


def _int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(INT_EXPECTED)
    return value


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ValueError("expected a number")
    return float(value)


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("expected true or false")
    return value


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a word or a string")
    return value


def _ints_of(length: int) -> Callable[[object], object]:
    example = {1: "3", 2: "3 or (3, 5)", 3: "3 or (3, 5, 5)"}[length]

    def read(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return (value,) * length
        if isinstance(value, tuple) and len(value) == length:
            return tuple(_int(item) for item in value)
        raise ValueError(f"expected an int or {length} ints, such as {example}")

    return read


def _ints(value: object) -> object:
    if isinstance(value, tuple) and value:
        return tuple(_int(item) for item in value)
    raise ValueError("expected a list of ints, such as (256, 8, 8)")


def optional(kind: Kind) -> Kind:
    """Allow `none` besides."""

    def read(value: object) -> object:
        return None if value is None else kind.read(value)

    return Kind(f"{kind.name} or none", read, kind.words, kind.spreads)


def either(word: str, kind: Kind) -> Kind:
    """Allow one word besides, such as `same`."""

    def read(value: object) -> object:
        if isinstance(value, str):
            if value == word:
                return value
            raise ValueError(f"expected {word} or {kind.name}")
        return kind.read(value)

    return Kind(f"{word} or {kind.name}", read, (word, *kind.words))


def one_of(*words: str) -> Kind:
    """Allow exactly these words."""

    def read(value: object) -> object:
        if value not in words:
            raise ValueError("expected " + " or ".join(filter(None, (", ".join(words[:-1]), words[-1]))))
        return value

    return Kind(" | ".join(words), read, words)


INT = Kind("int", _int)
FLOAT = Kind("float", _float)
BOOL = Kind("bool", _bool)
STR = Kind("str", _str, ("",))
INTS = Kind("(int, ...)", _ints)
VALUE = Kind("value", lambda value: value)  # a named value of the network: becomes a further input
OPERANDS = Kind("values and numbers", lambda value: value)  # the inputs of a join

Single = Annotated[tuple[int], Kind("int", _ints_of(1))]
Pair = Annotated[tuple[int, int], Kind("int or (int, int)", _ints_of(2))]
Triplet = Annotated[tuple[int, int, int], Kind("int or (int, int, int)", _ints_of(3))]
Ints = Annotated[tuple[int, ...], INTS]
Value = Annotated[int | None, VALUE]  # the position among the inputs, None where it was not given
Operands = Annotated[tuple[float | None, ...], OPERANDS]  # None: the next input; a number: a constant

LAYER = Kind("layer", lambda value: value)  # a layer not yet applied: an operator with its arguments

_KINDS: dict[object, Kind] = {int: INT, float: FLOAT, bool: BOOL, str: STR}


def arg(
    doc: str,
    *,
    default: object = MISSING,
    min: float | None = None,
    max: float | None = None,
    kind: Kind | None = None,
    keyword_only: bool = False,
    solvable: bool = False,
) -> Any:
    """Declare an argument of an operator: its meaning in a few words (with units), default and inclusive range.

    The range holds for every number in a pair. `kind` is taken from the annotation where it is not given.
    solvable: `?` may stand for it. It has to be one int for each spatial axis, at least `min`, that moves the size of
    the output along this axis and nothing else, in one direction only: a larger one never both grows and shrinks it.
    """
    metadata = {"doc": doc, "min": min, "max": max, "kind": kind, "solvable": solvable}
    if default is MISSING:
        return field(metadata=metadata, kw_only=keyword_only)
    return field(default=default, metadata=metadata, kw_only=keyword_only)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared argument of an operator, as every phase reads it."""

    name: str
    kind: Kind
    doc: str
    required: bool
    default: object  # as declared; None where required
    min: float | None
    max: float | None
    keyword_only: bool
    solvable: bool = False  # `?` may stand for it

    def read(self, value: object) -> object:
        """Normalise a plain value and check its range.

        Raises ValueError with what was expected.
        """
        out = self.kind.read(value)
        for number in out if isinstance(out, tuple) else (out,):
            if isinstance(number, int | float) and not isinstance(number, bool):
                if self.min is not None and number < self.min:
                    raise ValueError(f"expected at least {_bound(self.min)}")
                if self.max is not None and number > self.max:
                    raise ValueError(f"expected at most {_bound(self.max)}")
        return out


def _bound(number: float) -> str:
    """Print a bound exactly: 0.9999999 is not 1."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


@cache
def signature(cls: type) -> tuple[Parameter, ...]:
    """Return the declared parameters of an operator (or of any dataclass made with `arg`), in order."""
    out = []
    for item in fields(cls):
        required = item.default is MISSING
        kind = item.metadata.get("kind") or _kind_of(item.type)
        default = None if required else item.default
        out.append(
            Parameter(
                item.name,
                kind,
                item.metadata["doc"],
                required,
                default,
                item.metadata["min"],
                item.metadata["max"],
                item.kw_only is True,
                item.metadata["solvable"],
            )
        )
    return tuple(out)


def _kind_of(annotation: object) -> Kind:
    if get_origin(annotation) is Annotated:
        for part in get_args(annotation)[1:]:
            if isinstance(part, Kind):
                return part
    if annotation in _KINDS:
        return _KINDS[annotation]
    raise TypeError(f"no kind for {annotation!r}: give arg(kind=...)")
