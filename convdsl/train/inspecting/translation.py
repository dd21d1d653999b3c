"""How far shifting the input shifts the output: nothing but that at multiples of the total stride, more between them.

A window that moves by s cells writes the same numbers s cells further only where its input moves by a whole number of
its steps. So a network as a whole repeats itself after the least shift that is a whole number of steps of every layer.
Shape legend: C channels of the output, h and w cells of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil, floor, lcm
from pathlib import Path
from typing import Any

from torch import Tensor

from convdsl.analysis.geometry import Field
from convdsl.analysis.geometry import Seen as Sight
from convdsl.graph.graph import Value
from convdsl.lower.cut import needed_for
from convdsl.mistake import MistakeError
from convdsl.op import NoGrid
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.train.inspecting.seeing import noise, require_small, see_at
from convdsl.train.inspecting.shifted import Shifted, Way
from convdsl.train.inspecting.subject import Subject
from convdsl.train.inspecting.text import aligned
from convdsl.train.job import legal_square
from convdsl.train.progress import Silent, Watch

MOST, FEWEST, USUAL = 32, 8, 352  # shifts in each direction: of pictures up to a side of USUAL pixels, of large ones
COMPARED = 16  # cells of the output along each side that are compared at least
LARGEST = 640  # pixels of the input's side
ZERO = 1e-9  # of the output's own deviation: below it there is rounding in float64, and nothing else
ABOVE = 1000  # times the rounding of float32: an error from there on is off by a part in 2 * ABOVE**2, for squares add


@dataclass(frozen=True, slots=True)
class Shift:
    """What a shift did. error: the root of the mean square between the output and the shifted one, as a share of the
    output's own standard deviation; down, across, both: which way the input was moved."""

    pixels: int
    down: float
    across: float
    both: float

    @property
    def worst(self) -> float:
        """The largest of the three errors."""
        return max(self.down, self.across, self.both)


@dataclass(frozen=True, slots=True)
class Translation:
    """How a network answers to shifts.

    stride: pixels after which it repeats itself, None where that is not known. height, width: of the input. cells: of
    the output that were compared, down and across, None where it has neither. margin: whether all that the border can
    reach was left out. whole: whether a layer sees the whole picture.
    """

    subject: str
    layer: str
    call: str
    stride: int | None
    height: int
    width: int
    photo: str
    whole: bool
    margin: bool
    cells: tuple[int, int] | None
    shifts: tuple[Shift, ...]

    @property
    def multiples(self) -> tuple[Shift, ...]:
        """The shifts by multiples of the total stride."""
        return tuple(shift for shift in self.shifts if self.stride and shift.pixels % self.stride == 0)

    @property
    def exact(self) -> bool:
        """Whether a multiple of the total stride moved the output and changed nothing else."""
        return bool(self.multiples) and all(shift.worst < ZERO for shift in self.multiples)


@dataclass(frozen=True, slots=True)
class _Axis:
    """How the output lies along one axis of the input: pixels from cell to cell, and the cells first..end - 1 that no
    border reaches (all cells, where margin is False)."""

    jump: Fraction
    first: int
    end: int
    margin: bool

    def moved(self, pixels: int) -> int:
        """Return the whole number of cells that is nearest to a shift by so many pixels."""
        return floor(pixels / self.jump + Fraction(1, 2))


def total_stride(subject: Subject, value: Value) -> int | None:
    """Return the least shift, in pixels, that is a whole number of steps of every layer that a value is made of.

    None where a layer's step is not known. Layers that see the whole picture have none, and do not count.
    """
    seen = _seen(subject, value)
    if any(isinstance(axis, NoGrid) and axis is not NoGrid.WHOLE for axis in seen):
        return None
    # of fractions in lowest terms, the input's own 1 among them, this is the least common multiple of the numerators
    return lcm(*(axis.jump.numerator for axis in seen if isinstance(axis, Field)))


def _seen(subject: Subject, value: Value) -> list[Sight]:
    """Return what all layers see that a value is made of, along all axes."""
    fields = subject.network.fields
    return [axis for index in needed_for(subject.network.graph, value) for axis in fields[index] or ()]


