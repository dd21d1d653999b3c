"""Accepted sizes against direct evaluation of every guard, and the answers that the mathematics page promises."""

from itertools import product as pairs_of

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.analysis.accepted import Accepted, accepted
from convdsl.analysis.guards import holds
from convdsl.analysis.rectangles import ways
from convdsl.op import AtLeast, Divides, Equal, Guard, NotLess, ProductEquals
from convdsl.shape import Product
from convdsl.sizes import Size, constant, symbol
from convdsl.sizeset import congruent, interval, members

LAW = settings(max_examples=150, deadline=None)
BROAD = settings(max_examples=60, deadline=None)
H, W = symbol("H"), symbol("W")


def conv(size: Size, kernel: int, stride: int = 1, padding: int = 0) -> Size:
    """floor((x + 2p - k) / s) + 1, a convolution or pool."""
    return size.then(1, 2 * padding - kernel + stride, stride)


def up(size: Size, kernel: int, stride: int, padding: int = 0, output_padding: int = 0) -> Size:
    """s * (x - 1) + k - 2p + op, a transposed convolution."""
    return size.then(stride, kernel + output_padding - 2 * padding - stride)


def answer(*guards: Guard, symbols: str = "H") -> Accepted:
    return accepted([(guard, number) for number, guard in enumerate(guards)], symbols)


# ------------------------------------------------------------------ brute force


@st.composite
def sizes_of(draw: st.DrawFn, name: str) -> Size:
    """Make a size as layers do: convolutions, pools and transposed convolutions in any order."""
    size = symbol(name)
    for _ in range(draw(st.integers(0, 5))):
        kernel, padding = draw(st.integers(1, 5)), draw(st.integers(0, 2))
        stride = draw(st.sampled_from([1, 2, 2, 3]))
        longer = conv(size, kernel, stride, padding) if draw(st.booleans()) else up(size, kernel, stride, padding)
        if longer.period[0] <= 36 and longer.period[1] <= 36:
            size = longer
    return size


def guards_of(name: str) -> st.SearchStrategy[Guard]:
    size = sizes_of(name)
    return st.one_of(
        st.builds(AtLeast, size, st.integers(-3, 12)),
        st.builds(Divides, size, st.integers(1, 5)),
        st.builds(Equal, size, size),
        st.builds(Equal, size, st.integers(1, 12).map(constant)),
        st.builds(NotLess, size, size),
        st.builds(NotLess, st.integers(1, 40).map(constant), size),
    )


@LAW
@given(st.lists(guards_of("H"), max_size=5))
def test_accepted_of_one_symbol_equals_brute_force_up_to_200(guards: list[Guard]) -> None:
    result = answer(*guards)
    expected = [h for h in range(1, 201) if all(holds(guard, {"H": h}) for guard in guards)]
    assert [h for h in range(1, 201) if result.contains({"H": h})] == expected
    assert list(result.axes["H"].below(201)) == expected
    for h in (1, 7, 60, 200):
        assert result.first_failure({"H": h}) == [
            guards.index(guard) for guard in dict.fromkeys(guards) if not holds(guard, {"H": h})
        ]


@BROAD
@given(
    st.lists(st.one_of(guards_of("H"), guards_of("W")), max_size=2),
    st.lists(
        st.builds(
            lambda c, f, g, n: ProductEquals(Product(c, (f, g)), c * n),
            st.integers(1, 3), sizes_of("H"), sizes_of("W"), st.sampled_from([1, 4, 12, 24, 36]),
        ),
        min_size=1,
        max_size=2,
    ),
)  # fmt: skip
def test_accepted_of_two_symbols_equals_brute_force(guards: list[Guard], products: list[Guard]) -> None:
    reach = 40
    result = answer(*guards, *products, symbols="HW")
    every = [*guards, *products]
    at = {(h, w): {"H": h, "W": w} for h, w in pairs_of(range(1, reach + 1), repeat=2)}
    by_axis = {
        name: [x for x in range(1, reach + 1) if all(holds(g, {"H": x, "W": x}) for g in guards if _about(g) == {name})]
        for name in "HW"
    }
    legal = {(h, w) for h in by_axis["H"] for w in by_axis["W"] if all(holds(guard, at[h, w]) for guard in products)}
    rows = {h for h, _ in legal}
    found = {hw for hw in pairs_of(rows | set(by_axis["H"][:5]), range(1, reach + 1)) if result.contains(at[hw])}
    assert found == legal, every
    assert rows <= set(result.axes["H"].below(reach + 1))
    assert {w for _, w in legal} <= set(result.axes["W"].below(reach + 1))


