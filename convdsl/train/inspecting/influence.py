"""The effective receptive field: how much each pixel of the input moves one output, beside what it could see at most.

The output in the middle of a layer's map is differentiated by every pixel; what counts is the mean size of these
derivatives over photographs and channels. Source: Luo, Li, Urtasun & Zemel, "Understanding the Effective Receptive
Field in Deep Convolutional Neural Networks" (arXiv:1701.04128), section 2.
Shape legend: 1 photo, C channels, H and W pixels of the input.
"""

from collections.abc import Iterator, Sequence
from math import ceil, floor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from convdsl.analysis.geometry import Field, Seen
from convdsl.graph.graph import Value
from convdsl.mistake import MistakeError
from convdsl.op import NoGrid
from convdsl.record import dataclass
from convdsl.render.cells import visible
from convdsl.train import photos
from convdsl.train.inspecting.palette import share_text
from convdsl.train.inspecting.seeing import Seen as Shown
from convdsl.train.inspecting.seeing import noise, require_small, see_at, several
from convdsl.train.inspecting.subject import Subject
from convdsl.train.job import legal_square
from convdsl.train.progress import Silent, Watch

PHOTOS, CHANNELS = 12, 16  # that are averaged at most, evenly chosen
LARGEST = 512  # pixels of the input's side, unless asked for more
HOLDS = 0.95  # of the influence lies in the square whose side is told


@dataclass(frozen=True, slots=True)
class Span:
    """First and last pixel along one axis; it may reach beyond the picture."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many pixels it has."""
        return self.last - self.first + 1

    @property
    def middle(self) -> float:
        """Where its middle lies, from the centre of pixel 0."""
        return (self.first + self.last) / 2


@dataclass(frozen=True, slots=True)
class Influence:
    """What moves one output.

    values: (H, W), the shares of the pixels, which sum to 1 (all 0 where nothing moves it). place: of the output in its
    map. theory: the pixels that it can see, down and across; None where that is not known; whole: they are all pixels.
    photos: the names of those that were averaged, () for noise, of how many; channels: how many, `of` how many.
    """

    subject: str
    layer: str
    call: str
    values: Tensor
    place: tuple[int, ...]
    theory: tuple[Span, Span] | None
    whole: bool
    photos: tuple[str, ...]
    photos_of: int
    channels: int
    of: int

    @property
    def middle(self) -> tuple[float, float]:
        """What squares are drawn around: the middle of what can be seen, or else of the influence itself."""
        if self.theory is not None:
            return self.theory[0].middle, self.theory[1].middle
        along = [torch.arange(size, dtype=torch.float64) for size in self.values.shape]
        return float((self.values.sum(1) * along[0]).sum()), float((self.values.sum(0) * along[1]).sum())

    def within(self, height: float, width: float) -> float:
        """Return the share of the influence inside of a rectangle around the middle, with parts of pixels."""
        parts = []
        for centre, extent, size in zip(self.middle, (height, width), self.values.shape, strict=True):
            away = (torch.arange(size, dtype=torch.float64) - centre).abs()
            parts.append((extent / 2 - away + 0.5).clamp(0, min(1.0, extent)))
        return float(torch.einsum("y,yx,x->", parts[0], self.values, parts[1]))

    @property
    def half(self) -> float | None:
        """The share that comes from within half the height and half the width of what can be seen."""
        if self.theory is None:
            return None
        return self.within(self.theory[0].size / 2, self.theory[1].size / 2)

    def side(self, share: float = HOLDS) -> int | None:
        """Return the side of the smallest square around the middle that holds a share; None where nothing moves it."""
        if not bool(self.values.any()):
            return None
        low, high = 1, 2 * sum(self.values.shape) + 4 * ceil(max(map(abs, self.middle)))
        while low < high:  # what a square holds grows with its side
            between = (low + high) // 2
            low, high = (low, between) if self.within(between, between) >= share - 1e-12 else (between + 1, high)
        return low


def influence(
    subject: Subject,
    layer: str = "",
    places: Sequence[Path] = (),
    *,
    side: int | None = None,
    watch: Watch | None = None,
) -> Influence:
    """Measure what moves the output in the middle of a layer's map; "" is the network's output.

    places: photographs and folders of them, of which at most PHOTOS are taken; noise where there are none. side: of the
    input, in pixels (the nearest that the network takes); without it a little more than can be seen. Raises
    MistakeError where there is no such layer or photograph.
    """
    watch = watch or Silent()
    value = subject.value_named(layer)
    fields = subject.network.fields[value.node] or ()
    height, width = subject.fixed_size or (_side(subject, fields, side),) * 2
    given = photos.require_photos(places) if places else ()
    files = several(given, PHOTOS)
    network = subject.up_to(value)
    total = torch.zeros(height, width, dtype=torch.float64)
    place: tuple[int, ...] = ()
    count = of = 0
    names: list[str] = []
    watch.begin("measuring", max(1, len(files)), "photo")
    try:
        for seen in _inputs(subject, files, places, (height, width), watch):
            shift, place, count, of = _gradients(network, seen.tensor, value)
            total += shift
            names.append(seen.name)
            watch.advance(len(names))
    finally:
        watch.end()
    sums = float(total.sum())
    theory = _theory(fields, place, (height, width))
    return Influence(
        subject.told,
        subject.node(value).name,
        subject.call(value),
        total / sums if sums > 0 else total,
        place,
        theory,
        _is_whole(fields),
        tuple(names) if files else (),
        len(given),
        count,
        of,
    )