def translation(
    subject: Subject,
    layer: str = "",
    photo: Path | None = None,
    *,
    side: int | None = None,
    watch: Watch | None = None,
) -> Translation:
    """Shift the input by 1 pixel to twice the total stride, and compare what a layer says with its shifted output.

    layer: "" is the network's output. photo: what is shifted, from end to end of it; noise if None. side: of the
    input, in pixels; without it as many as leave something to compare beside the border. Raises MistakeError
    where there is no such layer or photograph, or its map is too small to be shifted.
    """
    watch = watch or Silent()
    value = subject.value_named(layer)
    stride = total_stride(subject, value)
    end = max(2 * (stride or 8), 4)
    fields = subject.network.fields[value.node] or ()
    height, width = subject.fixed_size or (_side(subject, fields, end, side),) * 2
    pace = _pace(end, height * width)
    size = (height + end, width + end)
    seen = noise(subject, *size) if photo is None else see_at(subject, photo, *size)
    outputs = Shifted(lambda: subject.up_to(value), seen.tensor, end)
    still = outputs.exactly((0, 0))
    axes = _axes(fields, (height, width), still, end)
    shifts: list[Shift] = []
    watch.begin("shifting", end // pace, "shift")
    try:
        for shift in _Compared(outputs, still, axes, stride, end).shifts(pace):
            shifts.append(shift)
            watch.advance(len(shifts))
    finally:
        watch.end()
    cells = tuple(axis.end - axis.first - axis.moved(end) for axis in axes)
    return Translation(
        subject.told,
        subject.node(value).name,
        subject.call(value),
        stride,
        height,
        width,
        "" if photo is None else seen.name,
        any(axis is NoGrid.WHOLE or (isinstance(axis, Field) and axis.whole) for axis in _seen(subject, value)),
        _has_margin(axes),
        (cells[0], cells[1]) if cells else None,
        tuple(sorted(shifts, key=lambda shift: shift.pixels)),
    )


def _pace(end: int, pixels: int) -> int:
    """Choose the step from shift to shift, a divisor of half of the last: MOST shifts, fewer of large pictures."""
    most = max(FEWEST, min(MOST, MOST * USUAL**2 // pixels))
    return next(step for step in range(1, end + 1) if end % (2 * step) == 0 and end // step <= most)


def _side(subject: Subject, fields: Sequence[Sight], end: int, asked: int | None) -> int:
    """Choose the side of the input so that cells are left which no border reaches, up to LARGEST."""
    if asked is not None:
        require_small(asked)
        return legal_square(subject.job, asked)
    known = [field for field in fields if isinstance(field, Field) and field.size is not None]
    if not known:
        return legal_square(subject.job, max(subject.job.recipe.crop, 2 * end))
    wanted = max((field.size or 0) + ceil(COMPARED * field.jump) for field in known) + end
    return legal_square(subject.job, min(LARGEST, wanted))


def _axes(fields: Sequence[Sight], sides: tuple[int, int], out: Tensor, end: int) -> tuple[_Axis, ...]:
    """Say how the output (C, h, w) lies on the input; () where it has no height and width.

    Raises MistakeError where it is too small to be shifted.
    """
    if out.dim() != 3:
        return ()
    found = []
    for field, side, count in zip(fields, sides, out.shape[1:], strict=False):
        jump = field.jump if isinstance(field, Field) else Fraction(side, count)
        axis = _Axis(jump, 0, count, margin=False)
        if isinstance(field, Field) and not field.whole:
            inside = [place for place in range(count) if _is_inside(field, place, side)]
            if inside and inside[-1] - inside[0] >= axis.moved(end):
                axis = _Axis(jump, inside[0], inside[-1] + 1, margin=True)
        if axis.end - axis.first <= axis.moved(end):
            message = f"a map of {count} cells is too small for a shift by {axis.moved(end)} of them"
            raise MistakeError(message, way_out="give the network more to see: `--size`, or look at an earlier layer")
        found.append(axis)
    return tuple(found)


def _is_inside(field: Field, place: int, side: int) -> bool:
    edges = field.widest.edges(place)
    return edges is None or (edges[0] >= 0 and edges[1] <= side - 1)


def _has_margin(axes: Sequence[_Axis]) -> bool:
    return bool(axes) and all(axis.margin for axis in axes)


class _Compared:
    """The output after shifts beside the one before; the same cells for every shift.

    Multiples of the total stride are computed in float64 where nothing but rounding may be left, beyond the reach of
    the border. All else is computed in float32, and again in float64 where what is found is not far above rounding.
    """

    def __init__(self, outputs: Shifted, still: Tensor, axes: Sequence[_Axis], stride: int | None, end: int) -> None:
        self._outputs, self._still, self._axes, self._stride, self._end = outputs, still, axes, stride, end
        self._least = ABOVE * self._error(outputs.quickly([(0, 0)])[0], (0, 0), 0)

    def shifts(self, pace: int) -> Iterator[Shift]:
        """Measure the shifts by every multiple of `pace`, in an order of its own.

        The half of the largest comes first. Where that is a multiple of the total stride, and is found to change
        nothing, a shift by half as much more has the same output beyond the reach of the border, only further on.
        """
        half = self._end // 2
        middle, last = self._measured(half, (0, half))
        yield middle
        repeats = self._is_exact(half) and middle.worst < ZERO
        if repeats:
            yield last
        for pixels in range(pace, half if repeats else self._end + 1, pace):
            if pixels != half:
                yield from self._measured(pixels, (0, half) if repeats else (0,))

    def _measured(self, pixels: int, further: Sequence[int]) -> Iterator[Shift]:
        """Measure a shift, and those that are so many pixels further, from the same outputs."""
        ways = ((pixels, 0), (0, pixels), (pixels, pixels))
        quick: Iterable[Tensor | None] = self._outputs.quickly(ways) if not self._is_exact(pixels) else (None,) * 3
        errors = [self._errors(now, way, further) for now, way in zip(quick, ways, strict=True)]
        for more, (down, across, both) in zip(further, zip(*errors, strict=True), strict=True):
            yield Shift(pixels + more, down, across, both)

    def _errors(self, quick: Tensor | None, way: Way, further: Sequence[int]) -> list[float]:
        if quick is not None:
            found = [self._error(quick, way, more) for more in further]
            if min(found) >= self._least:
                return found
        exact = self._outputs.exactly(way)
        return [self._error(exact, way, more) for more in further]

    def _error(self, now: Tensor, way: Way, more: int) -> float:
        """Compare the output (C, h, w) after a shift, and more of it, with the one before, moved as far."""
        now, still = now.double(), self._still
        for number, (axis, pixels) in enumerate(zip(self._axes, way, strict=False), start=1):
            start, long = axis.first + axis.moved(self._end), axis.end - axis.first - axis.moved(self._end)
            back = axis.moved(more) if pixels else 0
            now = now.narrow(number, start - back, long)
            still = still.narrow(number, start - axis.moved(pixels) - back, long)
        rest = still.flatten(1) if still.dim() > 1 else still[None]
        spread = float((rest - rest.mean(dim=1, keepdim=True)).square().mean().sqrt())
        wrong = float((now - still).square().mean().sqrt())
        return wrong / spread if spread > 0 else wrong

    def _is_exact(self, pixels: int) -> bool:
        return self._stride is not None and pixels % self._stride == 0 and _has_margin(self._axes)


def sentences(found: Translation) -> tuple[str, ...]:
    """Say what was compared, and why the errors are what they are."""
    where = "the whole output" if found.cells is None else f"{found.cells[0]}×{found.cells[1]} cells of it"
    out = [
        f"Error: how far the output is from the one before, moved as far, over {where}; 100% is as much as it varies "
        "from place to place"
    ]
    if found.cells is None:
        out[0] = "Error: how far the output, which has no height and width, is from the one before; 100% is its spread"
    elif not found.margin:
        out.append("What the border can reach is everywhere, and counts too")
    if found.stride is None:
        return (*out, "How a layer steps is not known, and so no shift after which the network repeats itself")
    if found.whole:
        why = (
            "A layer sees the whole picture: what a shift brings in at the border reaches every value, and a dense "
            "layer has weights of its own for each place"
        )
    elif found.stride == 1:
        why = "No layer steps by more than one pixel: every shift moves all maps by whole cells"
    else:
        why = (
            f"Strides and pools keep one row and column in so many, {found.stride} in all: a shift by {found.stride} "
            "moves every map by whole cells, and one between them makes the windows read other pixels"
        )
    worst = max((shift.worst for shift in found.multiples), default=0.0)
    return (*out, why, _verdict(found, worst))


def _verdict(found: Translation, worst: float) -> str:
    multiples = " and ".join(str(shift.pixels) for shift in found.multiples[:2]) or "none measured"
    if found.exact:
        between = max((shift.worst for shift in found.shifts if shift not in found.multiples), default=0.0)
        rest = f"; between them it is {error_text(between)} at most" if between >= ZERO else ""
        return f"At multiples of the total stride ({multiples} px) the error is 0 to rounding{rest}"
    return f"At multiples of the total stride ({multiples} px) the error is up to {error_text(worst)}"


def error_text(error: float) -> str:
    """Write an error as percent; below rounding in float64 it is 0."""
    if error < ZERO:
        return "0"
    return f"{error:.2%}" if error >= 0.0001 else f"{error:.1e}"


def table(found: Translation) -> tuple[str, ...]:
    """Print the errors, a line for each shift."""
    rows: list[tuple[str, ...]] = [("shift", "down", "across", "both", "")]
    for shift in found.shifts:
        mark = "total stride" if shift.pixels == found.stride else ""
        mark = mark or (f"{shift.pixels // found.stride} times" if found.stride and shift in found.multiples else "")
        rows.append((f"{shift.pixels} px", *map(error_text, (shift.down, shift.across, shift.both)), mark))
    on = found.photo or "noise"
    head = (f"{visible(found.layer)} = {found.call}", found.subject, f"input: {on}, {found.height}×{found.width}")
    return (*head, "", *aligned(rows), "", *sentences(found))


def to_data(found: Translation) -> dict[str, Any]:
    """Turn it into JSON's types."""
    return {
        "version": 1,
        "kind": "translation",
        "network": found.subject,
        "layer": found.layer,
        "total_stride": found.stride,
        "photo": found.photo or None,
        "height": found.height,
        "width": found.width,
        "whole": found.whole,
        "margin": found.margin,
        "cells": None if found.cells is None else list(found.cells),
        "exact": found.exact,
        "shifts": [
            {"pixels": one.pixels, "down": one.down, "across": one.across, "both": one.both} for one in found.shifts
        ],
    }
