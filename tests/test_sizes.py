"""Sizes are floor-affine functions: composing, adding, period and inverse against direct evaluation; printing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.sizes import EVERYWHERE, Size, Triple, constant, symbol, text

LAW = settings(max_examples=200, deadline=None)

triples = st.tuples(st.integers(0, 5), st.integers(-9, 9), st.integers(1, 6))
growing = st.tuples(st.integers(1, 5), st.integers(-9, 9), st.integers(1, 6))
chains = st.lists(growing, max_size=6)


def size_of(chain: list[Triple], name: str = "H") -> Size:
    out = symbol(name)
    for a, b, c in chain:
        out = out.then(a, b, c)
    return out


def direct(chain: list[Triple], x: int) -> int:
    for a, b, c in chain:
        x = (a * x + b) // c
    return x


@st.composite
def sums(draw: st.DrawFn) -> Size:
    """Make a sum of sizes with further triples on top, its period kept small."""
    out = size_of(draw(st.lists(growing, max_size=3)))
    for chain in draw(st.lists(st.lists(growing, max_size=3), max_size=3)):
        longer = out.plus(size_of(chain)).then(*draw(growing))
        if longer.period[0] <= 5000:
            out = longer
    return out


@LAW
@given(st.lists(triples, max_size=6), st.integers(-50, 300))
def test_then_equals_the_triples_one_after_another(chain: list[Triple], x: int) -> None:
    assert size_of(chain).at(x) == direct(chain, x)


@LAW
@given(chains)
def test_normal_form_is_a_fixed_point_of_composing_its_own_triples(chain: list[Triple]) -> None:
    size = size_of(chain)
    assert size_of(list(size.chain)) == size


@LAW
@given(st.lists(st.tuples(st.just(1), st.integers(-9, 9), st.integers(1, 6)), max_size=6))
def test_an_encoder_is_a_single_triple(chain: list[Triple]) -> None:
    assert len(size_of(chain).chain) <= 1


@LAW
@given(sums(), st.integers(-40, 200))
def test_period_says_where_the_size_repeats_theorem_t1(size: Size, x: int) -> None:
    period, growth = size.period
    assert size.at(x + period) == size.at(x) + growth


@LAW
@given(chains)
def test_period_divides_the_product_of_the_divisors(chain: list[Triple]) -> None:
    product = 1
    for _, _, c in chain:
        product *= c
    assert product % size_of(chain).period[0] == 0


@LAW
@given(sums(), st.integers(-60, 300))
def test_least_is_the_first_size_that_reaches_a_minimum(size: Size, m: int) -> None:
    x = size.least(m)
    assert x is not None
    assert size.at(x) >= m > size.at(x - 1)


@LAW
@given(sums(), sums(), st.integers(-30, 200))
def test_plus_adds_and_commutes(one: Size, two: Size, x: int) -> None:
    assert one.plus(two).at(x) == one.at(x) + two.at(x)
    assert one.plus(two) == two.plus(one)


@LAW
@given(sums(), st.integers(1, 120))
def test_text_says_the_size_in_the_operators_of_the_language(size: Size, x: int) -> None:
    assert eval(text(size), {"H": x}) == size.at(x)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (symbol("H"), "H"),
        (constant(7), "7"),
        (symbol("H").then(1, 0, 2), "H // 2"),
        (symbol("H").then(1, 0, 4).then(2, 0), "2 * (H // 4)"),
        (symbol("H").then(1, 0, 2).then(1, 0, 2).then(2, 1), "2 * (H // 4) + 1"),
        (symbol("W").then(1, 3, 2), "(W + 3) // 2"),
        (symbol("W").then(2, -5), "2 * W - 5"),
        (symbol("W").then(6, 3, 2), "3 * W + 1"),
    ],
)
def test_text_of_usual_sizes(size: Size, shown: str) -> None:
    assert str(size) == shown


def test_googlenet_with_four_ceil_pools_is_one_triple() -> None:
    # k7 s2 p3, four k3 s2 pools with ceil_mode: the page of exact rules names (1, 17, 32)
    size = symbol("H").then(1, 6 - 7 + 2, 2)
    for _ in range(3):
        size = size.then(1, min(2 - 3, 0) + 1, 2)
    size = size.then(1, min(2 - 2, 0) + 1, 2)  # the last pool has k2 s2
    assert len(size.chain) == 1
    sizes = [32, 33, 224, 225, 239, 240]
    assert [size.at(x) for x in sizes] == [_googlenet(x) for x in sizes]


def _googlenet(x: int) -> int:
    """Follow PyTorch's two-step rule for ceil_mode: one window less where the last would start in the padding."""
    x = (x + 6 - 7) // 2 + 1
    for kernel in (3, 3, 3, 2):
        out = -(-(x - kernel) // 2) + 1
        x = out - 1 if (out - 1) * 2 >= x else out
    return x


def test_constants_absorb_everything_and_answer_least_everywhere_or_nowhere() -> None:
    assert symbol("H").then(0, 7, 1) == constant(7)
    assert symbol("H").then(0, 7, 2).then(3, 1) == constant(10)
    assert constant(7).least(7) == EVERYWHERE and constant(7).least(8) is None
    assert constant(7).period == (1, 0)


def test_sums_fold_constants_and_affine_parts_and_refuse_two_symbols() -> None:
    h = symbol("H")
    assert h.plus(constant(3)) == h.then(1, 3, 1) == constant(3).plus(h)
    assert constant(2).plus(constant(3)) == constant(5)
    assert h.plus(h.then(1, 0, 2)) == h.then(3, 0, 2)  # h + floor(h / 2) = floor(3 h / 2)
    half = h.then(1, 0, 2).then(3, 0, 4)
    assert half.plus(half) == half.then(2, 0, 1)
    with pytest.raises(ValueError, match="different symbols"):
        h.plus(symbol("W"))


def test_symbol_of_a_sum_is_that_of_its_parts() -> None:
    h = symbol("H")
    assert h.then(1, 0, 2).plus(h.then(1, 0, 3)).symbol == "H"
    assert constant(3).symbol is None
