"""What an operator refuses besides the ranges of its arguments, found by trying, and said by `check` itself.

Beginning at the example, one argument, one size or two arguments are changed at a time. Of the changes that the
operator refuses in the same words, numbers aside, the first is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from convdsl.argument import LAYER, OPERANDS, VALUE, Invalid, Parameter, signature
from convdsl.graph.bind import spell
from convdsl.graph.graph import Node
from convdsl.op import Op
from convdsl.ops.plan import plain
from convdsl.pipeline import analyze
from convdsl.record import dataclass
from convdsl.shape import Shape, shape_of
from convdsl.source import Source
from docs.op_example import Page, analysis, layer, shapes_read, spec_of

_TRIED = (2, 3, 5, 1, 0, 64, -1, -5, 0.5, -1.0, 1.5, None, True, False, (1, 2), (2, 1), (1, 2, 3), (3, 1, 2))
_TRIED_IN_PAIRS = (2, 64, None, True, False)
_SIZES = (1, 2, 3)
_MOST = 12  # rows of a page


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call and its inputs, and what `check` says: the message and the way out."""

    call: str
    inputs: str
    message: str
    way_out: str


def refusals(one: Page) -> list[Refusal]:
    """Return what the operator refuses, arguments first, then sizes, then pairs of arguments."""
    node = layer(analysis(one))
    inputs = shapes_read(analysis(one), node)
    # places come from the pool before, so only the checker can tell what both together refuse
    told = one.op.reads_places
    found: dict[tuple[str, str], Refusal | None] = {}
    for op, shapes in _changes(node, inputs):
        mistake = None if told else _refused(op, shapes)
        if mistake is None and not told:
            continue
        words = ("", str(op)) if mistake is None else (mistake.argument, alike(mistake.message))
        if words not in found:
            found[words] = _said(op, node.shapes or () if told else shapes)
    kept: dict[str, Refusal] = {}
    for refusal in filter(None, found.values()):  # what the checker says may be less than what the operator knows
        kept.setdefault(alike(refusal.message), refusal)
    return list(kept.values())[:_MOST]


def alike(message: str) -> str:
    """Cut numbers, shapes, words in backticks and the names of axes out of a message."""
    text = re.sub(r"\[[^\]]*\]|`[^`]*`|-?\d+(\.\d+)?|height|width|depth|length| \+ \d+ of padding", "#", message)
    return re.sub(r"#(, #|#)*", "#", text)


def _changes(node: Node, inputs: tuple[Shape, ...]) -> Iterator[tuple[Op, tuple[Shape, ...]]]:
    op = node.op
    assert op is not None
    single = {parameter.name: list(_values(op, parameter, _TRIED)) for parameter in _free(type(op))}
    for name, values in single.items():
        yield from ((replace(op, **{name: value}), inputs) for value in values)
    if op.reads_places:
        return
    yield from ((op, shapes) for shapes in _resized(inputs))
    few = {parameter.name: list(_values(op, parameter, _TRIED_IN_PAIRS)) for parameter in _free(type(op))}
    for one, other in combinations(few, 2):
        for first in few[one]:
            yield from ((replace(op, **{one: first, other: second}), inputs) for second in few[other])


def _free(op: type[Op]) -> list[Parameter]:
    return [parameter for parameter in signature(op) if parameter.kind not in (LAYER, OPERANDS, VALUE)]


def _values(op: Op, parameter: Parameter, tried: tuple[object, ...]) -> Iterator[object]:
    """Yield what the parameter takes of the values to be tried, and its words."""
    seen = [getattr(op, parameter.name)]
    for raw in (*tried, *filter(None, parameter.kind.words)):
        try:
            value = parameter.read(raw)
        except ValueError:
            continue
        if value not in seen:
            seen.append(value)
            yield value


def _resized(inputs: tuple[Shape, ...]) -> Iterator[tuple[Shape, ...]]:
    """Change one axis of one input, all its spatial axes alike, or the number of its axes."""
    for index, shape in enumerate(inputs):
        numbers = shape.at({}).numbers[1:]
        changed = [
            (*numbers[:axis], size, *numbers[axis + 1 :])
            for axis, number in enumerate(numbers)
            for size in (number + 1, *_SIZES)
        ]
        changed += [(numbers[0], *(size for _ in numbers[1:])) for size in _SIZES]
        changed += [numbers[:-1], (*numbers, 4)]
        for sizes in changed:
            if sizes:
                yield (*inputs[:index], shape_of("N", *sizes), *inputs[index + 1 :])


def _refused(op: Op, shapes: tuple[Shape, ...]) -> Invalid | None:
    if op.rank is not None and any(shape.rank != op.rank for shape in shapes):
        return None  # said once for all pages: how many axes a layer takes
    try:
        op.check()
        op.shapes(*shapes)
        op.guards(*shapes)
    except Invalid as mistake:
        return mistake
    return None


def _said(op: Op, shapes: tuple[Shape, ...]) -> Refusal | None:
    """Return what the checker says of the call, None where it has nothing to say.

    shapes: of the inputs; of the output where the operator reads places.
    """
    inputs = ", ".join(map(str, shapes))
    spec = spec_of(type(op), inputs, _written(op), inputs if op.reads_places else "[N]")
    source = Source("example.cdsl", spec)
    for found in analyze(source).diagnostics:
        call = source.line(source.position(found.where.span.start).line).strip().partition(" = ")[2]
        if found.is_error and call:
            return Refusal(call, inputs, found.message, found.helps[0].text if found.helps else "")
    return None


def _written(op: Op) -> str:
    """Write an operator's arguments as its docstring does: what is required without names."""
    out: list[str] = []
    for parameter in signature(type(op)):
        value = getattr(op, parameter.name)
        if parameter.kind is OPERANDS:
            out += [f"{number:g}" for number in value if number is not None]
        elif parameter.kind is VALUE:
            out += [] if value is None else [f"{parameter.name}={value}"]
        elif parameter.required or value != parameter.default:
            text = f"{type(value).__name__}({_written(value)})" if isinstance(value, Op) else spell(plain(value))
            out.append(text if parameter.required and not parameter.keyword_only else f"{parameter.name}={text}")
    return ", ".join(out)
