"""Work beside the training that must never harm it: it takes a small share of the time, and may fail."""

import time
from collections.abc import Callable

from convdsl.mistake import MistakeError
from convdsl.train.moment import Moment, Observer
from convdsl.train.photos import PhotoError
from convdsl.train.progress import Watch

SHARE = 0.004  # of the run's time, for each that works aside


class Aside:
    """Look on through another observer, at checkpoints, as long as that is cheap and works.

    The first checkpoint and the last one are always looked at. A disk that does not take what is written is told once.
    guess: how long it takes, in seconds; where it is given, the first checkpoint has to have room for it too.
    """

    def __init__(
        self,
        observer: Observer,
        what: str,
        watch: Watch,
        clock: Callable[[], float] = time.perf_counter,
        guess: float = 0.0,
    ) -> None:
        self._observer, self._what, self._watch, self._clock = observer, what, watch, clock
        self._began, self._spent, self._longest = clock(), 0.0, guess
        self._failed = False

    def after(self, moment: Moment) -> None:
        """Look, unless it has failed before or would take too long."""
        began = self._clock()
        dear = self._spent + self._longest > SHARE * (began - self._began)
        if self._failed or (dear and self._longest and moment.due and not moment.last):
            return
        try:
            self._observer.after(moment)
        except (OSError, MistakeError, PhotoError) as error:
            self._failed = True
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            self._watch.note(f"{self._what} cannot be made, and the training goes on without: {reason}")
        took = self._clock() - began
        self._spent, self._longest = self._spent + took, max(self._longest, took)

    def close(self) -> None:
        """Close what looks on."""
        self._observer.close()
