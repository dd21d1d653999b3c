"""Where a run says how it goes: on a terminal, or nowhere."""

import sys
from collections.abc import Mapping
from typing import NoReturn, Protocol, TextIO

from tqdm import tqdm

from convdsl.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One training step, as it is shown and logged; `number` counts from 1.

    parts: the terms of a sum of losses by their names, before they are weighted; empty where the loss is no sum.
    """

    number: int
    loss: float
    lr: float
    images_per_second: float
    parts: Mapping[str, float] = field(default_factory=dict)


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
    """Lines on one stream and progress bars on another; bars are rare lines where nobody watches."""

    def __init__(self, lines: TextIO | None = None, bars: TextIO | None = None) -> None:
        self._lines = sys.stdout if lines is None else lines
        self._bars = sys.stderr if bars is None else bars
        self._bar: tqdm[NoReturn] | None = None

    def note(self, line: str) -> None:
        """Print a line above the bar."""
        tqdm.write(line, file=self._lines)
        self._lines.flush()

    def begin(self, what: str, total: int, unit: str) -> None:
        """Open a bar."""
        self.end()
        pause = 0.2 if self._bars.isatty() else 15.0  # seconds between two states of the bar
        self._bar = tqdm(
            desc=what, total=total, unit=unit, file=self._bars, mininterval=pause, maxinterval=pause, dynamic_ncols=True
        )

    def advance(self, done: int) -> None:
        """Move the bar on."""
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def step(self, step: Step) -> None:
        """Move the bar on and show loss, learning rate and speed beside it."""
        if self._bar is not None:
            parts = "".join(f", {name} {part:.4f}" for name, part in step.parts.items())
            words = f"loss {step.loss:.4f}{parts}, lr {step.lr:.2e}, {step.images_per_second:.0f} images/s"
            self._bar.set_postfix_str(words, refresh=False)
            self.advance(step.number)

    def end(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
