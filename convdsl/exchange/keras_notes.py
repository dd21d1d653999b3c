"""What weights cannot say: where a layer of Keras and its twin in a spec may still differ, though all tensors fit.

Keras's norms add 0.001 to the variance, PyTorch's 0.00001. Keras's padding "same" with a stride adds the odd pixel at
the end: total = max((ceil(size / stride) - 1) * stride + extent - size, 0), the smaller half first (keras.io, Conv2D;
the formula is TensorFlow's, "Neural network: padding"). PyTorch's `padding` adds as much on both sides.
"""

from collections.abc import Collection, Iterator

from convdsl.graph.graph import Graph, Node
from convdsl.lower.hierarchy import plan_of
from convdsl.op import Module

EPS_KERAS, EPS_PYTORCH = 1e-3, 1e-5


def keras_notes(graph: Graph, loaded: Collection[str]) -> tuple[str, ...]:
    """Tell of norms and strided convolutions, among the layers whose weights were loaded, that may differ."""
    norms: list[str] = []
    strided: list[str] = []
    for node, plan in _modules(graph):
        if f"{node.key}.weight" not in loaded:
            continue
        arguments = dict(plan.arguments)
        kind = plan.target.rpartition(".")[2]
        if kind.startswith("BatchNorm") and arguments.get("eps", EPS_PYTORCH) == EPS_PYTORCH:
            norms.append(f"`{node.name}`")
        if kind in ("Conv1d", "Conv2d", "Conv3d") and _pads_alike(arguments):
            strided.append(f"`{node.name}`")
    out = []
    if norms:
        out.append(
            f"{_few(norms)}: eps is 1e-05 here, and 0.001 in Keras unless told otherwise: `BatchNorm2d(eps=1e-3)`"
        )
    if strided:
        out.append(
            f'{_few(strided)}: with a stride, Keras\'s padding="same" adds the odd pixel at the end: with a window '
            "of 3, stride 2 and even sizes that is `Pad((0, 1, 0, 1))` before a `Conv2d` without padding"
        )
    return tuple(out)


def _modules(graph: Graph) -> Iterator[tuple[Node, Module]]:
    for node in graph.nodes:
        if node.op is not None and node.key is not None and node.shapes is not None:
            plan = plan_of(graph, node)
            if isinstance(plan, Module):
                yield node, plan


def _pads_alike(arguments: dict[str, object]) -> bool:
    """Tell a convolution with a stride that pads as much before as after."""
    stride, padding = arguments.get("stride", 1), arguments.get("padding", 0)
    return any(step != 1 for step in _each(stride)) and any(pad not in (0, "valid") for pad in _each(padding))


def _each(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _few(names: list[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest
