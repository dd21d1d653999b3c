"""The training photographs: the list fixed before the first step, decoded once, cut into batches.

Small sets stay in memory as uint8 at every short side of the recipe; what does not fit is decoded when it is drawn.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train import original, photos, shuffle
from convdsl.train.original import Original
from convdsl.train.photos import Pixels, Skipped
from convdsl.train.picture import to_lab
from convdsl.train.progress import Silent, Watch
from convdsl.train.quantised import count
from convdsl.train.workers import Workers

SQUARE = original.SQUARE
BUDGET = 2 << 30  # bytes of pixels that are kept in memory
MOST_COUNTED = 2000  # photographs whose colours are counted: more do not change the shares


@dataclass(frozen=True, slots=True)
class Album:
    """Photographs that can be trained on, in a fixed order, and the files that were left out.

    classes: their names, sorted; () where photographs are not sorted into classes. labels: the index of each file's.
    """

    files: tuple[Path, ...]
    sides: tuple[int, ...]
    skipped: tuple[Skipped, ...]
    mean_ab: tuple[float, float]  # over the centre squares of all photographs, each counting the same
    kept: dict[tuple[int, int], Pixels] = field(repr=False)
    classes: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()
    originals: tuple[Original, ...] = ()  # of the files

    def __len__(self) -> int:
        return len(self.files)

    @property
    def in_memory(self) -> bool:
        """Tell whether no photograph is read again."""
        return len(self.kept) == len(self) * len(self.sides)

    def pixels(self, photo: int, size: int) -> Pixels:
        """Return photo number `photo` at the short side `sides[size]`, (H, W, 3)."""
        held = self.kept.get((photo, size))
        if held is not None:
            return held
        try:
            return original.read(self.originals[photo], self.sides, size)
        except photos.PhotoError as error:
            raise lost(self.files[photo], error) from error

    def ask(self, draw: shuffle.Draw, crop: int, workers: Workers) -> Callable[[], Pixels]:
        """Have one training crop (crop, crop, 3) cut, from pixels in memory or by the workers from its file."""
        held = self.kept.get((draw.photo, draw.cut.size))
        if held is None:
            return workers.ask(original.read_and_cut, self.originals[draw.photo], self.sides, draw.cut, crop)
        return partial(original.cut, held, draw.cut, crop)

    def mean_picture(self, side: int) -> Pixels:
        """Average the centre squares of `side` pixels of all photographs, (side, side, 3), at the first short side."""
        total = np.zeros((side, side, 3))
        for photo in range(len(self)):
            whole = self.pixels(photo, 0)
            top, left = (whole.shape[0] - side) // 2, (whole.shape[1] - side) // 2
            total += whole[top : top + side, left : left + side]
        return (total / len(self) + 0.5).astype(np.uint8)

    def ab_counts(self) -> Tensor:
        """Count the pixels of each bin of ab (Q), at the first short side; of many photographs, a share is counted."""
        step = -(-len(self) // MOST_COUNTED)
        return torch.stack(
            [count(to_lab(torch.from_numpy(self.pixels(one, 0))[None])[:, 1:]) for one in range(0, len(self), step)]
        ).sum(dim=0)

    def batch(self, draws: Sequence[shuffle.Draw], crop: int) -> "Batch":
        """Cut and stack crops, here and now."""
        return self.stack(draws, [self.ask(draw, crop, Workers(0)) for draw in draws])

    def stack(self, draws: Sequence[shuffle.Draw], asked: Iterable[Callable[[], Pixels]]) -> "Batch":
        """Wait for the crops that were asked for, and stack them.

        Raises MistakeError where a photograph is not what it was, or a process that read died.
        """
        crops = []
        for draw, crop in zip(draws, asked, strict=True):
            try:
                crops.append(crop())
            except photos.PhotoError as error:
                raise lost(self.files[draw.photo], error) from error
        pixels = torch.from_numpy(np.stack(crops))
        labels = torch.tensor([self.labels[draw.photo] for draw in draws]) if self.labels else None
        return Batch(pixels, torch.tensor([draw.cut.exposed for draw in draws]), labels)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step learns from: crops as uint8 sRGB (N, crop, crop, 3), how each is exposed (N), -1..1, and the index
    of each one's class (N), None where there are none."""

    pixels: Tensor
    exposed: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def tensors(self) -> tuple[Tensor, ...]:
        """Return all that there are."""
        return (self.pixels, self.exposed) if self.labels is None else (self.pixels, self.exposed, self.labels)

    def moved(self, move: Callable[[Tensor], Tensor]) -> "Batch":
        """Return the batch with every tensor where `move` brings it."""
        return Batch(*map(move, self.tensors()))


