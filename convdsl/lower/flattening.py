"""Dense layers behind a flattened picture: the axes that their inputs were flattened from.

A library that keeps channels last flattens (rows, columns, channels) where PyTorch flattens (channels, rows, columns),
so the columns of such a weight stand in another order there.
"""

from collections.abc import Mapping

from convdsl.graph.graph import Graph, Node
from convdsl.lower.hierarchy import plan_of
from convdsl.op import Module

DENSE = "torch.nn.Linear"


def flattened(graph: Graph) -> Mapping[str, tuple[int, ...]]:
    """Return the axes behind each dense weight that reads a flattened picture: (channels, rows, columns), by its name.

    Pictures of one pixel are left out, as both orders are one there.
    """
    out: dict[str, tuple[int, ...]] = {}
    for node in graph.nodes:
        if node.op is None or node.shapes is None or node.key is None:
            continue
        plan = plan_of(graph, node)
        axes = _before(graph, node) if isinstance(plan, Module) and plan.target == DENSE else None
        if axes is not None and any(size != 1 for size in axes[1:]):
            out[f"{node.key}.weight"] = axes
    return out


def _before(graph: Graph, node: Node) -> tuple[int, ...] | None:
    """Walk up through layers that keep the shape, to the one that flattens; None where there is none."""
    while len(node.inputs) == 1:
        node = graph.nodes[node.inputs[0].node]
        shapes, made = graph.input_shapes(node), node.shapes
        if node.op is None or shapes is None or made is None or len(shapes) != 1 or len(made) != 1:
            return None
        if shapes[0] == made[0]:
            continue
        if made[0].rank != 2 or shapes[0].rank < 3 or node.op.category != "shape":
            return None
        try:
            return shapes[0].at({"N": 1}).numbers[1:]
        except (ValueError, KeyError):
            return None
    return None
