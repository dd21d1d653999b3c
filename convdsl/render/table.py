"""The table of `show`: a row for each layer, a row with sums for each block and group, totals at the end.

Columns that no layer fills are left out; where the terminal is narrow, columns are merged and then cut, never wrapped.
"""

from collections.abc import Iterable, Mapping, Sequence

from convdsl.record import dataclass, field, replace
from convdsl.render.cells import BOLD, DIM, cells, paint, plain, shorten, visible
from convdsl.render.facts import (
    WINDOW,
    Layer,
    Network,
    bytes_text,
    call_text,
    field_text,
    layers,
    number_text,
    short_count,
    window_text,
)
from convdsl.render.footprint import NAMED, Footprint, training_line
from convdsl.render.margin import Margin, bar, margin
from convdsl.render.outline import Group, outline
from convdsl.render.shapes import axis_text, shape_text
from convdsl.shape import Shape

HEADINGS = {
    "name": "name",
    "layer": "layer",
    "channels": "channels",
    "window": "window",
    "kernel_size": "kernel",
    "stride": "stride",
    "padding": "padding",
    "dilation": "dilation",
    "output": "output",
    "parameters": "parameters",
    "parameters_bar": "",
    "macs": "MACs",
    "macs_bar": "",
    "memory": "memory",
    "field": "field",
}
RIGHT = ("parameters", "macs", "memory", "field")
NEUTRAL = {"dilation": "1"}  # a column that says this in every row says nothing
GAP = 2  # blanks between columns
SHORTEST = {"name": 10, "layer": 10, "output": 12}  # cells to which a column may be cut
BARRED = ("parameters", "macs")
BYTES = 4  # of a weight, where no other type is asked for: float32


@dataclass(frozen=True, slots=True)
class Row:
    """One row: text by column; depth: how far it is indented; a heading is a block or group with its sums.

    counts: parameters and MACs as numbers. nodes: the indices of the nodes that stand in it alone; none of a heading.
    """

    cells: Mapping[str, str]
    depth: int = 0
    heading: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    nodes: range = range(0)


def table(
    network: Network,
    *,
    sizes: Mapping[str, int] | None = None,
    memory: Footprint | None = None,
    width: int = 100,
    depth: int | None = None,
    colour: bool = False,
    bars: bool = False,
    ascii: bool = False,
) -> str:
    """Print the network as a table; no newline at the end.

    sizes: the values of the size symbols: shapes are then numbers, and MACs are counted, for a batch of one where its
    symbol is not among them. memory: what the network takes at these sizes. width: cells of the terminal. depth: levels
    of blocks and groups that are opened, None for all. bars: draw skips in the margin, and bars beside parameters and
    MACs. ascii: use no other characters.
    """
    found = layers(network.graph, sizes)
    told = list(rows(network, found, memory, depth))
    beside = _beside(network, told, ascii) if bars else Margin([""] * len(told), 0)
    told = _barred(told) if bars else told
    told = (
        [replace(row, cells={name: plain(text) for name, text in row.cells.items()}) for row in told] if ascii else told
    )
    # without sizes only dense layers have a number of MACs, and a column of those would tell half of it
    unknown = {"window"} if _is_counted(network, found) or sizes else {"window", "macs"}
    columns = [name for name in HEADINGS if name not in unknown and _is_told(name, told)]
    widths, told = _fit(columns, told, width - beside.width)
    lines = [
        f"{before}{line}"
        for before, line in zip((" " * beside.width, *beside.lines), _print(widths, told, colour), strict=True)
    ]
    rule = paint("─" * (beside.width + _width(widths)), DIM, colour)
    lines.insert(1, rule)
    more = [f"{beside.hidden:,} skips more than the margin has room for"] if beside.hidden else []
    out = "\n".join([*lines, rule, *more, *totals(network, found, sizes, memory)])
    return plain(out) if ascii else out


