"""Processes that read photographs while the network learns: each only reads, so that what they find depends on nothing.

They know no torch, hold no pixels, hear no signals (the training process does, once) and end when it ends, in whatever
way. Without any, the same work is done where it is asked for.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from multiprocessing import connection, get_context, parent_process
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from convdsl.mistake import MistakeError
from convdsl.train.interrupt import SIGNALS

MOST = 256

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")


class Workers:
    """So many processes (0: none), within a `with`."""

    def __init__(self, count: int) -> None:
        if not 0 <= count <= MOST:
            message = f"{count} processes cannot read photographs"
            raise MistakeError(message, way_out=f"give `--workers` 0 (none) to {MOST}; one a core is plenty")
        self.count = count
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self.count:
            # not forked: locks that torch's threads hold would be copied, and nobody there would open them
            with _unheard():
                self._pool = ProcessPoolExecutor(self.count, mp_context=get_context("spawn"), initializer=_only_work)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def ask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
        """Have something done and return how to wait for it; without processes it is done then.

        work: a function of a module, which another process can find. Raises MistakeError where a process has died, and
        so does waiting, which raises what the work raises too.
        """
        if self._pool is None:
            return partial(work, *args, **kwargs)
        try:
            with _unheard():
                return partial(_wait, self._pool.submit(work, *args, **kwargs))
        except BrokenProcessPool as error:
            raise _died() from error

    def each(self, work: Callable[[U], T], items: Iterable[U]) -> Iterator[Callable[[], T]]:
        """Do the same for many things, a few ahead, and yield how to wait for each, in their order."""
        waiting: deque[Callable[[], T]] = deque()
        for item in items:
            waiting.append(self.ask(work, item))
            if len(waiting) > 4 * self.count:
                yield waiting.popleft()
        yield from waiting


def _wait(asked: Future[T]) -> T:
    try:
        return asked.result()
    except BrokenProcessPool as error:
        raise _died() from error


def _died() -> MistakeError:
    message = "a process that read photographs was ended from outside, or could not be started"
    notes = (
        "the system ends processes where memory is short",
        "a Python program that trains with workers does so below `if __name__ == '__main__':`",
    )
    return MistakeError(message, notes=notes, way_out="give fewer `--workers`; 0 reads in the training process itself")


def _unheard() -> AbstractContextManager[object]:
    """Start processes deaf: Ctrl-C is sent to all of them, and the training process alone decides what it means."""
    return nullcontext() if os.name != "posix" else _Blocked()


class _Blocked:
    """Block the signals in this thread; what it starts meanwhile inherits that, and they wait for the thread's end."""

    def __enter__(self) -> None:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)

    def __exit__(self, *reason: object) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)


def _only_work() -> None:
    """Prepare a process: deaf to signals, and gone as soon as the process that started it is gone."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
