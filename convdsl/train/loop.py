"""A training run from the first step to the last: photographs in, checkpoints out, in whatever way it ends."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from math import isfinite
from pathlib import Path

import torch

from convdsl.mistake import MistakeError
from convdsl.optimization import RebalancedCrossEntropy, terms_of
from convdsl.recipe_data import to_text
from convdsl.record import dataclass
from convdsl.settings import useless
from convdsl.train import checkpoint
from convdsl.train.album import Album, Batch, open_album
from convdsl.train.engine import Engine
from convdsl.train.fast import Flight, Sent, tuned
from convdsl.train.interrupt import Interrupt, tidily
from convdsl.train.job import Job, require_legal
from convdsl.train.kept import saved
from convdsl.train.loader import Batches, draws
from convdsl.train.lock import alone_in
from convdsl.train.moment import Moment
from convdsl.train.observe import Observers, Watching, observers
from convdsl.train.optimize import unreached
from convdsl.train.parallel import warning
from convdsl.train.photos import png, require_photos
from convdsl.train.progress import Silent, Step, Watch
from convdsl.train.quantised import balance
from convdsl.train.ranks import TIMEOUT, Ranks, joined
from convdsl.train.resident import Resident, fits
from convdsl.train.resume import contents, fingerprint, require_same_run
from convdsl.train.unwritten import unwritten
from convdsl.train.workers import Workers
from convdsl.version import VERSION

MEAN_PICTURE = "mean-picture.png"  # what a network that repeats pictures has to be better than


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its last checkpoint, steps done, and the signal that ended it early (None: it is complete)."""

    checkpoint: Path
    steps: int
    signal: int | None


def train(
    job: Job,
    photos: Sequence[Path],
    out: Path,
    *,
    resume: bool = False,
    force: bool = False,
    skip_limit: float = 0.1,
    device: str = "cpu",
    workers: int = 0,
    timeout: float = TIMEOUT,
    watching: Watching | None = None,
    watch: Watch | None = None,
) -> Outcome:
    """Train a network on the photographs in `photos` and leave checkpoints and a record in `out`.

    Started by torch.distributed.run, each process cuts its share of every batch, and the first one writes. timeout:
    seconds that they wait for each other.

    resume: go on from the newest checkpoint in `out`. force: begin again over the run that `out` holds. skip_limit: the
    share of unusable photographs above which it refuses. workers: processes that read photographs. watching: what is
    measured and drawn on the way. Neither changes what is learned. Raises MistakeError for everything that the user can
    mend.
    """
    watch, watching = watch or Silent(), watching or Watching()
    require_trainable(job)
    with tidily(), joined(device, timeout) as ranks, ranks.together(), ExitStack() as held:
        ranks.require_enough(job.recipe.batch)
        watch = watch if ranks.first else Silent()
        start = ranks.from_first(lambda: _start(out, resume, force, held, watching))
        for line in to_text(job.recipe):
            watch.note(f"  {line}")
        readers = ranks.each(lambda: held.enter_context(Workers(workers)))
        album = ranks.each(lambda: _open(photos, job, skip_limit, watch, readers))
        return _train(job, album, start, out, skip_limit, ranks.device(device), ranks, readers, watching, watch)


def _start(out: Path, resume: bool, force: bool, held: ExitStack, watching: Watching) -> checkpoint.Checkpoint | None:
    """Take the folder, make it ready, and look what it holds. held: keeps the folder for this run alone."""
    if watching.val:
        require_photos(watching.val)  # before all others are read, which may take minutes
    if not resume:
        checkpoint.make_folder(out)
    held.enter_context(alone_in(out))
    start = checkpoint.load(out) if resume else None
    if start is None and checkpoint.exists(out):
        if not force:
            message = f"`{out}` holds a run already"
            raise MistakeError(message, way_out="go on with it by `--resume`, or give `--force` to begin again over it")
        checkpoint.remove(out)
    checkpoint.tidy(out)
    return start


def require_trainable(job: Job) -> None:
    """Refuse a recipe that does not go with its network.

    Raises MistakeError.
    """
    require_legal(job, job.recipe.crop)
    for _, message, way_out in useless(job.source, job.target, job.recipe):
        raise MistakeError(message, way_out=way_out)


def require_classes(job: Job, classes: Sequence[str]) -> None:
    """Refuse photographs of more or fewer classes than a network has scores.

    classes: their names, sorted; none for networks that make pictures. Raises MistakeError.
    """
    if len(classes) not in (0, job.classes):
        names = ", ".join(classes[:12]) + (", …" if len(classes) > 12 else "")
        message = f"the network has {job.classes} scores, and the photographs lie in {len(classes)} classes"
        raise MistakeError(message, notes=(f"folders: {names}",), way_out="one folder for each score, and no other")


