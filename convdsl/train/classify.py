"""Measure a trained classifier on photographs that lie in folders by class, beside always guessing the usual one.

Shape legend: N photos, K classes, 3 colour channels, H = W pixels.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train.evaluate import BATCH, read_squares
from convdsl.train.job import Job, legal_square
from convdsl.train.photos import Skipped, class_of
from convdsl.train.picture import encode, to_lab
from convdsl.train.progress import Silent, Watch


@dataclass(frozen=True, slots=True)
class Classified:
    """What a classifier said. truth, said: an index into `classes` for each file; loss: mean cross-entropy, in nats."""

    side: int
    classes: tuple[str, ...]
    files: tuple[Path, ...]
    truth: tuple[int, ...]
    said: tuple[int, ...]
    loss: float
    skipped: tuple[Skipped, ...]

    @property
    def accuracy(self) -> float:
        """Return the share that is right, 0 to 1."""
        return self.right / len(self.files)

    @property
    def right(self) -> int:
        """Count the photographs whose class was said."""
        return sum(a == b for a, b in zip(self.truth, self.said, strict=True))

    @property
    def usual(self) -> int:
        """Count the photographs of the commonest class: what always saying it gets right."""
        return max(self.truth.count(index) for index in set(self.truth))

    @property
    def protocol(self) -> str:
        """Say how it was measured."""
        return f"{len(self.files)} photographs, centre square resized to {self.side}x{self.side} (Lanczos, 8-bit sRGB)"


def classify(
    job: Job,
    network: nn.Module,
    places: Sequence[Path],
    classes: Sequence[str],
    *,
    side: int,
    skip_limit: float = 0.1,
    watch: Watch | None = None,
) -> Classified:
    """Compare what the network says with the folders in which the photographs lie; the network is left as it was.

    classes: those of the training, in the order of the scores. side: pixels; the nearest legal square is used. Raises
    MistakeError where a photograph is of no such class, or there is nothing to measure on.
    """
    side = legal_square(job, side)
    files, pixels, skipped = read_squares(places, side, skip_limit, watch or Silent())
    truth = torch.tensor(true_classes(files, places, classes))
    scores_NK = scores(job, network, pixels)
    return Classified(
        side,
        tuple(classes),
        files,
        tuple(truth.tolist()),
        tuple(scores_NK.argmax(dim=1).tolist()),
        float(functional.cross_entropy(scores_NK, truth)),
        skipped,
    )


def true_classes(files: Sequence[Path], places: Sequence[Path], classes: Sequence[str]) -> list[int]:
    """Say of which class each photograph is, by the folder below a place in which it lies: an index into `classes`.

    Raises MistakeError where a photograph is of no such class.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    names = [class_of(path, places) for path in files]
    for path, name in zip(files, names, strict=True):
        if name not in numbers:
            message = f"`{path}` lies in the folder `{name}`, which was no class in training"
            raise MistakeError(message, notes=(f"classes: {', '.join(classes)}",))
    return [numbers[name] for name in names]


def scores(job: Job, network: nn.Module, pixels_NHW3: Tensor) -> Tensor:
    """Run the network on squares as in use, (N, K) in float64; the network is left as it was."""
    device = next((parameter.device for parameter in network.parameters()), pixels_NHW3.device)
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            parts = [
                network(encode(job.source, to_lab(part.to(device)))).double().cpu()
                for part in torch.split(pixels_NHW3, BATCH)
            ]
        return torch.cat(parts)
    finally:
        network.train(was_training)


def table(found: Classified) -> tuple[str, ...]:
    """Print the result: all photographs, then class by class."""
    count = len(found.files)
    lines = [
        f"network              {found.right} of {count} right ({found.accuracy:.1%}), cross-entropy {found.loss:.3f}",
        f"the commonest class  {found.usual} of {count} right ({found.usual / count:.1%})",
    ]
    width = max(len(name) for name in found.classes)
    for index, name in enumerate(found.classes):
        at = [said for true, said in zip(found.truth, found.said, strict=True) if true == index]
        if at:
            wrong = {found.classes[said]: at.count(said) for said in at if said != index}
            taken = ", ".join(f"{other} {times}" for other, times in sorted(wrong.items(), key=lambda row: -row[1])[:3])
            said = f"  {name.ljust(width)}  {at.count(index)} of {len(at)}"
            lines.append(said + (f"; taken for {taken}" if taken else ""))
    return (*lines, f"protocol: {found.protocol}")


def to_data(found: Classified) -> dict[str, Any]:
    """Turn the result into JSON's types."""
    return {
        "version": 1,
        "protocol": found.protocol,
        "side": found.side,
        "accuracy": found.accuracy,
        "cross_entropy": found.loss,
        "commonest_class": found.usual / len(found.files),
        "photos": [
            {"file": str(path), "class": found.classes[true], "said": found.classes[said]}
            for path, true, said in zip(found.files, found.truth, found.said, strict=True)
        ],
        "skipped": [{"file": str(item.path), "reason": item.reason} for item in found.skipped],
    }
