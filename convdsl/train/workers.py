"""Processes that read photographs while the network learns: each only reads, so that what they find depends on nothing.

They know no torch, hold no pixels, hear no signals (the training process does, once) and end when it ends, in whatever
way. Without any, the same work is done where it is asked for. Each has a pipe of its own and shares nothing with the
others: where one is killed in the middle of a word, as none of the usual pools can bear, its pipe ends and says so.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from convdsl.mistake import MistakeError
from convdsl.train.interrupt import SIGNALS
from convdsl.train.photos import PhotoError

MOST = 256
_UNSENT = (
    AttributeError,
    ImportError,
    MemoryError,
    TypeError,
    ValueError,
)  # by packing for a pipe

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
        self._asked: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._processes: list[BaseProcess] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        context = get_context("spawn")  # a fork would copy locks that torch's threads hold, and nobody to open them
        for _ in range(self.count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            with _unheard():
                process.start()
            theirs.close()  # or the pipe would not end with the process
            thread = threading.Thread(target=_lead, args=(self._asked, ours), daemon=True)
            thread.start()
            self._processes.append(process)
            self._threads.append(thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(Empty):
            while (waiting := self._asked.get_nowait()) is not None:
                waiting[0].cancel()
        for _ in self._threads:
            self._asked.put(None)
        for process in self._processes:
            process.kill()  # what it reads is wanted by nobody, and reading leaves nothing half done
        for process in self._processes:
            process.join()
        for thread in self._threads:
            thread.join()

    def ask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
        """Have something done and return how to wait for it; without processes it is done then.

        work: a function of a module, which another process can find. Waiting raises what the work raises, of PhotoError
        and ValueError, and MistakeError where the process has died.
        """
        if not self.count:
            return partial(work, *args, **kwargs)
        future: Future[T] = Future()
        self._asked.put((future, partial(work, *args, **kwargs)))
        return future.result

    def each(self, work: Callable[[U], T], items: Iterable[U]) -> Iterator[Callable[[], T]]:
        """Do the same for many things, a few ahead, and yield how to wait for each, in their order."""
        waiting: deque[Callable[[], T]] = deque()
        for item in items:
            waiting.append(self.ask(work, item))
            if len(waiting) > 4 * self.count:
                yield waiting.popleft()
        yield from waiting


def _lead(asked: "SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]", pipe: "Connection[Any, Any]") -> None:
    """Give one process after another work of what was asked, in a thread, until there is a None."""
    while (one := asked.get()) is not None:
        future, work = one
        if not future.set_running_or_notify_cancel():
            continue
        try:
            pipe.send(work)
            value, error = pipe.recv()
        except (EOFError, OSError):
            future.set_exception(_died())  # and so do all that come: nobody waits for ever
            continue
        except _UNSENT as error:
            future.set_exception(error)
            pipe.close()  # what comes out of it next would be the middle of something
            continue
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)
    pipe.close()


def _serve(pipe: "Connection[Any, Any]") -> None:
    """Do what is asked, in a process of its own, until the pipe ends: with the process that asks, if not before."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            work = pipe.recv()
            done: tuple[Any, Exception | None]
            try:
                done = work(), None
            except (PhotoError, ValueError) as error:
                done = None, error
            pipe.send(done)


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
