"""The pictures of the operators' pages: what one output reads, drawn small.

What slides a window is drawn from its arguments; a function of one number is a curve; all other layers are run in
PyTorch at the size of the picture, and what comes out tells which input cells an output copies or reads.
"""

from collections.abc import Mapping, Sequence
from math import prod

import torch

from convdsl.graph.graph import Graph, Node
from convdsl.op import AxisMap, Op
from convdsl.pipeline import Analysis
from convdsl.render.arithmetic.cell import Cell
from convdsl.render.arithmetic.sheets import view
from convdsl.render.arithmetic.slide import slide_of
from convdsl.render.arithmetic.still import Heading, still
from convdsl.render.canvas import Canvas
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.theme import GROUPS, LIGHT
from convdsl.shape import shape_of
from docs import curve, reading
from docs.attention import attention
from docs.compose import compose
from docs.reading import Place, Run
from docs.tensor_sheet import sheet

_STEP = 128  # points of a curve for 1
_MIXING = ("norm", "regularise")  # what may mix images, or not: two are drawn


def picture(analysis: Analysis, node: Node, formula: str) -> str:
    """Draw one layer of a spec whose spatial sizes are fixed, as SVG text; formula: of a number, "" for none."""
    op, graph = node.op, analysis.graph
    assert op is not None and graph is not None
    title = " ".join(analysis.source.text[node.span.start : node.span.end].split())
    inputs = [shape.at({}) for shape in graph.input_shapes(node)]
    if inputs[0].channels == 1 and not op.reads_places:
        slid = slide_of(op, inputs)
        if slid is not None:
            seen = view(slid)
            return paint(still(seen, Heading(title), seen.steps(), counts=slid.transposed))
    attending = attention(op, inputs, title, formula)
    if attending is not None:
        return paint(attending)
    if op.category == "activation":
        drawn = _curve(graph, title, formula)
        if drawn:
            return drawn
    mixing = op.category in _MIXING
    run = reading.prepare(graph, 2 if mixing else 1, training=mixing)
    before, after, notes, groups = _found(op, run)
    names = [one.name for one in graph.nodes if one.op is None]
    ends = ["y"] if len(run.results) == 1 else [f"y{index}" for index in range(len(run.results))]
    both = before == after and run.shapes == run.results
    given = [
        sheet("x and y" if both else name, shape, cells)
        for name, shape, cells in zip(names, run.shapes, before, strict=True)
    ]
    made = [sheet(name, shape, cells) for name, shape, cells in zip(ends, run.results, after, strict=True)]
    return paint(compose(title, [given] if both else [given, made], [*notes, *filter(None, [formula])], groups))


def paint(canvas: Canvas) -> str:
    """Paint a picture as it stands on a page."""
    return paint_canvas(canvas, LIGHT)


def _curve(graph: Graph, title: str, formula: str) -> str:
    """Draw a function of one number; "" where an output depends on more than the number in its place."""
    run = reading.prepare(graph, 1, training=False, initial=True)
    shape = run.shapes[0]
    count = prod(shape[2:])

    def values(first: int, last: int) -> tuple[list[float], list[float]]:
        """Run every point as a pixel of channel 0; the other channels are 0."""
        xs = [first + index / _STEP for index in range((last - first) * _STEP + 1)]
        ys: list[float] = []
        for start in range(0, len(xs), count):
            part = xs[start : start + count]
            x = torch.zeros(shape, dtype=torch.float64)
            x[0, 0] = torch.tensor(part + [0.0] * (count - len(part)), dtype=torch.float64).reshape(shape[2:])
            ys += run.forward([x])[0][0, 0].flatten()[: len(part)].tolist()
        return xs, ys

    def pointwise() -> bool:
        """Tell whether turning the pixels round, and other channels, change nothing but the pixels' order."""
        x = torch.linspace(-4, 4, prod(shape), dtype=torch.float64).reshape(shape)
        y = run.forward([x])[0]
        turned = run.forward([x.flip(2)])[0]
        x[:, 1:] = 1.0
        return torch.equal(turned.flip(2), y) and torch.equal(run.forward([x])[0][:, 0], y[:, 0])

    if run.results != run.shapes or not pointwise():
        return ""
    xs, ys = values(-4, 8)
    bends_late = abs((ys[-1] - ys[-2]) - (ys[8 * _STEP] - ys[8 * _STEP - 1])) * _STEP > 0.5
    end = len(xs) if bends_late else 8 * _STEP + 1
    return curve.curve(title, xs[:end], ys[:end], f"y = {formula}")


Found = tuple[list[list[Cell]], list[list[Cell]], list[str], list[str]]  # before, after, notes, words for the groups


def _found(op: Op, run: Run) -> Found:
    if op.category == "regularise":
        return _dropped(run)
    copied = reading.copies(run, by_size=op.reads_places)
    return _read(op, run, reading.reads(run)) if copied is None else _copied(op, run, copied)


