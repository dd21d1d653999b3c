"""The algebra, the canonical form and the printing of exact sets of sizes, against brute force."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import sizeset
from convdsl.sizes import Size, constant, symbol
from convdsl.sizeset import SizeSet, congruent, everything, interval, members, nothing

REACH = 700  # brute force looks at 1..REACH: beyond every threshold plus a period of the sets made here
LAW = settings(max_examples=150, deadline=None)

triples = st.tuples(st.integers(1, 4), st.integers(-7, 7), st.integers(1, 4))


@st.composite
def nests(draw: st.DrawFn) -> Size:
    """Make a size of H by up to five triples, with the period kept small enough for brute force."""
    size = symbol("H")
    for a, b, c in draw(st.lists(triples, max_size=5)):
        longer = size.then(a, b, c)
        if longer.period[0] <= 48 and longer.period[1] <= 200:
            size = longer
    return size


@st.composite
def sets(draw: st.DrawFn) -> SizeSet:
    """Make a set by unions of lists, intervals and residue classes cut at a threshold."""
    out = members(draw(st.lists(st.integers(1, 40), max_size=5)))
    if draw(st.booleans()):
        low = draw(st.integers(1, 60))
        out = out.union(interval(low, low + draw(st.integers(0, 40))))
    if draw(st.booleans()):
        period = draw(st.integers(1, 12))
        residues = draw(st.lists(st.integers(0, period - 1), min_size=1, max_size=4))
        out = out.union(congruent(residues, period).intersect(interval(draw(st.integers(1, 60)), None)))
    return out


def listed(one: SizeSet, reach: int = REACH) -> list[int]:
    return [x for x in range(1, reach + 1) if one.contains(x)]


def is_canonical(one: SizeSet) -> bool:
    """Check the canonical form by its definition."""
    if one.start is None:
        return one.period == 1 and one.residues == () and list(one.finite) == sorted(set(one.finite))
    pattern = set(one.residues)
    smaller = [p for p in range(1, one.period) if one.period % p == 0]
    smallest = not any(all((r + p) % one.period in pattern for r in pattern) for p in smaller)
    before = next((x for x in range(one.start - 1, 0, -1) if x % one.period in pattern), None)
    tight = one.start % one.period in pattern and (not one.finite or one.finite[-1] < one.start)
    return smallest and tight and not (before is not None and one.finite and one.finite[-1] == before)


@LAW
@given(sets(), sets())
def test_algebra_equals_brute_force(one: SizeSet, two: SizeSet) -> None:
    a, b = set(listed(one)), set(listed(two))
    for result, expected in (
        (one.intersect(two), a & b),
        (one.union(two), a | b),
        (one.minus(two), a - b),
        (one.complement(), set(range(1, REACH + 1)) - a),
    ):
        assert set(listed(result)) == expected
        assert is_canonical(result)


@LAW
@given(sets(), sets(), sets())
def test_algebra_laws_hold_as_equal_values(one: SizeSet, two: SizeSet, three: SizeSet) -> None:
    assert one.intersect(two) == two.intersect(one)
    assert one.union(two) == two.union(one)
    assert one.intersect(two.union(three)) == one.intersect(two).union(one.intersect(three))
    assert one.union(two).complement() == one.complement().intersect(two.complement())
    assert one.complement().complement() == one
    assert one.minus(two) == one.intersect(two.complement())
    assert one.minus(two).union(one.intersect(two)) == one
    assert one.is_subset(one.union(two)) and one.intersect(two).is_subset(one)
    assert one.union(nothing()) == one and one.intersect(everything()) == one


@LAW
@given(nests(), nests(), st.integers(1, 30), st.integers(1, 6), sets())
def test_guards_equal_brute_force(f: Size, g: Size, m: int, r: int, one: SizeSet) -> None:
    sizes = range(1, REACH + 1)
    for result, expected in (
        (one.at_least(f, m), [x for x in sizes if f.at(x) >= m]),
        (one.at_most(f, m), [x for x in sizes if f.at(x) <= m]),
        (one.equal(f, g), [x for x in sizes if f.at(x) == g.at(x)]),
        (one.equal(f, constant(m)), [x for x in sizes if f.at(x) == m]),
        (one.not_less(f, g), [x for x in sizes if f.at(x) >= g.at(x)]),
        (one.not_less(constant(m), f), [x for x in sizes if m >= f.at(x)]),
        (one.divisible(f, r), [x for x in sizes if f.at(x) % r == 0]),
    ):
        assert listed(result) == [x for x in expected if one.contains(x)]
        assert is_canonical(result)


@LAW
@given(sets(), st.integers(1, 200))
def test_nearest_first_and_below_equal_brute_force(one: SizeSet, x: int) -> None:
    found = listed(one)
    below, above = one.nearest(x)
    assert below == max((y for y in found if y <= x), default=None)
    assert above == min((y for y in found if y >= x), default=None)
    assert one.first() == (found[0] if found else None)
    assert list(one.below(x)) == [y for y in found if y < x]


def accepts(condition: str, x: int) -> bool:
    """Evaluate a printed condition by Python, whose operators the language shares; commas mean and."""
    depth = 0
    marked = ""
    for char in condition:
        depth += (char in "[(") - (char in "])")
        marked += "\n" if char == "," and depth == 0 else char
    return all(eval(part, {"H": x}) for part in marked.split("\n"))


@LAW
@given(sets())
def test_text_read_back_is_the_same_set(one: SizeSet) -> None:
    condition = one.where("H")
    assert [x for x in range(1, 160) if accepts(condition, x)] == listed(one, 159)


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (everything(), "H >= 1"),
        (nothing(), "H < 1"),
        (congruent([0], 16), "H % 16 == 0, H >= 16"),
        (congruent([1], 16), "H % 16 == 1, H >= 1"),
        (congruent([0, 15], 16), "H % 16 in [0, 15], H >= 15"),
        (interval(11, None).minus(members([12])), "H >= 11, H != 12"),
        (interval(224, 255), "H >= 224, H <= 255"),
        (members([3]).union(congruent([0], 4).intersect(interval(8, None))), "H in [3] or H % 4 == 0 and H >= 8"),
        (members([7]), "H == 7"),
        (members([3, 5]), "H in [3, 5]"),
        (members(range(16, 257, 16)), "H % 16 == 0, H >= 16, H <= 256"),
        (congruent([3], 16).complement(), "H % 16 != 3, H >= 1"),
        (congruent(range(8, 24), 32), "H % 32 >= 8, H % 32 <= 23, H >= 8"),
        (congruent([0, 1, 2, 3, 29, 30, 31], 32), "(H % 32 < 4 or H % 32 > 28), H >= 1"),
        (interval(32, 63).union(interval(224, 255)), "H >= 32 and H <= 63 or H >= 224 and H <= 255"),
        (congruent([0], 4).minus(members([8, 16])), "H % 4 == 0, H >= 4, not H in [8, 16]"),
    ],
)
def test_text_uses_few_clear_terms(one: SizeSet, text: str) -> None:
    assert one.where("H") == text == one.text("H")


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (everything(), ""),
        (congruent([0], 4), "H % 4 == 0"),
        (congruent([0, 15], 16), "H % 16 in [0, 15]"),
        (congruent([0], 4).minus(members([4])), "H % 4 == 0, H >= 8"),
        (interval(3, None), "H >= 3"),
    ],
)
def test_brief_text_leaves_out_a_bound_that_follows_from_the_rest(one: SizeSet, text: str) -> None:
    assert one.where("H", brief=True) == text


def test_canonical_form_lowers_the_start_over_members_that_fit_the_pattern() -> None:
    assert members([4, 8, 12]).union(congruent([0], 4).intersect(interval(16, None))) == SizeSet((), 4, 4, (0,))
    assert congruent([0, 2, 4, 6], 8) == congruent([0], 2)


def test_a_period_too_large_to_look_through_is_exact_up_to_a_bound() -> None:
    # the sum of two classes has a period of 1021 * 1031 > 2**20
    one = congruent([0], 1021).union(congruent([0], 1031))
    assert one.bounded is None and one.contains(1031 * 5 * 10**6)  # few residues: still exact
    two = congruent([0], 1021).complement().intersect(congruent([0], 1031).complement())
    assert two.bounded == sizeset.BOUND
    assert two.contains(1020) and not two.contains(2062)
    assert two.text("H").endswith("# exact up to H = 16384")
    assert interval(1, 10**9).bounded == sizeset.BOUND


def test_far_thresholds_cost_nothing_and_stay_exact() -> None:
    far = congruent([0], 16).intersect(interval(10**9, None))
    assert far == SizeSet((), 10**9, 16, (0,))
    assert far.minus(congruent([0], 32)).first() == 10**9 + 16  # 10**9 = 2**9 * 5**9 is a multiple of 32


@LAW
@given(sets(), st.integers(-5, 120), st.integers(-5, 120))
def test_between_and_within_equal_brute_force(one: SizeSet, low: int, high: int) -> None:
    inside = [x for x in listed(one) if low <= x <= high]
    assert list(one.within(low, high + 1)) == inside
    assert one.between(low, high) == members(inside)
    assert one.between(low, None) == one.intersect(interval(low, None))
