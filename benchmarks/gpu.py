"""Our compiler and our training on a GPU: time beside the same classes by hand, images a second, and how busy it is.

  networks  those of compiled.py, one picture at a time: ours, the class by hand and torch.fx; forward, and forward and
            backward; as they are, captured as CUDA graphs, and (the small ones) under torch.compile. Ratios of wall
            time to the class by hand of the same round, the GPU being waited for at each end.
  training  specs/demo.cdsl and the seed's network 6 with the photographs in specs/photos, loader and all, at batches of
            16, 64 and 256 crops: fp32 (products in TF32), bf16, bf16 with channels_last, and that by torch.compile,
            without CUDA graphs and with. Images a second; how long the loop waits for the loader; which part of the
            time kernels run, which is the time of the kernels in a profiled stretch over that of one that is not.
  checks    that a run on the GPU goes on from its checkpoint, learns nothing from a loss that is no number, and cuts on
            the GPU the crops that the loader cuts.

    python benchmarks/gpu.py [--seconds 100] [--part checks|training|networks] [--device cpu --quick]

`--seconds` bounds each part: what has not begun by then is left out. Every line is printed when it is known, and
results/gpu.json is written after each. It ends with exit code 0 on a machine without a GPU, having measured nothing.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import torch
from _gpu_networks import Results, networks, synchronize
from _measure import RESULTS, ROOT, Ratio, report

import convdsl
from convdsl.record import dataclass
from convdsl.train import loop
from convdsl.train.album import Album, Batch, open_album
from convdsl.train.compiling import compiled
from convdsl.train.engine import Engine
from convdsl.train.fast import Flight, Sent, tuned
from convdsl.train.job import Job
from convdsl.train.loader import Batches
from convdsl.train.log import losses
from convdsl.train.resident import Resident, fits
from convdsl.train.run import make_job

SPECS = {"demo": "specs/demo.cdsl", "network 6": "specs/seed/network6.cdsl"}
BATCHES = (256, 64, 16)
LONG = 10**6  # steps of a run that nobody ends


# -------------------------------------------------------------------------------------------------------- training


@dataclass(frozen=True, slots=True)
class Variant:
    """How a network is trained."""

    precision: str
    channels_last: bool
    mode: str = ""  # of torch.compile, "" without

    def __str__(self) -> str:
        layout = ", channels_last" if self.channels_last else ""
        return f"{self.precision}{layout}{f', compile {self.mode}' if self.mode else ', eager'}"


VARIANTS = (
    Variant("bf16", True, "reduce-overhead"),
    Variant("bf16", True, "default"),
    Variant("bf16", True),
    Variant("bf16", False),
    Variant("fp32", False),
)


class Rowwise(Engine):
    """An engine whose tensors lie as PyTorch makes them, channel after channel."""

    layout = torch.contiguous_format


class Run:
    """A run that goes on for as long as it is asked to; `waited`: the seconds for which the loop waited for crops."""

    def __init__(self, engine: Engine, take: Callable[[int], Batch]) -> None:
        self.engine, self.take, self.flight, self.waited = engine, take, Flight(engine), 0.0

    def steps(self, count: int) -> float:
        """Make steps, and return the seconds that they took, the last one's loss being known."""
        synchronize(self.engine.device)
        self.waited, start = 0.0, time.perf_counter()
        for number in range(count):
            before = time.perf_counter()
            batch = self.take(self.engine.done)
            self.waited += time.perf_counter() - before
            self.flight.launch(batch)
            for _ in self.flight.landed(number == count - 1):
                pass
        synchronize(self.engine.device)
        return time.perf_counter() - start

    def alone(self, count: int) -> float:
        """Do the same with one batch over and over, without a loader."""
        batch = self.take(self.engine.done)
        before = self.engine.done
        self.flight.launch(batch)
        list(self.flight.landed(True))
        synchronize(self.engine.device)
        start = time.perf_counter()
        for number in range(count):
            self.flight.launch(batch)
            list(self.flight.landed(number == count - 1))
        synchronize(self.engine.device)
        spent = time.perf_counter() - start
        self.engine.done = before + 1  # the loader goes on where it was
        return spent


