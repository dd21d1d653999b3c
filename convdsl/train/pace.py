"""How a run goes, in a few words: time left, loss, learning rate, speed, each as a running mean where it jumps."""

from collections.abc import Mapping

from convdsl.history import clock

KEEP = 0.98  # of a running mean, a step: it follows about 50 steps


class Mean:
    """A running mean; the plain mean of what there is at first."""

    def __init__(self) -> None:
        self._total = self._weight = 0.0

    def add(self, value: float) -> None:
        """Take one more value in."""
        self._total, self._weight = KEEP * self._total + value, KEEP * self._weight + 1.0

    @property
    def value(self) -> float:
        """The mean; 0 before the first value."""
        return self._total / self._weight if self._weight else 0.0


class Pace:
    """The means of one session of training.

    first: the steps that were done before it. began: when it started, in seconds of the clock that `add` is told.
    """

    def __init__(self, first: int, total: int, began: float) -> None:
        self.first, self.total, self.done = first, total, first
        self.began = self._now = began
        self.loss, self.speed, self.parts = Mean(), Mean(), dict[str, Mean]()
        self._step = Mean()

    def add(self, number: int, now: float, loss: float, speed: float, parts: Mapping[str, float]) -> None:
        """Take a step in. speed: images a second."""
        self._step.add(now - self._now)
        self._now, self.done = now, number
        self.loss.add(loss)
        self.speed.add(speed)
        for name, value in parts.items():
            self.parts.setdefault(name, Mean()).add(value)

    @property
    def left(self) -> float:
        """Estimate the seconds that are left, checkpoints and all; 0 at the end."""
        return (self.total - self.done) * self._step.value

    @property
    def passed(self) -> float:
        """Return the seconds since the session began."""
        return self._now - self.began


def words(pace: Pace, lr: float, dead: str, memory: int, room: int | None = None) -> str:
    """Say how it goes in at most `room` characters: what matters least is left out first."""
    time = f"{clock(pace.left)} left" if pace.done < pace.total else f"{clock(pace.passed)} in all"
    terms = ", ".join(f"{name} {mean.value:.4g}" for name, mean in pace.parts.items())
    told = (  # in the order of reading, each with its rank: 0 stays longest
        (0, time),
        (1, f"loss {pace.loss.value:.4f}"),
        (6, f"({terms})" if terms else ""),
        (4, f"lr {lr:.1e}"),
        (2, f"{pace.speed.value:.0f} images/s"),
        (3, f"{dead} dead" if dead else ""),
        (5, f"{memory / 2**20:,.0f} MiB" if memory else ""),
    )
    kept = [item for item in told if item[1]]
    while room is not None and len(kept) > 1 and len(_joined(kept)) > room:
        kept.remove(max(kept))
    return _joined(kept)


def _joined(told: list[tuple[int, str]]) -> str:
    return ", ".join(text for _, text in told).replace(", (", " (")
