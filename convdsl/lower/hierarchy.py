"""The tree of modules whose dotted paths are the names of the weights.

Layers with weights must stand in it; layers without stand in it only where their place counts, in an nn.Sequential.
It knows the graph and what operators say about PyTorch, and nothing of how a file is written.
"""

from collections.abc import Iterator

from convdsl.graph.graph import Graph, Node
from convdsl.lower.names import refusal
from convdsl.op import CallPlan, Module
from convdsl.record import dataclass, field
from convdsl.shape import Shape


class Refused(Exception):
    """A graph that cannot become a module, in a sentence; `node` is the layer to blame, None for the whole."""

    def __init__(self, message: str, node: Node | None = None) -> None:
        super().__init__(message)
        self.message, self.node = message, node


@dataclass(slots=True)
class Leaf:
    """One layer that is a module: its plan, and whether it may work in place."""

    node: Node
    plan: Module
    path: tuple[str, ...]
    inplace: bool = False


@dataclass(slots=True)
class Branch:
    """A level of the names: a scope of the spec that has weights, or the model (path ())."""

    path: tuple[str, ...]
    children: "dict[str, Branch | Leaf]" = field(default_factory=dict)

    @property
    def is_sequential(self) -> bool:
        """Tell whether the children are named 0, 1, 2 ... in this order."""
        return bool(self.children) and all(name == str(i) for i, name in enumerate(self.children))

    def leaves(self) -> Iterator[Leaf]:
        """Walk the modules in the order in which they are declared."""
        stack = [iter(self.children.values())]
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
            elif isinstance(child, Leaf):
                yield child
            else:
                stack.append(iter(child.children.values()))


def inputs_of(graph: Graph, node: Node) -> tuple[Shape, ...]:
    """Return the shapes of a layer's inputs, for a declared layer that is never applied those that it would take.

    Raises Refused where a shape is unknown.
    """
    shapes = graph.input_shapes(node)
    if shapes is None:
        raise Refused(f"the shape of `{node.name}` is unknown", node)
    return shapes


def plan_of(graph: Graph, node: Node) -> CallPlan:
    """Return how PyTorch computes a layer."""
    assert node.op is not None
    return node.op.call(*inputs_of(graph, node))


def has_state(graph: Graph, node: Node) -> bool:
    """Tell whether a layer owns tensors of the state."""
    assert node.op is not None
    shapes = inputs_of(graph, node)
    return bool(node.op.weights(*shapes)) or bool(node.op.buffers(*shapes))


def hierarchy(graph: Graph, plans: dict[int, CallPlan]) -> Branch:
    """Build the tree of modules; plans: by the index of the node.

    Weightless layers are taken out again wherever their scope is no nn.Sequential and they can be a function.
    Raises Refused where a name cannot be that of a module, or stands for two things.
    """
    root = Branch(())
    for node in graph.nodes:
        plan = plans.get(node.index)
        if node.owner and node.key is not None and isinstance(plan, Module):
            _insert(root, Leaf(node, plan, tuple(node.key.split("."))))
    for node in graph.spare:
        plan = plan_of(graph, node)
        if node.key is not None and isinstance(plan, Module):
            _insert(root, Leaf(node, plan, tuple(node.key.split("."))))
    _thin(graph, root)
    return root


def _insert(root: Branch, leaf: Leaf) -> None:
    branch = root
    for depth, name in enumerate(leaf.path[:-1]):
        child = branch.children.get(name)
        if child is None:
            child = branch.children[name] = Branch(leaf.path[: depth + 1])
        if isinstance(child, Leaf):
            raise Refused(f"`{child.node.key}` names a layer, and `{leaf.node.key}` would be inside it", leaf.node)
        branch = child
    if leaf.path[-1] in branch.children:
        raise Refused(f"two layers would have the name `{leaf.node.key}`", leaf.node)
    for name in leaf.path:
        if why := refusal(name):
            raise Refused(f"the name `{leaf.node.key}` cannot be: {why}", leaf.node)
    branch.children[leaf.path[-1]] = leaf


def _thin(graph: Graph, root: Branch) -> None:
    pending = [(root, False)]  # with: the place in an nn.Sequential has to be held
    while pending:
        branch, held = pending.pop()
        whole = branch.is_sequential and (held or _keeps(graph, branch))
        if not whole:
            branch.children = {name: child for name, child in branch.children.items() if _keeps(graph, child)}
        pending.extend((child, whole) for child in branch.children.values() if isinstance(child, Branch))


def _keeps(graph: Graph, child: Branch | Leaf) -> bool:
    leaves = child.leaves() if isinstance(child, Branch) else (child,)
    return any(not leaf.plan.function or has_state(graph, leaf.node) for leaf in leaves)
