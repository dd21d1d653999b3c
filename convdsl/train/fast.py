"""Keep a GPU busy: what goes to it is sent beside the step before, and what comes from it is read a step later.

On the processor everything happens at once and in order, as it is written.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self

import torch
from torch import Tensor

from convdsl.record import dataclass
from convdsl.train.album import Batch
from convdsl.train.engine import Engine
from convdsl.train.progress import Step

_cuda: Any = torch.cuda  # whose streams and events carry no types
SENT = 2  # batches that lie on the GPU or are on their way while a step runs


class Sent:
    """Batches on the device: sent by a thread and a stream of their own, from memory that the device reads by itself.

    take: gives the crops of a step, the steps being asked for in order; it is asked for steps before `last` alone.
    """

    def __init__(self, take: Callable[[int], Batch], device: torch.device, last: int) -> None:
        self._take, self._device, self._last = take, device, last
        self._next: int | None = None
        self._waiting: deque[Future[tuple[Batch, torch.cuda.Event]]] = deque()
        self._pool = ThreadPoolExecutor(1) if device.type == "cuda" else None
        self._stream = _cuda.Stream(device) if device.type == "cuda" else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def take(self, step: int) -> Batch:
        """Return the crops of a step; on a GPU the current stream waits for them, and the program does not."""
        if self._pool is None:
            return self._take(step)
        first = step if self._next is None else self._next
        for number in range(first, min(step + 1 + SENT, self._last)):
            self._waiting.append(self._pool.submit(self._send, number))
            self._next = number + 1
        batch, arrived = self._waiting.popleft().result()
        current = torch.cuda.current_stream(self._device)
        current.wait_event(arrived)
        for tensor in batch.tensors():
            tensor.record_stream(current)
        return batch

    def _send(self, step: int) -> tuple[Batch, torch.cuda.Event]:
        batch = self._take(step)
        with torch.cuda.stream(self._stream):
            sent = batch.moved(lambda tensor: tensor.pin_memory().to(self._device, non_blocking=True))
            arrived = _cuda.Event()
            arrived.record(self._stream)
        return sent, arrived


@dataclass(frozen=True, slots=True)
class Landed:
    """A step whose loss is known, and the batch that it learned from; nothing was learned where it is not finite."""

    step: Step
    batch: Batch


@dataclass(frozen=True, slots=True)
class _Begun:
    """A step that was begun; values: of the loss and then of its terms, on their way until `read` has come."""

    number: int
    rate: float
    batch: Batch
    names: tuple[str, ...]
    values: Sequence[float] | Tensor
    read: Any = None


class Flight:
    """Steps that were begun, in order, and their losses: on a GPU each is read when the next one has been begun."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._late = engine.queues
        self._begun: deque[_Begun] = deque()
        self._before = time.perf_counter()

    def __len__(self) -> int:
        return len(self._begun)

    def launch(self, batch: Batch) -> None:
        """Begin a step."""
        engine = self._engine
        number, rate = engine.done + 1, engine.lr()
        if not self._late:
            learned = engine.step(batch)
            values = (learned.loss, *learned.parts.values())
            self._begun.append(_Begun(number, rate, batch, tuple(learned.parts), values))
            return
        total = engine.launch(batch)
        found, read = torch.stack((total.loss, *total.parts.values())), None
        if found.is_cuda:
            found = torch.empty(found.shape, dtype=found.dtype, pin_memory=True).copy_(found, non_blocking=True)
            read = _cuda.Event()
            read.record()
        self._begun.append(_Begun(number, rate, batch, tuple(total.parts), found, read))

    def landed(self, everything: bool) -> Iterator[Landed]:
        """Give the steps whose losses are known, all that were begun if `everything`."""
        while len(self._begun) > (1 if self._late and not everything else 0):
            one = self._begun.popleft()
            if one.read is not None:
                one.read.synchronize()
            loss, *parts = one.values.tolist() if isinstance(one.values, Tensor) else one.values
            now = time.perf_counter()
            speed, self._before = self._engine.job.recipe.batch / max(now - self._before, 1e-9), now
            terms = dict(zip(one.names, parts, strict=True))
            yield Landed(Step(one.number, loss, one.rate, speed, terms), one.batch)


@contextmanager
def tuned(device: torch.device) -> Iterator[None]:
    """Make a GPU the current one, multiply float32 in TF32, and let cuDNN choose the fastest way for the one size that
    a run has."""
    if device.type != "cuda":
        yield
        return
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark
    torch.set_float32_matmul_precision("high")  # convolutions do so unless they are told otherwise
    torch.backends.cudnn.benchmark = True
    try:
        with torch.cuda.device(device):
            yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.benchmark = before[1]
