"""One axis under a sliding window: its cells, what each output reads, and which of them are drawn where many are.

A transposed window slides over the input with zeros put in between. Sources: Dumoulin & Visin, "A guide to convolution
arithmetic" (arXiv:1603.07285), chapters 2 to 5.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

from convdsl.record import dataclass
from convdsl.render.window import Window, shared

WIDE = 9  # taps of a window, up to which all are drawn
ENDS = 3  # taps that are drawn at both ends of a wider one


@dataclass(frozen=True)
class Axis:
    """One axis: the kinds of the cells that the window slides over, and the cells that each output reads, in order.

    first: the cell at which cell 0 of the input stands. size: of the input.
    """

    window: Window
    size: int
    kinds: tuple[str, ...]
    reads: tuple[Sequence[int], ...]
    first: int

    @property
    def count(self) -> int:
        """How many outputs there are."""
        return len(self.reads)

    @cached_property
    def times(self) -> tuple[int, ...]:
        """How often each cell is read."""
        out = [0] * len(self.kinds)
        for taps in self.reads:
            for cell in taps:
                out[cell] += 1
        return tuple(out)

    @property
    def transposed(self) -> bool:
        """Whether zeros are put in between the cells of the input."""
        return self.window.extra is not None

    def values(self, output: int) -> int:
        """Count the cells of the input itself that an output reads."""
        return sum(self.kinds[cell] == "value" for cell in self.reads[output])

    def source(self, cell: int) -> int | None:
        """Return the place in the input that a cell stands for, None for what was put in; padding is outside of it."""
        place = cell - self.first
        if not self.transposed:
            return place
        spread = place // self.window.stride if place % self.window.stride == 0 else None
        return spread if spread is not None and 0 <= spread < self.size else None

    @property
    def rest(self) -> int:
        """Count the cells at the far end that no window reads though a longer axis would have one more."""
        w = self.window
        if self.transposed or w.ceil or w.wanted is not None:
            return 0
        return (self.size + 2 * w.padding + w.odd - w.extent) % w.stride


def lay(window: Window, size: int) -> Axis:
    """Lay out one axis of `size` cells; what a window reaches beyond the far padding is there too."""
    if window.wanted is not None:
        return Axis(window, size, ("value",) * size, tuple(shared(size, window.wanted)), 0)
    count = window.steps(size)[2]
    kinds: list[str] = []
    if window.extra is None:
        margin = ["added"] * window.padding
        kinds = [*margin, *["value"] * size, *margin, *["added"] * window.odd]
        start, step, first = 0, window.stride, window.padding
    else:
        margin = ["added"] * max(window.extent - 1 - window.padding, 0)
        inner = ["value" if place % window.stride == 0 else "zero" for place in range((size - 1) * window.stride + 1)]
        kinds = [*margin, *inner, *margin, *["edge"] * window.extra]
        # a padding that is larger than the window leaves cells of the input out
        start, step, first = max(window.padding - window.extent + 1, 0), 1, len(margin)
    spread, dilation = window.dilation * window.kernel, window.dilation
    reads = tuple(
        range(start + output * step, start + output * step + spread, dilation) for output in range(max(count, 0))
    )
    kinds += ["beyond"] * (max((taps[-1] for taps in reads), default=-1) + 1 - len(kinds))
    return Axis(window, size, tuple(kinds), reads, first)


@dataclass(frozen=True, slots=True)
class Cut:
    """The cells and outputs of an axis that are drawn, ascending; all of them where there are few."""

    cells: tuple[int, ...]
    outputs: tuple[int, ...]
    steps: tuple[int, ...]  # the outputs whose windows are shown one by one


def cut(axis: Axis, room: int, shown: int | None = None) -> Cut:
    """Choose what is drawn of an axis: everything if it is `room` cells or fewer, else the first windows and the last.

    Then more than the two first outputs and the last one are drawn as far as three quarters of the room hold them.
    shown: an output that is among them in any case.
    """
    always = set() if shown is None else {shown}
    last = axis.count - 1
    if len(axis.kinds) <= room and axis.count <= room:
        return Cut(tuple(range(len(axis.kinds))), tuple(range(axis.count)), _steps(range(axis.count)))
    room = room * 3 // 4
    best: Cut | None = None
    for head in range(2, max(room, 2) + 1):
        for tail in (1, 2):
            outputs = sorted(always | {*range(min(head, last + 1)), *range(max(last - tail + 1, 0), last + 1)})
            cells = _cells(axis, outputs, room)
            if best is not None and (len(cells) > room or len(outputs) > room):
                continue
            best = Cut(tuple(cells), tuple(_filled(outputs, 1)), _steps(outputs))
    assert best is not None
    if len(best.cells) == len(axis.kinds) and axis.count <= len(axis.kinds):
        return Cut(best.cells, tuple(range(axis.count)), _steps(range(axis.count)))
    return best


def _steps(outputs: Sequence[int]) -> tuple[int, ...]:
    """Choose the first, the second, an inner one and the last."""
    first, last = outputs[0], outputs[-1]
    inner = [place for index, place in enumerate(outputs) if 1 < index < len(outputs) - 1]
    return tuple(dict.fromkeys((first, outputs[min(1, len(outputs) - 1)], *inner[len(inner) // 2 :][:1], last)))


def _cells(axis: Axis, outputs: Sequence[int], room: int) -> list[int]:
    """Return the cells that these outputs read, the ends of the axis, and what lies between them as far as it fits."""
    end = len(axis.kinds) - 1
    wanted = {0, end, max(end - 1, 0), axis.first}
    wanted |= {end - index for index in range(min(axis.rest, 2))}
    for output in outputs:
        taps = axis.reads[output]
        wanted |= set(taps if len(taps) <= WIDE else (*taps[:ENDS], *taps[-ENDS:]))
    return _filled(sorted(wanted), room - len(wanted))


def _filled(places: Sequence[int], room: int) -> list[int]:
    """Fill the smallest gaps, one cell always, larger ones while `room` cells are left."""
    gaps = sorted((after - before - 1, before) for before, after in pairwise(places))
    out = set(places)
    for length, before in gaps:
        if 0 < length <= max(room, 1):
            out |= set(range(before + 1, before + 1 + length))
            room -= length
    return sorted(out)
