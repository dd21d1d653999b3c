"""What a picture of receptive fields says in words: how much of the input an output sees, and what lies off."""

from collections.abc import Iterator

from convdsl.analysis.alignment import joins, shifts
from convdsl.analysis.geometry import Field, Fields, Seen
from convdsl.op import NoGrid
from convdsl.ops.window import axis_name
from convdsl.render.cells import visible
from convdsl.render.facts import Network, field_text
from convdsl.render.sight import offsets, pixels
from convdsl.render.usual import Counted
from convdsl.sizes import Size

MOST_JOINS = 6  # misaligned joins that are written out


def sides(network: Network, found: Counted) -> tuple[int, ...]:
    """Return the sides of the first input in pixels, height first; nothing where they are no numbers."""
    if not network.graph.inputs or found.sizes is None:
        return ()
    shape = network.graph.inputs[0].shape.at(found.sizes)
    known = [axis.value for axis in shape.spatial if isinstance(axis, Size) and axis.value is not None]
    return tuple(known) if len(known) == len(shape.spatial) else ()


def fields_of(network: Network, node: int) -> Fields | None:
    """Return the field of a node, None where it is not known."""
    return network.fields[node] if node < len(network.fields) else None


def seen_by_outputs(network: Network, found: Counted) -> Iterator[str]:
    """Say of each output what one value of it sees: "`ab` sees 61 of 256 px"."""
    for output in network.graph.outputs:
        yield f"`{visible(output.name)}` sees {_seen(fields_of(network, output.value.node), sides(network, found))}"


def misaligned(network: Network) -> Iterator[str]:
    """Say which values that lie in different places are joined, and which outputs lie beside the input."""
    graph = network.graph
    if len(network.fields) < len(graph.nodes):
        return
    found = [join for join in joins(graph, network.fields) if join.largest or join.has_unequal_jumps]
    nodes = list(dict.fromkeys(join.node for join in found))
    for index in nodes[:MOST_JOINS]:
        node = graph.nodes[index]
        here = [join for join in found if join.node == index]
        axes = len(node.shapes[0].spatial) if node.shapes else 1
        for _, sentence in offsets(graph, node, here, axes):
            yield visible(f"misaligned in `{node.name}`: {sentence}")
    if len(nodes) > MOST_JOINS:
        yield f"and {len(nodes) - MOST_JOINS:,} misaligned joins more"
    told: dict[str, list[int]] = {}
    for shift in shifts(graph, network.fields, network.legal):
        if shift.offset:
            name = visible(graph.outputs[shift.output].name)
            sentence = f"`{name}` lies {pixels(abs(shift.offset))} off the middle of the input"
            told.setdefault(sentence, []).append(shift.axis)
    axes = len(graph.inputs[0].shape.spatial) if graph.inputs else 0
    for sentence, which in told.items():
        yield sentence if len(which) == axes else f"{sentence} in {axis_name(axes, which[0])}"


def _seen(fields: Fields | None, box: tuple[int, ...]) -> str:
    if fields is None:
        return "what is not known"
    if all(axis is NoGrid.WHOLE or (isinstance(axis, Field) and axis.whole) for axis in fields):
        return "the whole input"
    if len(box) != len(fields):
        return f"{field_text(fields)} px"
    parts = [_of(axis, side) for axis, side in zip(fields, box, strict=True)]
    names = [axis_name(len(box), index) for index in range(len(box))]
    if len(set(parts)) == 1:
        return f"{parts[0]} in {' and '.join(names)}" if len(names) > 1 else parts[0]
    return ", ".join(f"{part} in {name}" for part, name in zip(parts, names, strict=True))


def _of(axis: Seen, side: int) -> str:
    if isinstance(axis, NoGrid):
        return f"all {side:,} px" if axis is NoGrid.WHOLE else "an unknown number of px"
    if axis.size is None:
        return f"all {side:,} px"
    most = "at most " if axis.approximate else ""
    return (
        f"{most}{axis.size:,} of {side:,} px"
        if axis.size <= side
        else f"all {side:,} px ({most}{axis.size:,} with what lies outside)"
    )
