"""The input, the kernel and the output of a sliding window as sheets of cells, at one of its steps."""

from collections.abc import Callable, Sequence
from itertools import product

from convdsl.record import dataclass
from convdsl.render.arithmetic.axis import Cut, cut
from convdsl.render.arithmetic.cell import Cell
from convdsl.render.arithmetic.numbers import Numbers, number_text
from convdsl.render.arithmetic.plates import Face, Sheet
from convdsl.render.arithmetic.slide import Place, Slide

ROOM = {1: 26, 2: 13, 3: 5}  # cells of an axis that are drawn, by the number of axes
WRITTEN = {1: 16, 2: 9, 3: 4}  # the same where numbers stand in them
DONE = "fill:conv"  # of outputs that are made already


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn of a layer: the cells of each axis, and the numbers in them, None for none."""

    slide: Slide
    cuts: tuple[Cut, ...]
    numbers: Numbers | None = None

    @property
    def outputs(self) -> list[Place]:
        """The outputs that are drawn, row by row."""
        return list(product(*(one.outputs for one in self.cuts)))

    @property
    def weighted(self) -> bool:
        """Whether the numbers of a window are drawn: those of pools are all alike."""
        return self.numbers is not None and self.slide.kind in ("dot", "fixed")

    def over(self, sides: Sequence[Sequence[int]], of: Callable[[Place], int]) -> dict[Place, int]:
        """Ask for a number at every place of a grid."""
        return {place: of(place) for place in product(*sides)}

    def steps(self) -> list[Place]:
        """Choose the outputs whose windows are shown one by one: the first, the second, an inner one, the last."""
        first = tuple(one.steps[0] for one in self.cuts)
        last = tuple(one.steps[-1] for one in self.cuts)
        inner = tuple(one.steps[2] if len(one.steps) > 3 else one.steps[len(one.steps) // 2] for one in self.cuts)
        second = (*first[:-1], self.cuts[-1].steps[1]) if len(self.cuts[-1].steps) > 1 else self._below(first)
        return sorted({first, second, inner, last})

    def _below(self, first: Place) -> Place:
        """Return the second output where the last axis has one only."""
        out = list(first)
        for index in range(len(out) - 1, -1, -1):
            if len(self.cuts[index].steps) > 1:
                out[index] = self.cuts[index].steps[1]
                break
        return tuple(out)

    def before(self, step: Place | None) -> Sheet:
        """Draw what the window slides over; step: the output whose window is marked."""
        slide = self.slide
        taps = set(slide.taps(step)) if step is not None else set()
        channels = self.numbers.channels if self.numbers else 1

        def cell(channel: int, place: Place) -> Cell:
            kind = slide.kind_at(place) if slide.is_read(place) else "unread"
            return Cell(kind, (1,) if place in taps else (), self._written(channel, place))

        frame = None
        if step is not None:
            frame = tuple((axis.reads[at][0], axis.reads[at][-1]) for axis, at in zip(slide.axes, step, strict=True))
        sides = [one.cells for one in self.cuts]
        sizes, wide = slide.before[2:], tuple(len(axis.kinds) for axis in slide.axes)
        caption = f"input {times(sizes)}"
        if wide != sizes:
            padded = any(axis.window.padding or axis.window.odd for axis in slide.axes)
            how = "with zeros" if slide.transposed else "padded" if padded else "reached over to"
            caption += f", {how} {times(wide)}"
        return Sheet(caption, faces(sides, cell, channels, frame, self.slices(sides[0])), names(sides, channels))

    def slices(self, cells: Sequence[int]) -> list[str]:
        """Name the slices of a volume that the window slides over. cells: of the first axis."""
        axis, out = self.slide.axes[0], []
        for at in cells:
            source = axis.source(at) if axis.kinds[at] == "value" else None
            words = {"zero": "zeros", "added": "padding", "edge": "edge", "beyond": "beyond"}
            out.append(f"depth {source}" if source is not None else words[axis.kinds[at]])
        return out

    def _written(self, channel: int, place: Place) -> str:
        if self.numbers is None:
            return ""
        number = self.numbers.under(channel, place)
        if number is None:  # the padding of a max pool is minus infinity, that of others is left out
            return "−∞" if self.slide.kind == "max" else ""
        return number_text(number)

    def kernel(self) -> Sheet:
        """Draw the numbers of the window; that of a transposed layer is turned."""
        assert self.numbers is not None
        numbers, sides = self.numbers, [axis.window.kernel for axis in self.slide.axes]

        def cell(channel: int, place: Place) -> Cell:
            tap = tuple(side - 1 - at for side, at in zip(sides, place, strict=True))
            return Cell(
                mark=number_text(numbers.weight(channel, tap if self.slide.transposed else place)), fill="group:2"
            )

        drawn = [_ends(side) for side in sides]
        turned = ", turned" if self.slide.transposed else ""
        plates = faces(drawn, cell, numbers.channels)
        return Sheet(f"kernel {times(sides)}{turned}", plates, names(drawn, numbers.channels))

    def after(self, step: Place | None) -> Sheet:
        """Draw the output; step: the one that is marked, with those before it made already; None: all are made."""

        def cell(channel: int, place: Place) -> Cell:
            made = step is None or place <= step
            mark = number_text(self.numbers.output(place)) if self.numbers and made else ""
            done = DONE if step is not None and place < step else ""
            return Cell("value", (1,) if place == step else (), mark, done)

        sides = [one.outputs for one in self.cuts]
        return Sheet(f"output {times(self.slide.after[2:])}", faces(sides, cell, 1))


def view(slide: Slide, *, numbers: bool = False, room: int | None = None, shown: Place = ()) -> View:
    """Choose what is drawn of a layer.

    numbers: whether there are numbers in the cells. room: the cells of an axis at most, None for as many as fit on a
    page. shown: an output that has to be among those that are drawn.
    """
    fits = (WRITTEN if numbers else ROOM)[len(slide.axes)]
    most = min(room or fits, fits)
    cuts = (cut(axis, most, at) for axis, at in zip(slide.axes, shown or [None] * len(slide.axes), strict=True))
    return View(slide, tuple(cuts), Numbers(slide) if numbers else None)


def times(numbers: Sequence[int]) -> str:
    """Write sizes as people do: 3×5."""
    return "×".join(map(str, numbers))


def _ends(side: int) -> Sequence[int]:
    return range(side) if side <= 9 else (*range(3), *range(side - 3, side))


def faces(
    sides: Sequence[Sequence[int]],
    cell: Callable[[int, Place], Cell],
    channels: int,
    frame: tuple[tuple[int, int], ...] | None = None,
    slices: Sequence[str] = (),
) -> tuple[tuple[Face, ...], ...]:
    """Cut cells into plates: a row for a sequence, a plate for an image, a row of slices for a volume.

    Channels stand beside each other, those of a volume below each other. slices: what the slices are called.
    """
    flat = [(0,), *sides] if len(sides) == 1 else list(sides[-2:])
    across, down = _breaks(flat[-1]), _breaks(flat[-2])

    def face(channel: int, slices: Place, label: str) -> Face:
        places = (slices + place if len(sides) > 1 else place[1:] for place in product(*flat))
        cells = tuple(cell(channel, place) for place in places)
        inner = None
        if frame is not None and (not slices or frame[0][0] <= slices[0] <= frame[0][1]):
            inner = _frame(flat, frame[-2:] if len(sides) > 1 else ((0, 0), frame[0]))
        return Face(len(flat[-1]), cells, label, across, down, inner)

    names = [f"channel {index}" if channels > 1 else "" for index in range(channels)]
    if len(sides) < 3:
        drawn = [face(channel, (), names[channel]) for channel in range(channels)]
        return tuple((one,) for one in drawn) if len(sides) == 1 else (tuple(drawn),)
    called = slices or [f"depth {depth}" for depth in sides[0]]
    return tuple(
        tuple(
            face(channel, (depth,), name if channel == 0 else "") for depth, name in zip(sides[0], called, strict=True)
        )
        for channel in range(channels)
    )


def names(sides: Sequence[Sequence[int]], channels: int) -> tuple[str, ...]:
    """Name the rows of a sheet: the channels of a volume, () for all others."""
    return tuple(f"channel {index}" for index in range(channels)) if len(sides) == 3 and channels > 1 else ()


def _breaks(places: Sequence[int]) -> tuple[int, ...]:
    """Return the positions before which places are left out."""
    return tuple(index for index in range(1, len(places)) if places[index] != places[index - 1] + 1)


def _frame(flat: Sequence[Sequence[int]], frame: tuple[tuple[int, int], ...]) -> tuple[int, int, int, int] | None:
    """Return the first and last row and column, as they are drawn, of a window that is given by its cells."""
    ends: list[int] = []
    for places, (first, last) in zip(flat, frame, strict=True):
        drawn = [index for index, place in enumerate(places) if first <= place <= last]
        if not drawn:
            return None
        ends += (drawn[0], drawn[-1])
    return ends[0], ends[1], ends[2], ends[3]
