"""Measure a trained network on photographs, beside two predictions that need no network.

The protocol is part of the number: the centre square of each photograph is resized (Lanczos, 8-bit sRGB) to one side,
its true L is kept, a and b are replaced, and the result is compared in clipped, unrounded sRGB and in Lab.
Shape legend: N photos, 3 colour channels, H = W pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from convdsl.record import dataclass
from convdsl.train import photos
from convdsl.train.album import SQUARE, refuse_too_many
from convdsl.train.hints import require_hints, sample
from convdsl.train.job import Job, legal_square
from convdsl.train.metrics import Row, Score, score, summarize
from convdsl.train.photos import Skipped
from convdsl.train.picture import encode, result, to_lab, truth
from convdsl.train.progress import Silent, Watch

BATCH = 16


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The table, and the numbers of every photograph: `scores[row][photo]`."""

    side: int
    rows: tuple[Row, ...]
    files: tuple[Path, ...]
    scores: tuple[tuple[Score, ...], ...]
    skipped: tuple[Skipped, ...]
    points: int = 0  # of each photograph, whose true colours the network was given
    temperature: float | None = None  # at which colours were taken of bins; None where the network makes none

    @property
    def protocol(self) -> str:
        """Say how it was measured."""
        hints = f", {self.points} patches of true colour given for each" if self.points else ""
        taken = f", colours of bins at temperature {self.temperature:g}" if self.temperature is not None else ""
        return (
            f"{len(self.files)} photographs, centre square resized to {self.side}x{self.side} (Lanczos, 8-bit sRGB), "
            f"Lab (D65), {'L as the network draws it' if len(self.rows) == 2 else 'true L kept'}, "
            f"sRGB clipped and not rounded{hints}{taken}"
        )


def evaluate(
    job: Job,
    network: nn.Module,
    places: Sequence[Path],
    mean_ab: tuple[float, float],
    *,
    side: int = SQUARE,
    skip_limit: float = 0.1,
    mean_picture: Path | None = None,
    points: int = 0,
    watch: Watch | None = None,
) -> Evaluation:
    """Score gray, the training photographs' mean colour and the network; the network is left as it was.

    side: pixels; the nearest legal square is used. mean_picture: of the training photographs, which stands in place of
    gray and mean colour where the network repeats what it sees. points: patches of true colour that a network with
    inputs for hints is given of each photograph, drawn as in training. Raises MistakeError where there is nothing to
    measure on, or no such input.
    """
    watch = watch or Silent()
    if points:
        require_hints(job)
    side = legal_square(job, side)
    files, pixels, skipped = read_squares(places, side, skip_limit, watch)
    lab_N3HW = to_lab(pixels)
    hints = sample(job, lab_N3HW, 0, (), points) if points else {}
    predicted = predict(job, network, lab_N3HW, hints)
    true = truth(job.target, lab_N3HW)
    if mean_picture is not None and mean_picture.exists():
        square = photos.pixels(photos.square(photos.decode(mean_picture).image, side))
        same = truth(job.target, to_lab(torch.from_numpy(square)[None]))
        mean, own = _scores(same.expand_as(lab_N3HW), true), _scores(predicted, true)
        better = sum(a.rgb_mse < b.rgb_mse for a, b in zip(own, mean, strict=True))
        pair = (summarize("train mean picture", mean), replace(summarize("network", own), better=better))
        return Evaluation(side, pair, files, (mean, own), skipped)
    flat = [flat_colour(lab_N3HW, ab) for ab in ((0.0, 0.0), mean_ab)]
    gray, mean, own = (_scores(lab, true) for lab in (*flat, predicted))
    rows = (
        summarize("gray (ab = 0)", gray, mean),
        summarize("train mean colour", mean),
        summarize("network", own, mean),
    )
    temperature = job.recipe.temperature if job.target.is_bins else None
    return Evaluation(side, rows, files, (gray, mean, own), skipped, points, temperature)


