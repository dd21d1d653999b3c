"""Several processes that train one network, as `python -m torch.distributed.run` starts them: who is who, and words
that they exchange. Numbers and decisions travel here; gradients travel in DistributedDataParallel.

What is read, decided or written once is done by the first process, and the others are told; mistakes too.
"""

import gc
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import Parameter

from convdsl.mistake import MistakeError, ToldElsewhereError
from convdsl.record import dataclass

TIMEOUT = 600.0  # seconds that a process waits for another
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ranks:
    """One process of `world`; `rank` counts from 0 over all machines, `local` over those of this machine."""

    rank: int = 0
    world: int = 1
    local: int = 0
    timeout: float = TIMEOUT

    def device(self, name: str) -> str:
        """Give each process of a machine a GPU of its own, unless one is named."""
        return f"cuda:{self.local}" if name == "cuda" and self.world > 1 else name

    @property
    def first(self) -> bool:
        """Tell whether this process speaks and writes for all."""
        return self.rank == 0

    def share(self, total: int) -> slice:
        """Return which of `total` crops this process cuts: an equal share, the first processes taking what is over."""
        each, over = divmod(total, self.world)
        start = self.rank * each + min(self.rank, over)
        return slice(start, start + each + (self.rank < over))

    def sum(self, values: Sequence[float]) -> list[float]:
        """Add numbers up over all processes, each of which calls it.

        Raises MistakeError where one is gone.
        """
        if self.world == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64)
        with self.together():
            dist.all_reduce(total, group=_words(self.timeout))
        found: list[float] = total.tolist()
        return found

    def mean(self, values: Sequence[float], weight: float) -> list[float]:
        """Average numbers over all processes; the weights of all add up to 1."""
        return list(values) if self.world == 1 else self.sum([weight * value for value in values])

    def mean_there(self, values: Sequence[Tensor], weight: float) -> Sequence[Tensor]:
        """Do the same with scalars where they lie, without waiting for them on a GPU."""
        if self.world == 1:
            return [value.detach() for value in values]
        total = torch.stack([value.detach() for value in values]) * weight
        with self.together():
            dist.all_reduce(total)
        return total.unbind()

    def average(self, parameters: Iterable[Parameter], weight: float) -> None:
        """Average the gradients of all processes, whose weights add up to 1."""
        if self.world == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        whole = torch.cat([gradient.reshape(-1) for gradient in gradients]) * weight
        with self.together():
            dist.all_reduce(whole)
        parts = torch.split(whole, [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))

    def from_first(self, work: Callable[[], T]) -> T:
        """Have the first process do something, and return to all what it returned; a mistake is raised in all."""
        if self.world == 1:
            return work()
        message: list[Any] = [None, None]
        if self.first:
            try:
                message = [work(), None]
            except MistakeError as mistake:
                with self.together():
                    dist.broadcast_object_list([None, mistake.lines()], group=_words(self.timeout))
                raise
        with self.together():
            dist.broadcast_object_list(message, group=_words(self.timeout))
        if message[1] is not None:
            raise ToldElsewhereError("\n".join(message[1]))
        found: T = message[0]
        return found

    def each(self, work: Callable[[], T]) -> T:
        """Have every process do something, and return what it returned; a mistake of one is raised in all.

        The first of those that made it tells it.
        """
        mistake: MistakeError | None = None
        result: list[T] = []
        try:
            result.append(work())
        except MistakeError as made:
            mistake = made
        shared = self.shared(mistake)
        if shared is not None:
            raise shared
        return result[0]

    def shared(self, mistake: MistakeError | None) -> MistakeError | None:
        """Tell all processes of a mistake that any of them has made: None where none has.

        The first of those that made it gets its own back, and tells it; the others get one that is told elsewhere.
        """
        if self.world == 1:
            return mistake
        teller = self._least(self.world if mistake is None else self.rank)
        if teller == self.world:
            return None
        if mistake is not None and teller == self.rank:
            return mistake
        return ToldElsewhereError(f"process {teller} of {self.world} says why it cannot go on")

    def once(self, mistake: MistakeError) -> MistakeError:
        """Have a mistake that all processes make told by the first of them alone."""
        return mistake if self.first else ToldElsewhereError(mistake.message)

    def require_equal(self, what: str, words: str) -> None:
        """Compare words with those of the first process.

        Raises MistakeError where they differ.
        """
        firsts = self.from_first(lambda: words)

        def compare() -> None:
            if words != firsts:
                message = f"process {self.rank} of {self.world} has other {what} than the first"
                raise MistakeError(message, way_out="give every machine the same")

        self.each(compare)

    def agree(self, signal: int | None) -> int | None:
        """Tell all processes of a signal that one of them has caught; None where none has."""
        if self.world == 1:
            return signal
        return -self._least(-(signal or 0)) or None

    def _least(self, number: int) -> int:
        if self.world == 1:
            return number
        least = torch.tensor(number)
        with self.together():
            dist.all_reduce(least, op=dist.ReduceOp.MIN, group=_words(self.timeout))
        return int(least)

    def require_enough(self, crops: int) -> None:
        """Refuse a batch that leaves a process without a crop.

        Raises MistakeError.
        """
        if crops < self.world:

            def refuse() -> None:
                message = f"{self.world} processes cannot share a batch of {crops}"
                raise MistakeError(message, way_out=f"`--batch {self.world}` or more, or fewer processes")

            self.from_first(refuse)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Turn what is raised where another process is gone, or silent for too long, into a MistakeError."""
        try:
            yield
        except RuntimeError as error:
            if not self.lost(error):
                raise
            raise self.loss(error) from error

    def lost(self, error: RuntimeError) -> bool:
        """Tell whether an error is that of a process that cannot reach another."""
        names = ("gloo", "Gloo", "NCCL")
        return self.world > 1 and (isinstance(error, dist.DistError) or any(name in str(error) for name in names))

    def loss(self, error: RuntimeError) -> MistakeError:
        """Say it."""
        first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        reason = re.sub(r"^\[\S+:\d+\] ", "", first)  # the line of Gloo's source
        message = f"process {self.rank} of {self.world} has lost another: it has ended, or was silent for too long"
        way = f"see what the other said; `--resume` goes on; they wait {self.timeout:g} s for each other (`--timeout`)"
        return MistakeError(message, notes=(reason[:160],), way_out=way)


ALONE = Ranks()


@cache
def _words(timeout: float) -> dist.ProcessGroup | None:
    """Return the group in which processors speak; None: the one that there is."""
    if dist.get_backend() == "gloo":
        return None
    group: dist.ProcessGroup = dist.new_group(backend="gloo", timeout=timedelta(seconds=timeout))
    return group


def from_environment(environment: Mapping[str, str] = os.environ, timeout: float = TIMEOUT) -> Ranks:
    """Read what torch.distributed.run tells each process; one process alone where it says nothing.

    Raises MistakeError where it says something else than numbers.
    """
    if not dist.is_available() or "RANK" not in environment or "WORLD_SIZE" not in environment:
        return ALONE
    try:
        rank, world, local = (int(environment.get(name, "0")) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    except ValueError as error:
        message = "RANK, WORLD_SIZE and LOCAL_RANK in the environment are no numbers"
        raise MistakeError(message, way_out="start with `python -m torch.distributed.run`") from error
    return Ranks(rank, world, local, timeout) if world > 1 else ALONE


@contextmanager
def joined(device: str, timeout: float = TIMEOUT) -> Iterator[Ranks]:
    """Meet the other processes, and part from them at the end; a group that is there already is used and left.

    Raises MistakeError where they do not come within `timeout` seconds.
    """
    ranks = from_environment(timeout=timeout)
    if ranks.world == 1:
        yield ranks
        return
    mine, cuda = not dist.is_initialized(), device.startswith("cuda")
    if cuda:
        _require_gpus(device, ranks)
    limit = timedelta(seconds=timeout)
    with ranks.together():
        if cuda:
            torch.cuda.set_device(ranks.device(device))
        if mine:
            dist.init_process_group("nccl" if cuda else "gloo", timeout=limit)
    try:
        yield ranks
        with ranks.together():
            dist.barrier(group=_words(timeout))  # nobody leaves while another still speaks
    finally:
        _words.cache_clear()
        if mine:
            gc.collect()  # what reduces gradients goes before the group that it uses
            with suppress(RuntimeError):  # where another is gone, that has been said
                dist.destroy_process_group()


def _require_gpus(device: str, ranks: Ranks) -> None:
    """Refuse to start where two processes would have one GPU; the first of the machine says it."""
    here, count = int(os.environ.get("LOCAL_WORLD_SIZE", "1")), torch.cuda.device_count()
    if here == 1 or (device == "cuda" and here <= count):
        return
    kind = MistakeError if ranks.local == 0 else ToldElsewhereError
    raise kind(
        f"{here} processes of this machine need a GPU each, and have {count if device == 'cuda' else 1}",
        way_out="start as many as there are by `--nproc-per-node`, and give them `--device cuda`",
    )
