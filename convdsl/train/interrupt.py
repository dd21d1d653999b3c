"""Signals as a question that the loop asks between steps; a second one ends the process at once.

SIGINT is Ctrl-C, SIGTERM what `kill` and a machine that shuts down send, SIGHUP a terminal or connection that closes.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

SIGNALS = tuple(signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in signal.Signals.__members__)

PATIENCE = 5.0  # seconds in which a signal that is sent twice counts once


class Interrupt:
    """Catch the signals inside a `with`; outside the main thread, where Python takes no handlers, do nothing."""

    def __init__(self, sent_twice: bool = False) -> None:
        """Begin. sent_twice: Ctrl-C reaches the process from the terminal and again from whoever started it."""
        self.caught: int | None = None  # the signal's number
        self._patience = PATIENCE if sent_twice else 0.0
        self._when = 0.0
        self._before: dict[int, signal.Handlers | int | object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            ignored = [number for number in SIGNALS[2:] if signal.getsignal(number) == signal.SIG_IGN]  # by nohup
            self._before = {number: signal.signal(number, self._catch) for number in SIGNALS if number not in ignored}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            # None: the handler was not set from Python, so there is none that could be put back
            signal.signal(number, handler if callable(handler) or isinstance(handler, int) else signal.SIG_DFL)

    def _catch(self, number: int, frame: FrameType | None) -> None:
        if self.caught is not None and time.monotonic() - self._when < self._patience:
            return
        if self.caught is not None:
            os._exit(exit_code(number))  # asked twice: no saving, no cleaning up
        self.caught, self._when = number, time.monotonic()


@contextmanager
def tidily() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the process by SystemExit, so that what it has begun is taken away; where nobody else
    has decided what they do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    mine = [number for number in SIGNALS[1:] if signal.getsignal(number) == signal.SIG_DFL]
    for number in mine:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(exit_code(number))


def exit_code(number: int) -> int:
    """Give the exit code that shells use for a process ended by a signal: 130 for SIGINT, 143 for SIGTERM."""
    return 128 + number