def _beside(network: Network, told: Sequence[Row], ascii: bool) -> Margin:
    row_of = {node: place for place, row in enumerate(told) for node in row.nodes}
    headings = frozenset(place for place, row in enumerate(told) if row.heading)
    drawn = margin(network.graph, row_of, headings, len(told))
    # an arrow takes one cell here, and two elsewhere
    return replace(drawn, lines=[plain(line.replace("→", ">")) for line in drawn.lines]) if ascii else drawn


def _barred(told: Sequence[Row]) -> list[Row]:
    """Add bars to the rows that are no headings, each a share of the largest of them."""
    most = {name: max((row.counts.get(name, 0) for row in told), default=0) for name in BARRED}
    return [
        replace(
            row, cells={**row.cells, **{f"{name}_bar": bar(row.counts.get(name, 0), most[name]) for name in BARRED}}
        )
        for row in told
    ]


def totals(
    network: Network, found: Sequence[Layer], sizes: Mapping[str, int] | None, memory: Footprint | None = None
) -> Iterable[str]:
    """Print what the whole network weighs and costs, and at which sizes it runs."""
    weights = sum(layer.parameters for layer in found)
    buffers = sum(layer.buffer_elements for layer in found)
    parts = [f"{weights:,} parameters ({bytes_text(weights * (BYTES if memory is None else memory.width))})"]
    if buffers:
        parts.append(f"{buffers:,} buffers")
    at = " at " + ", ".join(f"{symbol} = {value}" for symbol, value in sizes.items()) if sizes else ""
    if _is_counted(network, found):
        parts.append(f"{sum(layer.macs or 0 for layer in found[: len(network.graph.nodes)]):,} MACs{at}")
    elif sizes is not None:
        parts.append(f"MACs unknown{at}")
    fields = [field_text(network.fields[output.value.node]) for output in network.graph.outputs if network.fields]
    told = [text for text in dict.fromkeys(fields) if text]
    if told == ["whole"]:
        parts.append("receptive field: the whole input")
    elif told:
        parts.append(f"receptive field {', '.join(told)}")
    yield " · ".join(parts)
    if memory is not None:
        yield from _memory_lines(memory)
    lines = network.legal.text()
    if not all(node.shapes is not None for node in network.graph.nodes):
        return  # they speak of a part only
    if network.legal.is_empty:
        yield "at no size does it run and keep what is promised"
    elif lines:
        yield "runs at " + "; ".join(lines)


def _memory_lines(memory: Footprint) -> Iterable[str]:
    """Print the most that a run and a step of training take."""
    images = "1 image" if memory.batch == 1 else f"{memory.batch:,} images"
    most = ", ".join(f"`{visible(node.name)}`" for node, _ in memory.run.largest(NAMED))
    held = f"{bytes_text(memory.run.total)} of values at most, held by {most}" if most else "no values"
    yield f"memory for {images} in {memory.dtype}: to run, weights aside, {held}"
    yield f"to train, {training_line(memory.training, memory.optimizer)}"


def _is_counted(network: Network, found: Sequence[Layer]) -> bool:
    """Tell whether the MACs of all layers that are applied are known."""
    return all(layer.macs is not None for layer in found[: len(network.graph.nodes)])


def keys(network: Network, *, buffers: bool = True) -> str:
    """List the tensors of the state: key, shape, number of elements; no newline at the end."""
    rows = []
    for layer in layers(network.graph):
        for tensors in (layer.weights, layer.buffers if buffers else {}):
            for key, shape in tensors.items():
                count = 1
                for axis in shape:
                    count *= axis
                note = "  buffer" if tensors is layer.buffers else ""
                rows.append((visible(key), "×".join(map(str, shape)) or "scalar", f"{count:,}", note))
    if not rows:
        return "no weights"
    wide = [max(cells(row[i]) for row in rows) for i in range(3)]
    lines = (f"{k}{' ' * (wide[0] - cells(k))}  {s:<{wide[1]}}  {n:>{wide[2]}}{note}" for k, s, n, note in rows)
    return "\n".join(lines)


