"""What looks on while a network learns: each gets every step or checkpoint, changes nothing, and writes or shows it.

A new way of watching is one class here or in a file of its own, and one line in `observers`.
"""

import time
from dataclasses import replace
from pathlib import Path

from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.train.album import Album
from convdsl.train.aside import Aside
from convdsl.train.board import Board
from convdsl.train.card import Card, forget
from convdsl.train.checkpoint import Facts
from convdsl.train.curve import Curves
from convdsl.train.dead import Dead, count_dead
from convdsl.train.engine import Engine
from convdsl.train.in_use import InUse
from convdsl.train.log import Log
from convdsl.train.memory import peak
from convdsl.train.moment import Moment, Observer
from convdsl.train.progress import Watch
from convdsl.train.samples import Samples
from convdsl.train.speed import Speed
from convdsl.train.validate import Validation, hold

ASK = 1.0  # seconds between two looks at the memory: a GPU's takes a tenth of a short step to ask for
MOST_STEPS = 10_000  # that are written down: a long run's record stays small


@dataclass(frozen=True, slots=True)
class Watching:
    """What a person asks to see of a run.

    val: photographs, files or folders, that are measured at every checkpoint; at most `val_photos` of them. samples:
    photographs that are drawn at every checkpoint; 0: none. tensorboard: write files for it.
    """

    val: tuple[Path, ...] = ()
    val_photos: int = 64
    samples: int = 4
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for flag, value, least in (("--val-photos", self.val_photos, 1), ("--samples", self.samples, 0)):
            if value < least:
                raise MistakeError(f"`{flag} {value}` is less than {least}", way_out="give a whole number")


@dataclass(frozen=True, slots=True)
class Observers:
    """All that look on.

    steps: after each step. records: before each checkpoint, for what they write belongs to it: a run that was killed
    between the two does both again. saves: after each checkpoint. log: what steps and records are written to.
    """

    steps: tuple[Observer, ...] = ()
    records: tuple[Observer, ...] = ()
    saves: tuple[Observer, ...] = ()
    log: Log | None = None

    def record(self, moment: Moment | None) -> None:
        """See to it that the record is on the disk, with all that belongs to a checkpoint (None: with what there is).

        A checkpoint that outlives a power cut then has its record.
        """
        if moment is not None:
            for observer in self.records:
                observer.after(moment)
        if self.log is not None:
            self.log.keep()

    def close(self) -> None:
        """Let all of them finish."""
        for observer in (*self.steps, *self.records, *self.saves):
            observer.close()


class Shown:
    """The progress bar."""

    def __init__(self, watch: Watch, dead: "DeadChannels") -> None:
        self._watch, self._dead = watch, dead
        self._memory, self._asked = 0, -ASK

    def after(self, moment: Moment) -> None:
        """Move the bar on."""
        now = time.monotonic()
        if now - self._asked >= ASK:
            self._memory, self._asked = peak(moment.engine.device), now
        found = None if moment.due else self._dead.found  # counted anew in a moment, and told of
        dead = f"{found.channels} of {found.of} channels" if found is not None and found.channels else ""
        self._watch.step(replace(moment.step, dead=dead, memory=self._memory))

    def close(self) -> None:
        """Take the bar away."""
        self._watch.end()


class Recorded:
    """The run's record: loss and learning rate of each step, or of every n-th where there are many."""

    def __init__(self, log: Log, steps: int) -> None:
        self._log, self._every = log, max(1, steps // MOST_STEPS)

    def after(self, moment: Moment) -> None:
        """Write the step down."""
        if moment.step.number % self._every == 0 or moment.last:
            self._log.step(moment.step)

    def close(self) -> None:
        """Close the record."""
        self._log.close()


class DeadChannels:
    """Channels through which nothing is learned, counted with every checkpoint that is due."""

    def __init__(self, log: Log, watch: Watch) -> None:
        self._log, self._watch = log, watch
        self.found: Dead | None = None

    def after(self, moment: Moment) -> None:
        """Count, write down, and say it where there are any."""
        if not moment.due:
            return  # two equal runs, one of them stopped in between, have equal records
        self.found = dead = count_dead(moment.engine.network, moment.engine.tensors(moment.batch)[0])
        if dead is None:
            return
        number = moment.step.number
        self._log.add({"step": number, "dead_channels": dead.channels, "rectified_channels": dead.of})
        if dead.channels:
            self._watch.note(f"step {number}: {dead}")

    def close(self) -> None:
        """Do nothing."""


def observers(
    engine: Engine,
    facts: Facts,
    album: Album,
    out: Path,
    watch: Watch,
    wanted: Watching,
    mean_picture: Path,
    skip_limit: float,
) -> Observers:
    """Make all that look on at a run whose folder is `out`.

    Raises MistakeError where what is asked for cannot be shown.
    """
    job, done, in_use = engine.job, engine.done, InUse()
    held = None
    if wanted.val:
        held = hold(job, album, wanted.val, wanted.val_photos, mean_picture, skip_limit, watch)
    if not done:
        forget(out)
    board = Board(out, done, watch) if wanted.tensorboard else None
    log = Log(out, done, [] if board is None else [board.entry], watch)
    dead = DeadChannels(log, watch)
    records: list[Observer] = [dead]
    if held is not None:
        records.append(Validation(held, log, watch, in_use))
    saves: list[Observer] = []
    saves.append(Aside(Speed(out, done, job.recipe.batch), "the record of its speed", watch))
    saves.append(Aside(Curves(out), "the picture of the loss", watch))
    saves.append(Aside(Curves(out, "png"), "the picture of the loss as PNG", watch, guess=0.1))
    if wanted.samples and not job.classes:
        files = album.files if held is None else held.files
        also = [] if board is None else [board.picture]
        saves.append(Aside(Samples(files, wanted.samples, out, done, in_use, also), "the sample pictures", watch))
    saves.append(Aside(Card(out, facts), "the model card", watch))
    if board is not None:
        saves.append(board)
    return Observers((Shown(watch, dead), Recorded(log, engine.steps)), tuple(records), tuple(saves), log)
