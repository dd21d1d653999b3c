"""Which layers may overwrite their input: memory saved in the emitted code, and so in what a network needs to run."""

from collections.abc import Callable, Mapping

from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import CallPlan, Module


def overwriting(graph: Graph, plans: Mapping[int, CallPlan], is_module: Callable[[Node], bool]) -> frozenset[int]:
    """Choose the layers that work in place, by the index of their node.

    plans: of every layer. is_module: whether a layer is called as a module of its own, not as a function. The input
    must be fresh memory (no input of the model, no view), read by this layer only, and not kept by its maker for the
    backward pass; what was computed in place is kept in effect, for it may be the value that is saved. A module that
    is applied several times works in place only if every application may. Layers that are not run do not count.
    """
    readers: dict[Value, int] = {}
    for value in (*(value for node in graph.nodes for value in node.inputs), *(out.value for out in graph.outputs)):
        readers[value] = readers.get(value, 0) + 1
    chosen: set[int] = set()
    refused: set[str | None] = set()
    for node in graph.nodes:
        plan = plans.get(node.index)
        if not isinstance(plan, Module) or not plan.inplace or node.fed is not None:
            continue
        if is_module(node) and "inplace=True" not in plan.inplace:  # a function like torch.sigmoid_, no argument
            continue
        maker = graph.nodes[node.inputs[0].node]
        made = plans.get(maker.index)
        if (
            made is not None
            and readers[node.inputs[0]] == 1
            and not (made.saves_output or made.is_view or maker.index in chosen)
        ):
            chosen.add(node.index)
        elif is_module(node):
            refused.add(node.key)
    return frozenset(
        index for index in chosen if graph.nodes[index].key not in refused or not is_module(graph.nodes[index])
    )
