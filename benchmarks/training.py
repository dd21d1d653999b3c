"""A training step of ours beside the loops that are written by hand, and how long it waits for its photographs.

Networks: the seed's network 6 and that of specs/demo.cdsl, each trained on the photographs in specs/photos/train:

  ours    what `convdsl train` runs: crops of pixels in memory, cut in a thread; Lab on the batch; fused AdamW
  expert  the same by hand, in the same precision: pixels in memory, Lab on the batch, channels_last, fused AdamW
  seed    as the code of the articles that network 6 is from: each photograph opened and turned into Lab by scikit-image
          in the loader, and cut then, for its transforms come last; Adam, float32
  early   as seed, but cut before scikit-image sees it, which that code does not do

Each has its turn for a stretch of steps, round after round, and is timed by the clock, all its threads being done.
Goals: ours / expert at most 1.05 at the interval's upper end, seed / ours at least 3, and the wait for crops under 2 %
of a step. Without scikit-image the seed's loops are left out.

    python benchmarks/training.py [--quick] [--rounds N] [--precision auto|fp32|bf16] [NETWORK …]

The class by hand of network 6 is that of compiled.py; the demo's network is the module that we build for all three.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import wait
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from _measure import ROOT, Ratio, ratio, report
from _network6 import ByHand
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

try:
    from skimage.color import rgb2lab
except ImportError:
    rgb2lab = None

import convdsl
from convdsl.train.album import Album, open_album
from convdsl.train.engine import Engine
from convdsl.train.job import Job
from convdsl.train.loader import Batches
from convdsl.train.run import make_job

PHOTOS = ROOT / "specs" / "photos" / "train"
NETWORKS: Mapping[str, tuple[str, Callable[[], nn.Module] | None]] = {
    "network 6": ("specs/seed/network6.cdsl", ByHand),
    "demo": ("specs/demo.cdsl", None),
}
ROUNDS, QUICK_ROUNDS = 40, 2
STRETCH, QUICK_STRETCH = 4, 3  # steps
LONG = 10**6  # steps of a run that nobody ends
EQUAL, FASTER, WAIT = 1.05, 3.0, 0.02
CPU = torch.device("cpu")
# of Lab, as scikit-image has them
MATRIX = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
WHITE = (0.95047, 1.0, 1.08883)


class Ours:
    """What `convdsl train` runs; `waited`: the seconds for which the last stretch waited for crops."""

    def __init__(self, job: Job, album: Album) -> None:
        self.engine, self.waited = Engine(job, LONG, CPU), 0.0
        self._batches = Batches(album, job.recipe, 0, LONG)
        self._batches.__enter__()  # a thread that ends with the program

    def stretch(self, steps: int) -> None:
        """Make so many steps, and wait until the loader has nothing to do."""
        self.waited = 0.0
        for _ in range(steps):
            before = time.perf_counter()
            batch = self._batches.take(self.engine.done)
            self.waited += time.perf_counter() - before
            self.engine.step(batch)
        wait(self._batches._waiting.values())  # what was cut ahead is paid for


def lab(pixels_NHW3: Tensor) -> Tensor:
    """Turn uint8 sRGB (N, H, W, 3) into Lab (N, 3, H, W)."""
    rgb = pixels_NHW3.permute(0, 3, 1, 2).float().div_(255)
    rgb = torch.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    matrix = torch.tensor(MATRIX) / torch.tensor(WHITE)[:, None]
    xyz = torch.einsum("ij,njhw->nihw", matrix, rgb)
    f = torch.where(xyz > 0.008856, xyz.clamp(min=0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = f.unbind(1)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), 1)


class Expert:
    """A loop as somebody writes it who knows PyTorch well."""

    def __init__(self, network: nn.Module, job: Job, album: Album, precision: str) -> None:
        self._network = network.to(memory_format=torch.channels_last).train()
        self._optimizer = torch.optim.AdamW(self._network.parameters(), lr=1e-3, fused=True)
        self._photos = [album.kept[photo, size] for photo in range(len(album)) for size in range(len(album.sides))]
        self._recipe, self._job, self._draw = job.recipe, job, np.random.default_rng(0)
        self._autocast = precision == "bf16"

    def _batch(self) -> Tensor:
        crop, crops = self._recipe.crop, []
        for number in self._draw.integers(len(self._photos), size=self._recipe.batch):
            photo = self._photos[number]
            top = self._draw.integers(photo.shape[0] - crop + 1)
            left = self._draw.integers(photo.shape[1] - crop + 1)
            part = photo[top : top + crop, left : left + crop]
            crops.append(part[:, ::-1] if self._draw.random() < 0.5 else part)
        return torch.from_numpy(np.stack(crops))

    def stretch(self, steps: int) -> None:
        """Make so many steps."""
        (scale,), (offset,) = self._job.source.scale, self._job.source.offset
        ratio = self._job.target.scale[0]
        for _ in range(steps):
            colours = lab(self._batch())
            gray = (colours[:, :1] * scale + offset).contiguous(memory_format=torch.channels_last)
            wanted = (colours[:, 1:] * ratio).contiguous(memory_format=torch.channels_last)
            self._optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._autocast):
                predicted = self._network(gray)
            loss = functional.smooth_l1_loss(predicted.float(), wanted)
            loss.backward()
            self._optimizer.step()
            loss.item()


class Files(Dataset[tuple[Tensor, Tensor]]):
    """Photographs as the articles load them, one at a time. early: cut before they are turned into Lab."""

    def __init__(self, crop: int, early: bool) -> None:
        self._files, self._crop, self._early = sorted(PHOTOS.glob("*.jpg")), crop, early

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        """Return L (1, crop, crop) and ab (2, crop, crop)."""
        pixels = np.asarray(Image.open(self._files[number]).convert("RGB"))
        if self._early:
            pixels = self._cut(pixels)
        colours = rgb2lab(pixels).astype(np.float32)
        if not self._early:
            colours = self._cut(colours)
        tensor = torch.from_numpy(np.ascontiguousarray(colours.transpose(2, 0, 1)))
        return tensor[:1], tensor[1:]

    def _cut(self, photo: NDArray[Any]) -> NDArray[Any]:
        crop = self._crop
        top, left = np.random.randint(photo.shape[0] - crop + 1), np.random.randint(photo.shape[1] - crop + 1)
        return photo[top : top + crop, left : left + crop]


class Seed:
    """The loop of the articles."""

    def __init__(self, network: nn.Module, job: Job, early: bool = False) -> None:
        self._network = network.train()
        self._optimizer = torch.optim.Adam(self._network.parameters(), lr=1e-3)
        files = Files(job.recipe.crop, early)
        self._loader = DataLoader(files, batch_size=job.recipe.batch, shuffle=True, drop_last=True)
        self._batches = self._endless()

    def _endless(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from self._loader

    def stretch(self, steps: int) -> None:
        """Make so many steps."""
        for _ in range(steps):
            gray, wanted = next(self._batches)
            self._optimizer.zero_grad()
            loss = functional.mse_loss(self._network(gray), wanted)
            loss.backward()
            self._optimizer.step()
            loss.item()


def timed(stretch: Callable[[int], None], steps: int) -> float:
    """Return the seconds of one step."""
    start = time.perf_counter()
    stretch(steps)
    return (time.perf_counter() - start) / steps


def measure(name: str, precision: str, rounds: int, steps: int) -> tuple[list[str], dict[str, object]]:
    """Measure one network; return what is said of it, and the same as data."""
    spec, by_hand = NETWORKS[name]
    job = make_job(convdsl.load(ROOT / spec))
    # neither loop by hand has these
    recipe = replace(job.recipe, steps=LONG, epochs=None, ema=0.0, exposure=0.0, restraint=0.0, precision=precision)
    job = replace(job, recipe=recipe)
    album = open_album((PHOTOS,), recipe.short_sides())
    ours = Ours(job, album)
    make = by_hand or job.fresh
    rivals = {
        "ours": ours.stretch,
        "expert": Expert(make(), job, album, ours.engine.precision).stretch,
    }
    if rgb2lab is not None:
        rivals["seed"] = Seed(make(), job).stretch
        rivals["early"] = Seed(make(), job, early=True).stretch
    for stretch in rivals.values():
        stretch(2)
    spent: dict[str, list[float]] = {rival: [] for rival in rivals}
    waits: list[float] = []
    names = list(rivals)
    for turn in range(rounds):
        at = turn % len(names)
        for rival in names[at:] + names[:at]:
            spent[rival].append(timed(rivals[rival], steps))
            if rival == "ours":
                waits.append(ours.waited / steps / spent[rival][-1])
    expert = _ratio(spent["ours"], spent["expert"])
    idle = ratio(waits)
    speed = {rival: recipe.batch / ratio(one).median for rival, one in spent.items()}
    lines = [
        f"{name}: {recipe.batch} crops of {recipe.crop} px, {ours.engine.precision}, {torch.get_num_threads()} threads",
        *(f"  {rival}: {one:.0f} images/s" for rival, one in speed.items()),
        f"  time of a step, ours / expert: {expert}{'' if expert.high <= EQUAL else '  GOAL MISSED'}",
        f"  share of a step in which ours waits for crops: {idle}{'' if idle.high <= WAIT else '  GOAL MISSED'}",
    ]
    found: dict[str, object] = {
        "precision": ours.engine.precision,
        "batch": recipe.batch,
        "crop": recipe.crop,
        "images_per_second": {rival: round(one, 1) for rival, one in speed.items()},
        "ours_over_expert": expert.json(),
        "share_waiting": idle.json(),
    }
    for rival in ("seed", "early"):
        if rival in spent:
            behind = _ratio(spent[rival], spent["ours"])
            missed = "  GOAL MISSED" if rival == "seed" and behind.low < FASTER else ""
            lines.append(f"  time of a step, {rival} / ours: {behind}{missed}")
            found[f"{rival}_over_ours"] = behind.json()
    if "seed" not in spent:
        lines.append("  the seed's loop is left out: scikit-image is not installed")
    return lines, found


def _ratio(above: list[float], below: list[float]) -> Ratio:
    return ratio([a / b for a, b in zip(above, below, strict=True)])


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="A training step of ours beside loops by hand.")
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--quick", action="store_true", help="few rounds of few steps")
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS}, with --quick {QUICK_ROUNDS}, unless given")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto", help="of ours and the expert")
    args = parser.parse_args()
    unknown = [name for name in args.networks if name not in NETWORKS]
    if unknown:
        parser.error(f"there is no network {unknown[0]!r}: {', '.join(NETWORKS)}")
    rounds = args.rounds or (QUICK_ROUNDS if args.quick else ROUNDS)
    steps = QUICK_STRETCH if args.quick else STRETCH
    results: dict[str, object] = {}
    for name in args.networks or NETWORKS:
        lines, results[name] = measure(name, args.precision, rounds, steps)
        facts = {"torch": torch.__version__, "threads": torch.get_num_threads(), "rounds": rounds}
        report("training", lines, {**facts, "networks": results})


if __name__ == "__main__":
    main()