def read_squares(
    places: Sequence[Path], side: int, skip_limit: float, watch: Watch
) -> tuple[tuple[Path, ...], Tensor, tuple[Skipped, ...]]:
    """Read the centre squares of all photographs as uint8 pixels (N, side, side, 3), and what was left out."""
    found = photos.require_photos(places)
    files: list[Path] = []
    squares: list[photos.Pixels] = []
    skipped: list[Skipped] = []
    watch.begin("reading", len(found), "photo")
    try:
        for done, path in enumerate(found, start=1):
            try:
                squares.append(photos.pixels(photos.square(photos.decode(path).image, side)))
                files.append(path)
            except photos.PhotoError as error:
                skipped.append(Skipped(path, str(error)))
            watch.advance(done)
    finally:
        watch.end()
    for item in skipped:
        watch.note(f"left out {item.path}: {item.reason}")
    refuse_too_many(skipped, len(found), skip_limit)
    return tuple(files), torch.from_numpy(np.stack(squares)), tuple(skipped)


def predict(job: Job, network: nn.Module, lab_N3HW: Tensor, more: Mapping[str, Tensor] | None = None) -> Tensor:
    """Run the network as in use and compose its results in Lab; the network is left as it was.

    more: what goes in beside the pictures, for each of them, by the names of inputs.
    """
    was_training = network.training
    device = next((parameter.device for parameter in network.parameters()), lab_N3HW.device)
    network.eval()
    try:
        with torch.no_grad():
            parts = []
            for start, lab in zip(range(0, len(lab_N3HW), BATCH), torch.split(lab_N3HW, BATCH), strict=True):
                beside = {name: value[start : start + BATCH].to(device) for name, value in (more or {}).items()}
                tensor = network(encode(job.source, lab.to(device)), **beside).float().to(lab.device)
                parts.append(result(job.source, job.target, tensor, lab, job.recipe.temperature))
            return torch.cat(parts)
    finally:
        network.train(was_training)


def flat_colour(lab_N3HW: Tensor, ab: tuple[float, float]) -> Tensor:
    """Give every pixel the same a and b."""
    flat = lab_N3HW.clone()
    flat[:, 1], flat[:, 2] = ab
    return flat


def _scores(lab_N3HW: Tensor, truth_N3HW: Tensor) -> tuple[Score, ...]:
    parts = zip(torch.split(lab_N3HW, BATCH), torch.split(truth_N3HW, BATCH), strict=True)
    return tuple(one for lab, true in parts for one in score(lab, true))


def table(evaluation: Evaluation) -> tuple[str, ...]:
    """Print the rows as lines of equal width."""
    head = (
        "prediction",
        "PSNR dB",
        "median",
        "pooled",
        "ab-RMSE",
        "(photo)",
        "ab-MAE",
        "SSIM",
        "dE2000",
        "colourful",
        "off gamut",
        "better",
    )
    lines: list[tuple[str, ...]] = [head]
    for row in evaluation.rows:
        numbers = (row.psnr_mean, row.psnr_median, row.psnr_pooled, row.ab_rmse, row.ab_rmse_per_photo, row.ab_mae)
        better = "" if row.better is None else f"{row.better} of {row.photos}"
        shown = (f"{number:.2f}" for number in numbers)
        rest = (f"{row.ssim:.3f}", f"{row.ciede2000:.2f}", f"{row.colourfulness:.1f}", f"{row.out_of_gamut:.2%}")
        lines.append((row.name, *shown, *rest, better))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rows = evaluation.rows[-1]
    return (
        *(
            "  ".join(
                cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ),
        f"truth: colourfulness {rows.true_colourfulness:.1f} mean, {rows.true_colourfulness_median:.1f} median; "
        + (
            "better: photographs with less ab error than the train mean colour"
            if len(evaluation.rows) == 3
            else "better: photographs with less error than the train mean picture"
        ),
        f"protocol: {evaluation.protocol}",
    )


def to_data(evaluation: Evaluation) -> dict[str, Any]:
    """Turn an evaluation into JSON's types."""
    names = [row.name for row in evaluation.rows]
    return {
        "version": 1,
        "protocol": evaluation.protocol,
        "side": evaluation.side,
        "temperature": evaluation.temperature,
        "rows": [_finite(asdict(row)) for row in evaluation.rows],
        "photos": [
            {
                "file": str(path),
                **{name: _finite({**asdict(one), "psnr": one.psnr}) for name, one in zip(names, column, strict=True)},
            }
            for path, column in zip(evaluation.files, zip(*evaluation.scores, strict=True), strict=True)
        ],
        "skipped": [{"file": str(item.path), "reason": item.reason} for item in evaluation.skipped],
    }


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """Put None where JSON has no number: the PSNR of equal pictures, the SSIM of pictures below 11 pixels."""
    return {key: None if isinstance(value, float) and not isfinite(value) else value for key, value in values.items()}
