"""An operator's docstring as data, and the examples in it as specs."""

import re
from functools import cache

from convdsl.argument import OPERANDS, signature
from convdsl.authoring.canonical import canonical
from convdsl.authoring.print_text import print_text
from convdsl.graph.graph import Node
from convdsl.op import Op
from convdsl.ops import catalogue
from convdsl.pipeline import Analysis, analyze
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.source import Source
from convdsl.syntax.parse import parse

_EXAMPLE = re.compile(r"^ *Example: (\[.*\]) -> \w+\((.*)\) -> (\[.*\])$", re.MULTILINE)
_PICTURE = re.compile(_EXAMPLE.pattern.replace("Example", "Picture"), re.MULTILINE)
_FORMULA = re.compile(r"^ *Formula: (.*)$", re.MULTILINE)
_SOURCE = re.compile(r"^ *Source: (.*?)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """An operator, its docstring in parts, and its example as a spec. lead: the first sentence. prose: all of it.

    drawn: the specs of its pictures. formula: of a number of the output, "" where the sentences say it.
    """

    name: str
    op: type[Op]
    lead: str
    prose: str
    source: str
    spec: str
    drawn: tuple[str, ...]
    formula: str


@cache
def page(name: str) -> Page:
    """Read an operator's docstring.

    Raises ValueError where there is no such operator, or its docstring has no example or source.
    """
    op = catalogue.find_own(name)
    doc = op.__doc__ if op is not None else None
    if op is None or doc is None:
        raise ValueError(f"there is no operator {name} with a docstring")
    example, source = _EXAMPLE.search(doc), _SOURCE.search(doc)
    if example is None or source is None:
        raise ValueError(f"{name} has no example or no source")
    lines = (line.strip() for line in doc[: source.start()].strip().splitlines())
    prose = "\n".join(lines)
    spec = spec_of(op, *example.groups())
    drawn = tuple(spec_of(op, *found.groups()) for found in _PICTURE.finditer(doc))
    formula = _FORMULA.search(doc)
    lead = prose.split("\n\n")[0].replace("\n", " ")
    return Page(name, op, lead, prose, source[1], spec, drawn or (spec,), formula[1] if formula else "")


def spec_of(op: type[Op], inputs: str, arguments: str, outputs: str) -> str:
    """Write the example of a docstring as a spec: inputs `x` or `a` and `b`, outputs `y` or `y0`, `y1`."""
    given, made = re.findall(r"\[[^\]]*\]", inputs), re.findall(r"\[[^\]]*\]", outputs)
    names = ["x"] if len(given) == 1 else ["a", "b"]
    results = ["y"] if len(made) == 1 else [f"y{index}" for index in range(len(made))]
    before: list[str] = []
    call = f"{op.__name__}({arguments})"
    if op.reads_places:  # places come from the pool that it reverses
        given, names = made, ["x"]
        before = [f"maxima, places = {op.__name__.replace('Unpool', 'Pool')}({arguments}, return_indices=true)"]
        call = f"(maxima, places) -> {call}"
    elif len(given) > 1 and signature(op)[0].kind is not OPERANDS:
        call = f"({', '.join(names)}) -> {call}"
    elif len(given) > 1:
        values = names[:1] if "like=1" in arguments else names
        told = arguments.replace("like=1", f"like={names[1]}")
        call = f"{op.__name__}({', '.join([*values, *([told] if told else [])])})"
    lines = [
        *(f"input {name}: {shape}" for name, shape in zip(names, given, strict=True)),
        *before,
        f"{', '.join(results)} = {call}",
        *(f"output {name}: {shape}" for name, shape in zip(results, made, strict=True)),
    ]
    body = "".join(f"  {line}\n" for line in lines)
    return print_text(canonical(parse(Source("example.cdsl", f"convdsl 1\n\nmodel Example {{\n{body}}}\n")).file))


def analysis(one: Page, spec: str = "") -> Analysis:
    """Analyse a page's example, or another spec of it."""
    return analyze(Source("example.cdsl", spec or one.spec))


def layer(result: Analysis) -> Node:
    """Return the example's own layer: the last that is no output."""
    assert result.graph is not None
    return [node for node in result.graph.nodes if node.op is not None][-1]


def shapes_read(result: Analysis, node: Node) -> tuple[Shape, ...]:
    assert result.graph is not None
    found = []
    for value in node.inputs:
        shapes = result.graph.nodes[value.node].shapes
        assert shapes is not None
        found.append(shapes[value.output])
    return tuple(found)
