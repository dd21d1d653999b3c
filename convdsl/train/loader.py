"""The batches of a run in order, cut before they are asked for; what each holds depends on the step alone."""

from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Self, TypeVar

from convdsl.recipe import Recipe
from convdsl.train import shuffle
from convdsl.train.album import Album, Batch
from convdsl.train.workers import Workers

AHEAD = 3  # batches that are cut while the network learns

T = TypeVar("T")


def draws(album: Album, recipe: Recipe, step: int) -> tuple[shuffle.Draw, ...]:
    """Say what a step sees: which photographs, and how each is cut."""
    return shuffle.batch(recipe.seed, step, recipe.batch, len(album), len(album.sides), recipe.flip)


class Batches:
    """Cut the next batches beside the network that learns; the workers read what is not in memory."""

    def __init__(
        self,
        album: Album,
        recipe: Recipe,
        first: int,
        last: int,
        workers: Workers | None = None,
        part: slice = slice(None),
    ) -> None:
        """Begin at step `first`. part: which crops of a batch are cut here."""
        self._album, self._recipe, self._last, self._part = album, recipe, last, part
        self._workers = workers or Workers(0)
        self._next = first
        self._waiting: dict[int, Future[Batch]] = {}
        self._ended = False
        # a thread reads by itself, or waits for workers, who then have more than one batch to do
        self._pool = ThreadPoolExecutor(AHEAD if self._workers.count else 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self._ended = True
        self._pool.shutdown(cancel_futures=True)

    def take(self, step: int) -> Batch:
        """Return the crops of a step, the steps being asked for in order.

        Raises MistakeError where a photograph is not what it was, or a process that read died.
        """
        while self._next < min(step + 1 + AHEAD, self._last):
            self._waiting[self._next] = self._pool.submit(self._cut, self._next)
            self._next += 1
        return self._waiting.pop(step).result()

    def _cut(self, step: int) -> Batch:
        drawn = draws(self._album, self._recipe, step)[self._part]
        asked = [self._album.ask(draw, self._recipe.crop, self._workers) for draw in drawn]
        return self._album.stack(drawn, self._while_wanted(asked))

    def _while_wanted(self, asked: Iterable[T]) -> Iterator[T]:
        for one in asked:
            if self._ended:
                raise CancelledError
            yield one
