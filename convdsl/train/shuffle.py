"""Randomness without state: every draw is a function of what it is for.

The order is a permutation of (seed, epoch), a photo's augmentation comes from (seed, epoch, index), a step's dropout
from (seed, step). So a run that was killed and resumed draws what the unbroken run would have drawn.
"""

import math
from functools import lru_cache

import numpy as np

from convdsl.record import dataclass

# The first word of each stream's key: two streams never share a key.
ORDER, AUGMENT, DROPOUT, WEIGHTS = range(4)


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
    draws = generator(seed, AUGMENT, epoch, index).random(5)
    return Cut(
        int(draws[0] * sizes), float(draws[1]), float(draws[2]), flip and bool(draws[3] < 0.5), float(2 * draws[4] - 1)
    )


def batch(seed: int, step: int, size: int, photos: int, sizes: int, flip: bool) -> tuple[Draw, ...]:
    """Say what step `step` (from 0) sees; batches run on across the ends of epochs, so that none is short."""
    draws = []
    for position in range(step * size, (step + 1) * size):
        epoch, place = divmod(position, photos)
        photo = order(seed, epoch, photos)[place]
        draws.append(Draw(photo, cut(seed, epoch, photo, sizes, flip)))
    return tuple(draws)
