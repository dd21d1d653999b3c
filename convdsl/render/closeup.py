"""One layer from near, for `show --layer`: its sizes with the numbers put in, its weights, and what sharing them saves.

It knows no operator by name.
"""

import re
from collections.abc import Iterator, Mapping
from math import prod

from convdsl.argument import signature
from convdsl.graph.graph import Graph
from convdsl.op import Op
from convdsl.ops.window import axis_name
from convdsl.render.facts import Layer, Network, layers, solved_text
from convdsl.render.sight import sight
from convdsl.render.window import Window, windows
from convdsl.shape import Shape
from convdsl.sizes import Size

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_WORD = re.compile(r"[A-Za-z_]\w*")


def closeup(network: Network, name: str, sizes: Mapping[str, int]) -> str:
    """Print a layer at given sizes of the input, batch 1; no newline at the end.

    Raises KeyError where there is no such layer.
    """
    found = [layer for layer in layers(network.graph, sizes) if layer.node.op is not None and layer.node.name == name]
    if not found:
        raise KeyError(name)
    return "\n".join(_lines(network, found[0], sizes))


def _lines(network: Network, layer: Layer, sizes: Mapping[str, int]) -> Iterator[str]:
    node = layer.node
    text = network.sources[node.span.file].text[node.span.start : node.span.end]
    yield f"{node.name}: {' '.join(text.split())}"
    yield ""
    solved = solved_text(node.op) if node.op is not None and has_names(text, node.op, network.graph) else ""
    rows = [("with", solved)] if solved else []
    rows.append(("at", ", ".join(f"{symbol} = {value:,}" for symbol, value in sizes.items()) or "its fixed size"))
    for value, shape in zip(node.inputs, layer.inputs or (), strict=True):
        source = network.graph.nodes[value.node]
        several = source.shapes is not None and len(source.shapes) > 1
        rows.append(("reads", f"{source.name}{f', its output {value.output + 1},' if several else ''} {shape}"))
    rows.append(("gives", "?" if layer.output is None else str(layer.output)))
    for further in (node.shapes or ())[1:]:
        rows.append(("", str(further.at({"N": 1, **sizes}))))
    if layer.inputs and layer.output is not None and layer.inputs[0].is_concrete:
        rows += _axes(layer, layer.inputs[0], layer.output)
    rows += [
        (key.removeprefix(f"{node.key}."), _count(shape)) for key, shape in {**layer.weights, **layer.buffers}.items()
    ]
    if layer.macs:
        rows.append(("MACs", f"{layer.macs:,}"))
    yield from _aligned(rows)
    seen = sight(network, node)
    if seen:
        yield ""
        yield "what one output sees of the input, borders aside:"
        yield from _aligned(seen)
    shared = _shared(layer)
    if shared:
        yield ""
        yield "the same map with other wiring, in weights, biases aside:"
        yield from _aligned(shared, right=True)


def has_names(text: str, op: Op, graph: Graph) -> bool:
    """Tell whether a call is written with parameters or loop variables, whose values are not to be read from it."""
    words = {"true", "false", "none", *(node.target for node in graph.nodes), *_words(op)}
    arguments = _QUOTED.sub("", text).partition(type(op).__name__)[2]
    return bool(set(_WORD.findall(arguments)) - words)


def _words(op: Op) -> Iterator[str]:
    """Yield the names of an operator, of its arguments, and of the layer that it wraps."""
    yield type(op).__name__
    for parameter in signature(type(op)):
        yield parameter.name
        value = getattr(op, parameter.name)
        if isinstance(value, Op):
            yield from _words(value)
        elif isinstance(value, str):
            yield value


def _aligned(rows: list[tuple[str, str]], *, right: bool = False) -> Iterator[str]:
    wide = max(len(word) for word, _ in rows)
    if not right:
        yield from (f"  {word:<{wide}}  {value}" for word, value in rows)
        return
    parts = [value.partition("  ") for _, value in rows]
    count = max(len(number) for number, _, _ in parts)
    for (word, _), (number, _, why) in zip(rows, parts, strict=True):
        yield f"  {word:<{wide}}  {number:>{count}}  {why}"


def _times(shape: tuple[int, ...]) -> str:
    return " * ".join(map(str, shape)) or "1"


def _count(shape: tuple[int, ...]) -> str:
    return f"{_times(shape)} = {prod(shape):,}" if len(shape) > 1 else f"{prod(shape):,}"


def _axes(layer: Layer, x: Shape, out: Shape) -> Iterator[tuple[str, str]]:
    """Yield each spatial axis with its formula: that of windows where it holds, else the size as a function."""
    slid = _windows(layer)
    said = ""
    for index, (before, after) in enumerate(zip(x.spatial, out.spatial, strict=False)):
        name = axis_name(len(out.spatial), index)
        if not isinstance(before, Size) or not isinstance(after, Size) or before.value is None or after.value is None:
            continue
        if index < len(slid):
            words, numbers, result = slid[index].steps(before.value)
            if result == after.value:
                if words != said:
                    yield "formula", words
                said = words
                yield name, f"{numbers} = {after.value:,}"
                continue
        function = _function(layer, x, index)
        if function is not None:
            kept = function == str(after.value)
            yield name, f"{after.value:,}" if kept else f"{function} = {after.value:,}"
    if len(slid) > 1 and any(window.dilation > 1 for window in slid) and layer.weights:
        yield "window", _spread(slid)


def _spread(slid: tuple[Window, ...]) -> str:
    extents = [window.extent for window in slid]
    kernel, extent = ("x".join(map(str, sides)) for sides in ([window.kernel for window in slid], extents))
    taps = prod(window.kernel for window in slid)
    return f"{kernel} = {taps} weights over an extent of {extent}, where a full window has {prod(extents)}"


def _function(layer: Layer, x: Shape, index: int) -> str | None:
    """Print an output size as a function of the input's, with the number in the symbol's place."""
    op, numbers = layer.node.op, x.numbers
    if op is None or len(layer.node.inputs) != 1:
        return None
    free = Shape((x.axes[0], x.axes[1], *(Size(str(number)) for number in numbers[2:])))
    axis = op.shape(free).spatial[index]
    return str(axis) if isinstance(axis, Size) and axis.symbol is not None else None


def _windows(layer: Layer) -> tuple[Window, ...]:
    return windows(layer.arguments, layer.buffers.get(f"{layer.node.key}.kernel"))


def _shared(layer: Layer) -> list[tuple[str, str]]:
    """Return what locality and shared weights save: each multiplication of a local layer has a weight of its own."""
    weight = max((shape for shape in layer.weights.values() if len(shape) > 2), key=prod, default=None)
    if weight is None or not layer.macs or not layer.inputs or layer.output is None or not _windows(layer):
        return []
    inside, outside = layer.inputs[0].numbers[1:], layer.output.numbers[1:]
    places = layer.macs // prod(weight)
    many, all_of_them = (f"{places:,} places", "all places") if places > 1 else ("1 place", "it")
    return [
        ("a dense layer", f"{prod(inside) * prod(outside):,}  ({_times(inside)}) * ({_times(outside)})"),
        ("a local layer", f"{layer.macs:,}  {many} * {prod(weight):,}, a window of its own for each"),
        ("this layer", f"{prod(weight):,}  one window for {all_of_them}"),
    ]