# ----------------------------------------------------------------------- rows


def rows(
    network: Network, found: Sequence[Layer], memory: Footprint | None = None, limit: int | None = None
) -> Iterable[Row]:
    """Yield a row for each heading and layer of the outline, in order, then those that are never applied.

    found: the facts of all layers. memory: at the same sizes. limit: levels that are opened.
    """
    spare = len(found) - len(network.graph.spare)
    for item, depth in outline(network.graph):
        if limit is not None and depth > limit:
            continue
        if isinstance(item, Group):
            members = found[item.first : item.last + 1]
            sums = _group_cells(network, item, members)
            closed = _closed_cells(network, members) if depth == limit else {}
            told = sums | closed | _memory(memory, members)
            nodes = range(item.first, item.last + 1) if closed else range(0)
            yield Row(told, depth, not closed, _counts(members) if closed else {}, nodes)
        else:
            layer = found[item.index]
            told = _layer_cells(network, layer, item.label) | _memory(memory, (layer,))
            yield Row(told, depth, counts=_counts((layer,)), nodes=range(item.index, item.index + 1))
    for layer in found[spare:]:
        # its shapes are those of a made-up input
        told = _layer_cells(network, layer, layer.node.name)
        kept = {name: text for name, text in told.items() if name not in ("macs", "short_macs", "field")}
        yield Row({**kept, "output": "not applied", "short_output": "not applied"})


def _counts(members: Sequence[Layer]) -> dict[str, int]:
    return {
        "parameters": sum(layer.parameters for layer in members),
        "macs": sum(layer.macs or 0 for layer in members),
    }


def _layer_cells(network: Network, layer: Layer, label: str) -> dict[str, str]:
    op = layer.node.op
    out = {
        "name": visible(label),
        "layer": "input" if op is None else _title(layer),
        "channels": _channels(network, layer),
        "parameters": f"{layer.parameters:,}" if layer.parameters else "",
        **_output(network, layer),
        **_macs(layer.macs),
    }
    if not layer.node.owner:
        out["parameters"] = "shared"
    if op is not None:
        out["field"] = _field(network, layer)
    if "kernel_size" in layer.arguments:
        out.update({name: number_text(layer.arguments[name]) for name in WINDOW if name in layer.arguments})
        kernel = layer.arguments["kernel_size"]
        if isinstance(kernel, tuple):
            out["kernel_size"] = "×".join(map(str, kernel))
        out["window"] = window_text(layer.arguments)
    return out


def _field(network: Network, layer: Layer) -> str:
    index = layer.node.index
    return field_text(network.fields[index]) if index < len(network.fields) else ""


def _title(layer: Layer) -> str:
    op = layer.node.op
    if op is None or "kernel_size" in layer.arguments or layer.weights:
        return layer.title
    return visible(call_text(op))


def _channels(network: Network, layer: Layer) -> str:
    out = "?" if layer.output is None else _channel(network, layer.output)
    if layer.node.op is None:
        return out
    return _became(network, layer.inputs, out)


def _became(network: Network, inputs: Sequence[Shape] | None, out: str) -> str:
    if inputs is None:
        return f"? → {out}"
    came = [_channel(network, shape) for shape in inputs]
    before = "+".join(came) if len(came) <= 3 else f"{came[0]}+…+{came[-1]}"
    return out if set(came) == {out} else f"{before} → {out}"


def _channel(network: Network, shape: Shape) -> str:
    return axis_text(shape.axes[1], network.legal.axes) if shape.rank > 1 else ""


def _group_cells(network: Network, group: Group, members: Sequence[Layer]) -> dict[str, str]:
    parameters = sum(layer.parameters for layer in members)
    costs = [layer.macs for layer in members]
    known = sum(cost for cost in costs if cost is not None)
    return {
        "name": visible(group.label),
        "layer": visible(group.type),
        "parameters": f"{parameters:,}" if parameters else "",
        **_output(network, members[-1]),
        **_macs(known if None not in costs else None),
    }


