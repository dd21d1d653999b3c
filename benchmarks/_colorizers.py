"""How well several networks colour the project's photographs: each trained from a fixed recipe, with three seeds.

A run learns from specs/photos/train and is measured on specs/photos/val by the protocol of specs/photos/README.md. With
`--fold K` it learns from two thirds of `train` and is measured on the third that is left, which is how recipes are
chosen: photographs of one series (names that differ in a number at the end) lie in one fold.

    python benchmarks/_colorizers.py [CASE …] [--seeds 0 1 2] [--fold K] [--set KEY=VALUE …] [--trials FILE]
                                     [--jobs N] [--threads 2] [--device cpu] [--keep FOLDER]

Without `--fold`, `--set` and `--trials` the numbers replace what results/colorizers.json says of these cases.
`--trials` reads a JSON list of {"case", "set", "fold", "seed"} and runs them all; `--jobs` runs several at once, each
in a process of its own. Results are printed as they come, a JSON object a line.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from _measure import RESULTS, ROOT, machine

PHOTOS = ROOT / "specs" / "photos"
FOLDS = 3
SEEDS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Case:
    """A network and its recipe: the spec, and what is set in place of its `train` section."""

    spec: str
    settings: Mapping[str, str]

    @property
    def says(self) -> str:
        """Say the recipe in a line."""
        return ", ".join(f"{key} = {value}" for key, value in self.settings.items()) or "the spec's own"


# what the author of the seed trained with: networks.md gives loss, optimizer, batch and that nothing is augmented; his
# 2,000 epochs are cut to what 2 cores do in five minutes
SEEDS_RECIPE = {
    "loss": "MSE()",
    "optimizer": "Adam(lr=1e-3)",
    "schedule": "Constant()",
    "batch": "32",
    "crop": "96",
    "sizes": "(96, 96)",
    "flip": "false",
    "precision": '"fp32"',
    "steps": "500",
}

# chosen on folds: docs/results.md tells what was tried
OUR_RECIPE = {
    "loss": "SmoothL1(beta=33)",  # its output is in Lab units, not in shares of 110
    "optimizer": "AdamW(lr=4e-3, weight_decay=0.02)",
    "schedule": "Cosine()",
    "batch": "16",
    "crop": "96",
    "sizes": "(100, 136)",
    "exposure": "0.4",
    "restraint": "0.15",
    "ema": "0.99",
    "precision": '"fp32"',
    "steps": "400",
}

CASES: Mapping[str, Case] = {
    "network 6, the seed's recipe": Case("specs/seed/network6.cdsl", SEEDS_RECIPE),
    "network 6, our recipe": Case("specs/seed/network6.cdsl", OUR_RECIPE),
    "demo U-Net": Case("specs/demo.cdsl", {}),
    "quantised ab": Case("specs/quantised.cdsl", {}),
    "quantised ab, colours alike": Case("specs/quantised.cdsl", {"loss": "RebalancedCrossEntropy(uniform=1.0)"}),
    "adversarial": Case("specs/adversarial.cdsl", {}),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: fold is None where it learns from all of `train` and is measured on `val`."""

    case: str
    seed: int
    fold: int | None = None
    set: Mapping[str, str] | None = None

    @property
    def name(self) -> str:
        """Name it for people."""
        changes = ", ".join(f"{key}={value}" for key, value in (self.set or {}).items())
        return f"{self.case}{' + ' + changes if changes else ''}"


def fold_of(photo: Path) -> int:
    """Put a photograph into a fold, by its name without a number at the end."""
    series = re.sub(r"[-_]?\d+$", "", photo.stem)
    return int(hashlib.sha256(series.encode()).hexdigest()[:8], 16) % FOLDS


def places(fold: int | None) -> tuple[list[Path], list[Path]]:
    """Return the photographs to learn from and those to measure on."""
    learn = sorted((PHOTOS / "train").glob("*.jpg"))
    if fold is None:
        return learn, sorted((PHOTOS / "val").glob("*.jpg"))
    return [p for p in learn if fold_of(p) != fold], [p for p in learn if fold_of(p) == fold]


