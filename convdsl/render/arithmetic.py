"""The arithmetic of a window: which cells of the padded input two outputs read, and what no window reads.

The first and the last output are chosen, for they touch the padding, the edges and what is left over. A transposed
window slides over the input with zeros put in between. Sources: Dumoulin & Visin, "A guide to convolution arithmetic"
(arXiv:1603.07285), chapters 2 to 5.
"""

from collections.abc import Sequence
from itertools import product

from convdsl.analysis.effective import arguments
from convdsl.op import Op
from convdsl.record import dataclass
from convdsl.render.plates import Cell, Drawing, Face, Sheet, compose
from convdsl.render.window import Window, windows
from convdsl.shape import Shape

MOST_CELLS = 1200  # of input and output together: more cannot be read


@dataclass(frozen=True, slots=True)
class Line:
    """One axis: the kinds of the cells that the window slides over, and the cells that each output reads, in order."""

    kinds: tuple[str, ...]
    reads: tuple[tuple[int, ...], ...]

    @property
    def covered(self) -> frozenset[int]:
        """The cells that some output reads."""
        return frozenset(cell for taps in self.reads for cell in taps)

    def values(self, output: int) -> int:
        """Count the cells of the input itself that an output reads."""
        return sum(self.kinds[cell] == "value" for cell in self.reads[output])


def line(window: Window, size: int) -> Line:
    """Lay out one axis of `size` cells; what a window reaches beyond the far padding is there too."""
    count = window.steps(size)[2]
    kinds: list[str] = []
    if window.extra is None:
        margin = ["added"] * window.padding
        kinds = [*margin, *["value"] * size, *margin, *["added"] * window.odd]
        first, step = 0, window.stride
    else:
        margin = ["added"] * max(window.extent - 1 - window.padding, 0)
        inner = ["value" if place % window.stride == 0 else "zero" for place in range((size - 1) * window.stride + 1)]
        kinds = [*margin, *inner, *margin, *["edge"] * window.extra]
        # a padding that is larger than the window leaves cells of the input out
        first, step = max(window.padding - window.extent + 1, 0), 1
    reads = tuple(
        tuple(first + output * step + window.dilation * tap for tap in range(window.kernel)) for output in range(count)
    )
    kinds += ["beyond"] * (max(taps[-1] for taps in reads) + 1 - len(kinds))
    return Line(tuple(kinds), reads)


def arithmetic(op: Op, inputs: Sequence[Shape], title: str) -> Drawing | None:
    """Draw a layer's window over the input's spatial axes, channels aside; None where it slides none.

    inputs: with numbers for all spatial axes. None as well for more than three axes or more cells than can be read.
    """
    x, out = inputs[0], op.shape(*inputs)
    found = windows(arguments(op), op.buffers(*inputs).get("kernel"))
    sizes, result = x.numbers[2:], out.numbers[2:]
    if not found or not 1 <= len(sizes) <= 3 or len(found) != len(sizes) or None in op.axes(*inputs):
        return None
    lines = [line(window, size) for window, size in zip(found, sizes, strict=True)]
    if tuple(len(one.reads) for one in lines) != result:
        return None
    ends = [tuple(0 for _ in lines), tuple(len(one.reads) - 1 for one in lines)]
    chosen = ends[:1] if ends[0] == ends[1] else ends
    before = Sheet(f"input {_times(sizes)}{_around(lines, sizes)}", _faces(*_input(lines, chosen)))
    after = Sheet(f"output {_times(result)}", _faces(*_output(lines, chosen, found[0].extra is not None)))
    if sum(len(face.cells) for sheet in (before, after) for row in sheet.faces for face in row) > MOST_CELLS:
        return None
    said = ["the first output, and what it reads", "the last one"][: len(chosen)]
    return compose(title, [[before], [after]], _notes(found, sizes), said)


def _around(lines: Sequence[Line], sizes: Sequence[int]) -> str:
    wide = tuple(len(one.kinds) for one in lines)
    return "" if wide == tuple(sizes) else f", the window slides over {_times(wide)}"


def _input(lines: Sequence[Line], chosen: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], list[Cell]]:
    cells = []
    for place in product(*(range(len(one.kinds)) for one in lines)):
        kinds = [one.kinds[at] for one, at in zip(lines, place, strict=True)]
        groups = tuple(
            number
            for number, output in enumerate(chosen, start=1)
            if all(at in one.reads[o] for one, at, o in zip(lines, place, output, strict=True))
        )
        read = all(at in one.covered for one, at in zip(lines, place, strict=True))
        # the outermost kind wins: a corner of padding and inserted zeros is padding
        kind = next((kind for kind in ("beyond", "edge", "added", "zero") if kind in kinds), "value")
        cells.append(Cell(kind if read else "unread", groups))
    return tuple(len(one.kinds) for one in lines), cells


def _output(
    lines: Sequence[Line], chosen: Sequence[tuple[int, ...]], counted: bool
) -> tuple[tuple[int, ...], list[Cell]]:
    """counted: each cell bears the number of input cells that it reads, for it differs from one to the next."""
    cells = []
    for place in product(*(range(len(one.reads)) for one in lines)):
        total = 1
        for one, at in zip(lines, place, strict=True):
            total *= one.values(at)
        groups = tuple(number for number, output in enumerate(chosen, start=1) if output == place)
        cells.append(Cell("value", groups, str(total) if counted else ""))
    return tuple(len(one.reads) for one in lines), cells


def _faces(sides: tuple[int, ...], cells: Sequence[Cell]) -> tuple[tuple[Face, ...], ...]:
    """Cut cells into plates: a row for a sequence, a plate for an image, a row of slices for a volume."""
    columns = sides[-1]
    if len(sides) < 3:
        return ((Face(columns, tuple(cells)),),)
    each = sides[1] * columns
    slices = (tuple(cells[start : start + each]) for start in range(0, len(cells), each))
    return (tuple(Face(columns, part, f"depth {index}") for index, part in enumerate(slices)),)


def _notes(found: Sequence[Window], sizes: Sequence[int]) -> list[str]:
    notes = []
    for window, size in dict.fromkeys(zip(found, sizes, strict=True)):
        words, numbers, result = window.steps(size)
        if words not in notes:
            notes.append(words)
        notes.append(f"{numbers} = {result}")
    if found[0].extra is not None:
        notes.append("The numbers in the output count the input cells that each of its cells is a sum of")
    return notes


def _times(numbers: Sequence[int]) -> str:
    return "×".join(map(str, numbers))