def _closed_cells(network: Network, members: Sequence[Layer]) -> dict[str, str]:
    """Tell of a block that is not opened what its layers would: what goes in, what comes out, what it sees."""
    last = members[-1]
    out = "?" if last.output is None else _channel(network, last.output)
    return {"channels": _became(network, members[0].inputs, out), "field": _field(network, last)}


def _output(network: Network, layer: Layer) -> dict[str, str]:
    legal = network.legal.axes
    return {"output": shape_text(layer.output, legal), "short_output": shape_text(layer.output, legal, tight=True)}


def _macs(count: int | None) -> dict[str, str]:
    """Write MACs in full, and with three digits for narrow terminals; zero and unknown are blank."""
    return {"macs": f"{count:,}", "short_macs": short_count(count)} if count else {}


def _memory(memory: Footprint | None, members: Sequence[Layer]) -> dict[str, str]:
    """Write what the values take that these layers make; blank where they work in place or are views."""
    count = 0 if memory is None else sum(memory.layers.get(layer.node.index, 0) for layer in members)
    return {"memory": bytes_text(count)} if count else {}


# -------------------------------------------------------------------- printing


def _is_told(name: str, rows: Sequence[Row]) -> bool:
    return any(row.cells.get(name, "") not in ("", NEUTRAL.get(name, "")) for row in rows)


def _fit(columns: list[str], rows: list[Row], width: int) -> tuple[dict[str, int], list[Row]]:
    """Make the table narrower step by step until it fits: merge the window's columns, shorten, drop, cut.

    Returns the width of each column that is left, and the rows with what they say now.
    """
    widths = {name: _column_width(name, rows) for name in columns}
    if _width(widths) > width and "kernel_size" in widths:
        names = [
            "window" if name == "kernel_size" else name
            for name in widths
            if name == "kernel_size" or name not in WINDOW
        ]
        widths = {name: widths.get(name) or _column_width(name, rows) for name in names}
    for name in ("output", "macs"):
        if _width(widths) > width and name in widths:
            rows = [replace(row, cells={**row.cells, name: row.cells.get(f"short_{name}", "")}) for row in rows]
            widths[name] = _column_width(name, rows)
    for less in (("channels",), ("field",), ("memory",), tuple(f"{name}_bar" for name in BARRED)):
        if _width(widths) > width and "output" in widths:
            widths = {name: wide for name, wide in widths.items() if name not in less}
    for name in ("name", "output", "layer"):
        over = _width(widths) - width
        if over > 0 and name in widths:
            limit = max(SHORTEST[name], widths[name] - over)
            rows = [_cut(row, name, limit) for row in rows]
            widths[name] = _column_width(name, rows)
    return widths, rows


def _cut(row: Row, name: str, limit: int) -> Row:
    room = limit - 2 * row.depth if name == "name" else limit
    return replace(row, cells={**row.cells, name: shorten(row.cells.get(name, ""), max(4, room))})


def _text(name: str, row: Row) -> str:
    return ("  " * row.depth if name == "name" else "") + row.cells.get(name, "")


def _column_width(name: str, rows: Sequence[Row]) -> int:
    return max(len(HEADINGS[name]), max((cells(_text(name, row)) for row in rows), default=0))


def _width(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _print(widths: Mapping[str, int], rows: Sequence[Row], colour: bool) -> Iterable[str]:
    yield paint(_line(widths, HEADINGS), BOLD, colour)
    for row in rows:
        line = _line(widths, {name: _text(name, row) for name in widths})
        yield paint(line, DIM, colour) if row.heading else line


def _line(widths: Mapping[str, int], texts: Mapping[str, str]) -> str:
    parts = []
    for name, width in widths.items():
        blank = " " * (width - cells(texts[name]))
        parts.append(blank + texts[name] if name in RIGHT else texts[name] + blank)
    return (" " * GAP).join(parts).rstrip()
