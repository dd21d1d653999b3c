"""Which cells of one grid an output reads where dilated windows leave some out between those they read.

A grid is what values of one resolution share: it begins at the network's input and at every layer that changes the
step, and ends at the next such layer. On it taps add up exactly, as sets of bits; in one pass over the graph.
Source: Wang et al. 2018, section 3.2 (arXiv:1702.08502).
"""

from collections.abc import Mapping, Sequence
from functools import reduce

from convdsl.analysis.geometry import inputs_read
from convdsl.analysis.taps import MOST_PIXELS, NOTHING, Footprint, row
from convdsl.graph.graph import Graph, Node
from convdsl.op import NoGrid, Op, Reading, Taps
from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Sieve:
    """A dilated layer behind which nothing fills the holes while the grid lasts.

    layer: its node. axes: for each spatial axis what an output reads of the grid, None where no holes stay.
    """

    layer: int
    axes: tuple[Footprint | None, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an output reads of its grid along an axis. layer: the node whose gaps are the holes, -1 where none is."""

    cells: Footprint = Footprint(0, 1)
    layer: int = -1


_CELL = _Seen()
_SOLID = _Seen(NOTHING)  # everything near, so that no gap can open any more; or too wide to follow


def gridded(graph: Graph) -> list[Sieve]:
    """Return the layers whose gaps are still open where a grid ends: at a layer of another step, or at an output.

    Every shape has to be known.
    """
    widest = _widest_gap(graph)
    if widest < 2:
        return []
    readings: dict[tuple[int, ...], tuple[Reading, ...]] = {}
    seen: list[tuple[_Seen, ...]] = []
    found: dict[int, Sieve] = {}
    for node in graph.nodes:
        if node.op is None:
            seen.append((_CELL,) * len((node.shapes or ())[0].spatial))
            continue
        shapes = graph.input_shapes(node) or ()
        case = (id(node.op), *map(id, shapes))
        if case not in readings:
            readings[case] = node.op.axes(*shapes)
        before = [seen[node.inputs[place].node] for place in inputs_read(node)]
        seen.append(_through(node, before, readings[case], widest))
        if any(_ends(reading) for reading in readings[case]) or not readings[case]:
            _keep(found, before)
    _keep(found, [seen[output.value.node] for output in graph.outputs])
    return [found[layer] for layer in sorted(found)]


def _keep(found: dict[int, Sieve], ends: Sequence[tuple[_Seen, ...]]) -> None:
    """Note the layers whose holes are open in values at which a grid ends; of several ends the widest."""
    for axes in ends:
        layer = max((axis.layer for axis in axes), default=-1)
        if layer < 0:
            continue
        here = Sieve(layer, tuple(axis.cells if axis.layer >= 0 else None for axis in axes))
        if layer not in found or _extent(found[layer]) < _extent(here):
            found[layer] = here


def _extent(one: Sieve) -> int:
    return max(axis.extent for axis in one.axes if axis is not None)


def _widest_gap(graph: Graph) -> int:
    ops: Mapping[int, Op] = {id(node.op): node.op for node in graph.nodes if node.op is not None}
    return max((window.dilation for op in ops.values() for window in op.windows()), default=1)


def _ends(reading: Reading) -> bool:
    return isinstance(reading, NoGrid) or reading.jump != 1 or len(reading.reads) != 1


def _through(
    node: Node, before: Sequence[tuple[_Seen, ...]], readings: tuple[Reading, ...], widest: int
) -> tuple[_Seen, ...]:
    out = []
    for axis, reading in enumerate(readings):
        inputs = [seen[axis] for seen in before if axis < len(seen)]
        if _ends(reading) or not inputs:
            out.append(_CELL)
            continue
        assert not isinstance(reading, NoGrid)
        out.append(_read(node, reduce(_union, inputs), reading.reads[0], widest))
    return tuple(out)


def _read(node: Node, seen: _Seen, taps: Taps, widest: int) -> _Seen:
    """Look through one layer that keeps the step."""
    if not seen.cells.mask or not taps:
        return seen
    first = seen.cells.first + taps[0]
    if len(taps) == 1:
        return _Seen(Footprint(first, seen.cells.mask), seen.layer)
    if seen.cells.extent + taps[-1] - taps[0] > MOST_PIXELS:
        return _SOLID
    if isinstance(taps, range):
        mask, gaps = row(seen.cells.mask, len(taps), taps.step), taps.step > 1
    else:
        mask = reduce(int.__or__, (seen.cells.mask << tap - taps[0] for tap in taps))
        gaps = len(taps) <= taps[-1] - taps[0]
    cells = Footprint(first, mask)
    if cells.has_holes:
        return _Seen(cells, node.index if gaps else seen.layer)
    return _SOLID if cells.extent >= widest else _Seen(cells)


def _union(one: _Seen, two: _Seen) -> _Seen:
    """Read what either value reads."""
    if one == two or not one.cells.mask:
        return one
    if not two.cells.mask:
        return two
    first = min(one.cells.first, two.cells.first)
    if max(one.cells.first + one.cells.extent, two.cells.first + two.cells.extent) - first > MOST_PIXELS:
        return _SOLID
    cells = Footprint(first, one.cells.mask << one.cells.first - first | two.cells.mask << two.cells.first - first)
    return _Seen(cells, max(one.layer, two.layer) if cells.has_holes else -1)
