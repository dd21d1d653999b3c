"""What an output of one layer sees of the picture, for `show --layer`: its field, what it leaves out, what lies off.

Rows of a word and a sentence; where the axes agree they are told once.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import TypeVar

from convdsl.analysis.alignment import Join, joins
from convdsl.analysis.geometry import OWN_PIXEL, Field, Seen
from convdsl.analysis.taps import Footprint, Footprints, spread, taps
from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import NoGrid
from convdsl.ops.window import axis_name
from convdsl.render.facts import Network

_TOLD = 4  # phases whose starts are listed
Row = tuple[str, str]
Axis = TypeVar("Axis", bound=Seen)

_WHY = {
    NoGrid.WHOLE: "the whole axis",
    NoGrid.UNKNOWN: "unknown: what is read depends on the size",
    NoGrid.UNEQUAL: "unknown: values of different steps were joined, each output sees another number of pixels",
}


def sight(network: Network, node: Node) -> list[Row]:
    """Return what is known of a node's receptive field.

    Nothing where its shape is not known, where everything is seen whole, and where each output sees its own pixel.
    """
    seen = network.fields[node.index] if node.index < len(network.fields) else None
    if not seen or all(axis is NoGrid.WHOLE for axis in seen):
        return []
    if all(axis == OWN_PIXEL for axis in seen):
        return []
    rows = [("size", _by_axis(seen, _size))]
    fields = [axis for axis in seen if isinstance(axis, Field)]
    if len(fields) == len(seen):
        if any(field.whole or field.smallest != field.size for field in fields):
            rows.append(("smallest", f"{_by_axis(fields, _smallest)}, through the path that sees least"))
        rows.append(("jump", f"{_by_axis(fields, _jump)} from one output to the next"))
        rows.append(("start", _by_axis(fields, _start)))
        rows += _taps(network.graph, node, fields)
    found = [join for join in joins(network.graph, network.fields) if join.node == node.index]
    return [*rows, *offsets(network.graph, node, found, len(seen))]


def _size(axis: Seen) -> str:
    if isinstance(axis, NoGrid):
        return _WHY[axis]
    if axis.size is None:
        return _WHY[NoGrid.WHOLE]
    few = min(axis.widest.sizes)
    between = f"{few:,} to " if few != axis.size else ""
    return f"{'at most ' if axis.approximate else ''}{between}{pixels(Fraction(axis.size))}"


def _smallest(axis: Field) -> str:
    return pixels(Fraction(axis.smallest))


def _jump(axis: Field) -> str:
    return pixels(axis.jump)


def _start(axis: Field) -> str:
    starts = axis.starts
    if len(starts) == 1 or len(starts) > _TOLD:
        return f"{axis.start}"
    beside = [None if start is None else start - place * axis.jump - axis.start for place, start in enumerate(starts)]
    if not any(off is None or off for off in beside):
        return f"{axis.start}"  # as regular as one phase: windows of several widths, or bilinear shares
    each = ", ".join("nowhere" if off is None else str(off) for off in beside)
    return f"{axis.start} on average; outputs lie {each} off it in turn"


def _taps(graph: Graph, node: Node, fields: Sequence[Field]) -> Iterator[Row]:
    """Yield how many of the pixels between the first and the last are read, where some are not."""
    sets = [taps(graph, Value(node.index), axis) for axis in range(len(fields))]
    found = [one for one in sets if isinstance(one, Footprints)]
    if len(found) < len(sets) or not any(one.has_holes for one in found):
        return
    widest: list[Footprint] = [one.widest for one in found]
    read, spanned = spread(widest)
    middle = "" if all(one.reads_centre for one in found) else ", and not the one in the middle"
    yield "taps", f"{read:,} of the {spanned:,} pixels between the first and the last{middle}"


def offsets(graph: Graph, node: Node, found: Sequence[Join], axes: int) -> Iterator[Row]:
    """Yield for each input of a join that lies elsewhere than the first how far; found: the joins of that node."""
    told: dict[str, list[str]] = {}
    for join in found:
        names = [graph.nodes[node.inputs[place].node].name for place in join.positions]
        for other in range(1, len(names)):
            apart = join.offset(other, 0)
            if join.has_unequal_jumps:
                sentence = f"`{names[other]}` steps by {pixels(join.jumps[other])}, `{names[0]}` by {join.jumps[0]}"
            elif apart:
                cells = join.cells(apart)
                sentence = f"`{names[other]}` lies {pixels(apart)} from `{names[0]}`, {cells} of a cell"
            else:
                continue
            told.setdefault(sentence, []).append(axis_name(axes, join.axis))
    for sentence, names in told.items():
        yield "offset", sentence if len(names) == axes else f"{sentence} in {' and '.join(names)}"


def pixels(count: Fraction) -> str:
    """Write an amount of pixels: `3 pixels`, `1/2 pixel`."""
    number = f"{count.numerator:,}" if count.denominator == 1 else str(count)
    return f"{number} pixel{'' if abs(count) <= 1 else 's'}"


def _by_axis(axes: Sequence[Axis], text: Callable[[Axis], str]) -> str:
    told = [text(axis) for axis in axes]
    if len(set(told)) == 1:
        return told[0]
    return ", ".join(f"{axis_name(len(axes), index)} {one}" for index, one in enumerate(told))
