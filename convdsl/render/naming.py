"""A layer by its full name, or what to write in place of a name that there is not."""

from convdsl.graph.graph import Node
from convdsl.mistake import MistakeError
from convdsl.nearest import nearest
from convdsl.render.facts import Network

LISTED = 12  # names in a message


def names(network: Network) -> tuple[str, ...]:
    """Return the names by which layers can be asked for."""
    return tuple(node.name for node in network.graph.nodes if node.op is not None)


def layer_named(network: Network, name: str) -> Node:
    """Return the layer of a full name.

    Raises MistakeError where there is none.
    """
    for node in network.graph.nodes:
        if node.op is not None and node.name == name:
            return node
    known = names(network)
    inside = [one for one in known if one.startswith(f"{name}.")]
    guess = nearest(name, known)
    listed = f"{', '.join((inside or known)[:LISTED])}{' …' if len(inside or known) > LISTED else ''}"
    way_out = f"its layers: {listed}" if not guess else f"did you mean `{guess}`?"
    if inside:
        way_out = f"`{name}` is made of {listed}"
    raise MistakeError(f"there is no layer `{name}`", way_out=way_out)