def run(trial: Trial, out: Path, threads: int, device: str) -> dict[str, Any]:
    """Train and measure; what comes back is plain data."""
    import convdsl
    from convdsl.settings import override, read_assignments
    from convdsl.train.device import prepare
    from convdsl.train.evaluate import Evaluation
    from convdsl.train.loop import train
    from convdsl.train.measure import measure
    from convdsl.train.run import make_job, open_trained

    prepare(device, threads)
    case = CASES[trial.case]
    settings = {**case.settings, **(trial.set or {}), "seed": str(trial.seed)}
    analysis = convdsl.load(ROOT / case.spec)
    recipe = override(analysis.recipe, read_assignments(f"{key}={value}" for key, value in settings.items()))
    recipe = replace(recipe, checkpoint_every=10**6)
    learn, measured = places(trial.fold)
    began = time.perf_counter()
    train(make_job(analysis, recipe), learn, out, force=True, device=device)
    spent = time.perf_counter() - began
    found = measure(open_trained(out), measured)
    assert isinstance(found, Evaluation)
    rows = {row.name: {k: v for k, v in asdict(row).items() if k != "name"} for row in found.rows}
    steps = recipe.total_steps(len(learn))
    return {"name": trial.name, **asdict(trial), "seconds": round(spent, 1), "steps": steps, "rows": rows}


def elsewhere(trial: Trial, args: argparse.Namespace) -> dict[str, Any]:
    """Do it in a process of its own, and print a line when it is done."""
    with tempfile.TemporaryDirectory() as folder:
        label = re.sub(r"[^a-z0-9]+", "-", f"{trial.case} {trial.seed}".lower())
        out = Path(args.keep) / label if args.keep else Path(folder)
        order = json.dumps({**asdict(trial), "out": str(out)})
        command = [sys.executable, __file__, "--one", order, "--threads", str(args.threads), "--device", args.device]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        tail = (done.stderr.strip().splitlines() or ["no word"])[-1]
        print(json.dumps({"name": trial.name, "seed": trial.seed, "fold": trial.fold, "failed": tail}), flush=True)
        return {}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    own, mean = found["rows"]["network"], found["rows"]["train mean colour"]
    line = {
        "name": found["name"],
        "seed": trial.seed,
        "fold": trial.fold,
        "ab_rmse": round(own["ab_rmse"], 2),
        "mean_colour": round(mean["ab_rmse"], 2),
        "psnr": round(own["psnr_mean"], 2),
        "colourful": round(own["colourfulness"], 1),
        "better": f"{own['better']}/{own['photos']}",
        "seconds": found["seconds"],
    }
    print(json.dumps(line), flush=True)
    return found


def by_seed(run: Mapping[str, Any]) -> int:
    """Put runs into the order of their seeds."""
    return int(run["seed"])


def keep(found: Iterable[Mapping[str, Any]], threads: int, device: str) -> None:
    """Put the numbers into results/colorizers.json, in place of those of the same cases."""
    path = RESULTS / "colorizers.json"
    known = json.loads(path.read_text("utf-8"))["cases"] if path.exists() else {}
    cases: dict[str, Any] = {name: known[name] for name in CASES if name in known}
    for case in CASES:
        runs = [one for one in found if one and one["case"] == case]
        if runs:
            kept = [{k: one[k] for k in ("seed", "seconds", "steps", "rows")} for one in sorted(runs, key=by_seed)]
            where = {"machine": machine(), "threads": threads, "device": device}
            cases[case] = {"spec": CASES[case].spec, "says": CASES[case].says, **where, "runs": kept}
    ordered = {name: cases[name] for name in CASES if name in cases}
    path.write_text(json.dumps({"cases": ordered}, indent=1) + "\n", encoding="utf-8")


def main(words: Sequence[str] | None = None) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="Train several colorizers and measure them.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="; ".join(CASES))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--fold", nargs="+", type=int, default=[None])
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--trials", type=Path, metavar="FILE")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--keep", metavar="FOLDER", help="leave each run's folder there")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args(words)
    if args.one:
        order = json.loads(args.one)
        out = Path(order.pop("out"))
        print(json.dumps(run(Trial(**order), out, args.threads, args.device)))
        return
    unknown = [name for name in args.cases if name not in CASES]
    if unknown:
        parser.error(f"there is no case {unknown[0]!r}: {'; '.join(CASES)}")
    if args.trials:
        trials = [Trial(**one) for one in json.loads(args.trials.read_text("utf-8"))]
    else:
        changes = dict(pair.split("=", 1) for pair in args.set)
        trials = [Trial(c, s, f, changes) for c in args.cases or CASES for f in args.fold for s in args.seeds]
    kept = not args.trials and not args.set and args.fold == [None]
    found: list[dict[str, Any]] = []
    with ThreadPoolExecutor(args.jobs) as pool:
        for done in as_completed([pool.submit(elsewhere, trial, args) for trial in trials]):
            found.append(done.result())
            if kept:
                keep(found, args.threads, args.device)


if __name__ == "__main__":
    main()
