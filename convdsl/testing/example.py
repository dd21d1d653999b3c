"""The example in an operator's docstring: `Example: [N, 8, H, W] -> ReLU() -> [N, 8, H, W]`, read and made."""

import re
from typing import Any

from convdsl.argument import OPERANDS, signature
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.record import dataclass
from convdsl.shape import Shape, shape_of

_LINE = re.compile(
    r"^ *Example: (?P<inputs>\[.*\]) -> (?P<name>\w+)\((?P<arguments>.*)\) -> (?P<outputs>\[.*\])$", re.M
)


@dataclass(frozen=True, slots=True)
class Example:
    """What an operator's docstring says of it: name: of the operator; outputs: the shapes that come out."""

    name: str
    op: Op
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]


def example_of(cls: type[Op]) -> Example | None:
    """Read the example of an operator, None where it has none."""
    match = _LINE.search(cls.__doc__ or "")
    if match is None:
        return None
    op = _operator(cls, match["arguments"])
    return Example(match["name"], op, _shapes(match["inputs"]), _shapes(match["outputs"]))


def made(cls: type[Op], *positional: Any, **keywords: Any) -> Op:
    """Bind arguments and let the operator check them.

    Raises Invalid or ValueError.
    """
    parameters = {p.name: p for p in signature(cls)}
    values: dict[str, Any] = {}
    if positional and next(iter(parameters.values())).kind is OPERANDS:
        values["operands"] = tuple(None if p is None else float(p) for p in positional)
        positional = ()
    ordered = [p.name for p in parameters.values() if not p.keyword_only]
    for key, value in [*zip(ordered, positional, strict=False), *keywords.items()]:
        values[key] = parameters[key].read(value)
    op = cls(**values)
    op.check()
    return op


def _shapes(text: str) -> tuple[Shape, ...]:
    """Read `[N, 3, 8, 8], [N, 5, 8, 8]`."""
    found = re.findall(r"\[([^\]]*)\]", text)
    return tuple(shape_of(*(int(a) if a.isdigit() else a for a in one.split(", "))) for one in found)


def _operator(cls: type[Op], arguments: str) -> Op:
    """Read `8, 3, padding=1` or `(1, 2), mode=reflect`."""
    positional, keywords = [], {}
    for part in re.findall(r"(?:\w+=)?(?:[A-Z]\w+\([^()]*\)|\([^()]*(?:\([^()]*\))?[^()]*\)|[^,\s]+)", arguments):
        key, _, text = ("", "", part) if part[0].isupper() else part.rpartition("=")
        if key:
            keywords[key] = _value(text)
        else:
            positional.append(_value(text))
    if positional and signature(cls)[0].kind is OPERANDS:
        positional = [None, *positional]  # a number joins the flow
    return made(cls, *positional, **keywords)


def _value(text: str) -> object:
    """Read a number, a list of numbers, true, false, none, a word or a layer."""
    if call := re.fullmatch(r"([A-Z]\w+)\((.*)\)", text):
        layer = catalogue.find(call[1])
        return text if layer is None else _operator(layer, call[2])
    if text.startswith("("):
        return tuple(_value(part) for part in text[1:-1].split(", "))
    known = {"true": True, "false": False, "none": None}
    if text in known:
        return known[text]
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[\d.]+(e-?\d+)?", text) else text
