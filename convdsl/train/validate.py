"""Measure the network at every checkpoint, on a fixed number of photographs that it does not learn from.

Nothing of the training is touched: other weights are moved, and nothing random is drawn.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean

import torch
from torch.nn import functional

from convdsl.record import dataclass
from convdsl.render.measures import MEASURES
from convdsl.train import photos
from convdsl.train.album import SQUARE, Album
from convdsl.train.classify import scores, true_classes
from convdsl.train.evaluate import BATCH, flat_colour, predict, read_squares
from convdsl.train.in_use import InUse
from convdsl.train.job import Job, legal_square
from convdsl.train.log import Log, Value
from convdsl.train.metrics import errors, psnr
from convdsl.train.moment import Moment
from convdsl.train.picture import to_lab, truth
from convdsl.train.progress import Watch

Numbers = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Held:
    """The photographs that are measured: squares of `side` pixels (N, side, side, 3), uint8, and of which class each
    is, (N) or None. beside: what predictions without a network reach on them."""

    files: tuple[Path, ...]
    side: int
    pixels: torch.Tensor
    labels: torch.Tensor | None
    beside: Numbers


class Validation:
    """Measure at each checkpoint that is due, and write it into the run's record."""

    def __init__(self, held: Held, log: Log, watch: Watch, in_use: InUse) -> None:
        self._held, self._log, self._watch, self._in_use = held, log, watch, in_use

    def after(self, moment: Moment) -> None:
        """Measure, write down, say."""
        if not moment.due:
            return  # two equal runs, one of them stopped in between, have equal records
        job, held = moment.engine.job, self._held
        network = self._in_use.of(moment.engine)
        if held.labels is not None:
            scores_NK = scores(job, network, held.pixels)
            own: dict[str, Value] = {
                "val_accuracy": float((scores_NK.argmax(dim=1) == held.labels).double().mean()),
                "val_cross_entropy": float(functional.cross_entropy(scores_NK, held.labels)),
            }
        else:
            own = _measured(job, held.pixels, "val", lambda lab_N3HW: predict(job, network, lab_N3HW))
        entry = {"step": moment.step.number, "val_photos": len(held.files), "val_side": held.side, **own, **held.beside}
        self._log.add(entry)
        self._watch.note(f"step {moment.step.number}: {said(entry)}")

    def close(self) -> None:
        """Do nothing."""


def hold(
    job: Job, album: Album, places: Sequence[Path], limit: int, mean_picture: Path, skip_limit: float, watch: Watch
) -> Held:
    """Read the photographs to measure: `limit` of those in `places` at most, spread evenly over the list.

    mean_picture: of the training photographs, for networks that repeat what they see. Raises MistakeError where there
    is none, too many cannot be read, or one is of a class that training has not.
    """
    found = photos.require_photos(places)
    chosen = [found[place * len(found) // limit] for place in range(limit)] if len(found) > limit else found
    side = legal_square(job, job.recipe.crop if job.classes or job.repeats else SQUARE)
    files, pixels, _ = read_squares(chosen, side, skip_limit, watch)
    known = {path.resolve() for path in album.files}
    both = sum(path.resolve() in known for path in files)
    if both:
        watch.note(f"{both} of {len(files)} validation photographs are training photographs too")
    if job.classes:
        numbers = true_classes(files, places, album.classes)
        usual = max(numbers.count(number) for number in set(numbers)) / len(numbers)
        return Held(files, side, pixels, torch.tensor(numbers), {"val_usual": usual})
    beside: dict[str, Value] = {}
    if job.repeats:
        square = photos.pixels(photos.square(photos.decode(mean_picture).image, side))
        mean = truth(job.target, to_lab(torch.from_numpy(square)[None]))
        beside |= _measured(job, pixels, "val_mean", mean.expand_as)
    else:
        for name, ab in (("val_gray", (0.0, 0.0)), ("val_mean", album.mean_ab)):
            beside |= _measured(job, pixels, name, partial(flat_colour, ab=ab))
    return Held(files, side, pixels, None, beside)


def said(entry: Numbers) -> str:
    """Say the measured numbers in a line."""
    known = {key: value for key, value in entry.items() if isinstance(value, int | float)}
    told = []
    for measure in MEASURES:
        if measure.key in known:
            beside = [f"{name} {measure.text(known[key])}" for name, key in measure.beside(known)]
            unit = f" {measure.unit}" if measure.unit else ""
            told.append(f"{measure.name} {measure.text(known[measure.key])}{unit} ({', '.join(beside)})")
    return f"validation {', '.join(told)}"


def _measured(
    job: Job, pixels: torch.Tensor, name: str, predicted: Callable[[torch.Tensor], torch.Tensor]
) -> dict[str, Value]:
    """Measure a prediction as `evaluate` does: the PSNR is the mean of the photographs', the colours' error is pooled.

    predicted: makes Lab pictures of the true ones. Equal pictures have no PSNR; gray ones no error of colours.
    """
    found: list[tuple[float, float]] = []
    for part in torch.split(pixels, BATCH):
        lab_N3HW = to_lab(part)
        found += errors(predicted(lab_N3HW), truth(job.target, lab_N3HW))
    decibels = fmean(psnr(rgb) for rgb, _ in found)
    out: dict[str, Value] = {f"{name}_psnr": decibels if math.isfinite(decibels) else None}
    if job.target.channels != ("L",):
        out[f"{name}_ab_rmse"] = math.sqrt(fmean(ab for _, ab in found))
    return out
