"""What those who look on at a run are shown, and what they have to be able to do."""

from pathlib import Path
from typing import Protocol

from convdsl.record import dataclass
from convdsl.train.album import Batch
from convdsl.train.engine import Engine
from convdsl.train.progress import Step


@dataclass(frozen=True, slots=True)
class Moment:
    """A run after one step; `saved` is the checkpoint that was written after it, if one was."""

    step: Step
    batch: Batch
    engine: Engine
    saved: Path | None = None

    @property
    def last(self) -> bool:
        """Tell whether the run is complete."""
        return self.step.number == self.engine.steps

    @property
    def due(self) -> bool:
        """Tell whether a checkpoint belongs here; one that a signal asked for may stand anywhere."""
        return self.last or self.step.number % self.engine.job.recipe.checkpoint_every == 0


class Observer(Protocol):
    """One way of watching."""

    def after(self, moment: Moment) -> None:
        """Look at the run: after each step, or after each checkpoint."""

    def close(self) -> None:
        """Finish, in whatever way the run ended."""
