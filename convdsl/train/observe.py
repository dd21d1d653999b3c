"""What looks on while a network learns: each gets every step, changes nothing, and writes down or shows what it saw.

A new way of watching is one class here or in a file of its own, and one line in `observers`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from convdsl.record import dataclass
from convdsl.train.album import Batch
from convdsl.train.dead import count_dead
from convdsl.train.engine import Engine
from convdsl.train.log import Log
from convdsl.train.progress import Step, Watch

MOST_STEPS = 10_000  # that are written down: a long run's record stays small


@dataclass(frozen=True, slots=True)
class Moment:
    """A run after one step; `saved` is the checkpoint that was written after it, if one was."""

    step: Step
    batch: Batch
    engine: Engine
    saved: Path | None

    @property
    def last(self) -> bool:
        """Tell whether the run is complete."""
        return self.step.number == self.engine.steps


class Observer(Protocol):
    """One way of watching."""

    def after(self, moment: Moment) -> None:
        """Look at the run after a step."""

    def close(self) -> None:
        """Finish, in whatever way the run ended."""


class Shown:
    """The progress bar."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def after(self, moment: Moment) -> None:
        """Move the bar on."""
        self._watch.step(moment.step)

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
        """Do nothing: every line is on the disk."""


class DeadChannels:
    """Channels through which nothing is learned, counted with every checkpoint."""

    def __init__(self, log: Log, watch: Watch) -> None:
        self._log, self._watch = log, watch

    def after(self, moment: Moment) -> None:
        """Count, write down, and say it where there are any."""
        if moment.saved is None:
            return
        dead = count_dead(moment.engine.network, moment.engine.tensors(moment.batch)[0])
        if dead is None:
            return
        number = moment.step.number
        self._log.add({"step": number, "dead_channels": dead.channels, "rectified_channels": dead.of})
        if dead.channels:
            self._watch.note(f"step {number}: {dead}")

    def close(self) -> None:
        """Do nothing."""


def observers(engine: Engine, out: Path, watch: Watch) -> Sequence[Observer]:
    """Make all that look on at a run whose folder is `out`."""
    log = Log(out, engine.done)
    return (Shown(watch), Recorded(log, engine.steps), DeadChannels(log, watch))