def _about(guard: Guard) -> set[str]:
    match guard:
        case AtLeast(size) | Divides(size):
            return {str(size.symbol)}
        case Equal(left, right) | NotLess(left, right):
            return {str(left.symbol or right.symbol)}
        case ProductEquals():
            return {"H", "W"}


@LAW
@given(st.lists(guards_of("H"), max_size=4), st.integers(1, 60))
def test_nearest_is_legal_and_none_is_closer(guards: list[Guard], h: int) -> None:
    result = answer(*guards)
    near = result.nearest({"H": h})
    assert all(result.contains(choice) for choice in near)
    gaps = [abs(x - h) for x in range(1, 400) if all(holds(guard, {"H": x}) for guard in guards)]
    if gaps:
        assert abs(near[0]["H"] - h) == min(gaps)
    else:
        assert not near or abs(near[0]["H"] - h) >= 300


# ------------------------------------------------- answers to check against


def test_unet_of_four_levels_accepts_multiples_of_16() -> None:
    levels = [H]
    for _ in range(4):
        levels.append(conv(levels[-1], 2, 2))  # max pooling by 2
    guards: list[Guard] = [AtLeast(level, 1) for level in levels]
    value = levels[4]
    for level in reversed(levels[:4]):
        value = up(value, 2, 2)
        guards.append(Equal(level, value))
    assert answer(*guards).axes["H"] == congruent([0], 16)
    assert answer(*guards).text() == ("H % 16 == 0, H >= 16",)


def test_unet_of_odd_strides_without_output_padding_accepts_1_mod_16() -> None:
    levels = [H]
    for _ in range(4):
        levels.append(conv(levels[-1], 3, 2, 1))
    guards: list[Guard] = []
    value = levels[4]
    for level in reversed(levels[:4]):
        value = up(value, 3, 2, 1)
        guards.append(Equal(level, value))
    assert answer(*guards).text() == ("H % 16 == 1, H >= 1",)


def test_valid_unet_of_2015_with_centre_crops_accepts_188_and_more() -> None:
    levels = [H]
    value = H
    for _ in range(4):
        value = conv(conv(value, 3), 3)
        levels.append(value)
        value = conv(value, 2, 2)
    value = conv(conv(value, 3), 3)
    guards: list[Guard] = [AtLeast(value, 1)]
    for level in reversed(levels[1:]):
        value = up(value, 2, 2)
        guards.append(NotLess(level, value))
        value = conv(conv(value, 3), 3)
        guards.append(AtLeast(value, 1))
    # only now: at 188 the bottom map has 12 * (188 - 12) / 16 ... = 8 - 4 = 4 rows, at 187 the last window does not fit
    assert answer(*guards).axes["H"] == interval(188, None)


def test_autoencoder_with_a_skip_around_it_accepts_multiples_of_8() -> None:
    value = H
    for _ in range(3):
        value = conv(value, 3, 2, 1)
    for _ in range(3):
        value = up(value, 4, 2, 1)
    assert answer(Equal(value, H)).axes["H"] == congruent([0], 8)


def vgg(name: str) -> Size:
    value = symbol(name)
    for _ in range(5):
        value = conv(value, 2, 2)
    return value