def _train(
    job: Job,
    album: Album,
    start: checkpoint.Checkpoint | None,
    out: Path,
    skip_limit: float,
    device: str,
    ranks: Ranks,
    workers: Workers,
    watching: Watching,
    watch: Watch,
) -> Outcome:
    steps = job.recipe.total_steps(len(album))
    facts = checkpoint.Facts(
        spec=job.spec,
        architecture=job.architecture,
        parameters=job.parameters,
        recipe=job.recipe,
        source=job.source,
        target=job.target,
        mean_ab=album.mean_ab,
        photos=fingerprint(album),
        contents=contents(album),
        threads=torch.get_num_threads(),
        steps=steps,
        file=job.file,
        classes=album.classes,
        balance=_balance(album, job),
        imported={name: source.text for name, source in job.imported.sources.items()},
        ways=tuple((importer, path, name) for (importer, path), name in job.imported.ways.items()),
        photo_count=len(album),
        judge=job.judge.architecture if job.judge else "",
    )
    ranks.require_equal("photographs", facts.photos)
    with torch.random.fork_rng(devices=[]), tuned(torch.device(device)):
        engine = Engine(job, steps, torch.device(device), facts.balance, ranks)
        facts = replace(facts, environment=_environment(engine))
        if start is not None:
            ranks.from_first(lambda: _require_same(start, facts, watch))
            if start.state.step >= steps:
                watch.note(f"the run is complete: {start.state.step} of {steps} steps")
                return Outcome(start.path, start.state.step, None)
            engine.restore(start.state)
        if job.repeats:
            ranks.from_first(lambda: _keep_mean(out / MEAN_PICTURE, album, job.recipe.crop))
        threads = "1 thread" if facts.threads == 1 else f"{facts.threads} threads"
        processes = f"{ranks.world} processes of {threads}" if ranks.world > 1 else threads
        speed = f"{processes}, {engine.arithmetic}, {device}"
        count = "1 photograph" if len(album) == 1 else f"{len(album)} photographs"
        watch.note(f"{'1 step' if steps == 1 else f'{steps} steps'} on {count} ({speed})")
        cores = os.cpu_count()
        if cores is not None and facts.threads > cores:
            watch.note(f"more threads than the {cores} processors here: they wait for each other, `--threads {cores}`")
        networks = [engine.network] if engine.adversary is None else [engine.network, engine.adversary.network]
        for line in filter(None, (unreached(job.recipe.schedule, steps), warning(networks, ranks, job.recipe.batch))):
            watch.note(line)
        try:
            looking = ranks.each(
                lambda: (
                    observers(engine, facts, album, out, watch, watching, out / MEAN_PICTURE, skip_limit)
                    if ranks.first
                    else Observers()
                )
            )
            return _run(engine, album, facts, out, workers, watch, looking)
        except (RuntimeError, MemoryError) as error:
            if isinstance(error, RuntimeError) and "allocate" not in str(error) and "out of memory" not in str(error):
                raise
            message = f"there is not enough memory for {job.recipe.batch} crops of {job.recipe.crop} px at once"
            raise MistakeError(message, way_out="take fewer: `--batch`, or smaller ones: `--crop`") from error
        except ValueError as error:
            if "Expected more than 1" not in str(error):  # of torch's norms
                raise
            message = f"a norm has one value for each channel to go by: the batch is {job.recipe.batch}"
            raise MistakeError(
                message, notes=(str(error),), way_out="take more crops: `--batch 2`, or larger ones: `--crop`"
            ) from error


def _require_same(start: checkpoint.Checkpoint, facts: checkpoint.Facts, watch: Watch) -> None:
    require_same_run(start, facts, watch)
    checkpoint.settle(start)


def _run(
    engine: Engine,
    album: Album,
    facts: checkpoint.Facts,
    out: Path,
    workers: Workers,
    watch: Watch,
    looking: Observers,
) -> Outcome:
    recipe, ranks = facts.recipe, engine.ranks
    part = ranks.share(recipe.batch)
    last: Path | None = None
    lost: MistakeError | None = None  # a photograph or a worker: what was learned before is saved
    saved = -1
    watch.begin("training", facts.steps, "step")
    watch.advance(engine.done)
    try:
        with (
            Interrupt(ranks.world > 1) as interrupt,
            Batches(album, recipe, engine.done, facts.steps, workers, part) as batches,
            Sent(batches.take, engine.device, facts.steps) as sent,
        ):
            take = Resident(album, recipe, engine.device, part).take if fits(album, engine.device) else sent.take
            flight = Flight(engine)
            caught = ranks.agree(interrupt.caught)
            while (goes_on := engine.done < facts.steps and caught is None and lost is None) or len(flight):
                if goes_on:
                    batch, lost = _taken(take, engine.done)
                    if not album.in_memory:
                        lost = ranks.shared(lost)  # before the step, which they begin together or not at all
                    if batch is not None and lost is None:
                        flight.launch(batch)
                    goes_on = lost is None
                due = engine.done % recipe.checkpoint_every == 0 or engine.done == facts.steps
                for landed in flight.landed(due or not goes_on):
                    step = landed.step
                    if not isfinite(step.loss):
                        what, before = _not_finite(step), step.number - 1
                        raise ranks.once(_diverged(what, album, engine, before, out, learned=before > 0))
                    moment = Moment(step, landed.batch, engine)
                    for observer in looking.steps:
                        observer.after(moment)
                    caught = ranks.agree(interrupt.caught)
                    if step.number == engine.done and (due or caught is not None or lost is not None):
                        last = ranks.from_first(partial(_save, engine, facts, album, out, looking, moment))
                        saved = step.number
                        for observer in looking.saves:
                            observer.after(replace(moment, saved=last))
            if lost is not None and not engine.done:
                raise lost
            if last is None or saved != engine.done:  # a signal came between the two
                last = ranks.from_first(lambda: _save(engine, facts, album, out, looking))
            if lost is not None:
                raise _saved_before(lost, last) from lost
            return Outcome(last, engine.done, caught if engine.done < facts.steps else None)
    finally:
        looking.close()


