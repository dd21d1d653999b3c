"""Whether a run can go on from a checkpoint as if it had never stopped: the same network, recipe and photographs."""

import hashlib
import os
from collections.abc import Mapping

from convdsl.mistake import MistakeError
from convdsl.recipe import Recipe
from convdsl.recipe_data import to_text
from convdsl.train import checkpoint
from convdsl.train.album import Album
from convdsl.train.optimize import learning_rate
from convdsl.train.progress import Watch

LENGTHS = ("steps", "epochs")


def fingerprint(album: Album) -> str:
    """Name the list of photographs: their names, sizes in bytes and classes, in order."""
    words = b"\n".join(b"%s %d" % (os.fsencode(one.path.name), one.size) for one in album.originals)
    words += b"".join(b"\n" + os.fsencode(album.classes[label]) for label in album.labels)
    return hashlib.sha256(words).hexdigest()


def contents(album: Album) -> str:
    """Name what the photographs' files hold, in order."""
    return hashlib.sha256(" ".join(one.digest for one in album.originals).encode()).hexdigest()


def require_same_run(start: checkpoint.Checkpoint, now: checkpoint.Facts, watch: Watch) -> None:
    """Refuse to go on where the result could not be that of the unbroken run.

    Raises MistakeError.
    """
    for one in start.damaged:
        watch.note(f"skipped a damaged checkpoint, {one}")
    for half in start.halves:
        what = "as where a run is killed while it writes, or the file was taken away"
        watch.note(f"skipped `{half}`, which has no JSON file beside it, {what}")
    checkpoint.require_architecture(start, now.spec, now.architecture, now.imported)
    then = start.facts
    changed = _changed(then.recipe, now.recipe)
    if (then.source, then.target) != (now.source, now.target):
        changed.append("what input and output mean")
    if then.judge != now.judge:
        changed.append("the discriminator's network")
    if then.photos != now.photos:
        changed.append("the photographs: names, sizes or number")
    elif then.contents not in ("", now.contents):
        changed.append("the photographs: what is in the files")
    way_out = "resume with the same recipe, or train into another folder"
    if not changed and then.steps != now.steps:
        changed = _length(start, now)
        way_out = f"resume with `--steps {then.steps}`, or train into another folder"
    if changed:
        message = f"this is not the run that `{start.path}` was saved by"
        raise MistakeError(message, notes=tuple(changed), way_out=way_out)
    if then.threads != now.threads:
        text = f"{now.threads} threads now, {then.threads} before: the result may differ in the last digits"
        watch.note(text)
    elsewhere = _elsewhere(then.environment, now.environment)
    if elsewhere:
        watch.note(f"{', '.join(elsewhere)}: the result may differ from that of the unbroken run")


def _elsewhere(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Say in what a run is computed otherwise than before, as on another machine; nothing where that was not kept."""
    names = dict.fromkeys((*then, *now)) if then else ()
    alone = {"processes": "1"}
    pairs = ((name, then.get(name, alone.get(name)), now.get(name, alone.get(name))) for name in names)
    return [f"{name} {new} now, {old} before" for name, old, new in pairs if None not in (old, new) and old != new]


def _changed(then: Recipe, now: Recipe) -> list[str]:
    """Say which settings differ, of those that change what is learned at a step."""
    old, new = ({line.partition(" = ")[0]: line for line in to_text(recipe)} for recipe in (then, now))
    names = [name for name in {**old, **new} if name not in (*LENGTHS, "checkpoint_every")]
    return [
        f"{old.get(name, f'no {name}')}, now {new.get(name, f'no {name}')}"
        for name in names
        if old.get(name) != new.get(name)
    ]


def _length(start: checkpoint.Checkpoint, now: checkpoint.Facts) -> list[str]:
    """Say why a run cannot become longer or shorter: the steps that are done would have been others."""
    done, then = start.state.step, start.facts.steps
    if now.steps < done:
        return [f"{done} steps are done, and {now.steps} are asked for"]
    word, peak = now.recipe.schedule, now.recipe.optimizer.lr
    for step in range(done):
        if learning_rate(word, peak, step, then) != learning_rate(word, peak, step, now.steps):
            name = type(word).__name__
            return [f"steps = {then}, now steps = {now.steps}: {name} would have given step {step + 1} another rate"]
    return []
