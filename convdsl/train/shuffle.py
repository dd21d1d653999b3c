"""Randomness without state: every draw is a function of what it is for.

The order is a permutation of (seed, epoch), a photo's augmentation comes from (seed, epoch, index), a step's dropout
from (seed, step). So a run that was killed and resumed draws what the unbroken run would have drawn.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from convdsl.record import dataclass
from convdsl.train.philox import uniforms

# The first word of each stream's key: two streams never share a key.
ORDER, AUGMENT, DROPOUT, WEIGHTS, JUDGE, HINTS = range(6)
NUMBERS = 5  # from which a cut is made
AT_ONCE = 4096  # cuts that are drawn together: alone each takes as long as a hundred


def generator(seed: int, stream: int, *place: int) -> np.random.Generator:
    """Make the generator of one place; equal arguments give equal draws on every machine."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, stream, *place))))


def torch_seed(seed: int, stream: int, *place: int) -> int:
    """Make a seed for torch's generator, 0 <= seed < 2**63."""
    state = np.random.SeedSequence((seed, stream, *place)).generate_state(2, np.uint32)
    return (int(state[0]) << 31) ^ int(state[1])


@lru_cache(maxsize=4)  # an epoch's order is asked for once a photo
def order(seed: int, epoch: int, count: int) -> tuple[int, ...]:
    """Permute 0..count-1 for one epoch."""
    return tuple(generator(seed, ORDER, epoch).permutation(count).tolist())


@dataclass(frozen=True, slots=True)
class Cut:
    """How one photo is seen once: which of the sizes, the crop's corner as fractions of the room, mirrored or not, and
    how it is exposed, from -1 to 1 of what the recipe allows."""

    size: int
    top: float
    left: float
    mirrored: bool
    exposed: float

    def corner(self, height: int, width: int, crop: int) -> tuple[int, int]:
        """Place the crop in a picture: rows and columns in pixels, every corner equally likely."""
        return math.floor(self.top * (height - crop + 1)), math.floor(self.left * (width - crop + 1))


@dataclass(frozen=True, slots=True)
class Draw:
    """One entry of a batch: the photo's index in the list, and how it is cut."""

    photo: int
    cut: Cut


def cut(seed: int, epoch: int, index: int, sizes: int, flip: bool) -> Cut:
    """Draw the augmentation of photo `index` in one epoch; `sizes` is how many there are to choose from."""
    return _cut(generator(seed, AUGMENT, epoch, index).random(NUMBERS).tolist(), sizes, flip)


def _cut(numbers: Sequence[float], sizes: int, flip: bool) -> Cut:
    size, top, left, mirrored, exposed = numbers
    return Cut(int(size * sizes), top, left, flip and mirrored < 0.5, 2 * exposed - 1)


def numbers(seed: int, epoch: int, photos: int) -> NDArray[np.float64]:
    """Draw what all photos of an epoch are cut by, (photos, 5); row by row the numbers from which `cut` makes one."""
    block, inside = divmod(epoch, _span(photos))
    drawn: NDArray[np.float64] = _block(seed, block, photos)[inside]
    return drawn


def _span(photos: int) -> int:
    return max(1, AT_ONCE // photos)


@lru_cache(maxsize=2)  # a batch may lie in two
def _block(seed: int, block: int, photos: int) -> NDArray[np.float64]:
    """Draw for as many epochs as it takes to make it worth while, (epochs, photos, 5)."""
    span = _span(photos)
    epochs = np.repeat(np.arange(block * span, (block + 1) * span), photos)
    drawn = uniforms((seed, AUGMENT), (epochs, np.tile(np.arange(photos), span)), NUMBERS)
    drawn.flags.writeable = False
    return drawn.reshape(span, photos, NUMBERS)


def rows(seed: int, step: int, size: int, photos: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Say which photos step `step` (from 0) sees, (size), and draw what they are cut by, (size, 5).

    Batches run on across the ends of epochs, so that none is short.
    """
    chosen: list[tuple[int, ...]] = []
    drawn: list[NDArray[np.float64]] = []
    position, end = step * size, (step + 1) * size
    while position < end:
        epoch, place = divmod(position, photos)
        chosen.append(order(seed, epoch, photos)[place : place + end - position])
        drawn.append(numbers(seed, epoch, photos)[list(chosen[-1])])
        position += len(chosen[-1])
    return np.concatenate(chosen), np.concatenate(drawn)


def batch(seed: int, step: int, size: int, photos: int, sizes: int, flip: bool) -> tuple[Draw, ...]:
    """Say what step `step` sees, entry by entry."""
    chosen, drawn = rows(seed, step, size, photos)
    entries = zip(chosen.tolist(), drawn.tolist(), strict=True)
    return tuple(Draw(photo, _cut(row, sizes, flip)) for photo, row in entries)
