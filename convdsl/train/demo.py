"""`make demo`: one spec all the way, by the commands that anybody would type.

Everything lands in out/demo/. The recipe, its steps and its seed are in specs/demo.cdsl; docs/demo-recipe.md tells how
they were chosen.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from convdsl.render.draw import PAINTERS
from convdsl.render.theme import LIGHT
from convdsl.train.curve import curves
from convdsl.train.photos import list_photos
from convdsl.train.run import open_trained
from convdsl.train.sheet import contact_sheet

ROOT = Path(__file__).parents[2]
SPEC = Path("specs/demo.cdsl")
PHOTOS = Path("specs/photos")
LARGE = PHOTOS / "large" / "aitzgorri-autumn-meadow.jpg"
OUT = Path("out/demo")
RUN = OUT / "run"


def threads() -> int:
    """Choose two threads, or one where there is one core: the number is part of what a seed means."""
    return min(2, len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1)


def training(seed: int) -> list[str]:
    """Give the command that trains."""
    words = ["train", SPEC, "--photos", PHOTOS / "train", "--out", RUN, "--force", "--threads", threads()]
    return [*map(str, words), "--seed", str(seed)]


def commands(seed: int) -> tuple[list[str], ...]:
    """Give all commands of the demo, in order; only those after the training see the validation photographs."""
    trained = ["--checkpoint", str(RUN)]
    return (
        ["check", str(SPEC)],
        ["show", str(SPEC), "--size", "96x96"],
        ["draw", str(SPEC), "-o", str(OUT / "network.svg"), "--force"],
        ["emit", str(SPEC), "-o", str(OUT / "network.py"), "--force"],
        training(seed),
        ["evaluate", str(PHOTOS / "val"), *trained, "--card"],
        ["colorize", str(PHOTOS / "val"), *trained, "--out", str(OUT / "val"), "--force"],
        ["colorize", str(LARGE), *trained, "--out", str(OUT / "large"), "--force"],
    )


def run(words: list[str]) -> str:
    """Run one command of convdsl, show what it says and return what it printed.

    Raises SystemExit with its code where it fails.
    """
    print(f"\n$ convdsl {shlex.join(words)}", flush=True)
    process = subprocess.run(
        [sys.executable, "-m", "convdsl", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if process.returncode:
        print(process.stdout, end="")
        raise SystemExit(process.returncode)
    return process.stdout


def main() -> None:
    """Run the demo; an optional argument is the seed."""
    began = time.monotonic()
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    (ROOT / OUT).mkdir(parents=True, exist_ok=True)
    table = ""
    for words in commands(seed):
        printed = run(words)
        if words[0] == "evaluate":
            table = printed
            (ROOT / OUT / "evaluation.txt").write_text(table, encoding="utf-8")
        if words[0] != "colorize" or words[1] == str(LARGE):
            print(printed, end="")
    numbers = run(["evaluate", str(PHOTOS / "val"), "--checkpoint", str(RUN), "--format", "json"])
    (ROOT / OUT / "evaluation.json").write_text(numbers, encoding="utf-8")
    drawn = PAINTERS["svg"](curves(ROOT / RUN, f"{SPEC.stem}, seed {seed}"), LIGHT)
    assert isinstance(drawn, str)
    (ROOT / OUT / "loss.svg").write_text(drawn, encoding="utf-8")
    trained = open_trained(ROOT / RUN)
    sheet = contact_sheet(trained.job, trained.network, list_photos((ROOT / PHOTOS / "val",)))
    sheet.save(ROOT / OUT / "contact-sheet.jpg", quality=90, subsampling=0)
    print(f"\n{table}", end="")
    print(f"\nthe network that was drawn            {OUT / 'network.svg'}")
    print(f"the same as a PyTorch file            {OUT / 'network.py'}")
    print(f"the model card                        {RUN / 'README.md'}")
    print(f"checkpoint and record of the run      {trained.checkpoint.path.relative_to(ROOT)}")
    print(f"loss curve                            {OUT / 'loss.svg'}")
    print(f"gray, predicted, true                 {OUT / 'contact-sheet.jpg'}")
    print(f"validation photographs, coloured      {OUT / 'val'}")
    print(f"a large photograph, coloured          {OUT / 'large' / LARGE.name}")
    print(f"the metrics, photograph by photograph {OUT / 'evaluation.json'}")
    model = next(row for row in json.loads(numbers)["rows"] if row["name"] == "network")
    print(
        f"\nab-RMSE {model['ab_rmse']:.2f}, colourfulness {model['colourfulness']:.1f}, better than the mean colour on "
        f"{model['better']} of {model['photos']} photographs; {time.monotonic() - began:.0f} s in all"
    )


if __name__ == "__main__":
    main()
