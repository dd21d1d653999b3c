"""Lines that a program made and did not write: nothing that a program says is dropped in silence.

`ReLU()` alone on a line of Python makes a layer and writes nothing. So what is made while a body is being written is
remembered until it is written, or becomes part of something larger; what is left at the body's end is a mistake.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from convdsl.builder.refusal import place, refuse

Pending = dict[int, tuple[object, str, str]]  # id -> (the object, kept alive; what it is; the line that made it)
_OPEN: ContextVar[tuple[Pending, ...]] = ContextVar("open bodies", default=())


@contextmanager
def watch() -> Iterator[Pending]:
    """Remember what is made inside.

    Raises BuilderError at the end for what was made and is in no line.
    """
    pending: Pending = {}
    token = _OPEN.set((*_OPEN.get(), pending))
    try:
        yield pending
    finally:
        _OPEN.reset(token)
    for _, what, at in pending.values():
        raise refuse(*_WAYS[what], at)


_WAYS = {
    "line": ("this layer was made and is in no line", "write it: `m(ReLU())`, or `m.name = ReLU()`"),
    "block": ("this opens a body, and nothing is inside", "write `with` before it: `with m.repeat(3):`"),
    "layer": (
        "this declared layer has no layers",
        'give them, `m.layer("head", Conv2d(2, 3))`, or write `with` before it',
    ),
}


def innermost() -> Pending | None:
    """Return what the body that is being written remembers."""
    return _OPEN.get()[-1] if _OPEN.get() else None


def made(thing: object, *parts: object, what: str = "line") -> None:
    """Remember a thing until it is used; its parts are used by it."""
    for part in parts:
        used(part)
    pending = innermost()
    if pending is not None:
        pending[id(thing)] = (thing, what, place())


def used(thing: object) -> None:
    """Forget a thing that is in a line, or in something larger."""
    for pending in _OPEN.get():
        pending.pop(id(thing), None)
