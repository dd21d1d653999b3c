"""The line of a value in a TOML text: `tomllib` gives values without places, and a complaint needs one.

The text up to a line is read by `tomllib` itself, for line after line that may be the one, so that no second reader of
TOML is here that could disagree with the first.
"""

import tomllib
from collections.abc import Sequence

_OPEN = ("", "]", "}", "]}")  # what closes a list and an inline table that run over several lines
LONGEST = 2_000  # lines; a longer file is not searched, and its first line is named


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line, from 1, in which a value begins: keys of tables and positions in lists lead to it.

    The line of the innermost table or list around it where it has no line of its own, 1 where nothing is found.
    """
    lines = text.split("\n")
    value = _at(_loads(text), path)
    while path:
        words = _words(path[-1], value)
        for number, line in enumerate(lines[:LONGEST], 1):
            if any(word in line for word in words) and _is_there("\n".join(lines[:number]), path):
                return number
        path = path[:-1]
        value = _at(_loads(text), path)
    return 1


def _words(step: str | int, value: object) -> tuple[str, ...]:
    """Return what the line must hold: the key, or the beginning of an item of a list."""
    if isinstance(step, str):
        return (step,)
    return (value.split("\n")[0],) if isinstance(value, str) else (str(value), str(value).lower())


def _is_there(text: str, path: Sequence[str | int]) -> bool:
    return any(_at(_loads(text + close), path) is not None for close in _OPEN)


def _loads(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _at(value: object, path: Sequence[str | int]) -> object:
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
