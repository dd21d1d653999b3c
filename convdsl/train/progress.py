"""Where a run says how it goes: on a terminal, in the lines of a file, or nowhere."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn, Protocol, TextIO

from tqdm import tqdm

from convdsl.record import dataclass, field
from convdsl.render.cells import visible
from convdsl.train.pace import Pace, words

OFTEN = 0.2  # seconds between two states of a bar
NARROWEST = 5  # cells of a bar
RARE = 15.0  # seconds between two lines where nobody watches,
SHARE = 0.05  # or this part of the time that has passed, if that is longer


@dataclass(frozen=True, slots=True)
class Step:
    """One training step, as it is shown and logged; `number` counts from 1.

    parts: the terms of a sum of losses by their names, before they are weighted; empty where the loss is no sum. dead:
    how many channels are dead, "" where none is. memory: the most so far, in bytes; 0 if unknown.
    """

    number: int
    loss: float
    lr: float
    images_per_second: float
    parts: Mapping[str, float] = field(default_factory=dict)
    dead: str = ""
    memory: int = 0


class Watch(Protocol):
    """What a long piece of work tells while it goes on."""

    def note(self, line: str) -> None:
        """Say one line."""

    def begin(self, what: str, total: int, unit: str) -> None:
        """Start a bar."""

    def advance(self, done: int) -> None:
        """Set how much of the bar is done."""

    def step(self, step: Step) -> None:
        """Show a training step."""

    def end(self) -> None:
        """Close the bar."""


class Silent:
    """Say nothing."""

    def note(self, line: str) -> None:
        """Drop the line."""

    def begin(self, what: str, total: int, unit: str) -> None:
        """Do nothing."""

    def advance(self, done: int) -> None:
        """Do nothing."""

    def step(self, step: Step) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class Terminal:
    """Lines on one stream and progress bars on another; where nobody watches a bar, it is rare lines.

    A stream that takes nothing, as of a full disk or of a program that has ended, is no reason to stop what is told of.
    """

    def __init__(
        self,
        lines: TextIO | None = None,
        bars: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines = sys.stdout if lines is None else lines
        self._bars = sys.stderr if bars is None else bars
        self._clock = clock
        self._bar: tqdm[NoReturn] | None = None
        self._work = _Work("", 0, "", clock())

    def note(self, line: str) -> None:
        """Print a line above the bar; a name in it cannot do anything to the terminal."""
        with suppress(OSError):
            tqdm.write(visible(line), file=self._lines)
            self._lines.flush()

    def begin(self, what: str, total: int, unit: str) -> None:
        """Open a bar."""
        self.end()
        self._work = _Work(what, total, unit, self._clock())
        if not self._bars.isatty():
            return
        with suppress(OSError):
            self._bar = tqdm(desc=what, total=total, unit=unit, file=self._bars, mininterval=OFTEN, dynamic_ncols=True)

    def advance(self, done: int) -> None:
        """Move the bar on."""
        self._work.done = done
        if self._bar is not None:
            with suppress(OSError):
                self._bar.update(done - self._bar.n)
        elif self._clock() - self._work.said >= self._pause():
            self._say(f"{self._work.what}: {done} of {self._work.total} {self._work.unit}s")

    def step(self, step: Step) -> None:
        """Move the bar on and show beside it how it goes."""
        work, now = self._work, self._clock()
        if work.pace is None:
            work.pace = Pace(step.number - 1, work.total, work.began)
        work.pace.add(step.number, now, step.loss, step.images_per_second, step.parts)
        work.done = step.number
        if self._bar is not None:
            if now - work.said < OFTEN and step.number < work.total:
                return
            work.said = now
            self._bar.bar_format = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt}{postfix}"
            fixed = len(f"{work.what} 100%|| {work.total}/{work.total}, ")
            room = self._columns() - fixed - NARROWEST
            self._bar.set_postfix_str(words(work.pace, step.lr, step.dead, step.memory, room), refresh=False)
            with suppress(OSError):
                self._bar.update(step.number - self._bar.n)
        elif step.number in (work.pace.first + 1, work.total) or now - work.said >= self._pause():
            told = words(work.pace, step.lr, step.dead, step.memory)
            self._say(f"step {step.number} of {work.total}: {told}")

    def end(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            with suppress(OSError):
                self._bar.update(self._work.done - self._bar.n)
                self._bar.close()
            self._bar = None

    def _say(self, line: str) -> None:
        with suppress(OSError):
            print(line, file=self._bars, flush=True)
        self._work.said = self._clock()

    def _pause(self) -> float:
        return max(RARE, SHARE * (self._clock() - self._work.began))

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._bars.fileno()).columns or 80
        except (OSError, ValueError):  # no terminal of the system's
            return 80


class _Work:
    """What a bar stands for, how far it is, and when it was last told of in a line."""

    def __init__(self, what: str, total: int, unit: str, now: float) -> None:
        self.what, self.total, self.unit = what, total, unit
        self.began = self.said = now
        self.done = 0
        self.pace: Pace | None = None
