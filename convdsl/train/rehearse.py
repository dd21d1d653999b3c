"""What a run would be, before it is one: recipe, memory, steps and time. A few steps are tried; nothing is written."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch

from convdsl.analysis import judged, memory
from convdsl.analysis.cost import parameters
from convdsl.graph.graph import Graph
from convdsl.history import clock
from convdsl.recipe import Recipe
from convdsl.recipe_data import to_text
from convdsl.record import dataclass
from convdsl.render.facts import bytes_text
from convdsl.render.footprint import training_line
from convdsl.sizes import Size
from convdsl.train import photos
from convdsl.train.album import Album, Batch, open_album
from convdsl.train.engine import Engine
from convdsl.train.fast import tuned
from convdsl.train.job import Job
from convdsl.train.loader import draws
from convdsl.train.loop import require_classes, require_trainable
from convdsl.train.memory import peak
from convdsl.train.optimize import unreached
from convdsl.train.progress import Silent, Watch

READ = 32  # photographs that are read: enough to cut batches from
TRIED = 5  # steps that are timed, after one that is not
LONGEST = 20.0  # seconds: no further step is tried after so many


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A run that was not begun.

    parameters: of the network. files: that look like photographs; read, unusable: some of them, and those that could
    not be used. planned: of a step, None where the network's sizes are not those of a crop. judge: parameters of the
    discriminator, 0 if none. first: seconds of the first step; seconds: of one after it, the median of `tried`. peak:
    bytes that the process has held. arithmetic, threads, device: what the steps were done with.
    """

    recipe: Recipe
    parameters: int
    judge: int
    files: int
    read: int
    unusable: int
    steps: int
    planned: memory.Training | None
    first: float
    seconds: float
    tried: int
    peak: int
    arithmetic: str
    threads: int
    device: str

    @property
    def total(self) -> float:
        """Estimate the seconds of all steps."""
        return self.first + self.seconds * (self.steps - 1)


def rehearse(
    job: Job, graph: Graph, places: Sequence[Path], *, device: str = "cpu", watch: Watch | None = None
) -> Rehearsal:
    """Try a few steps on a few of the photographs, and tell what the whole run would take.

    graph: the network's. The time is that of steps alone: reading photographs, checkpoints and validation come besides.
    Raises MistakeError for what training would refuse, as far as a few photographs can tell.
    """
    watch = watch or Silent()
    require_trainable(job)
    recipe, files = job.recipe, photos.require_photos(places)
    require_classes(job, sorted({photos.class_of(path, places) for path in files}) if job.classes else ())
    album = _some(job, files, watch)
    steps = recipe.total_steps(len(files))
    with torch.random.fork_rng(devices=[]), tuned(torch.device(device)):
        engine = Engine(job, steps, torch.device(device))
        spent: list[float] = []
        watch.begin("trying", TRIED + 1, "step")
        try:
            while len(spent) <= TRIED and (len(spent) < 2 or sum(spent) < LONGEST):
                batch = _batch(job, album, len(spent))
                began = time.perf_counter()
                engine.step(batch)
                spent.append(time.perf_counter() - began)
                watch.advance(len(spent))
        finally:
            watch.end()
        most = peak(engine.device)
    adversary = engine.adversary
    return Rehearsal(
        recipe=recipe,
        parameters=parameters(graph).total,
        judge=sum(one.numel() for one in adversary.network.parameters()) if adversary is not None else 0,
        files=len(files),
        read=len(album) + len(album.skipped),
        unusable=len(album.skipped),
        steps=steps,
        planned=_planned(graph, job, engine),
        first=spent[0],
        seconds=median(spent[1:]),
        tried=len(spent) - 1,
        peak=most,
        arithmetic=engine.arithmetic,
        threads=torch.get_num_threads(),
        device=device,
    )


def _some(job: Job, files: Sequence[Path], watch: Watch) -> Album:
    """Read some of the photographs, spread evenly over all; those that cannot be used are counted.

    Raises MistakeError where none can be used.
    """
    every = -(-len(files) // READ)
    return open_album(files[::every], job.recipe.short_sides(), limit=1.0, coloured=job.needs_colour, watch=watch)


def _batch(job: Job, album: Album, step: int) -> Batch:
    batch = album.batch(draws(album, job.recipe, step), job.recipe.crop)
    return replace(batch, labels=torch.zeros(job.recipe.batch, dtype=torch.long)) if job.classes else batch


def _planned(graph: Graph, job: Job, engine: Engine) -> memory.Training | None:
    recipe, judge = job.recipe, job.judge.plan if job.judge is not None else None
    sizes = _sizes(graph, recipe)
    width = memory.WIDTHS["float64" if engine.precision == "fp64" else "float32"]
    return None if sizes is None else judged.training(graph, judge, sizes, width, recipe.optimizer.remembered)


def _sizes(graph: Graph, recipe: Recipe) -> Mapping[str, int] | None:
    """Give a crop's sizes to the symbols of the picture that goes in; None where others are left open."""
    picture = next(tensor.shape for tensor in graph.inputs if tensor.default is None)
    sizes: dict[str, int] = {}
    for axis, size in zip(picture.axes, (recipe.batch, 0, recipe.crop, recipe.crop), strict=True):
        if isinstance(axis, Size) and axis.symbol is not None:
            sizes[axis.symbol] = size
    shapes = [shape for node in graph.nodes for shape in node.shapes or ()]
    open_ = {axis.symbol for shape in shapes for axis in shape.axes if isinstance(axis, Size)} - {None, *sizes}
    return None if open_ else sizes


def table(rehearsal: Rehearsal) -> tuple[str, ...]:
    """Print what a run would be."""
    one = rehearsal
    recipe = one.recipe
    passes = one.steps * recipe.batch / one.files
    unusable = f"; {one.unusable} of the {one.read} that were read cannot be used" if one.unusable else ""
    threads = "1 thread" if one.threads == 1 else f"{one.threads} threads"
    judge = f", and {one.judge:,} of the discriminator" if one.judge else ""
    rows = [
        ("parameters", f"{one.parameters:,}{judge}"),
        ("photographs", f"{one.files:,}{unusable}"),
        ("steps", f"{one.steps:,} of {recipe.batch} crops of {recipe.crop} px: {passes:,.1f} passes"),
    ]
    beyond = unreached(recipe.schedule, one.steps)
    rows += [("schedule", beyond)] if beyond else []
    if one.planned is not None:
        besides = [f"{bytes_text(one.planned.parameters)} running mean of the weights"] if recipe.ema else []
        more = f"; besides {' and '.join(besides)}" if besides else ""
        rows.append(("planned", training_line(one.planned, type(recipe.optimizer).__name__) + more))
    if one.peak:
        what = "GPU's memory" if one.device.startswith("cuda") else "whole process, Python and PyTorch among it"
        rows.append(("held", f"{bytes_text(one.peak)} at most while {one.tried + 1} steps were tried, the {what}"))
    rows += [
        ("computed", f"{one.arithmetic}, {threads}, {one.device}"),
        ("a step", f"{one.seconds:.3g} s, the median of {one.tried}; the first {one.first:.3g} s"),
        ("all steps", f"about {clock(one.total)}, besides reading photographs, checkpoints and validation"),
    ]
    return (*to_text(recipe), *(f"{name:<11}  {text}" for name, text in rows), "nothing was written")
