"""One layer from near, for `show --layer`: its sizes with the numbers put in, its weights, and what sharing them saves.

It knows no operator by name: what slides a window says so by the names of its arguments.
"""

from collections.abc import Iterator, Mapping
from math import prod

from convdsl.ops.window import axis_name
from convdsl.record import dataclass
from convdsl.render.facts import Layer, Network, layers
from convdsl.shape import Shape
from convdsl.sizes import Size


@dataclass(frozen=True, slots=True)
class Window:
    """The arguments of a window along one axis; `extra` is the output padding of a transposed one, else None.

    ceil: a pool's last window may reach over the edge.
    """

    kernel: int
    stride: int
    padding: int
    dilation: int
    extra: int | None
    ceil: bool = False

    def steps(self, size: int) -> tuple[str, str, int]:
        """Return the formula in words and in numbers, and what it gives for a size.

        Source: PyTorch, torch.nn.Conv2d and torch.nn.ConvTranspose2d, under "Shape".
        """
        k, s, p, d = self.kernel, self.stride, self.padding, self.dilation
        if self.extra is not None:
            words = "(size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1"
            numbers = f"({size} - 1) * {s} - 2 * {p} + {d} * ({k} - 1) + {self.extra} + 1"
            return words, numbers, (size - 1) * s - 2 * p + d * (k - 1) + self.extra + 1
        if self.ceil:
            return self._reaching(size)
        words = "(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1"
        return words, f"({size} + 2 * {p} - {d} * ({k} - 1) - 1) // {s} + 1", (size + 2 * p - d * (k - 1) - 1) // s + 1

    def _reaching(self, size: int) -> tuple[str, str, int]:
        """Round up; a last window that would begin in the padding at the far side is left out.

        Source: PyTorch, torch.nn.MaxPool2d, under "ceil_mode".
        """
        k, s, p, d = self.kernel, self.stride, self.padding, self.dilation
        words = "ceil((size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1"
        numbers = f"ceil(({size} + 2 * {p} - {d} * ({k} - 1) - 1) / {s}) + 1"
        count = -((size + 2 * p - d * (k - 1) - 1) // -s) + 1
        if (count - 1) * s < size + p:
            return words, numbers, count
        return words, f"{numbers} = {count:,}, less 1 that would begin in the padding", count - 1


def names(network: Network) -> tuple[str, ...]:
    """Return the names by which layers can be asked for."""
    return tuple(node.name for node in network.graph.nodes if node.op is not None)


def closeup(network: Network, name: str, sizes: Mapping[str, int]) -> str:
    """Print a layer at given sizes of the input, batch 1; no newline at the end.

    name: one of `names`. Raises KeyError where there is no such layer.
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
    rows = [("at", ", ".join(f"{symbol} = {value:,}" for symbol, value in sizes.items()) or "its fixed size")]
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
    shared = _shared(layer)
    if shared:
        yield ""
        yield "the same map with other wiring, in weights, biases aside:"
        yield from _aligned(shared, right=True)


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
    windows = _windows(layer)
    said = ""
    for index, (before, after) in enumerate(zip(x.spatial, out.spatial, strict=False)):
        name = axis_name(len(out.spatial), index)
        if not isinstance(before, Size) or not isinstance(after, Size) or before.value is None or after.value is None:
            continue
        if index < len(windows):
            words, numbers, result = windows[index].steps(before.value)
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
    if len(windows) > 1 and any(window.dilation > 1 for window in windows) and layer.weights:
        yield "window", _spread(windows)


def _spread(windows: tuple[Window, ...]) -> str:
    extents = [window.dilation * (window.kernel - 1) + 1 for window in windows]
    kernel, extent = ("x".join(map(str, sides)) for sides in ([window.kernel for window in windows], extents))
    taps = prod(window.kernel for window in windows)
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
    """Return the window along each axis, () for what slides none."""
    told = layer.arguments
    # a fixed window is not an argument of numbers but a buffer
    kernel = told.get("kernel_size", layer.buffers.get(f"{layer.node.key}.kernel"))
    if not isinstance(kernel, tuple):
        return ()
    count = len(kernel)
    stride = _per_axis(told, "stride") or kernel
    dilation = _per_axis(told, "dilation") or (1,) * count
    padding = _per_axis(told, "padding") or (0,) * count
    if told.get("padding") == "same":
        padding = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    extra = _per_axis(told, "output_padding")
    ceil = told.get("ceil_mode") is True
    return tuple(
        Window(kernel[i], stride[i], padding[i], dilation[i], extra[i] if extra else None, ceil) for i in range(count)
    )


def _per_axis(told: Mapping[str, object], name: str) -> tuple[int, ...]:
    value = told.get(name)
    return value if isinstance(value, tuple) else ()


def _shared(layer: Layer) -> list[tuple[str, str]]:
    """Return what locality and shared weights save: each multiplication of a local layer has a weight of its own."""
    weight = max((shape for shape in layer.weights.values() if len(shape) > 2), key=prod, default=None)
    if weight is None or not layer.macs or not layer.inputs or layer.output is None or not _windows(layer):
        return []
    inside, outside = layer.inputs[0].numbers[1:], layer.output.numbers[1:]
    places = layer.macs // prod(weight)
    return [
        ("a dense layer", f"{prod(inside) * prod(outside):,}  ({_times(inside)}) * ({_times(outside)})"),
        ("a local layer", f"{layer.macs:,}  {places:,} places * {prod(weight):,}, a window of its own for each"),
        ("this layer", f"{prod(weight):,}  one window for all places"),
    ]