def kernel_seconds(run: Run, count: int) -> float:
    """Return the seconds a step in which at least one kernel ran."""
    kinds = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=kinds) as profiler:
        run.steps(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        events = json.loads(path.read_text("utf-8"))["traceEvents"]
    spans = sorted((e["ts"], e["ts"] + e["dur"]) for e in events if e.get("cat") == "kernel")
    busy, end = 0.0, 0.0
    for first, last in spans:
        busy += max(0.0, last - max(first, end))
        end = max(end, last)
    return busy / 1e6 / count


def train(job: Job, album: Album, variant: Variant, device: torch.device, seconds: float) -> Results:
    """Train for some seconds and tell how fast it was."""
    recipe = replace(job.recipe, precision=variant.precision, compile=bool(variant.mode), steps=LONG, epochs=None)
    kind = Engine if variant.channels_last else Rowwise
    with tuned(device), torch.random.fork_rng(devices=[]):
        engine = kind(replace(job, recipe=recipe), LONG, device)
        with Batches(album, recipe, 0, LONG) as batches, Sent(batches.take, device, LONG) as sent:
            run = Run(engine, Resident(album, recipe, device).take if fits(album, device) else sent.take)
            if variant.mode:
                engine.call = compiled(engine.network, variant.mode)
            begun = time.perf_counter()
            run.steps(3)
            start = time.perf_counter() - begun
            pace = run.steps(4) / 4
            count = max(3, round(seconds / pace / 3))
            spent = [run.steps(count) / count for _ in range(3)]
            waited = run.waited / count
            alone = run.alone(count) / count
            step = statistics.median(spent)
            found: Results = {
                "images_per_second": round(recipe.batch / step, 1),
                "ms_a_step": round(1000 * step, 3),
                "ms_waiting_for_the_loader": round(1000 * waited, 3),
                "without_loader_images_per_second": round(recipe.batch / alone, 1),
                "first_steps_seconds": round(start, 1),
            }
            if device.type == "cuda":
                kernels = kernel_seconds(run, max(3, min(30, count)))
                found["kernel_ms_a_step"] = round(1000 * kernels, 3)
                found["busy"] = round(kernels / step, 3)
                found["peak_mib"] = round(torch.cuda.max_memory_allocated(device) / 2**20)
    return found


def trainings(device: torch.device, seconds: float, quick: bool, only: str = "") -> Iterator[tuple[str, object]]:
    """Give what is found, one run after another, large batches first."""
    end = time.perf_counter() + seconds
    sizes = (4, 8) if quick else BATCHES
    each = 0.5 if quick else max(1.0, seconds / 100)
    albums = {name: opened(name) for name in SPECS}
    variants = [variant for variant in VARIANTS if not (quick and variant.mode)]
    plan = [(variant, batch, name) for batch in sizes for variant in variants for name in SPECS]
    for variant, batch, name in plan:
        what = f"{name}, {batch} crops, {variant}"
        if only not in what:
            continue
        if time.perf_counter() > end:
            yield what, "left out: no time left"
            continue
        job, album = albums[name]
        try:
            if device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(device)
            yield what, train(replace(job, recipe=replace(job.recipe, batch=batch)), album, variant, device, each)
        except Exception as error:  # one way that fails must not cost the others
            yield what, f"did not run: {type(error).__name__}: {str(error).strip().splitlines()[:1]}"


# ---------------------------------------------------------------------------------------------------------- checks


def opened(name: str) -> tuple[Job, Album]:
    """Return a job and the photographs that it trains on."""
    job = make_job(convdsl.load(ROOT / SPECS[name]))
    return job, open_album((ROOT / "specs" / "photos" / "train",), job.recipe.short_sides())


def goes_on(device: torch.device) -> str:
    """Train, stop, go on, and compare the first loss with that of the processor."""
    job, _ = opened("network 6")  # no dropout, which draws other numbers on each
    job = replace(job, recipe=replace(job.recipe, steps=6, epochs=None, checkpoint_every=3, batch=4, precision="fp32"))
    photos = (ROOT / "specs" / "photos" / "train",)
    with tempfile.TemporaryDirectory() as place:
        first, second = Path(place) / "device", Path(place) / "processor"
        loop.train(job, photos, first, device=str(device))
        kept = sorted(first.glob("checkpoint-*"))
        for path in kept[2:]:
            path.unlink()
        outcome = loop.train(job, photos, first, resume=True, device=str(device))
        loop.train(replace(job, recipe=replace(job.recipe, steps=1)), photos, second)
        here, there = losses(first)[0][1], losses(second)[0][1]
    if outcome.steps != 6 or abs(here - there) > 0.02 * there:
        return f"FAILED: {outcome.steps} steps, first loss {here}, on the processor {there}"
    return f"ok: 6 steps, first loss {here:.5f}, on the processor {there:.5f}"


def learns_nothing_from_nan(device: torch.device) -> str:
    """Begin a step whose loss is no number, and look at the weights."""
    job, album = opened("network 6")
    engine = Engine(job, LONG, device)
    batch = Batches(album, job.recipe, 0, 1).take(0)
    engine.step(batch)
    before = {key: value.clone() for key, value in engine.network.named_parameters()}
    first = next(iter(before.values()))
    weight = next(engine.network.parameters())
    with torch.no_grad():
        weight[0, 0, 0, 0] = float("nan")
    loss = engine.launch(batch).loss
    with torch.no_grad():
        weight.copy_(first)
    same = all(torch.equal(before[key], value) for key, value in engine.network.named_parameters())
    return "ok" if same and bool(loss.isnan()) else f"FAILED: loss {float(loss)}, weights are the same: {same}"


def cuts_the_same(device: torch.device) -> str:
    """Compare the crops that are cut on the device with those of the loader."""
    job, album = opened("demo")
    resident = Resident(album, job.recipe, device)
    with Batches(album, job.recipe, 0, 5) as batches, Sent(batches.take, device, 5) as sent:
        for step in range(5):
            for one, other in zip(resident.take(step).tensors(), sent.take(step).tensors(), strict=True):
                if not torch.equal(one, other):
                    return "FAILED"
    return "ok"


def checks(device: torch.device, seconds: float, quick: bool, only: str = "") -> Iterator[tuple[str, object]]:
    """Try what tests on a processor cannot show."""
    del seconds, quick, only
    for check in (cuts_the_same, learns_nothing_from_nan, goes_on):
        try:
            yield check.__name__.replace("_", " "), check(device)
        except Exception as error:  # one that fails must not cost the others
            yield check.__name__, f"FAILED: {type(error).__name__}: {str(error).strip().splitlines()[:1]}"


# ------------------------------------------------------------------------------------------------------------ all


def shown(what: str, found: object) -> list[str]:
    """Say one finding in lines."""
    if not isinstance(found, dict):
        return [f"{what}: {found}"]
    return [f"{what}: " + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in found.items())]


