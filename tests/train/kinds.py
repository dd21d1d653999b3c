"""Train a network of each kind that a recipe can ask for, kill it at a random step, and let it be resumed.

`python -m tests.train.kinds SEED FOLDER` prints a JSON list with what became of each. It is a process of its own, from
which runs are forked, so that many real ones take seconds. Pixels are not kept: photographs are read at every step.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from convdsl.cli.main import main as convdsl
from convdsl.train import album
from tests.train.setting import durable, photographs

STEPS = 13
GRAY = "  input gray: [N, 1, H, W] means (L - 50) / 50 where H % 4 == 0, W % 4 == 0\n"
MIDDLE = "  Conv2d(8, 4, stride=4) -> BatchNorm2d() -> ReLU() -> Dropout2d(0.2)\n"
AB = "  ab = ConvTranspose2d(2, 4, stride=4)\n  output ab: [N, 2, H, W] means ab / 110\n"
DIGIT = """  input digit: [N, 1, 8, 8] means L / 100
  Conv2d(8, 3, padding=1) -> BatchNorm2d() -> ReLU() -> Flatten() -> Dropout(0.2)
  scores = Linear(10)
  output scores: [N, 10] means classes
"""
BINS = "  scores = Conv2d(313, 1)\n  output scores: [N, 313, H / 4, W / 4] means ab_bins\n"
CODE = """  input gray: [N, 1, H, W] means L / 100 where H % 4 == 0, W % 4 == 0
  Conv2d(8, 4, stride=4) -> ReLU()
  out = ConvTranspose2d(1, 4, stride=4)
  output out: [N, 1, H, W] means L / 100
"""
HINTS = "  input hint: [N, 2, H, W] = 0 means ab / 110\n  input mask: [N, 1, H, W] = 0\n  Concat(gray, hint, mask)\n"
KINDS: Mapping[str, tuple[str, str]] = {  # the model, and what its recipe has besides
    "plain": (GRAY + MIDDLE + AB, "schedule = OneCycle()"),
    "sum": (
        GRAY + MIDDLE + AB,
        "loss = 100 * L1() + 0.5 * MSE()\n optimizer = SGD(lr=1e-3, momentum=0.9)\n clip = 0.5\n exposure = 0.4",
    ),
    "quantised": (GRAY + MIDDLE + BINS, "loss = RebalancedCrossEntropy(uniform=0.9)\n ema = 0.9"),
    "adversarial": (
        GRAY + MIDDLE + AB,
        'loss = 100 * L1() + Adversarial(kind="lsgan")\n discriminator = "judge.cdsl"\n ema = 0.9',
    ),
    "hints": (GRAY + HINTS + MIDDLE + AB, "ema = 0.5"),
    "classifier": (DIGIT, "crop = 8\n sizes = 8\n flip = false"),
    "autoencoder": (CODE, "loss = Huber()"),
}
USUAL = {"steps": str(STEPS), "batch": "4", "crop": "16", "sizes": "(18, 20)", "checkpoint_every": "3"}
JUDGE = """convdsl 1
model Judge {
  input colours: [N, 3, H, W] means Lab / 100
  Conv2d(4, 4, stride=4) -> BatchNorm2d() -> LeakyReLU(0.2) -> Dropout2d(0.2)
  score = Conv2d(1, 1)
  output score: [N, 1, H // 4, W // 4]
}
"""


def write(folder: Path) -> None:
    """Write specs, photographs, and pictures of ten classes."""
    (folder / "judge.cdsl").write_text(JUDGE)
    for name, (model, more) in KINDS.items():
        usual = "".join(f"  {key} = {value}\n" for key, value in USUAL.items() if f"{key} = " not in more)
        text = f"convdsl 1\nmodel Small {{\n{model}}}\ntrain {{\n{usual}  {more}\n}}\n"
        (folder / f"{name}.cdsl").write_text(text)
    photographs(folder / "photos", 7)
    for number in range(30):
        (folder / "digits" / str(number % 10)).mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 255, (8, 8, 3), np.uint8)
        Image.fromarray(noise).save(folder / "digits" / str(number % 10) / f"{number}.png")


def start(folder: Path, kind: str, out: Path, *more: str) -> int:
    """Fork a run and return its process."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        said = os.open(out.with_suffix(".txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(said, 1), os.dup2(said, 2)
        photos = str(folder / ("digits" if kind == "classifier" else "photos"))
        words = ["train", str(folder / f"{kind}.cdsl"), "--photos", photos, "--val", photos, "--out", str(out)]
        code = convdsl([*words, "--samples", "0", "--threads", "1", *more])
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a process and return how it ended: its exit code, or -9 for SIGKILL."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def step_of(out: Path) -> int:
    """Read how far a run is from its record."""
    try:
        return int(json.loads((out / "metrics.jsonl").read_bytes().splitlines()[-1])["step"])
    except (OSError, ValueError, IndexError, KeyError):
        return 0


def attempt(folder: Path, kind: str, number: signal.Signals, goal: int, workers: tuple[int, int]) -> dict[str, Any]:
    """Run it whole, and ended behind a step and resumed; workers: before and after."""
    whole, out = folder / f"{kind}-whole", folder / f"{kind}-{number.name}"
    assert whole.exists() or ended(start(folder, kind, whole)) == 0, whole.with_suffix(".txt").read_text()
    child = start(folder, kind, out, "--workers", str(workers[0]))
    while step_of(out) < goal and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(0.0005)
    os.kill(child, number)
    code, at = ended(child), step_of(out)
    saved = any(out.glob("checkpoint-*.json"))
    again = ended(start(folder, kind, out, "--resume" if saved else "--force", "--workers", str(workers[1])))
    one, other = durable(out), durable(whole)
    apart = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    said = out.with_suffix(".txt").read_text()
    return {"kind": kind, "ended": code, "at": at, "again": again, "apart": apart, "said": said if again else ""}


def main() -> None:
    """Try every kind, one after the other with SIGKILL and with SIGTERM."""
    draws, folder = random.Random(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    album.BUDGET = 0
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write(folder)
    numbers = draws.sample((signal.SIGKILL, signal.SIGTERM), 2)
    found = [
        attempt(folder, kind, numbers[place % 2], draws.randrange(STEPS), draws.choice(((0, 2), (2, 0), (0, 0))))
        for place, kind in enumerate(KINDS)
    ]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
