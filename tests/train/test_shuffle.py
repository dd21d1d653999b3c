"""Randomness without state."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.train import shuffle
from convdsl.train.philox import uniforms


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**40), st.integers(1, 40), st.integers(1, 17))
def test_law_every_epoch_sees_every_photo_once(seed: int, photos: int, size: int) -> None:
    steps = 3 * photos  # enough for 3 epochs at any batch size
    seen = [draw.photo for step in range(steps) for draw in shuffle.batch(seed, step, size, photos, 2, True)]
    for epoch in range(3):
        assert sorted(seen[epoch * photos : (epoch + 1) * photos]) == list(range(photos))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 10**6))
def test_law_a_batch_is_a_function_of_seed_and_step(seed: int, step: int) -> None:
    first = shuffle.batch(seed, step, 4, 7, 3, True)
    shuffle.batch(seed + 1, step + 1, 4, 7, 3, True)
    shuffle.order.cache_clear()
    assert shuffle.batch(seed, step, 4, 7, 3, True) == first


def test_draws_when_seed_epoch_or_photo_differ_differ() -> None:
    cuts = {shuffle.cut(*place, 2, True) for place in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))}
    assert len(cuts) == 4
    assert len({shuffle.torch_seed(0, stream, 5) for stream in range(4)}) == 4
    assert shuffle.order(0, 0, 50) != shuffle.order(0, 1, 50) != shuffle.order(1, 1, 50)


def test_cuts_when_drawn_often_are_spread_evenly() -> None:
    cuts = [shuffle.cut(3, epoch, 0, 2, True) for epoch in range(1000)]
    # 1000 fair coins: 5 standard deviations are 5 * sqrt(1000 / 4) = 79
    assert abs(sum(cut.mirrored for cut in cuts) - 500) < 79
    assert abs(sum(cut.size for cut in cuts) - 500) < 79
    assert -1 <= min(cut.exposed for cut in cuts) < -0.98 and 0.98 < max(cut.exposed for cut in cuts) <= 1
    corners = Counter(cut.corner(12, 11, 10) for cut in cuts)
    assert set(corners) == {(top, left) for top in range(3) for left in range(2)}
    assert not any(shuffle.cut(3, epoch, 0, 2, False).mirrored for epoch in range(50))


def test_corner_when_the_photo_is_as_large_as_the_crop_is_the_corner() -> None:
    assert shuffle.Cut(0, 0.999, 0.999, False, 0.0).corner(8, 8, 8) == (0, 0)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(0, 2**32) | st.integers(0, 2**80), max_size=4),
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), min_size=1, max_size=4),
    st.integers(1, 9),
)
def test_law_numbers_of_many_places_are_those_of_numpys_generators(
    head: list[int], places: list[tuple[int, int]], count: int
) -> None:
    drawn = uniforms(head, np.array(places).T, count)
    for place, row in zip(places, drawn, strict=True):
        numpys = np.random.Generator(np.random.Philox(np.random.SeedSequence((*head, *place))))
        assert row.tolist() == numpys.random(count).tolist()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 30) | st.integers(800, 830), st.booleans())
def test_law_cuts_of_a_batch_are_those_of_its_photos_alone(seed: int, step: int, flip: bool) -> None:
    for position, draw in enumerate(shuffle.batch(seed, step, 5, 7, 3, flip), start=5 * step):
        epoch = position // 7
        assert draw.photo == shuffle.order(seed, epoch, 7)[position % 7]
        assert draw.cut == shuffle.cut(seed, epoch, draw.photo, 3, flip)