def open_album(
    places: Sequence[Path],
    sides: tuple[int, ...],
    *,
    limit: float = 0.1,
    budget: int | None = None,
    coloured: bool = True,
    sorted_by_class: bool = False,
    watch: Watch | None = None,
    workers: Workers | None = None,
) -> Album:
    """Read every photograph once and fix the list.

    sides: short sides in pixels. limit: the share of files that may be unusable (one always may). budget: bytes of
    pixels to keep, BUDGET if None. coloured: leave gray ones out, of which no colour can be learned. sorted_by_class:
    each lies in a folder that names its class. workers: who reads. Raises MistakeError where there is no photograph,
    one has no class, or too many files are unusable.
    """
    watch, workers = watch or Silent(), workers or Workers(0)
    budget = BUDGET if budget is None else budget
    found = photos.require_photos(places)
    names = {path: photos.class_of(path, places) for path in found} if sorted_by_class else {}
    originals: list[Original] = []
    skipped: list[Skipped] = []
    kept: dict[tuple[int, int], Pixels] = {}
    colours: list[tuple[float, float]] = []
    held = 0
    watch.begin("reading", len(found), "photo")
    try:
        asked = workers.each(partial(original.look, sides=sides, coloured=coloured), found)
        for number, (path, seen) in enumerate(zip(found, asked, strict=True), start=1):
            watch.advance(number)
            try:
                photo = seen()
            except photos.PhotoError as error:
                skipped.append(Skipped(path, str(error)))
                continue
            weight = sum(version.nbytes for version in photo.versions)
            if held + weight <= budget:
                held += weight
                kept.update({(len(originals), size): version for size, version in enumerate(photo.versions)})
            originals.append(photo.original)
            colours.append(_mean_colour(photo.square))
    finally:
        watch.end()
    refuse_too_many(skipped, len(found), limit)
    a, b = (fmean(column) for column in zip(*colours, strict=True))
    classes = tuple(sorted(set(names.values())))
    numbers = {name: number for number, name in enumerate(classes)}
    files = tuple(one.path for one in originals)
    labels = tuple(numbers[names[path]] for path in files) if names else ()
    return Album(files, sides, tuple(skipped), (a, b), kept, classes, labels, tuple(originals))


def refuse_too_many(skipped: Sequence[Skipped], count: int, limit: float) -> None:
    """Raise MistakeError where more than the share `limit` of the files, and more than one, was left out."""
    if len(skipped) == count or len(skipped) > max(1.0, limit * count):
        shown = tuple(f"{item.path}: {item.reason}" for item in skipped[:5])
        more = (f"and {len(skipped) - 5} more",) if len(skipped) > 5 else ()
        message = f"{len(skipped)} of {count} files cannot be used as photographs"
        raise MistakeError(message, notes=shown + more, way_out="remove them, or raise the limit with `--skip-limit`")


def lost(path: Path, error: photos.PhotoError) -> MistakeError:
    """Say that a photograph of the list cannot be learned from any more."""
    message = f"`{path}` is not the photograph that it was when the run began: {error}"
    return MistakeError(message, way_out="put it back and `--resume`, or train without it into another folder")


def _mean_colour(square: Pixels) -> tuple[float, float]:
    lab = to_lab(torch.from_numpy(square)[None])
    a, b = lab[0, 1:].double().mean(dim=(1, 2)).tolist()
    return a, b
