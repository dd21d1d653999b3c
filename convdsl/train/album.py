"""The training photographs: the list fixed before the first step, decoded once, cut into batches.

Small sets stay in memory as uint8 at every short side of the recipe; what does not fit is decoded when it is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train import photos, shuffle
from convdsl.train.photos import Pixels, Skipped
from convdsl.train.picture import to_lab
from convdsl.train.progress import Silent, Watch
from convdsl.train.quantised import count

SQUARE = 96  # pixels: the side at which the photo set's baselines are measured
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

    def __len__(self) -> int:
        return len(self.files)

    def pixels(self, photo: int, size: int) -> Pixels:
        """Return photo number `photo` at the short side `sides[size]`, (H, W, 3)."""
        held = self.kept.get((photo, size))
        return held if held is not None else _read(self.files[photo], self.sides)[0][size]

    def cut(self, draw: shuffle.Draw, crop: int) -> Pixels:
        """Cut one training crop (crop, crop, 3)."""
        whole = self.pixels(draw.photo, draw.cut.size)
        top, left = draw.cut.corner(whole.shape[0], whole.shape[1], crop)
        part = whole[top : top + crop, left : left + crop]
        return part[:, ::-1] if draw.cut.mirrored else part

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
        """Stack crops."""
        pixels = torch.from_numpy(np.stack([self.cut(draw, crop) for draw in draws]))
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
    budget: int = BUDGET,
    coloured: bool = True,
    sorted_by_class: bool = False,
    watch: Watch | None = None,
) -> Album:
    """Read every photograph once and fix the list.

    sides: short sides in pixels. limit: the share of files that may be unusable (one always may). coloured: leave gray
    ones out, of which no colour can be learned. sorted_by_class: each lies in a folder that names its class. Raises
    MistakeError where there is no photograph, one has no class, or too many files are unusable.
    """
    watch = watch or Silent()
    found = photos.require_photos(places)
    names = {path: photos.class_of(path, places) for path in found} if sorted_by_class else {}
    files: list[Path] = []
    skipped: list[Skipped] = []
    kept: dict[tuple[int, int], Pixels] = {}
    colours: list[tuple[float, float]] = []
    held = 0
    watch.begin("reading", len(found), "photo")
    try:
        for done, path in enumerate(found, start=1):
            try:
                versions, colour = _read(path, sides, coloured)
            except photos.PhotoError as error:
                skipped.append(Skipped(path, str(error)))
                continue
            weight = sum(version.nbytes for version in versions)
            if held + weight <= budget:
                held += weight
                kept.update({(len(files), size): version for size, version in enumerate(versions)})
            files.append(path)
            colours.append(colour)
            watch.advance(done)
    finally:
        watch.end()
    refuse_too_many(skipped, len(found), limit)
    a, b = (fmean(column) for column in zip(*colours, strict=True))
    classes = tuple(sorted(set(names.values())))
    numbers = {name: number for number, name in enumerate(classes)}
    labels = tuple(numbers[names[path]] for path in files) if names else ()
    return Album(tuple(files), sides, tuple(skipped), (a, b), kept, classes, labels)


def refuse_too_many(skipped: Sequence[Skipped], count: int, limit: float) -> None:
    """Raise MistakeError where more than the share `limit` of the files, and more than one, was left out."""
    if len(skipped) == count or len(skipped) > max(1.0, limit * count):
        shown = tuple(f"{item.path}: {item.reason}" for item in skipped[:5])
        more = (f"and {len(skipped) - 5} more",) if len(skipped) > 5 else ()
        message = f"{len(skipped)} of {count} files cannot be used as photographs"
        raise MistakeError(message, notes=shown + more, way_out="remove them, or raise the limit with `--skip-limit`")


def _read(path: Path, sides: tuple[int, ...], coloured: bool = False) -> tuple[list[Pixels], tuple[float, float]]:
    """Decode one photograph at every short side, and take the mean colour of its centre square."""
    image = photos.decode(path, max(*sides, SQUARE)).image
    small = photos.pixels(photos.square(image, SQUARE))
    if coloured and photos.is_gray(small):
        raise photos.PhotoError("has no colour")
    lab = to_lab(torch.from_numpy(small)[None])
    a, b = lab[0, 1:].double().mean(dim=(1, 2)).tolist()
    return [photos.pixels(photos.resize_short(image, side)) for side in sides], (a, b)
