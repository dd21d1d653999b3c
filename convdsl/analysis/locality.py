"""Where a network may be cut: which outputs of a part of a picture are just those of the whole picture.

A part begins at a multiple of `grid` pixels, where all layers are in the same phase as at the picture's border. What
the layers put around the part, where the whole picture goes on, spoils some outputs at its sides; it is followed here
layer by layer, along each axis by itself. It knows neither pictures nor memory: train/tiles.py plans with it.
Formulas: docs/geometry.md.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor, lcm

from convdsl.analysis.geometry import Field, Fields, inputs_read, receptive_fields
from convdsl.analysis.reach import Step, step_of
from convdsl.graph.graph import Graph, Node, Value
from convdsl.op import AxisMap, NoGrid, Op
from convdsl.record import dataclass
from convdsl.shape import Shape
from convdsl.sizes import Size

WHY = {
    NoGrid.WHOLE: "each of its outputs reads the whole picture",
    NoGrid.UNKNOWN: "what it reads depends on the picture's size",
    NoGrid.UNEQUAL: "values of different steps meet in it",
}


class Global(Exception):
    """A layer does not do with a part of a picture what it does with the whole: `node`, and `why` in words."""

    def __init__(self, node: Node, why: str) -> None:
        super().__init__(node.name, why)
        self.node, self.why = node, why


@dataclass(frozen=True, slots=True)
class Layer:
    """What a layer does along one axis. size: its pixels, of the input's. reads: the layers that it reads, by place.

    keeps_ratio: its step is that of both sizes, and no other where they were rounded.
    """

    size: Size
    step: Step
    reads: tuple[int, ...] = ()
    keeps_ratio: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A network along one axis, from the picture to one output.

    grid: pixels; parts begin at its multiples. step: pixels of the picture from one output to the next.
    """

    grid: int
    step: Fraction
    layers: tuple[Layer, ...]

    def outputs(self, length: int) -> int:
        """Return how many outputs so many pixels give."""
        return self.layers[-1].size.at(length)

    def right(self, length: int, at_start: bool, at_end: bool) -> tuple[int, int]:
        """Return the first output of a part that is as in the whole picture, and the one after the last; (0, 0): none.

        length: of the part, in pixels. at_start, at_end: whether the picture begins and ends with it.
        """
        spans: list[tuple[int, int]] = []
        for layer in self.layers:
            count = layer.size.at(length)
            first, last = 0, count
            for place in layer.reads:
                given = self.layers[place].size.at(length)
                if layer.keeps_ratio and given != count * layer.step.jump:
                    return 0, 0
                if not (at_start and at_end):
                    low, high = _through(layer.step, spans[place], given, count, at_start, at_end)
                    first, last = max(first, low), min(last, high)
            if last <= first:
                return 0, 0
            spans.append((first, last))
        return spans[-1]


def _through(
    step: Step, span: tuple[int, int], given: int, count: int, at_start: bool, at_end: bool
) -> tuple[int, int]:
    """Return which outputs of a layer read right pixels only: the first, and the one after the last.

    span: the right ones of `given` pixels. count: of outputs. Beyond the picture's own border lies padding, as in the
    whole picture; a mirrored one repeats pixels that have to be right too.
    """
    first, last = span
    before, after = -step.low, (count - 1) * step.jump + step.high - (given - 1)  # pixels of padding that are read
    if (at_start and last <= before) or (at_end and given - 1 - after < first):
        return 0, 0
    low = 0 if at_start else max(0, ceil((first - step.low) / step.jump))
    high = count if at_end else floor((last - 1 - step.high) / step.jump) + 1
    return low, high


def lines(graph: Graph, picture: int, output: Value) -> tuple[Line, ...]:
    """Follow a network from a picture to an output along each axis of the picture.

    picture: the node of the input that holds it; other inputs are of its size. The layers do what they do in evaluation
    mode. Raises Global for the first layer that cannot be cut.
    """
    fields, nodes = receptive_fields(graph), _behind(graph, output)
    places = {index: place for place, index in enumerate(nodes)}
    image = graph.nodes[picture].shapes
    assert image is not None
    return tuple(_line(graph, fields, places, image[0], axis) for axis in range(len(image[0].spatial)))


def _behind(graph: Graph, output: Value) -> list[int]:
    """List the nodes that an output is computed from, in order, itself last."""
    found, waiting = {output.node}, [output.node]
    while waiting:
        node = graph.nodes[waiting.pop()]
        for place in inputs_read(node):
            before = node.inputs[place].node
            if before not in found:
                found.add(before)
                waiting.append(before)
    return sorted(found)


def _line(graph: Graph, fields: list[Fields | None], places: dict[int, int], image: Shape, axis: int) -> Line:
    grid, layers, sight = 1, [], None
    for index in places:
        node, seen = graph.nodes[index], fields[index]
        layer = _layer(graph, node, places, image, axis)
        sight = seen[axis] if seen is not None and axis < len(seen) else NoGrid.UNKNOWN
        if not isinstance(sight, Field):
            raise Global(node, WHY[sight])
        period, growth = layer.size.period
        if growth * sight.jump != period:
            raise Global(node, "its size does not grow with the picture's")
        grid = lcm(grid, Fraction(sight.widest.step).numerator, period)
        layers.append(layer)
    assert isinstance(sight, Field)
    return Line(grid, sight.jump, tuple(layers))


_IDENTITY = step_of(AxisMap())


def _layer(graph: Graph, node: Node, places: dict[int, int], image: Shape, axis: int) -> Layer:
    op, shapes = node.op, graph.input_shapes(node)
    if node.shapes is None or (op is not None and shapes is None):
        raise Global(node, WHY[NoGrid.UNKNOWN])
    spatial = node.shapes[0].spatial
    size = spatial[axis] if axis < len(spatial) else None
    if op is None:
        if spatial != image.spatial:
            raise Global(node, "it is an input of another size than the picture")
        assert isinstance(size, Size)
        return Layer(size, _IDENTITY)
    assert shapes is not None
    for why in _reasons(op, shapes, axis):
        raise Global(node, why)
    reading = op.axes(*shapes)[axis]
    if not isinstance(size, Size) or not isinstance(reading, AxisMap):
        raise Global(node, WHY[NoGrid.WHOLE])
    reads = tuple(places[node.inputs[place].node] for place in inputs_read(node))
    follows = getattr(op, "like", None) is not None or bool(getattr(op, "recompute_scale_factor", False))
    return Layer(size, step_of(reading), reads, follows and reading.jump != 1)


def _reasons(op: Op, shapes: tuple[Shape, ...], axis: int) -> Iterator[str]:
    """Say why a layer cannot be cut along an axis, if so."""
    readings, traits = op.axes(*shapes), op.traits(*shapes)
    if axis >= len(readings):
        yield WHY[NoGrid.WHOLE]
        return
    reading = readings[axis]
    if isinstance(reading, NoGrid):
        yield WHY[reading]
    if traits.statistics in ("batch", "instance", "group") and not traits.affine:
        yield "it takes mean and variance of the whole picture"
    if traits.corners and reading != AxisMap():
        yield "its step depends on the picture's size (align_corners)"
    if any(window.fills == "circular" for window in op.windows()) or getattr(op, "mode", "") == "circular":
        yield "it continues the picture with its opposite side"
