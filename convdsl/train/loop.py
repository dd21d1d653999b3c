"""A training run from the first step to the last: photographs in, checkpoints out, in whatever way it ends."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path

import torch

from convdsl.mistake import MistakeError
from convdsl.optimization import RebalancedCrossEntropy, terms_of
from convdsl.recipe import Recipe
from convdsl.recipe_data import to_text
from convdsl.record import dataclass
from convdsl.train import checkpoint
from convdsl.train.album import Album, open_album
from convdsl.train.engine import Engine
from convdsl.train.fast import Flight, Sent, tuned
from convdsl.train.interrupt import Interrupt
from convdsl.train.job import Job, require_legal
from convdsl.train.loader import Batches, draws
from convdsl.train.moment import Moment
from convdsl.train.observe import Observers, Watching, observers
from convdsl.train.photos import png
from convdsl.train.picture import keeps_lightness
from convdsl.train.progress import Silent, Step, Watch
from convdsl.train.quantised import balance
from convdsl.train.resident import Resident, fits
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
    watching: Watching | None = None,
    watch: Watch | None = None,
) -> Outcome:
    """Train a network on the photographs in `photos` and leave checkpoints and a record in `out`.

    resume: go on from the newest checkpoint in `out`. force: begin again over the run that `out` holds. skip_limit: the
    share of unusable photographs above which it refuses. watching: what is measured and drawn on the way, none of which
    changes what is learned. Raises MistakeError for everything that the user can mend.
    """
    watch, watching = watch or Silent(), watching or Watching()
    require_legal(job, job.recipe.crop)
    for setting, value in (("exposure", job.recipe.exposure), ("restraint", job.recipe.restraint)):
        if value and (job.classes or not keeps_lightness(job.source, job.target)):
            message = f"`{setting}` changes what the network sees or learns, and this one colours no lightness"
            raise MistakeError(message, way_out=f"`--set {setting}=0`; it is for networks that colour lightness")
    start = checkpoint.load(out) if resume else None
    if start is None and checkpoint.exists(out):
        if not force:
            message = f"`{out}` holds a run already"
            raise MistakeError(message, way_out="go on with it by `--resume`, or give `--force` to begin again over it")
        checkpoint.remove(out)
    checkpoint.make_folder(out)
    for line in to_text(job.recipe):
        watch.note(f"  {line}")
    album = _open(photos, job, skip_limit, watch)
    if job.repeats:
        _keep_mean(out / MEAN_PICTURE, album, job.recipe.crop)
    steps = job.recipe.total_steps(len(album))
    facts = checkpoint.Facts(
        spec=job.spec,
        architecture=job.architecture,
        parameters=job.parameters,
        recipe=job.recipe,
        source=job.source,
        target=job.target,
        mean_ab=album.mean_ab,
        photos=_fingerprint(album),
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
    with torch.random.fork_rng(devices=[]), tuned(torch.device(device)):
        engine = Engine(job, steps, torch.device(device), facts.balance)
        facts = replace(facts, environment=_environment(engine))
        if start is not None:
            _require_same_run(start, facts, watch)
            engine.restore(start.state)
        threads = "1 thread" if facts.threads == 1 else f"{facts.threads} threads"
        speed = f"{threads}, {engine.arithmetic}, {device}"
        watch.note(f"{steps} steps on {len(album)} photographs ({speed})")
        try:
            looking = observers(engine, facts, album, out, watch, watching, out / MEAN_PICTURE, skip_limit)
            return _run(engine, album, facts, out, watch, looking)
        except (RuntimeError, MemoryError) as error:
            if isinstance(error, RuntimeError) and "allocate" not in str(error) and "out of memory" not in str(error):
                raise
            message = f"there is not enough memory for {job.recipe.batch} crops of {job.recipe.crop} px at once"
            raise MistakeError(message, way_out="take fewer: `--batch`, or smaller ones: `--crop`") from error


def _run(engine: Engine, album: Album, facts: checkpoint.Facts, out: Path, watch: Watch, looking: Observers) -> Outcome:
    recipe = facts.recipe
    last: Path | None = None
    saved = -1
    watch.begin("training", facts.steps, "step")
    watch.advance(engine.done)
    try:
        with (
            Interrupt() as interrupt,
            Batches(album, recipe, engine.done, facts.steps) as batches,
            Sent(batches.take, engine.device, facts.steps) as sent,
        ):
            take = Resident(album, recipe, engine.device).take if fits(album, engine.device) else sent.take
            flight = Flight(engine)
            while (goes_on := engine.done < facts.steps and interrupt.caught is None) or len(flight):
                if goes_on:
                    flight.launch(take(engine.done))
                due = engine.done % recipe.checkpoint_every == 0 or engine.done == facts.steps
                for landed in flight.landed(due or not goes_on):
                    step = landed.step
                    if not isfinite(step.loss):
                        raise _diverged(_not_finite(step), album, recipe, step.number - 1, out)
                    moment = Moment(step, landed.batch, engine)
                    for observer in looking.steps:
                        observer.after(moment)
                    if step.number == engine.done and (due or interrupt.caught is not None):
                        last, saved = _save(engine, facts, album, out), step.number
                        for observer in looking.saves:
                            observer.after(replace(moment, saved=last))
            if last is None or saved != engine.done:  # a signal came between the two
                last = _save(engine, facts, album, out)
            return Outcome(last, engine.done, interrupt.caught if engine.done < facts.steps else None)
    finally:
        looking.close()


def _environment(engine: Engine) -> dict[str, str]:
    """Say what the numbers of a run depend on besides its recipe."""
    versions = {"convdsl": VERSION, "torch": torch.__version__}
    return {"precision": engine.arithmetic, "device": str(engine.device), **versions}


def _open(places: Sequence[Path], job: Job, limit: float, watch: Watch) -> Album:
    album = open_album(
        places,
        job.recipe.short_sides(),
        limit=limit,
        coloured=job.needs_colour,
        sorted_by_class=bool(job.classes),
        watch=watch,
    )
    if len(album.classes) not in (0, job.classes):
        names = ", ".join(album.classes[:12]) + (", …" if len(album.classes) > 12 else "")
        message = f"the network has {job.classes} scores, and the photographs lie in {len(album.classes)} classes"
        raise MistakeError(message, notes=(f"folders: {names}",), way_out="one folder for each score, and no other")
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
        message = f"`{path}` cannot be written: {error.strerror or error}"
        raise MistakeError(message, way_out="make room, or choose another folder by `--out`") from error


def _save(engine: Engine, facts: checkpoint.Facts, album: Album, out: Path) -> Path:
    if not engine.healthy():
        raise _diverged(f"a weight is not finite after step {engine.done}", album, facts.recipe, engine.done - 1, out)
    return checkpoint.save(out, engine.state(), facts)


def _not_finite(step: Step) -> str:
    bad = [f"`{name}` is {part}" for name, part in step.parts.items() if not isfinite(part)]
    return f"the loss is {step.loss} at step {step.number}" + (f": {', '.join(bad)}" if bad else "")


def _diverged(what: str, album: Album, recipe: Recipe, step: int, out: Path) -> MistakeError:
    files = dict.fromkeys(album.files[draw.photo].name for draw in draws(album, recipe, step))
    good = max(out.glob("checkpoint-*.json"), default=None)
    kept = "no checkpoint was written yet" if good is None else f"the last good checkpoint is `{good}`"
    notes = (f"photographs of this batch: {', '.join(files)}", kept)
    return MistakeError(
        what, notes=notes, way_out="lower the learning rate (`--lr`), or cut long gradients (`--set clip=1`)"
    )


def _fingerprint(album: Album) -> str:
    """Name the list of photographs: their names, sizes in bytes and classes, in order."""
    words = "\n".join(f"{path.name} {path.stat().st_size}" for path in album.files)
    words += "".join(f"\n{album.classes[label]}" for label in album.labels)
    return hashlib.sha256(words.encode()).hexdigest()


def _require_same_run(start: checkpoint.Checkpoint, now: checkpoint.Facts, watch: Watch) -> None:
    """Refuse to go on where the result could not be that of the unbroken run.

    Raises MistakeError.
    """
    for line in start.damaged:
        watch.note(f"skipped a damaged checkpoint, {line}")
    checkpoint.require_architecture(start, now.spec, now.architecture, now.imported)
    old, new = to_text(start.facts.recipe), to_text(now.recipe)
    changed = [
        f"{a}, now {b}" for a, b in zip(old, new, strict=False) if a != b and not a.startswith("checkpoint_every")
    ]
    if len(old) != len(new):
        changed.append("steps, epochs or sizes are given in another way")
    if (start.facts.source, start.facts.target) != (now.source, now.target):
        changed.append("what input and output mean")
    if start.facts.judge != now.judge:
        changed.append("the discriminator's network")
    if start.facts.photos != now.photos:
        changed.append("the photographs: names, sizes or number")
    if changed:
        message = f"this is not the run that `{start.path}` was saved by"
        raise MistakeError(
            message, notes=tuple(changed), way_out="resume with the same recipe, or train into another folder"
        )
    if start.facts.threads != now.threads:
        text = f"{now.threads} threads now, {start.facts.threads} before: the result may differ in the last digits"
        watch.note(text)
