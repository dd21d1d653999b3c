"""The names and shapes of a network's state, without PyTorch: what `state_dict()` of the built module holds."""

from collections.abc import Mapping
from math import prod

from convdsl.graph.graph import Graph
from convdsl.lower.hierarchy import Branch, hierarchy, inputs_of, plan_of
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """The tensors of a network by name, in the order of `state_dict()`; trained ones and the others."""

    weights: Mapping[str, tuple[int, ...]]
    buffers: Mapping[str, tuple[int, ...]]
    keys: Mapping[str, tuple[int, ...]]

    @property
    def parameters(self) -> int:
        """Count the trained numbers; shared ones once."""
        return sum(prod(shape) for shape in self.weights.values())

    def bytes(self, itemsize: int = 4) -> int:
        """Count the memory of all tensors; a scalar is a counter of 8 bytes, whatever the numbers' width."""
        return sum(prod(shape) * itemsize if shape else 8 for shape in self.keys.values())


def state_keys(graph: Graph) -> Mapping[str, tuple[int, ...]]:
    """Return the shape of every tensor of the state by name, in PyTorch's order.

    Raises Refused where the graph cannot be a module.
    """
    return state(graph).keys


def state(graph: Graph) -> State:
    """Return the tensors of the state.

    Raises Refused where the graph cannot be a module.
    """
    return state_of(graph, hierarchy(graph, {n.index: plan_of(graph, n) for n in graph.nodes if n.op is not None}))


def state_of(graph: Graph, modules: Branch) -> State:
    """Return the tensors of a tree of modules."""
    weights: dict[str, tuple[int, ...]] = {}
    buffers: dict[str, tuple[int, ...]] = {}
    keys: dict[str, tuple[int, ...]] = {}
    for leaf in modules.leaves():
        shapes = inputs_of(graph, leaf.node)
        assert leaf.node.op is not None
        for name, shape in leaf.node.op.weights(*shapes).items():
            keys[f"{leaf.node.key}.{name}"] = weights[f"{leaf.node.key}.{name}"] = shape
        for name, shape in leaf.node.op.buffers(*shapes).items():
            keys[f"{leaf.node.key}.{name}"] = buffers[f"{leaf.node.key}.{name}"] = shape
    return State(weights, buffers, keys)