def _taken(take: Callable[[int], Batch], step: int) -> tuple[Batch | None, MistakeError | None]:
    """Return the crops of a step, or why they cannot be had."""
    try:
        return take(step), None
    except MistakeError as error:
        return None, error


def _saved_before(lost: MistakeError, saved: Path) -> MistakeError:
    return type(lost)(lost.message, notes=(*lost.notes, f"saved: `{saved}`"), way_out=lost.way_out)


def _environment(engine: Engine) -> dict[str, str]:
    """Say what the numbers of a run depend on besides its recipe."""
    versions = {"convdsl": VERSION, "torch": torch.__version__}
    if engine.ranks.world > 1:
        versions["processes"] = str(engine.ranks.world)
    return {"precision": engine.arithmetic, "device": str(engine.device), **versions}


def _open(places: Sequence[Path], job: Job, limit: float, watch: Watch, workers: Workers) -> Album:
    album = open_album(
        places,
        job.recipe.short_sides(),
        limit=limit,
        coloured=job.needs_colour,
        sorted_by_class=bool(job.classes),
        watch=watch,
        workers=workers,
    )
    require_classes(job, album.classes)
    for item in album.skipped:
        watch.note(f"left out {item.path}: {item.reason}")
    return album


def _balance(album: Album, job: Job) -> tuple[float, ...]:
    """Say what each bin counts in the loss, by the colours of the training photographs; () where there are no bins."""
    words = [term.loss for term in terms_of(job.recipe.loss)]
    word = next((word for word in words if isinstance(word, RebalancedCrossEntropy)), None)
    return () if word is None else tuple(balance(album.ab_counts(), word).tolist())


def _keep_mean(path: Path, album: Album, side: int) -> None:
    try:
        checkpoint.write(path, png(album.mean_picture(side)))
    except OSError as error:
        raise unwritten(f"`{path}`", path.parent, error, saved=checkpoint.exists(path.parent)) from error


def _save(
    engine: Engine,
    facts: checkpoint.Facts,
    album: Album,
    out: Path,
    looking: Observers,
    moment: Moment | None = None,
) -> Path:
    """Write a checkpoint, and before it the records that belong to it, which then are on the disk first."""
    if not engine.healthy():
        raise _diverged(f"a weight is not finite after step {engine.done}", album, engine, engine.done - 1, out)
    looking.record(moment)
    return checkpoint.save(out, engine.state(), facts)


def _not_finite(step: Step) -> str:
    bad = [f"`{name}` is {part}" for name, part in step.parts.items() if not isfinite(part)]
    return f"the loss is {step.loss} at step {step.number}" + (f": {', '.join(bad)}" if bad else "")


def _diverged(what: str, album: Album, engine: Engine, step: int, out: Path, *, learned: bool = True) -> MistakeError:
    """Say that a step cannot be gone on from. learned: weights were moved before it was so."""
    recipe = engine.job.recipe
    files = dict.fromkeys(album.files[draw.photo].name for draw in draws(album, recipe, step))
    good = next(reversed(saved(out)), None)
    kept = "no checkpoint was written yet" if good is None else f"the last good checkpoint is `{good}`"
    notes = (f"photographs of this batch: {', '.join(files)}", kept)
    flags = "`--lr`" if recipe.discriminator is None else "`--lr`, `--set discriminator_lr=X`"
    ways = [f"lower the learning rate ({flags})", "cut long gradients (`--set clip=1`)"]
    if not learned and engine.adversary is None:  # no rate has had a part in it
        ways = ["lower the weights of the losses (`--set loss=…`)", "compute with more digits (`--set precision=fp64`)"]
    if engine.precision == "bf16":  # PyTorch 2.13 has gradients in it that are no numbers: dilated, of 24 channels
        ways.append("compute in single precision (`--set precision=fp32`)")
    return MistakeError(what, notes=notes, way_out=f"{', '.join(ways[:-1])}, or {ways[-1]}")
