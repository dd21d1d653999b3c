"""The layers as steps of `forward`: which local each value lives in, where it dies, what may work in place.

The newest value is always in one local, the flow, so that the value before it is dropped when it is assigned; a value
that is read again later has a name of its own, and is deleted after its last use.
"""

from convdsl.analysis.inplace import overwriting
from convdsl.graph.graph import Graph, Node, Value
from convdsl.lower.hierarchy import Branch, Leaf, Refused, hierarchy, plan_of
from convdsl.lower.locals import Assignment
from convdsl.op import CallPlan, Module
from convdsl.record import dataclass
from convdsl.shape import Shape


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of forward.

    leaf: the module that is called, None where the plan is printed as an expression. inputs, outputs: locals; the
    first of `outputs` is the flow, `also` a further name for it or "". drop: the locals that die here.
    """

    node: Node
    plan: CallPlan
    leaf: Leaf | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    also: str
    drop: tuple[str, ...]
    inplace: bool
    shape: Shape | None


@dataclass(frozen=True, slots=True)
class Program:
    """A whole forward and the modules that it calls.

    arguments: the locals of the model's inputs, in order. results: those of its outputs. flow: the newest value's.
    """

    modules: Branch
    arguments: tuple[str, ...]
    steps: tuple[Step, ...]
    results: tuple[str, ...]
    flow: str


def steps(graph: Graph) -> Program:
    """Put a graph in order.

    Raises Refused where its names cannot be those of modules, a shape is unknown, or nothing comes out.
    """
    if not graph.outputs:
        raise Refused(f"the model `{graph.model}` has no output")
    plans = {node.index: plan_of(graph, node) for node in graph.nodes if node.op is not None}
    nodes = [node for node in graph.nodes if node.op is not None and node.fed is None]
    modules = hierarchy(graph, plans)
    leaves = {leaf.node.key: leaf for leaf in modules.leaves()}
    readers = _readers(graph, nodes)
    inplace = overwriting(graph, plans, lambda node: node.key in leaves)
    for node in nodes:
        leaf = leaves.get(node.key)
        if leaf is not None and node.index in inplace:
            leaf.inplace = True
    names = Assignment(graph, nodes, readers)
    return Program(
        modules,
        names.arguments,
        tuple(_step(graph, names, at, node, plans[node.index], leaves, inplace) for at, node in enumerate(nodes)),
        tuple(names.read(output.value) for output in graph.outputs),
        names.flow,
    )


def _step(
    graph: Graph,
    names: Assignment,
    at: int,
    node: Node,
    plan: CallPlan,
    leaves: dict[str | None, Leaf],
    inplace: frozenset[int],
) -> Step:
    inputs = tuple(names.read(value) for value in node.inputs)
    dead = names.dying(node.inputs, at)  # before the results are named, so that one of them can take a name over
    outputs, also = names.bind(node, at)
    unread = names.dying(tuple(Value(node.index, output) for output in range(1, len(outputs))), at)
    return Step(
        node,
        plan,
        leaves.get(node.key) if isinstance(plan, Module) and node.key is not None else None,
        inputs,
        outputs,
        also,
        tuple(name for name in dead if name not in (also, *outputs[1:])) + unread,
        node.index in inplace,
        graph.shape(Value(node.index)),
    )


def _readers(graph: Graph, nodes: list[Node]) -> dict[Value, list[int]]:
    """Return the steps that read each value, in order; the number of steps stands for the model's outputs."""
    out: dict[Value, list[int]] = {}
    for at, node in enumerate(nodes):
        for value in node.inputs:
            out.setdefault(value, []).append(at)
    for output in graph.outputs:
        out.setdefault(output.value, []).append(len(nodes))
    return out