def test_vgg_with_a_dense_head_accepts_three_rectangles() -> None:
    # 512 * (H // 32) * (W // 32) == 25088 = 512 * 49, and 49 = 1 * 49 = 7 * 7 = 49 * 1
    guard = ProductEquals(Product(512, (vgg("H"), vgg("W"))), 25088)
    result = answer(guard, symbols="HW")
    assert result.joint == (
        {"H": (32, 63), "W": (1568, 1599)},
        {"H": (224, 255), "W": (224, 255)},
        {"H": (1568, 1599), "W": (32, 63)},
    )
    assert result.axes["H"] == members([*range(32, 64), *range(224, 256), *range(1568, 1600)])
    assert result.contains({"H": 230, "W": 255}) and not result.contains({"H": 230, "W": 40})
    assert result.nearest({"H": 300, "W": 200})[0] == {"H": 255, "W": 224}
    assert result.as_json()["joint"] == [
        {"H": [32, 63], "W": [1568, 1599]},
        {"H": [224, 255], "W": [224, 255]},
        {"H": [1568, 1599], "W": [32, 63]},
    ]


def test_rectangles_shrink_to_what_the_axes_allow_and_vanish_without_members() -> None:
    guard = ProductEquals(Product(512, (vgg("H"), vgg("W"))), 25088)
    # only multiples of 100 on the height: none in 32..63, none in 224..255, one in 1568..1599 would be 1600: nothing
    assert answer(guard, Divides(H, 100), symbols="HW").is_empty
    result = answer(guard, Divides(H, 225), symbols="HW")  # 225 in the middle one, 1575 = 7 * 225 in the last
    assert result.joint == ({"H": (225, 225), "W": (224, 255)}, {"H": (1575, 1575), "W": (32, 63)})
    assert result.axes["H"] == members([225, 1575])
    assert result.axes["W"] == interval(32, 63).union(interval(224, 255))


def test_a_product_of_three_sizes_and_one_of_a_square() -> None:
    volume = ProductEquals(Product(2, (H, symbol("D"), W)), 2 * 6)
    result = answer(volume, symbols="DHW")
    legal = {(d, h, w) for d, h, w in pairs_of(range(1, 9), repeat=3) if d * h * w == 6}
    assert {t for t in pairs_of(range(1, 9), repeat=3) if result.contains(dict(zip("DHW", t, strict=True)))} == legal
    assert result.axes["D"] == members([1, 2, 3, 6])
    square = answer(ProductEquals(Product(3, (H.then(1, 0, 2), H)), 3 * 18))  # (h // 2) * h == 18: h = 6
    assert square.axes["H"] == members([6]) and square.joint is None


def test_two_products_on_the_same_symbols_meet() -> None:
    one = ProductEquals(Product(1, (H, W)), 12)
    two = ProductEquals(Product(1, (H.then(1, 1, 1), W)), 16)  # h w = 12 and h w + w = 16: w = 4, h = 3
    result = answer(one, two, symbols="HW")
    assert result.axes == {"H": members([3]), "W": members([4])} and result.joint is None
    assert result.text() == ("H == 3", "W == 4")


