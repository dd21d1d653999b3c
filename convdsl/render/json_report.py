"""The report for other programs: the fields are a contract, written down in docs/show.schema.json.

Fields are added, never changed, while `version` is 1. Plain data; the caller writes it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from convdsl.analysis.geometry import Field, Fields
from convdsl.analysis.limits import Limit
from convdsl.analysis.size_query import Answer
from convdsl.diagnostics import Diagnostic, Label
from convdsl.op import NoGrid
from convdsl.record import dataclass
from convdsl.render.facts import Layer, Network, layers
from convdsl.render.footprint import Footprint
from convdsl.render.shapes import Legal, axis_text
from convdsl.shape import Shape
from convdsl.sizes import Size
from convdsl.source import Source, Span
from convdsl.syntax.tree import Expr

VERSION = 1
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Checked:
    """What `check` found in one file: the network is None where the file has no model that could be read.

    sizes: the answers about sizes that were asked for. others: limits that say nothing of this network.
    """

    file: str
    network: Network | None
    diagnostics: Sequence[Diagnostic]
    sources: Sequence[Source]
    sizes: Sequence[Answer] = ()
    others: Sequence[Limit] = ()


def report(network: Network, sizes: Mapping[str, int] | None = None, memory: Footprint | None = None) -> Json:
    """Return what `show --format json` says.

    sizes: the values of the size symbols, for numbers in place of symbols. memory: what the network takes at them.
    """
    graph, legal = network.graph, network.legal.axes
    found = layers(graph, sizes)
    costs = [layer.macs for layer in found[: len(graph.nodes)]]
    known = [cost for cost in costs if cost is not None]
    return {
        "version": VERSION,
        "model": graph.model,
        "parameters": sum(layer.parameters for layer in found),
        "buffers": sum(layer.buffer_elements for layer in found),
        "macs": sum(known) if len(known) == len(costs) else None,
        "memory": None if memory is None else _memory(memory),
        "inputs": [
            {
                "name": tensor.name,
                "shape": _axes(found[tensor.node].output, legal),
                "means": _excerpt(network.sources, tensor.declaration.means),
                "default": tensor.default,
            }
            for tensor in graph.inputs
        ],
        "outputs": [
            {
                "name": tensor.name,
                "shape": _axes(_at(graph.shape(tensor.value), sizes), legal),
                "means": _excerpt(network.sources, tensor.declaration.means),
                "layer": graph.nodes[tensor.value.node].name,
            }
            for tensor in graph.outputs
        ],
        "legal_sizes": network.legal.as_json(),
        "layers": [_layer(network, layer, memory) for layer in found if layer.node.op is not None],
        "diagnostics": diagnostics_report(network.diagnostics, network.sources),
    }


def check_report(files: Sequence[Checked]) -> Json:
    """Return what `check --format json` says: an entry a file, and all findings in one list.

    `legal_sizes` stands at the top too where there is one file only, as in `show`.
    """
    entries: list[Json] = [
        {
            "file": checked.file,
            "model": None if checked.network is None else checked.network.graph.model,
            "legal_sizes": None if checked.network is None else checked.network.legal.as_json(),
            "diagnostics": diagnostics_report(checked.diagnostics, checked.sources),
            **({"sizes": [_answer(answer) for answer in checked.sizes]} if checked.sizes else {}),
            **({"other_limits": [_limit(limit) for limit in checked.others]} if checked.others else {}),
        }
        for checked in files
    ]
    return {
        "version": VERSION,
        "files": entries,
        "legal_sizes": entries[0]["legal_sizes"] if len(entries) == 1 else None,
        "diagnostics": [one for checked in files for one in diagnostics_report(checked.diagnostics, checked.sources)],
    }


def diagnostics_report(diagnostics: Iterable[Diagnostic], sources: Sequence[Source]) -> list[Json]:
    """Return findings as plain data; lines and columns count from 1, in code points, ends are exclusive."""
    return [
        {
            "code": diagnostic.code.id,
            "name": diagnostic.code.name,
            "severity": diagnostic.severity.value,
            "message": diagnostic.message,
            **_place(diagnostic.where.span, sources),
            "labels": [_label(label, sources) for label in (diagnostic.where, *diagnostic.labels)],
            "notes": list(diagnostic.notes),
            "helps": [
                {
                    "text": help_.text,
                    "safe": help_.safe,
                    "edits": [{**_place(edit.span, sources), "replacement": edit.replacement} for edit in help_.edits],
                }
                for help_ in diagnostic.helps
            ],
        }
        for diagnostic in diagnostics
    ]


def _answer(answer: Answer) -> Json:
    """Return what is said of one size; `nearest` are legal ones, those that change the fewest pixels first."""
    return {
        "asked": answer.asked,
        "size": dict(answer.sizes),
        "runs": answer.runs,
        "legal": answer.legal,
        "promised": answer.promised,
        "nearest": [dict(choice) for choice in answer.nearest],
        "outputs": {name: list(shape.numbers) for name, shape in answer.outputs},
    }


def _limit(limit: Limit) -> Json:
    return {"text": limit.text, "place": limit.place}


def _memory(memory: Footprint) -> Json:
    """Return bytes: the most that values take in a run, with the layers that made them, and a step of training."""
    step = memory.training
    return {
        "batch": memory.batch,
        "dtype": memory.dtype,
        "inference": memory.run.total,
        "held_by": {node.name: count for node, count in memory.run.parts},
        "training": {
            "total": step.total,
            "parameters": step.parameters,
            "buffers": step.buffers,
            "gradients": step.gradients,
            "optimizer": step.optimizer,
            "saved": step.saved,
            "passing": step.passing,
            "discriminator": step.discriminator,
        },
    }


def _layer(network: Network, layer: Layer, memory: Footprint | None) -> Json:
    graph, node = network.graph, layer.node
    source = network.sources[node.span.file]
    index = node.index if node.index < len(graph.nodes) and graph.nodes[node.index] is node else -1
    field = network.fields[index] if 0 <= index < len(network.fields) else None
    return {
        "name": node.name,
        "op": layer.title,
        "file": source.name,
        "line": source.position(node.span.start).line,
        "arguments": {name: _plain(value) for name, value in layer.arguments.items()},
        "inputs": [graph.nodes[value.node].name for value in node.inputs],
        "output": _axes(layer.output, network.legal.axes),
        "parameters": layer.parameters,
        "macs": layer.macs,
        "memory": None if memory is None or index < 0 else memory.layers.get(index, 0),
        "weights": {key: list(shape) for key, shape in layer.weights.items()},
        "receptive_field": _field(field),
        "sees": _sees(field),
    }


def _at(shape: Shape | None, sizes: Mapping[str, int] | None) -> Shape | None:
    return shape if shape is None or sizes is None else shape.at(sizes)


def _axes(shape: Shape | None, legal: Legal) -> list[int | str] | None:
    if shape is None:
        return None
    out: list[int | str] = []
    for axis in shape.axes:
        value = axis.value if isinstance(axis, Size) else None
        out.append(axis_text(axis, legal) if value is None else value)
    return out


def _field(field: Fields | None) -> Json | None:
    """Return the field as numbers, or as lists where the axes differ; None where one is seen as a whole or unknown."""
    if not field:
        return None
    axes = [axis for axis in field if isinstance(axis, Field) and not axis.whole]
    if len(axes) != len(field):
        return None
    out: Json = {}
    for name, values in (
        ("size", [axis.size for axis in axes]),
        ("jump", [_number(axis.jump) for axis in axes]),
        ("start", [_number(axis.start) for axis in axes]),
        ("smallest", [axis.smallest for axis in axes]),
        ("approximate", [axis.approximate for axis in axes]),
    ):
        out[name] = values[0] if len(set(values)) == 1 else values
    return out


def _sees(field: Fields | None) -> str | list[str] | None:
    """Tell why there is no field: the kind of each axis, once where they agree."""
    if not field:
        return None
    kinds = [
        "whole" if isinstance(a, Field) and a.whole else a.value if isinstance(a, NoGrid) else "field" for a in field
    ]
    return kinds[0] if len(set(kinds)) == 1 else kinds


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _excerpt(sources: Sequence[Source], expr: Expr | None) -> str | None:
    return None if expr is None else sources[expr.span.file].excerpt(expr.span)


def _place(span: Span, sources: Sequence[Source]) -> Json:
    source = sources[span.file]
    start, end = source.position(span.start), source.position(max(span.start, span.end))
    return {
        "file": source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }


def _label(label: Label, sources: Sequence[Source]) -> Json:
    return {**_place(label.span, sources), "text": label.text}