def _inputs(
    subject: Subject, files: Sequence[Path], named: Sequence[Path], size: tuple[int, int], watch: Watch
) -> Iterator[Shown]:
    """Yield the photographs, or noise where there are none; a broken one is left out, and told, if nobody named it.

    Raises MistakeError where none is left.
    """
    if not files:
        yield noise(subject, *size)
    broken: list[MistakeError] = []
    for path in files:
        try:
            yield see_at(subject, path, *size)
        except MistakeError as mistake:
            if path in named or not subject.sees_photos:
                raise
            broken.append(mistake)
            watch.note(f"left out {mistake.message}")
    if files and len(broken) == len(files):
        raise broken[0]


def _gradients(network: torch.nn.Module, x_1CHW: Tensor, value: Value) -> tuple[Tensor, tuple[int, ...], int, int]:
    """Return the mean size of the derivatives (H, W), the output's place, and the channels taken, of how many."""
    x = x_1CHW.clone().requires_grad_()
    with torch.enable_grad():
        out = network(x)[0]
        place = tuple(size // 2 for size in out.shape[1:])
        middle = out[(slice(None), *place)]
        count = min(CHANNELS, len(middle))
        total = torch.zeros(x.shape[2:], dtype=torch.float64)
        for index in range(count):
            one = middle[index * len(middle) // count]
            if one.requires_grad:
                (gradient,) = torch.autograd.grad(one, x, retain_graph=index + 1 < count, allow_unused=True)
                total += 0 if gradient is None else gradient[0].double().abs().sum(dim=0)
    return total / count, place, count, len(middle)


def _side(subject: Subject, fields: Sequence[Seen], asked: int | None) -> int:
    """Choose the side of the input: what is seen and an eighth of it around, as large as LARGEST allows."""
    if asked is not None:
        require_small(asked)
        return legal_square(subject.job, asked)
    known = [field.size for field in fields if isinstance(field, Field) and field.size is not None]
    wanted = max(known) + 2 * max(8, max(known) // 8) if known else subject.job.recipe.crop
    return legal_square(subject.job, min(LARGEST, wanted))


def _is_whole(fields: Sequence[Seen]) -> bool:
    return any(field is NoGrid.WHOLE or (isinstance(field, Field) and field.whole) for field in fields) or not fields


def _theory(fields: Sequence[Seen], place: Sequence[int], sides: tuple[int, int]) -> tuple[Span, Span] | None:
    """Return the pixels that the output at `place` can see, by axis; None where that is not known."""
    if _is_whole(fields):
        return Span(0, sides[0] - 1), Span(0, sides[1] - 1)
    out = []
    for field, at in zip(fields, place, strict=False):
        edges = field.widest.edges(at) if isinstance(field, Field) else None
        if edges is None:
            return None
        out.append(Span(floor(edges[0]), ceil(edges[1])))
    return (out[0], out[1]) if len(out) == 2 else None


def sentences(found: Influence) -> tuple[str, ...]:
    """Say in words what was measured, and what the numbers mean."""
    out = [_measured(found)]
    side = found.side()
    if side is None:
        return (*out, "Every derivative is 0: no pixel moves it")
    holds = f"a square of {side}×{side} pixels holds {HOLDS:.0%} of the influence"
    if found.theory is None:
        return (*out, f"What it can see is not known in advance; {holds}")
    size = "×".join(str(span.size) for span in found.theory)
    out.append(f"It can see {'the whole picture, ' if found.whole else ''}{size} pixels; {holds}")
    if found.half is not None:
        quarter = "From within half the height and half the width of that, a quarter of the area,"
        out.append(f"{quarter} comes {share_text(found.half)} of it")
    if any(span.first < 0 or span.last >= side for span, side in zip(found.theory, found.values.shape, strict=True)):
        rows, columns = found.values.shape
        out.append(f"The picture has {rows}×{columns} pixels, and what can be seen reaches beyond it")
    return tuple(out)


def _measured(found: Influence) -> str:
    where = f" at row {found.place[0]}, column {found.place[1]}" if len(found.place) == 2 else ""
    count = len(found.photos)
    of = f"{count} of {found.photos_of} photographs" if count < found.photos_of else f"{count} photographs"
    over = [of if found.photos_of > 1 else "1 photograph" if count else "an input of noise"]
    if found.of > 1:
        over.append(f"{found.channels} of {found.of} channels" if found.channels < found.of else f"{found.of} channels")
    return f"Influence: the mean size of the derivative of the output{where} by each pixel, over {' and '.join(over)}"


def table(found: Influence) -> tuple[str, ...]:
    """Print what was measured."""
    return (f"{visible(found.layer)} = {found.call}", found.subject, *sentences(found))


def to_data(found: Influence) -> dict[str, Any]:
    """Turn it into JSON's types."""
    return {
        "version": 1,
        "kind": "field",
        "network": found.subject,
        "layer": found.layer,
        "photos": list(found.photos),
        "height": found.values.shape[0],
        "width": found.values.shape[1],
        "place": list(found.place),
        "channels": found.channels,
        "of": found.of,
        "whole": found.whole,
        "theory": None if found.theory is None else [[span.first, span.last] for span in found.theory],
        "half": found.half,
        "side_of_95_percent": found.side(),
        "influence": found.values.tolist(),
    }
