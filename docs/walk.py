"""The parts of docs/architecture.md: docs/walk.cdsl taken through every phase, and the values that come out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from convdsl import api, compiled
from convdsl.graph.graph import Graph
from convdsl.lower.keys import state_keys
from convdsl.lower.steps import steps
from convdsl.pipeline import Analysis
from convdsl.recipe_data import to_text
from convdsl.source import Source, Span
from convdsl.syntax import tree
from docs.cli_page import terminal

HERE = Path(__file__).parent
SPEC = "walk.cdsl"
WRONG = ("ConvTranspose2d(4, 2, stride=2)", "ConvTranspose2d(4, 3, stride=2)")


@cache
def analysis() -> Analysis:
    """Analyse the spec of the walk, named as if it lay in the reader's folder."""
    return api.analyze(Source(SPEC, (HERE / SPEC).read_text("utf-8")))


def graph() -> Graph:
    """Return the graph of the walk's spec."""
    found = analysis().graph
    assert found is not None
    return found


def fenced(lines: str | Iterable[str], language: str = "") -> str:
    """Put lines into a fenced block."""
    text = lines if isinstance(lines, str) else "\n".join(lines)
    return f"```{language}\n{text.rstrip()}\n```"


def _source() -> str:
    source = analysis().source
    offset = source.text.index("ConvTranspose2d")
    span = Span(offset, offset + len(WRONG[0]))
    return fenced((repr(span), repr(source.position(offset)), repr(source.excerpt(span))))


def _statement() -> tree.Flow:
    offset = analysis().source.text.index("up =")
    (model,) = (item for item in analysis().file.items if isinstance(item, tree.Model))
    (found,) = (s for s in model.body.statements if isinstance(s, tree.Flow) and s.span.start == offset)
    return found


def outline(value: object, depth: int = 0) -> Iterator[str]:
    """Print nested dataclasses, indented where they are long; spans and fields that hold their default are left out."""
    pad = "  " * depth
    if isinstance(value, tuple) and any(map(is_dataclass, value)):
        for item in value:
            yield from outline(item, depth)
    elif len(compact(value)) + len(pad) <= 90 or not is_dataclass(value):
        yield f"{pad}{compact(value)}"
    else:
        yield f"{pad}{type(value).__name__}"
        for name, one in _unusual(value):
            if len(compact(one)) <= 60:
                yield f"{pad}  {name}: {compact(one)}"
            else:
                yield f"{pad}  {name}:"
                yield from outline(one, depth + 2)


def compact(value: object) -> str:
    """Print a value in one line."""
    if isinstance(value, tuple):
        return f"({', '.join(map(compact, value))}{',' * (len(value) == 1)})"
    if not is_dataclass(value):
        return repr(value)
    return f"{type(value).__name__}({', '.join(f'{name}={compact(one)}' for name, one in _unusual(value))})"


def _unusual(value: object) -> list[tuple[str, object]]:
    assert is_dataclass(value)
    told = [(field.name, getattr(value, field.name)) for field in fields(value) if field.repr and field.compare]
    return [(name, one) for name, one in told if one not in (_defaults(value).get(name, MISSING), (), None, "")]


def _defaults(value: object) -> dict[str, object]:
    assert is_dataclass(value)
    found: dict[str, object] = {}
    for field in fields(value):
        if field.default is not MISSING:
            found[field.name] = field.default
        elif field.default_factory is not MISSING:
            found[field.name] = field.default_factory()
    return found


def _tree() -> str:
    return fenced(outline(_statement()))


def _graph() -> str:
    rows = [("", "name", "key", "operator", "reads", "shape")]
    for node in graph().nodes:
        operator = "input" if node.op is None else type(node.op).__name__
        reads = ", ".join(graph().nodes[value.node].name for value in node.inputs)
        shape = ", ".join(map(str, node.shapes or ()))
        rows.append((str(node.index), node.name, str(node.key), operator, reads, shape))
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return fenced("  ".join(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows)


def _operator() -> str:
    node = next(node for node in graph().nodes if node.name == "e1.0")
    inputs = graph().input_shapes(node)
    assert node.op is not None and inputs is not None
    answers = {
        "op": node.op,
        "op.shape(*inputs)": str(node.op.shape(*inputs)),
        "op.weights(*inputs)": dict(node.op.weights(*inputs)),
        "op.macs(inputs at H = W = 256)": node.op.macs(*(shape.at({"H": 256, "W": 256}) for shape in inputs)),
        "op.call(*inputs)": node.op.call(*inputs),
    }
    return fenced((f"{question}\n    {answer!r}" for question, answer in answers.items()))


def _guards() -> str:
    accepted = analysis().accepted
    assert accepted is not None
    return fenced((repr(guard) for guard, _ in accepted.pairs))


def _sets() -> str:
    found = analysis()
    assert found.accepted is not None and found.legal is not None
    height = found.accepted.axes["H"]
    return fenced((f"accepted: {'; '.join(found.accepted.text())}", repr(height)))


def _mistake() -> str:
    return fenced(session("check", SPEC, (HERE / SPEC).read_text("utf-8").replace(*WRONG)))


def session(command: str, name: str, text: str) -> str:
    """Return what a terminal shows when a command is given a file of that name and text."""
    import contextlib

    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path(name).write_text(text, "utf-8")
        return f"$ convdsl {command} {name}\n{terminal(command, name)}"


def _table() -> str:
    return fenced(api.show(analysis(), "256x256"))


def _steps() -> str:
    rows = [("layer", "reads", "writes", "drops", "in place")]
    for step in steps(graph()).steps:
        writes = ", ".join(filter(None, (*step.outputs, step.also)))
        rows.append((step.node.name, ", ".join(step.inputs), writes, ", ".join(step.drop), "yes" * step.inplace))
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return fenced("  ".join(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows)


def _emitted() -> str:
    source = compiled.emit(analysis())
    begin, end = source.index("class Walk("), source.index("def main()")
    return fenced(source[begin:end], "python")


def _keys() -> str:
    return fenced(f"{key}: {shape}" for key, shape in state_keys(graph()).items())


def _recipe() -> str:
    return fenced(to_text(analysis().recipe))


def _spec() -> str:
    return fenced(analysis().source.text)


PARTS: Mapping[str, Callable[[], str]] = {
    "spec": _spec,
    "source": _source,
    "tree": _tree,
    "graph": _graph,
    "operator": _operator,
    "guards": _guards,
    "sets": _sets,
    "mistake": _mistake,
    "table": _table,
    "steps": _steps,
    "emitted": _emitted,
    "keys": _keys,
    "recipe": _recipe,
}