def plain(found: object) -> object:
    """Turn a finding into JSON's types."""
    if isinstance(found, dict):
        return {key: value.json() if isinstance(value, Ratio) else value for key, value in found.items()}
    return found


def kept_before(device: str) -> dict[str, dict[str, object]]:
    """Return what other runs on the same device have left."""
    path = RESULTS / "gpu.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {part: known.get(part, {}) for part in PARTS} if known.get("device") == device else {}


PARTS = {"checks": checks, "training": trainings, "networks": networks}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description="Our compiler and our training on a GPU.")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1 …, or cpu to try the program (cuda)")
    parser.add_argument("--seconds", type=float, default=100.0, help="bound of each part (100)")
    parser.add_argument("--part", choices=PARTS, help="one part alone")
    parser.add_argument("--only", default="", metavar="TEXT", help="what holds it: 'pix2pix, CUDA graphs'")
    parser.add_argument("--quick", action="store_true", help="few rounds of few cases, without torch.compile")
    args = parser.parse_args(arguments)
    device = torch.device(args.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        print("  there is no GPU here, and nothing was measured")
        return
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "the processor"
    print(f"  {name}, PyTorch {torch.__version__}", flush=True)
    results = kept_before(name) or {part: {} for part in PARTS}
    with torch.cuda.device(device) if device.type == "cuda" else nullcontext():
        for part, measure in PARTS.items():
            if args.part not in (None, part):
                continue
            for what, found in measure(device, args.seconds, args.quick, args.only):
                results[part][what] = plain(found)
                report("gpu", shown(what, found), {"torch": torch.__version__, "device": name, **results})


if __name__ == "__main__":
    main()
