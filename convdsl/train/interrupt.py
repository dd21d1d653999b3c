"""SIGINT and SIGTERM as a question that the loop asks between steps; a second signal ends the process at once."""

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Catch the signals inside a `with`; outside the main thread, where Python takes no handlers, do nothing."""

    def __init__(self) -> None:
        self.caught: int | None = None  # the signal's number
        self._before: dict[int, signal.Handlers | int | object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._catch) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            # None: the handler was not set from Python, so there is none that could be put back
            signal.signal(number, handler if callable(handler) or isinstance(handler, int) else signal.SIG_DFL)

    def _catch(self, number: int, frame: FrameType | None) -> None:
        if self.caught is not None:
            os._exit(exit_code(number))  # asked twice: no saving, no cleaning up
        self.caught = number


def exit_code(number: int) -> int:
    """Give the exit code that shells use for a process ended by a signal: 130 for SIGINT, 143 for SIGTERM."""
    return 128 + number
