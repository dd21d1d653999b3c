"""The batches of a run in order, cut before they are asked for; what each holds depends on the step alone."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from convdsl.recipe import Recipe
from convdsl.train import shuffle
from convdsl.train.album import Album, Batch

AHEAD = 3  # batches that are cut while the network learns


def draws(album: Album, recipe: Recipe, step: int) -> tuple[shuffle.Draw, ...]:
    """Say what a step sees: which photographs, and how each is cut."""
    return shuffle.batch(recipe.seed, step, recipe.batch, len(album), len(album.sides), recipe.flip)


class Batches:
    """Cut the next batches in a thread while the network learns."""

    def __init__(self, album: Album, recipe: Recipe, first: int, last: int) -> None:
        self._album, self._recipe, self._last = album, recipe, last
        self._next = first
        self._waiting: dict[int, Future[Batch]] = {}
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def take(self, step: int) -> Batch:
        """Return the crops of a step, the steps being asked for in order."""
        while self._next < min(step + 1 + AHEAD, self._last):
            self._waiting[self._next] = self._pool.submit(self._cut, self._next)
            self._next += 1
        return self._waiting.pop(step).result()

    def _cut(self, step: int) -> Batch:
        return self._album.batch(draws(self._album, self._recipe, step), self._recipe.crop)
