"""NumPy's generator for many places at once: the numbers that `shuffle.generator(*key).random(n)` gives, key by key.

A generator of its own for each crop takes some 30 microseconds; a GPU is through with a crop in less. Plain array
arithmetic gives the same bits for a whole epoch in one go.
Sources: NumPy's SeedSequence (numpy/random/bit_generator.pyx, after M. O'Neill's seed_seq_fe) and Philox4x64-10
(Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Longs = NDArray[np.uint64]

POOL = 4  # words into which SeedSequence mixes a key
HALF, LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
MULTIPLIERS = (np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157))
WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)  # what is added to the key from round to round
ROUNDS = 10


def uniforms(head: Sequence[int], columns: Sequence[NDArray[np.int64]], count: int) -> NDArray[np.float64]:
    """Draw `count` numbers, 0 <= x < 1, for each key: `head`, and then a number of each column.

    head: integers >= 0. columns: one or more of (N), 0 <= index < 2**32. Returns (N, count).
    """
    with np.errstate(over="ignore"):
        words = _state(_pool(head, [column.astype(np.uint32) for column in columns]), 4)
        keys = [words[2 * i].astype(np.uint64) | words[2 * i + 1].astype(np.uint64) << HALF for i in range(2)]
        blocks = [word for block in range(-(-count // 4)) for word in _philox(keys, block + 1)]
    return np.stack([(word >> np.uint64(11)) * 2.0**-53 for word in blocks[:count]], axis=1)


def _pool(head: Sequence[int], columns: Sequence[Words]) -> list[Words]:
    """Mix keys into four words, as SeedSequence.mix_entropy does."""
    like = columns[0]
    entropy = [*(np.full_like(like, word) for number in head for word in _split(number)), *columns]
    mixed = _Hash(0x43B0D7E5, 0x931E8875)
    pool = [mixed(entropy[i] if i < len(entropy) else np.zeros_like(like)) for i in range(POOL)]
    for source in range(POOL):
        for target in range(POOL):
            if source != target:
                pool[target] = _mix(pool[target], mixed(pool[source]))
    for word in entropy[POOL:]:
        for target in range(POOL):
            pool[target] = _mix(pool[target], mixed(word))
    return pool


def _split(number: int) -> list[int]:
    """Cut a number into words of 32 bits, the lowest first; 0 is one word."""
    return [number >> shift & 0xFFFFFFFF for shift in range(0, max(1, number.bit_length()), 32)]


class _Hash:
    """SeedSequence's hash of words, whose constant moves on with each."""

    def __init__(self, start: int, factor: int) -> None:
        self._constant, self._factor = start, factor

    def __call__(self, word: Words) -> Words:
        word = word ^ np.uint32(self._constant)
        self._constant = self._constant * self._factor & 0xFFFFFFFF
        word = word * np.uint32(self._constant)
        return word ^ word >> np.uint32(16)


def _mix(x: Words, y: Words) -> Words:
    word: Words = x * np.uint32(0xCA01F9DD) - y * np.uint32(0x4973F715)
    return word ^ word >> np.uint32(16)


def _state(pool: Sequence[Words], count: int) -> list[Words]:
    """Give the first `count` <= 4 words that the pool stands for, as SeedSequence.generate_state does."""
    mixed = _Hash(0x8B51F9DD, 0x58F38DED)
    return [mixed(word) for word in pool[:count]]


def _philox(keys: Sequence[Longs], block: int) -> list[Longs]:
    """Encrypt the counter `block`: four words of each key."""
    zero = np.zeros_like(keys[0])
    x = [zero + np.uint64(block), zero, zero, zero]
    for turn in range(ROUNDS):
        first, second = (key + np.uint64(turn * step & (2**64 - 1)) for key, step in zip(keys, WEYL, strict=True))
        (high0, low0), (high1, low1) = _product(MULTIPLIERS[0], x[0]), _product(MULTIPLIERS[1], x[2])
        x = [high1 ^ x[1] ^ first, low1, high0 ^ x[3] ^ second, low0]
    return x


def _product(factor: np.uint64, x: Longs) -> tuple[Longs, Longs]:
    """Multiply 64 by 64 bits: the high and the low half of the product."""
    a, b, c, d = factor >> HALF, factor & LOW, x >> HALF, x & LOW
    middle = a * d + (b * d >> HALF)
    rest = b * c + (middle & LOW)
    return a * c + (middle >> HALF) + (rest >> HALF), factor * x