def test_products_of_many_divisors_meet_as_their_sizes_do() -> None:
    # 24 h w = 24 * 5040 and (h // 2) * w = 2520, in 60 and 48 ways: an even h with h w = 5040 answers both, an odd one
    # gives (h - 1) / 2 * w = 2520 - w / 2, which is 2520 for no w
    result = answer(
        ProductEquals(Product(24, (H, W)), 24 * 5040),
        ProductEquals(Product(1, (H.then(1, 0, 2), W)), 2520),
        symbols="HW",
    )
    assert result.joint is not None
    assert {(one["H"], one["W"]) for one in result.joint} == {
        ((h, h), (5040 // h, 5040 // h)) for h in range(2, 5041, 2) if 5040 % h == 0
    }


def test_product_of_more_ways_than_are_looked_at_is_left_out_and_named() -> None:
    # 735134400 = 2^6 * 3^3 * 5^2 * 7 * 11 * 13 * 17: three sizes share 6 twos in comb(8, 2) = 28 ways, 3 threes in 10,
    # 2 fives in 6 and each other prime in 3, which is 28 * 10 * 6 * 3^4 = 136080; two in 7 * 4 * 3 * 2^4 = 1344
    depth = symbol("D")
    guard = ProductEquals(Product(1, (depth, H, W)), 735134400)
    assert ways(guard) == 136080
    result = answer(guard, Divides(H, 2), symbols="DHW")
    assert result.unsplit == (guard,) and result.joint is None and result.axes["H"] == congruent([0], 2)
    assert result.text() == ("D * H * W == 735134400", "D >= 1", "H % 2 == 0, H >= 2", "W >= 1")
    assert result.contains({"D": 735134400 // 8, "H": 2, "W": 4}) and not result.contains({"D": 1, "H": 2, "W": 4})
    flat = answer(ProductEquals(Product(1, (H, W)), 735134400), symbols="HW")
    assert flat.unsplit == () and flat.joint is not None and len(flat.joint) == 1344
    # of one symbol there is one way, however many divisors there are: h * h = 2^50 * 3^2
    square = answer(ProductEquals(Product(1, (H, H)), 2**50 * 9))
    assert square.axes["H"] == members([3 * 2**25]) and square.unsplit == ()


def test_deep_unet_of_twelve_levels_is_decided_without_the_bounded_mode() -> None:
    levels = [H]
    for _ in range(12):
        levels.append(conv(levels[-1], 2, 2))
    guards = []
    value = levels[12]
    for level in reversed(levels[:12]):
        value = up(value, 2, 2)
        guards.append(Equal(level, value))
    assert answer(*guards, AtLeast(levels[12], 1)).axes["H"] == congruent([0], 2**12)


# ---------------------------------------------------------------- explanations


def test_blame_names_the_first_guard_that_left_nothing() -> None:
    # h // 2 * 2 == h wants even, (h - 1) // 2 * 2 + 1 == h wants odd
    even = Equal(H.then(1, 0, 2).then(2, 0), H)
    odd = Equal(H.then(1, -1, 2).then(2, 1), H)
    blame = answer(AtLeast(H, 1), even, AtLeast(H, 4), odd, Divides(H, 3)).blame()
    assert blame is not None and blame.origin == 3 and blame.leaves_nothing and blame.symbol == "H"
    assert blame.before == congruent([0], 2).intersect(interval(4, None))


def test_blame_names_a_join_that_agrees_nowhere_else() -> None:
    blame = answer(AtLeast(H, 1), Equal(H.then(2, 0), H.then(1, 10))).blame()  # 2 h == h + 10 only at 10
    assert blame is not None and blame.origin == 1 and not blame.leaves_nothing
    assert blame.after == members([10])


def test_blame_is_none_where_sizes_are_finite_for_another_reason() -> None:
    assert answer(NotLess(constant(40), H)).blame() is None
    assert answer(ProductEquals(Product(1, (H, W)), 12), symbols="HW").blame() is None


def test_a_failing_guard_about_constants_leaves_nothing() -> None:
    result = answer(AtLeast(constant(0), 1))
    assert result.is_empty and not result.contains({"H": 5}) and result.nearest({"H": 5}) == ()
    blame = result.blame()
    assert blame is not None and blame.origin == 0


def test_where_is_short_and_text_is_complete() -> None:
    result = answer(Divides(H, 8), Divides(W, 4), AtLeast(W, 6), symbols="HW")
    assert result.where() == "H % 8 == 0, W % 4 == 0, W >= 8"
    assert result.text() == ("H % 8 == 0, H >= 8", "W % 4 == 0, W >= 8")
    assert answer(symbols="HW").where() == ""


def test_json_has_the_keys_of_the_contract() -> None:
    result = answer(Divides(H, 8), symbols="HW")
    assert result.as_json() == {
        "H": {"text": "H % 8 == 0, H >= 8", "finite": [], "from": 8, "period": 8, "residues": [0]},
        "W": {"text": "W >= 1", "finite": [], "from": 1, "period": 1, "residues": [0]},
        "joint": None,
    }
    assert answer(AtLeast(constant(0), 1)).as_json()["H"] == {
        "text": "H < 1", "finite": [], "from": None, "period": 1, "residues": [],
    }  # fmt: skip


@pytest.mark.parametrize("total", [25088 * 3 + 1, 0, -5])
def test_a_product_that_cannot_be_leaves_nothing(total: int) -> None:
    assert answer(ProductEquals(Product(512, (vgg("H"), vgg("W"))), total), symbols="HW").is_empty
