"""The windows of a layer as they were at the start of the training, and as they are after it.

Shape legend: O output channels, I input channels that each of them reads (all of them, or those of its group), H and W
cells of the window: 1 and 1 for what reads one cell, the whole map for a dense layer behind a flattened one.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from convdsl.graph.graph import Graph, Node, Value
from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.render.naming import LISTED, layer_named
from convdsl.sizes import Size
from convdsl.train.inspecting.palette import number_text
from convdsl.train.inspecting.subject import Subject
from convdsl.train.inspecting.text import aligned

ACROSS = (nn.Conv1d, nn.Conv2d)
BACK = (nn.ConvTranspose1d, nn.ConvTranspose2d)


@dataclass(frozen=True, slots=True)
class Kernels:
    """The windows of a layer.

    state: where the weights come from that are there now. before, after: (O, I, H, W); after is None where nothing was
    trained here. coloured: the three inputs are R, G and B of the picture, so that a window is a small picture itself.
    """

    subject: str
    state: str
    layer: str
    call: str
    seed: int
    steps: int | None
    before: Tensor
    after: Tensor | None
    coloured: bool

    @property
    def change(self) -> Tensor | None:
        """What training added, (O, I, H, W)."""
        return None if self.after is None else self.after - self.before

    def norms(self) -> tuple[tuple[float, float | None, float | None], ...]:
        """Return for each output channel the Euclidean norms of its window at the start, after, and of the change."""
        before = _norms(self.before)
        if self.after is None or self.change is None:
            return tuple((one, None, None) for one in before)
        return tuple(zip(before, _norms(self.after), _norms(self.change), strict=True))


def kernels(subject: Subject, layer: str) -> Kernels:
    """Take the windows of a layer from fresh weights (those of the recipe's seed) and from the trained ones.

    Raises MistakeError where there is no such layer, or it has no window that is learned.
    """
    graph, node = subject.network.graph, layer_named(subject.network, layer)
    now = _windows(subject.module, graph, node)
    if now is None:
        known = [other.name for other in graph.nodes if _windows(subject.module, graph, other) is not None]
        shown = visible(", ".join(dict.fromkeys(known[:LISTED]))) + (" …" if len(known) > LISTED else "")
        way_out = f"layers with one: {shown}" if known else "no layer of this network has one"
        raise MistakeError(f"`{visible(layer)}` has no window of one or two axes that is learned", way_out=way_out)
    before = now if subject.steps is None else _windows(subject.job.fresh(), graph, node)
    assert before is not None
    reads_picture = graph.nodes[_laid_on(graph, node).node].op is None
    return Kernels(
        subject.told,
        subject.state,
        node.name,
        subject.call(Value(node.index)),
        subject.job.recipe.seed,
        subject.steps,
        before,
        None if subject.steps is None else now,
        coloured=reads_picture and subject.job.source.channels == ("R", "G", "B") and now.shape[1] == 3,
    )


def _windows(network: nn.Module, graph: Graph, node: Node) -> Tensor | None:
    """Return the weights of a layer as (O, I, H, W), None where it has no such weights."""
    module = dict(network.named_modules()).get(node.key) if node.key is not None else None
    if isinstance(module, nn.Linear):
        weight = module.weight.detach().double()
        shape = graph.shape(_laid_on(graph, node))
        is_map = shape is not None and shape.rank == 4
        return (
            weight.reshape(-1, *shape.at({}).numbers[1:]) if is_map and shape is not None else weight[:, :, None, None]
        )
    if isinstance(module, ACROSS):
        weight = module.weight.detach().double()
    elif isinstance(module, BACK):
        weight = _turned(module.weight.detach().double(), module.groups)
    else:
        return None
    return weight if weight.dim() == 4 else weight[:, :, None]


def _laid_on(graph: Graph, node: Node) -> Value:
    """Return the value on which the windows of a layer lie: what it reads, and before that what was flattened to it."""
    value = node.inputs[0]
    while True:
        maker, shape = graph.nodes[value.node], graph.shape(value)
        inputs = graph.input_shapes(maker)
        if maker.op is None or shape is None or shape.rank != 2 or inputs is None or len(inputs) != 1:
            return value
        before = inputs[0]
        fixed = all(isinstance(axis, Size) and axis.value is not None for axis in before.axes[1:])
        is_flattened = before.rank == 4 and fixed and prod(before.at({}).numbers[1:]) == shape.at({}).numbers[1]
        if maker.op.weights(*inputs) or not (is_flattened or before == shape):
            return value
        value = maker.inputs[0]


def _turned(weight: Tensor, groups: int) -> Tensor:
    """Put the output channels first: PyTorch keeps (I, O / groups, ...) of a transposed convolution."""
    inputs, outputs, *window = weight.shape
    parts = weight.reshape(groups, inputs // groups, outputs, *window).transpose(1, 2)
    return parts.reshape(groups * outputs, inputs // groups, *window)


def _norms(windows: Tensor) -> list[float]:
    return [float(one) for one in torch.linalg.vector_norm(windows.flatten(1), dim=1)]


def relative(kernels: Kernels) -> str:
    """Say how far the whole layer went, in one sentence."""
    count, inputs, height, width = kernels.before.shape
    what = f"{count * inputs:,} windows of {height}×{width}" if height * width > 1 else f"{count}×{inputs} weights"
    if kernels.change is None:
        return f"{what}, {kernels.state}; nothing was trained here, and there is nothing to compare them with"
    moved = float(torch.linalg.vector_norm(kernels.change))
    start = float(torch.linalg.vector_norm(kernels.before))
    share = f", {moved / start:.1%} of the weights' own norm at the start, {number_text(start)}" if start else ""
    return f"{what}; the change has the norm {number_text(moved)}{share}"


def table(found: Kernels, channels: Sequence[int] = ()) -> tuple[str, ...]:
    """Print the norms of each output channel's window, a line each; channels: of these only."""
    names = ("norm at the start", "norm after", "norm of the change", "share") if found.after is not None else ("norm",)
    rows: list[tuple[str, ...]] = [("channel", *names)]
    norms = found.norms()
    for number in channels or range(len(norms)):
        before, after, change = norms[number]
        if after is None or change is None:
            rows.append((str(number), number_text(before)))
            continue
        cells = map(number_text, (before, after, change))
        rows.append((str(number), *cells, f"{change / before:.1%}" if before else ""))
    head = (f"{visible(found.layer)} = {found.call}", found.subject, relative(found))
    return (*head, "", *aligned(rows))


def to_data(found: Kernels) -> dict[str, Any]:
    """Turn windows and norms into JSON's types."""
    return {
        "version": 1,
        "kind": "kernels",
        "network": found.subject,
        "layer": found.layer,
        "seed": found.seed,
        "steps": found.steps,
        "shape": list(found.before.shape),
        "before": found.before.tolist(),
        "after": None if found.after is None else found.after.tolist(),
        "channels": [
            {"channel": number, "norm_before": before, "norm_after": after, "norm_of_change": change}
            for number, (before, after, change) in enumerate(found.norms())
        ],
    }
