"""Reaches against brute force over made-up axis maps: the weight of every pixel in every output, in whole numbers."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from random import Random

import pytest

from convdsl.analysis.reach import PIXEL, Reach, step_of
from convdsl.op import AxisMap, Taps

HALF = Fraction(1, 2)


def window(first: int, count: int, stride: int = 1, dilation: int = 1) -> AxisMap:
    """Read count cells from `first` on, evenly spaced."""
    start = first + Fraction(dilation * (count - 1), 2)
    return AxisMap(Fraction(stride), start, range(0, dilation * count, dilation))


def turning(p: int, phases: Sequence[Taps], shares: tuple[tuple[int, ...], ...] = ()) -> AxisMap:
    """Make a map whose outputs take turns, len(phases) to p cells; what it says besides is not looked at."""
    return AxisMap(Fraction(p, len(phases)), Fraction(0), range(1), tuple(phases), shares)


def drawn(random: Random) -> AxisMap:
    """Draw a map: a window, or some phases of taps, even or not, alike or weighed, some of which read nothing."""
    if random.random() < 0.4:
        return window(random.randint(-3, 3), random.randint(1, 5), random.randint(1, 3), random.randint(1, 3))
    phases: list[Taps] = []
    for _ in range(random.randint(1, 3)):
        first, count, step = random.randint(-4, 4), random.randint(1, 7), random.randint(1, 3)
        even = range(first, first + count * step, step)
        phases.append(
            even if random.random() < 0.5 else tuple(sorted(random.sample(range(-5, 6), random.randint(1, 4))))
        )
    if len(phases) > 1 and random.random() < 0.3:
        phases[random.randrange(len(phases))] = ()
    weighed = random.random() < 0.4
    shares = tuple(tuple(random.randint(1, 4) for _ in taps) for taps in phases) if weighed else ()
    return turning(random.randint(1, 3), phases, shares)


def chains(seed: int) -> list[list[AxisMap]]:
    random = Random(seed)
    return [[drawn(random) for _ in range(random.randint(1, 3))] for _ in range(40)]


def reach(chain: Sequence[AxisMap], first: Reach = PIXEL) -> Reach:
    for axis in chain:
        first = first.through(step_of(axis))
    return first


def influence(chain: Sequence[AxisMap], place: int) -> Counter[int]:
    """Return the weight of every pixel in an output, cell by cell from the last layer to the first."""
    weights = Counter({place: 1})
    for axis in reversed(chain):
        before: Counter[int] = Counter()
        for cell, weight in weights.items():
            turn, phase = divmod(cell, len(axis.reads))
            for at, tap in enumerate(axis.reads[phase]):
                share = axis.shares[phase][at] if axis.shares else 1
                before[int(turn * len(axis.reads) * axis.jump) + tap] += weight * share
        weights = before
    return weights


def centre(weights: Counter[int]) -> Fraction | None:
    mass = sum(weights.values())
    return Fraction(sum(place * weight for place, weight in weights.items()), mass) if mass else None


def ends(weights: Counter[int]) -> tuple[int, int] | None:
    return (min(weights), max(weights)) if weights else None


def size(weights: Counter[int]) -> int:
    return max(weights) - min(weights) + 1 if weights else 0


@pytest.mark.parametrize("seed", range(5))
def test_law_reach_of_a_chain_is_from_the_first_to_the_last_pixel_of_influence(seed: int) -> None:
    for chain in chains(seed):
        found = reach(chain)
        count = found.phases
        assert found.exact
        jump = Fraction(1)
        for axis in chain:
            jump *= axis.jump
        assert (found.jump, found.step) == (jump, jump * count)
        places = {place: influence(chain, place) for place in range(-count - 1, 2 * count + 1)}
        for place, weights in places.items():
            assert found.edges(place) == ends(weights), (chain, place)
            turn, phase = divmod(place, count)
            start = found.starts[phase]
            assert (None if start is None else start + turn * Fraction(found.step)) == centre(weights), (chain, place)
        assert found.sizes == tuple(size(places[place]) for place in range(count))
        assert found.size == max(found.sizes)
        middles = [middle - place * jump for place in range(count) if (middle := centre(places[place])) is not None]
        assert found.start == (sum(middles) / len(middles) if middles else 0)


@pytest.mark.parametrize("seed", range(5))
def test_law_reaches_are_centred_alike_if_every_phase_is(seed: int) -> None:
    random, alike = Random(seed), 0
    for chain in chains(seed):
        one = reach(chain)
        other = reach([window(-k, 2 * k + 1) for k in (random.randint(0, 1),)] + chain)
        shifted = reach([window(random.randint(-1, 0), 2), *chain])
        for two in (other, shifted, reach([*chain, window(0, 1, 2)])):
            same = one.pace == two.pace and None not in one.starts and one.starts == two.starts
            assert one.is_centred_as(two) is same
            assert two.is_centred_as(one) is same
            alike += same
        assert one.is_centred_as(one)
    assert alike > 9


@pytest.mark.parametrize("seed", range(5))
def test_law_union_sees_what_either_sees_and_is_centred_like_the_wider(seed: int) -> None:
    random, met = Random(seed), 0
    for chain in chains(seed):
        more = [window(random.randint(-2, 2), random.randint(1, 3)) for _ in range(random.randint(0, 2))]
        at = random.randint(0, len(chain))
        doubled = [turning(2, [(0,), (1,)])] if random.random() < 0.4 else []  # one to one, told in pairs
        other = [*chain[:at], *more, *chain[at:], *doubled]
        one, two = reach(chain), reach(other)
        joined = one.union(two)
        assert joined is not None and joined.exact
        wide, widest = (one, chain) if one.size >= two.size else (two, other)
        for place in range(-joined.phases, 2 * joined.phases):
            assert joined.edges(place) == ends(influence(chain, place) + influence(other, place)), (chain, other, place)
            turn, phase = divmod(place, joined.phases)
            start = joined.starts[phase]
            middle = None if start is None else start + turn * Fraction(joined.step)
            assert middle == centre(influence(widest, place)), (chain, other, place)
        assert joined.jump == wide.jump
        assert one.union(reach([*other, window(0, 1, 2)])) is None
        met += joined.phases > 1
    assert met > 9


def test_union_with_itself_is_itself() -> None:
    assert PIXEL.union(PIXEL) is PIXEL
    assert PIXEL.union(Reach(1, (0,), (0,), (1,), (0,))) is PIXEL


def test_reach_that_sees_nothing_has_no_size_no_edges_and_no_centre() -> None:
    blind = reach([turning(1, [(0,), ()]), window(1, 1, 2)])  # every other output of two reads nothing: those
    assert (blind.size, blind.edges(5), blind.starts, blind.start) == (0, None, (None,), 0)
    # and nothing in two phases
    two = Reach(2, (None, None), (None, None), (0, 0), (0, 0))
    assert (two.sizes, two.edges(1), two.starts, two.start) == ((0, 0), None, (None, None), 0)
    assert not blind.is_centred_as(reach([turning(1, [(0,), ()]), window(1, 1, 2)]))
    assert not blind.is_centred_as(PIXEL) and not PIXEL.is_centred_as(blind)
    # a window over it sees nothing either
    assert reach([window(-1, 3)], blind).edges(0) is None


# ------------------------------------------------------------------- bounds

THIRDS = AxisMap(Fraction(2, 3), Fraction(1, 6), range(2))  # reads two cells around places of thirds: no whole cells
TWICE = AxisMap(HALF, Fraction(-1, 4), range(1), ((0,), (0,)))  # the nearest of twice as many


def bounds(found: Reach) -> tuple[object, ...]:
    return found.exact, found.jump, found.edges(0), found.start


def test_bounds_of_a_map_that_says_no_cells_lie_half_its_extent_around_its_start() -> None:
    # 1/6 - 2/2 and 1/6 + 2/2: a phase lies under a cell beside the mean, half of it on either side
    found = reach([THIRDS])
    assert bounds(found) == (False, Fraction(2, 3), (Fraction(-5, 6), Fraction(7, 6)), Fraction(1, 6))
    assert (found.phases, found.sizes) == (1, (3,))
    more = reach([AxisMap(Fraction(2, 3), Fraction(1, 6), range(3))])  # of extent 3
    assert more.edges(0) == (Fraction(1, 6) - Fraction(3, 2), Fraction(1, 6) + Fraction(3, 2))
    # a window of 3 reads a cell of 2/3 pixels more on either side; one that begins there lies a cell further
    assert bounds(reach([window(-1, 3)], found))[1:3] == (Fraction(2, 3), (Fraction(-3, 2), Fraction(11, 6)))
    wide = reach([window(0, 3, 2)], found)
    assert bounds(wide) == (False, Fraction(4, 3), (Fraction(-5, 6), Fraction(15, 6)), Fraction(5, 6))
    assert wide.edges(3) == (Fraction(-5, 6) + 4, Fraction(15, 6) + 4)


def test_bounds_stand_for_more_than_256_phases_and_for_those_of_every_phase() -> None:
    many = reach([TWICE] * 8)  # pixel 0, 256 times
    assert (many.exact, many.phases, many.edges(255), many.edges(256)) == (True, 256, (0, 0), (1, 1))
    found = reach([TWICE], many)
    # relative to its place o / 256 phase o sees -o / 256: from -255/256 to 0, their mean is -255/512. Of the next layer
    # phase 1 lies half a cell before its place, -1/2 * 1/256, and its mean -1/4 * 1/256
    low = Fraction(-255, 256) - HALF / 256
    assert bounds(found) == (False, Fraction(1, 512), (low, 0), Fraction(-255, 512) - Fraction(1, 4) / 256)
    # an odd step meets all phases as well: 3 and 128 of them
    third = turning(3, [(0,), (1, 2), (2,)])
    assert reach([third], reach([TWICE] * 6)).phases == 192
    assert not reach([third], reach([TWICE] * 7)).exact


def test_bounds_of_phases_that_read_nothing_are_those_of_the_others() -> None:
    holes = turning(1, [(2, 5), (), (-1, 0)])  # relative to o / 3: 2 to 5, and -1 - 2/3 to -2/3
    thin = reach([holes], reach([THIRDS]))
    low, high = Fraction(-5, 6) + Fraction(2, 3) * Fraction(-5, 3), Fraction(7, 6) + Fraction(2, 3) * 5
    assert bounds(thin)[:3] == (False, Fraction(2, 9), (low, high))
    dark = Reach(4, (None, 7), (None, 9), (0, 1), (0, 8))  # relative to its place, 2 pixels on: 5 to 7
    assert bounds(reach([THIRDS], dark))[2] == (5 - 2 * Fraction(5, 6), 7 + 2 * Fraction(7, 6))
    later = turning(1, [(0,), (0, 4)])  # relative to o / 2: 0, and -1/2 to 4 - 1/2
    ends = (Fraction(-5, 6) - Fraction(2, 3) / 2, Fraction(7, 6) + Fraction(2, 3) * Fraction(7, 2))
    assert bounds(reach([later], reach([THIRDS])))[2] == ends
    blind = Reach(1, (None,), (None,), (0,), (0,))
    assert bounds(reach([THIRDS], blind))[2] == (Fraction(-5, 6), Fraction(7, 6))  # never too narrow


def test_union_with_a_bound_is_a_bound_around_both_and_centred_like_the_wider() -> None:
    loose = Reach(Fraction(1), (-HALF,), (Fraction(3, 2),), (2,), (1,), exact=False)  # 3 pixels, 1/2
    three, five = reach([window(-1, 3)]), reach([window(0, 5)])
    assert bounds(loose.union(three) or PIXEL) == (False, 1, (-1, Fraction(3, 2)), HALF)
    assert bounds(three.union(loose) or PIXEL) == (False, 1, (-1, Fraction(3, 2)), 0)  # the first of two as wide
    for joined in (loose.union(five), five.union(loose)):
        assert bounds(joined or PIXEL) == (False, 1, (-HALF, 4), 2)


def test_union_of_phases_that_meet_after_more_than_256_is_a_bound() -> None:
    def pixels(count: int) -> Reach:
        return Reach(count, tuple(range(count)), tuple(range(count)), (1,) * count, tuple(range(count)))

    joined = pixels(2).union(pixels(256))
    assert joined is not None and (joined.exact, joined.phases) == (True, 256)
    for one, other in ((3, 128), (128, 3)):
        assert bounds(pixels(one).union(pixels(other)) or PIXEL) == (False, 1, (0, 0), 0)


# ------------------------------------------------------------- large numbers


def test_window_of_a_billion_pixels_is_summed_by_its_phases() -> None:
    # over pairs of one pixel: cells 0 .. 2 n - 1 are pixels 0, 0, 1, 1 .. n - 1, whose mean is (n - 1) / 2
    n = 10**9
    found = reach([TWICE, window(0, 2 * n)])
    assert (found.edges(0), found.starts[0]) == ((0, n - 1), Fraction(n - 1, 2))


def test_masses_and_moments_have_no_common_divisor() -> None:
    assert reach([window(-1, 3)] * 100).masses == (1,)
    halves = reach([window(0, 2)] * 101)  # 101 half pixels
    assert (halves.masses, halves.moments) == ((2,), (101,))
    # a mean over two cells of one pixel: two of weight 1 are as one
    assert (reach([TWICE, window(0, 2, 2)]).masses, reach([TWICE, window(0, 2, 2)]).moments) == ((1,), (0,))
    thrice = AxisMap(Fraction(1, 3), Fraction(0), range(1), ((0,), (0,), (0,)))
    assert reach([thrice, window(0, 3, 3)]).masses == (1,)
    # divided first, large ones lose nothing
    heavy = Reach(2, (0, 1), (0, 1), (1 << 300, 1 << 301), (0, 1 << 301))
    assert reach([turning(2, [(0,), (1,)])], heavy).masses == (1, 2)


@pytest.mark.parametrize(("bits", "kept"), [(190, 190), (193, 193), (194, 193), (300, 193)])
def test_masses_beyond_193_bits_lose_their_last_digits(bits: int, kept: int) -> None:
    heavy = (1 << bits) - 1  # of so many bits, all ones
    seen = Reach(2, (0, 1), (0, 1), (heavy, 1), (0, 1))
    found = reach([turning(2, [(0,), (1,)])], seen)
    assert found.masses == (heavy >> bits - kept, 1 >> bits - kept)
    assert found.moments == (0, 1 >> bits - kept)


@pytest.mark.parametrize(
    ("value", "start"),
    [
        (Fraction(1, 2**63 + 1), Fraction(1, 2**63 + 1)),  # a denominator of 64 bits
        (Fraction(1, 2**64 + 1), 0),  # of 65: the nearest of those up to a million
        # a little more than 1 / 1,000,001, which is out of reach: 1 / 1,000,000 is the nearest there is
        (Fraction(2**64, 2**64 * 1_000_001 - 1), Fraction(1, 1_000_000)),
    ],
)
def test_start_of_a_huge_denominator_is_simplified(value: Fraction, start: Fraction) -> None:
    found = Reach(1, (0,), (0,), (value.denominator,), (value.numerator,))
    assert (found.start, found.starts) == (start, (start,))
