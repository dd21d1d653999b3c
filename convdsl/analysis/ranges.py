"""Which values each tensor can take, and whether the head can reach what the output means.

Intervals, propagated once through the graph. Sound and coarse: a convolution's output is unbounded.
"""

from collections.abc import Iterator
from math import isinf

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Help, Label, Severity
from convdsl.graph.graph import Graph, Node, OutputTensor
from convdsl.op import Interval

LARGE_PART = 0.25  # a head that misses a quarter of the target's range is wrong, one that misses less is a warning


def intervals(graph: Graph) -> list[tuple[Interval, ...]]:
    """Return the interval of every output of every node, in the order of the nodes."""
    out: list[tuple[Interval, ...]] = []
    declared = {tensor.node: tensor for tensor in graph.inputs}
    for node in graph.nodes:
        if node.op is None:
            tensor = declared.get(node.index)
            interval = Interval()
            if tensor is not None and tensor.meaning is not None:
                ranges = tensor.meaning.ranges()
                interval = Interval(min(low for low, _ in ranges), max(high for _, high in ranges))
            out.append((interval,))
            continue
        found = node.op.values(*(out[value.node][value.output] for value in node.inputs))
        out.append((found,) * (len(node.shapes) if node.shapes is not None else 1))
    return out


def judge_heads(graph: Graph) -> Iterator[Diagnostic]:
    """Find outputs whose last layers cannot produce what they mean (E402)."""
    if not any(output.meaning is not None and output.meaning.kind == "colour" for output in graph.outputs):
        return
    found = intervals(graph)
    for output in graph.outputs:
        if output.meaning is None or output.meaning.kind != "colour":
            continue
        node = graph.nodes[output.value.node]
        if node.shapes is None:
            continue
        image = found[node.index][output.value.output]
        worst: tuple[float, str, float, float] | None = None
        for channel, (low, high) in zip(output.meaning.channels, output.meaning.ranges(), strict=True):
            if isinf(low) or isinf(high):
                continue
            missed = max(0.0, min(image.low, high) - low) + max(0.0, high - max(image.high, low))
            part = missed / (high - low)
            if part > 0 and (worst is None or part > worst[0]):
                worst = (part, channel, low, high)
        if worst is not None:
            yield _message(output, node, image, worst)


def _message(output: OutputTensor, node: Node, image: Interval, worst: tuple[float, str, float, float]) -> Diagnostic:
    part, channel, low, high = worst
    name = type(node.op).__name__ if node.op is not None else node.name
    scale = max(abs(low), abs(high))
    means = output.declaration.means
    labels = () if means is None else (Label(means.span, f"`{channel}` needs {low:g} to {high:g}"),)
    span = f"{_number(image.low)} to {_number(image.high)}"
    bounded = f"`Tanh() * {scale:g}`" if scale > 1 else "`Tanh()`"
    return Diagnostic(
        codes.HEAD_RANGE,
        f"`{output.name}` ends in `{name}`, which gives {span}, but `{channel}` runs from {low:g} to {high:g}",
        Label(node.span, f"only {span}"),
        labels,
        (f"{part:.0%} of the range of `{channel}` cannot be reached",),
        (Help(f"leave the last layer linear, or bound it by {bounded}"),),
        Severity.ERROR if part >= LARGE_PART else Severity.WARNING,
    )


def _number(value: float) -> str:
    if isinf(value):
        return "infinity" if value > 0 else "minus infinity"
    return f"{value:g}"
