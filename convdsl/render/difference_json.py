"""A difference for other programs: the fields are a contract, written down in docs/diff.schema.json.

Fields are added, never changed, while `version` is 1. Plain data; the caller writes it out.
"""

from convdsl.analysis.difference import Difference, Facts, Kind, Pair, Totals
from convdsl.render.difference import Sides, lines_of, verdict
from convdsl.render.facts import Network
from convdsl.render.shapes import axis_text
from convdsl.shape import Shape
from convdsl.sizes import Size

VERSION = 1
Json = dict[str, object]


def report(found: Difference, sides: Sides) -> Json:
    """Return what `diff --format json` says; layers that are the same are counted, not listed."""
    return {
        "version": VERSION,
        "same": found.same,
        "verdict": verdict(found),
        "size": None if found.sizes is None else dict(found.sizes),
        "before": _side(found.before, sides.before, sides.names[0]),
        "after": _side(found.after, sides.after, sides.names[1]),
        "counts": {kind.value: found.count(kind) for kind in Kind},
        "layers": [_pair(pair, sides) for pair in found.pairs if pair.kind is not Kind.SAME],
        "outputs": [
            {
                "before": port.before or None,
                "after": port.after or None,
                "means_differs": port.means,
                "carries_another_value": port.rewired,
            }
            for port in found.ports
        ],
        "keys": {
            "renamed": [{"before": old, "after": new} for old, new in found.keys.renamed],
            "added": list(found.keys.added),
            "removed": list(found.keys.removed),
            "reshaped": [
                {"key": key, "before": list(old), "after": list(new)} for key, old, new in found.keys.reshaped
            ],
        },
    }


def _side(totals: Totals, network: Network, name: str) -> Json:
    return {
        "file": name,
        "model": network.graph.model,
        "parameters": totals.parameters,
        "buffers": totals.buffers,
        "macs": totals.macs,
        "memory": None
        if totals.run is None or totals.training is None
        else {"batch": 1, "dtype": "float32", "run": totals.run, "training": totals.training},
        "legal_sizes": network.legal.as_json(),
    }


def _pair(pair: Pair, sides: Sides) -> Json:
    return {
        "change": pair.kind.value,
        "arguments": list(pair.arguments),
        "rewired": pair.rewired,
        "renamed": pair.renamed,
        "before": _facts(pair.before, sides.before),
        "after": _facts(pair.after, sides.after),
    }


def _facts(facts: Facts | None, side: Network) -> Json | None:
    if facts is None:
        return None
    node = facts.node
    return {
        "name": node.name,
        "key": node.key,
        "operator": facts.title,
        "arguments": {name: _plain(value) for name, value in facts.arguments.items()},
        "reads": list(facts.reads),
        "outputs": None if facts.shapes is None else [_axes(shape, side) for shape in facts.shapes],
        "state": {f"{node.key}.{name}": list(shape) for name, shape in facts.state.items()},
        "parameters": facts.parameters,
        "macs": facts.macs,
        "shared": not node.owner,
        "places": [_place(facts, side, index) for index in range(len(lines_of(facts)))],
    }


def _place(facts: Facts, side: Network, index: int) -> Json:
    span = lines_of(facts)[index]
    source = side.sources[span.file]
    at = source.position(span.start)
    return {"file": source.name, "line": at.line, "column": at.column}


def _axes(shape: Shape, side: Network) -> list[int | str]:
    return [
        axis.value if isinstance(axis, Size) and axis.value is not None else axis_text(axis, side.legal.axes)
        for axis in shape.axes
    ]


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