def _dropped(run: Run) -> Found:
    """Cross out some of the parts that are dropped as one, two of five."""
    numbers = reading.parts(run)
    count = max(numbers) + 1
    gone = {number for number in range(count) if number % 5 in (1, 4)} if count > 2 else {1}
    after = [Cell("gone" if number in gone else "value") for number in numbers]
    one = len(numbers) // count
    each = "each number falls by itself" if one == 1 else f"the {one} numbers of a channel fall together"
    return [after], [after], [f"While training {each}, drawn anew each time"], []


def _copied(op: Op, run: Run, copied: tuple[list[Place | float], ...]) -> Found:
    """Write the number of each input cell into the output cells that copy it; colours tell inputs or channels apart."""
    numbers: dict[Place, int] = {}
    for which, shape in enumerate(run.shapes):
        for index in range(prod(shape)):
            numbers[which, index] = len(numbers) + 1
    many = len({cell[0] for cells in copied for cell in cells if isinstance(cell, tuple)}) > 1
    channels = run.shapes[0][1]
    coloured = many or (1 < channels <= len(GROUPS) and len(run.shapes[0]) > 2)

    def group(place: Place) -> tuple[int, ...]:
        which, index = place
        return () if not coloured else (which + 1,) if many else (index // prod(run.shapes[0][2:]) % channels + 1,)

    used = {place for cells in copied for place in cells if isinstance(place, tuple)}
    before = [
        [
            Cell("value" if (which, index) in used else "unread", group((which, index)), str(numbers[which, index]))
            for index in range(prod(shape))
        ]
        if any(place[0] == which for place in used)
        else [Cell()] * prod(shape)
        for which, shape in enumerate(run.shapes)
    ]
    after = []
    for cells, shape in zip(copied, run.results, strict=True):
        added = _added(op, run, shape)
        after.append(
            [
                Cell("added" if index in added else "value", group(cell), str(numbers[cell]))
                if isinstance(cell, tuple)
                else Cell("added" if index in added else "zero", (), f"{cell:g}")
                for index, cell in enumerate(cells)
            ]
        )
    return before, after, ["A cell of the output holds the input cell of its number"], []


def _added(op: Op, run: Run, result: tuple[int, ...]) -> set[int]:
    """Return the cells of the output whose place, by the operator's own word, lies outside the input."""
    maps = op.axes(*(shape_of(*shape) for shape in run.shapes))
    if len(maps) != len(result) - 2:
        return set()
    outside: set[int] = set()
    for index in range(prod(result)):
        rest = index
        for axis in range(len(result) - 1, 1, -1):
            rest, at = divmod(rest, result[axis])
            one = maps[axis - 2]
            if isinstance(one, AxisMap) and one.jump == 1 and not 0 <= one.start + at < run.shapes[0][axis]:
                outside.add(index)
    return outside


def _read(op: Op, run: Run, found: tuple[list[frozenset[Place]], ...]) -> Found:
    """Colour the parts of the input that are read as one, or what two outputs read."""
    sets = list(dict.fromkeys(cell for cells in found for cell in cells))
    together = all(not one & other for one in sets for other in sets if one is not other)
    if together and len(sets) <= len(GROUPS) and len(sets[0]) > 1:
        word = "normalised together" if op.category == "norm" else "read together by the outputs of that letter"
        if len(sets) > 1:
            return *_coloured(run, found, sets), [f"Cells of one letter are {word}"], []
    (result, *_), (cells, *_) = run.results, found
    everything = len(sets) == 1 and len(sets[0]) == sum(map(prod, run.shapes))
    places = [sum((size - 1) // 3 * prod(result[axis + 1 :]) for axis, size in enumerate(result)), len(cells) - 1]
    chosen = list(dict.fromkeys(places))[: 1 if everything else 2]
    before = [
        [
            Cell("value", tuple(n for n, at in enumerate(chosen, 1) if (which, index) in cells[at]))
            for index in range(prod(shape))
        ]
        for which, shape in enumerate(run.shapes)
    ]
    after = [[Cell("value", tuple(n for n, at in enumerate(chosen, 1) if at == i)) for i in range(len(cells))]]
    said = ["one output, and what it reads", "another one"][: len(chosen)]
    return before, after, ["Every output reads all input cells"] if everything else [], said


def _coloured(
    run: Run, found: tuple[list[frozenset[Place]], ...], sets: Sequence[frozenset[Place]]
) -> tuple[list[list[Cell]], list[list[Cell]]]:
    number: Mapping[Place, int] = {place: index for index, one in enumerate(sets, start=1) for place in one}
    mark = {index: chr(96 + index) for index in range(1, len(sets) + 1)}
    before = [
        [
            Cell("value", (number[which, index],), mark[number[which, index]])
            if (which, index) in number
            else Cell("unread")
            for index in range(prod(shape))
        ]
        for which, shape in enumerate(run.shapes)
    ]
    after = [
        [Cell("value", (index,), mark[index]) for cell in cells for index in [sets.index(cell) + 1]] for cells in found
    ]
    return before, after
