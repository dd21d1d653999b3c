"""Photographs that lie on the GPU and are cut there: a step's batch is then a few hundred numbers that are sent.

Cutting 256 crops takes a thread of Python longer than a GPU takes to learn from them.
Shape legend: N crops, S their side, M pixels of all photographs at all sizes, 3 colour channels.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from convdsl.recipe import Recipe
from convdsl.train import shuffle
from convdsl.train.album import Album, Batch

SHARE = 4  # of the memory that is free, one part in so many may be photographs


def fits(album: Album, device: torch.device) -> bool:
    """Tell whether all photographs are in memory, and leave room on the GPU."""
    if device.type != "cuda" or not album.in_memory:
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return sum(pixels.nbytes for pixels in album.kept.values()) * SHARE <= free


class Resident:
    """The photographs of an album on a device; gives the batches that `Batches` gives."""

    def __init__(self, album: Album, recipe: Recipe, device: torch.device, part: slice = slice(None)) -> None:
        """Send all photographs. part: which crops of a batch are cut here."""
        self._recipe, self._device, self._count, self._part = recipe, device, len(album), part
        places = [(photo, size) for photo in range(len(album)) for size in range(len(album.sides))]
        shapes = np.array([album.kept[place].shape[:2] for place in places], np.int64)
        areas = shapes.prod(axis=1)
        # of each photograph at each size: where its pixels begin, its height and its width
        self._table = np.column_stack((np.cumsum(areas) - areas, shapes)).reshape(len(album), len(album.sides), 3)
        self._labels = np.array(album.labels, np.int64) if album.labels else None
        self._pixels_M3 = torch.empty((int(areas.sum()), 3), dtype=torch.uint8, device=device)
        for place in places:
            start, height, width = self._table[place]
            self._pixels_M3[start : start + height * width] = torch.from_numpy(album.kept[place].reshape(-1, 3))
        self._side = torch.arange(recipe.crop, device=device)

    def take(self, step: int) -> Batch:
        """Cut the crops of a step, which `shuffle.batch` says one by one."""
        recipe, crop = self._recipe, self._recipe.crop
        photos, numbers = shuffle.rows(recipe.seed, step, recipe.batch, self._count)
        photo, drawn = photos[self._part], numbers[self._part]
        size = (drawn[:, 0] * self._table.shape[1]).astype(np.int64)
        start, height, width = self._table[photo, size].T
        top, left = (
            np.floor(drawn[:, 1 + axis] * (side - crop + 1)).astype(np.int64)
            for axis, side in enumerate((height, width))
        )
        mirrored = (drawn[:, 3] < 0.5) & recipe.flip
        sent = self._sent(np.stack((start + top * width + left, width, mirrored)))
        first, stride, flip = sent.unbind()
        column_NS = torch.where(flip.bool()[:, None], crop - 1 - self._side, self._side)
        index_NSS = first[:, None, None] + stride[:, None, None] * self._side[:, None] + column_NS[:, None]
        exposed = self._sent((2 * drawn[:, 4] - 1).astype(np.float32))
        labels = None if self._labels is None else self._sent(self._labels[photo])
        return Batch(self._pixels_M3[index_NSS], exposed, labels)

    def _sent(self, numbers: NDArray[np.generic]) -> Tensor:
        tensor = torch.from_numpy(numbers)
        return (tensor.pin_memory() if self._device.type == "cuda" else tensor).to(self._device, non_blocking=True)
