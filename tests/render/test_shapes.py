"""How sizes are printed: every line is worked out by hand, and read back at many sizes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.render.shapes import axis_text, shape_text
from convdsl.shape import product, shape_of
from convdsl.sizes import symbol
from convdsl.sizeset import congruent, everything, interval, members

H, W = symbol("H"), symbol("W")
SIXTEENS = congruent((0,), 16)


def test_axis_text_when_the_legal_sizes_divide_is_an_exact_division():
    assert axis_text(H.then(1, 0, 16), {"H": SIXTEENS}) == "H / 16"
    assert axis_text(H.then(1, 0, 16), {"H": SIXTEENS}, tight=True) == "H/16"


def test_axis_text_when_the_legal_sizes_do_not_divide_keeps_the_floor():
    assert axis_text(H.then(1, 0, 2), {"H": everything()}) == "H // 2"
    assert axis_text(H.then(1, 0, 2), {}) == "H // 2"
    assert axis_text(H.then(1, 0, 4).then(8, 0), {"H": everything()}, tight=True) == "8⌊H/4⌋"


def test_axis_text_in_pictures_shows_floors_and_ceilings():
    assert axis_text(H.then(1, 7, 8), {}, tight=True) == "⌈H/8⌉"
    assert axis_text(H.then(1, 9, 8), {}, tight=True) == "⌊(H+1)/8⌋+1"
    assert axis_text(H.then(1, -3, 2), {}, tight=True) == "⌈H/2⌉−2"  # floor((H - 3) / 2) = floor((H + 1) / 2) - 2
    assert axis_text(H.then(1, 0, 4).then(8, 1).then(1, 1, 3), {}, tight=True) == "⌊(8⌊H/4⌋+2)/3⌋"


def test_axis_text_when_down_and_up_cancel_is_the_symbol():
    assert axis_text(H.then(1, 0, 16).then(16, 0), {"H": SIXTEENS}) == "H"


def test_axis_text_with_an_offset_writes_it_where_it_divides():
    # a valid 3x3 window: H - 2; an odd height halved with padding: (H + 1) / 2; doubled: 2H + 6
    assert axis_text(H.then(1, -2), {"H": interval(3, None)}) == "H - 2"
    assert axis_text(H.then(1, 1, 2), {"H": congruent((1,), 2)}) == "(H + 1) / 2"
    assert axis_text(H.then(2, 6), {"H": everything()}, tight=True) == "2H+6"
    assert axis_text(H.then(1, 4, 4), {"H": congruent((0,), 4)}) == "H / 4 + 1"


def test_axis_text_when_one_size_is_legal_is_a_number():
    assert axis_text(H.then(1, 0, 2), {"H": members([224])}) == "112"


def test_axis_text_of_a_flattened_map_is_a_product():
    axis = product(64, (H.then(1, 0, 4), W))
    assert axis_text(axis, {"H": congruent((0,), 4)}) == "64 * (H / 4) * W"
    assert axis_text(axis, {"H": congruent((0,), 4)}, tight=True) == "64·(H/4)·W"


def test_shape_text_is_a_list_or_tight():
    shape = shape_of("N", 64, H.then(1, 0, 2), W)
    assert shape_text(shape, {"H": congruent((0,), 2)}) == "[N, 64, H / 2, W]"
    assert shape_text(shape, {"H": congruent((0,), 2)}, tight=True) == "N×64×H/2×W"
    assert shape_text(shape_of("N", 3, H.then(1, -2), W.then(1, 1, 2)), {}, tight=True) == "N×3×(H−2)×⌈W/2⌉"
    assert shape_text(None, {}) == "?"


TRIPLES = st.tuples(st.integers(1, 4), st.integers(-5, 5), st.integers(1, 4))


@settings(deadline=None, max_examples=200)
@given(st.lists(TRIPLES, min_size=1, max_size=4), st.sets(st.integers(0, 11), min_size=1), st.sampled_from([4, 6, 12]))
def test_law_axis_text_read_as_python_is_the_size_at_every_legal_size(triples, residues, period):
    size = H
    for triple in triples:
        size = size.then(*triple)
    legal = congruent(residues, period)
    code = compile(axis_text(size, {"H": legal}), "axis", "eval")
    for x in range(1, 60):
        if legal.contains(x):
            assert eval(code, {"H": x}) == size.at(x)
