"""Write `layers.pyi` and `recipes.pyi`: the catalogue's signatures for editors and type checkers.

    python -m convdsl.builder.stub

A test says when they are stale. Required arguments come by position or by name, all others by name, as `fmt` writes
them; PyTorch's positions are kept, so `Conv2d(64, 3, 1, 1)` is right too.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from convdsl.argument import Kind, Parameter, signature
from convdsl.ops import catalogue
from convdsl.recipe import CHOICES

HOME = Path(__file__).parent.parent
_PLAIN = {
    "int": "int",
    "float": "float",
    "bool": "bool",
    "none": "None",
    "number": "float",
    "value": "Reference",
    "a list of ints": "Sequence[int]",
    "a list of numbers": "Sequence[float]",
    "...": "...",
    "rows of numbers": "Sequence[Sequence[float]]",
}


def type_of(kind: Kind) -> str:
    """Spell a kind as a type of Python: `same | int or (int, int)` as `Literal["same"] | int | tuple[int, int]`."""
    words = ", ".join(f'"{word}"' for word in kind.words if word)
    parts = [f"Literal[{words}]"] if words else ["str"] if kind.words else []
    for name in re.split(r" or (?![^(]*\))", kind.name):
        name = name.rpartition(" | ")[2]
        if name in kind.words:
            continue
        items = [_alternatives(item) for item in name.strip("()").split(", ")]
        if items[-1] == "...":
            parts.append(f"Sequence[{items[0]}]")
        else:
            parts.append(f"tuple[{', '.join(items)}]" if name.startswith("(") else items[0])
    return " | ".join(parts)


def _alternatives(name: str) -> str:
    return " | ".join(_PLAIN.get(part, "object") for part in name.split(" or "))


def _default(value: object) -> str:
    """Spell a default; a pair of equal numbers is one number."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return repr(value[0])
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _parameter(parameter: Parameter) -> str:
    if parameter.required:
        return f"{parameter.name}: {type_of(parameter.kind)}"
    kind = type_of(parameter.kind)
    if parameter.default is None and "None" not in kind:
        kind += " | None"
    return f"{parameter.name}: {kind} = {_default(parameter.default)}"


def function(cls: type) -> str:
    """Write the stub of one layer, loss, optimizer or schedule."""
    given, named, operands = [], [], ""
    for parameter in signature(cls):
        if parameter.name == "operands":
            operands = "*operands: Reference | float"
        elif parameter.keyword_only or operands:
            named.append(_parameter(parameter))
        else:
            given.append(_parameter(parameter))
    star = [operands] if operands else ["*"] if named else []
    text = (cls.__doc__ or "").split("\n\n    Source:")[0].strip()
    notes = [f"{parameter.name}: {parameter.doc}" for parameter in signature(cls) if parameter.name != "operands"]
    lines = [*text.split("\n"), *(["", *(f"    {note}" for note in notes)] if notes else [])]
    body = "\n".join(lines) + ("\n    " if len(lines) > 1 else "")
    parameters = "".join(f"    {one},\n" for one in (*given, *star, *named))
    return f'def {cls.__name__}({"" if not parameters else chr(10) + parameters}) -> Call:\n    """{body}"""\n'


def stub(what: str, classes: Iterable[type]) -> str:
    """Write a whole stub."""
    functions = [function(cls) for cls in classes]
    text = "\n".join(functions)
    names = [name for name in ("Literal",) if name in text]
    line = "Call, Reference" if "Reference" in text else "Call"
    head = f'"""{what} Made by `python -m convdsl.builder.stub`."""\n\n'
    if "Sequence" in text:
        head += "from collections.abc import Sequence\n"
    if names:
        head += "from typing import Literal\n"
    return f"{head}\nfrom convdsl.builder.line import {line}\n\n{text}".replace("\n\n\n", "\n\n")


def stubs() -> dict[str, str]:
    """Write both: the file's name and its text."""
    layers = [found for name in catalogue.names() if (found := catalogue.find_own(name)) is not None]
    recipes = [kind for kinds in CHOICES.values() for kind in kinds]
    return {
        "layers.pyi": stub("The layers of the catalogue.", layers),
        "recipes.pyi": stub("Losses, optimizers and schedules.", recipes),
    }


if __name__ == "__main__":
    for name, text in stubs().items():
        (HOME / name).write_text(text, encoding="utf-8")
