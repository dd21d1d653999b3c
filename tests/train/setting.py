"""A small network and a few small photographs, for the tests of training, evaluating and colouring."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from convdsl.meaning import Meaning
from convdsl.recipe import Recipe, require
from convdsl.train.adversary import Judge
from convdsl.train.job import Job

GRAY = Meaning("colour", ("L",), (0.02,), (-1.0,))
AB = Meaning("colour", ("a", "b"), (1 / 110, 1 / 110), (0.0, 0.0))
RGB = Meaning("colour", ("R", "G", "B"), (2.0, 2.0, 2.0), (-1.0, -1.0, -1.0))
LAB = Meaning("colour", ("L", "a", "b"), (0.01, 0.01, 0.01), (0.0, 0.0, 0.0))


class Tiny(nn.Module):
    """Down by 4 and up again, with everything that carries state or randomness: normalisation and dropout."""

    def __init__(self, source: int = 1, target: int = 2) -> None:
        super().__init__()
        self.down = nn.Conv2d(source, 8, 4, stride=4)
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout2d(0.5)
        self.up = nn.ConvTranspose2d(8, target, 4, stride=4)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.up(self.drop(torch.relu(self.norm(self.down(x)))))
        return out


def job(source: Meaning = GRAY, target: Meaning = AB, judge: Judge | None = None, **settings: object) -> Job:
    """Make a job of 6 steps of 4 crops of 16 pixels."""
    base = Recipe(steps=6, batch=4, crop=16, sizes=(18, 20), ema=0.5, checkpoint_every=2, precision="fp32")
    return Job(
        build=lambda: Tiny(len(source.channels), len(target.channels)),
        source=source,
        target=target,
        legal=lambda h, w: h % 4 == 0 and w % 4 == 0,
        accepted="H % 4 == 0, W % 4 == 0",
        spec="convdsl 1\n",
        architecture="0123",
        recipe=require(settings, base),
        judge=judge,
    )


def durable(folder: Path) -> dict[str, bytes]:
    """Read what two equal runs have in common: checkpoints and record, and anything that was left half done.

    Pictures, the card and the speed are made when there is time for them.
    """
    found = [path for kind in ("*checkpoint-*", "*metrics*", "*.part") for path in folder.glob(kind)]
    return {path.name: path.read_bytes() for path in sorted(found)}


def photographs(folder: Path, count: int = 5) -> Path:
    """Write noise photographs of 24x30 pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 255, (24, 30, 3), np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
    return folder
