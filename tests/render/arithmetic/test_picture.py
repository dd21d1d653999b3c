"""Pictures of single layers: nothing overlaps, nothing is cut, and they show what they say."""

from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convdsl.argument import Invalid
from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.render.arithmetic.animation import animation
from convdsl.render.arithmetic.picture import canvas, frames
from convdsl.render.arithmetic.sheets import view
from convdsl.render.arithmetic.still import Heading, still
from convdsl.render.canvas import Label, flat
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.facts import Network
from convdsl.render.film import film
from convdsl.render.film_svg import paint_film
from convdsl.render.theme import LIGHT
from convdsl.render.wish import Wish
from convdsl.source import Source
from tests.render.arithmetic.layers import Call, calls, said, slide
from tests.render.canvas_faults import faults
from tests.zoo import ZOO, path


def network(text: str) -> Network:
    return analyze(Source("net.cdsl", f"convdsl 1\nmodel M {{\n{text}\n}}\n")).network()


def texts(drawn) -> list[str]:
    return [item.text for item in flat(drawn.items) if isinstance(item, Label)]


@pytest.mark.parametrize("values", [False, True], ids=["plain", "values"])
@pytest.mark.parametrize("call", list(calls()), ids=said)
def test_still_of_every_kind_of_layer_has_no_fault(call: Call, values: bool) -> None:
    seen = view(slide(call), numbers=values)
    drawn = still(seen, Heading(said(call), "at this size"), seen.steps())
    assert list(faults(drawn)) == []
    assert drawn.height <= 4 * drawn.width


@pytest.mark.parametrize("call", list(calls())[::5], ids=said)
def test_animation_has_frames_of_one_size_without_fault(call: Call) -> None:
    drawn = animation(view(slide(call), numbers=True, room=8), Heading(said(call)), 5)
    assert 1 <= len(drawn) <= 5
    assert len({(one.width, one.height) for one in drawn}) == 1
    assert [fault for one in drawn for fault in faults(one)] == []


BROKEN = """  input x: [N, 3, H, W]
  y = Conv2d(8, 3, stride=2, padding=1)
  z = ReLU()
  Concat(z, x)
  output w: [N, 11, H, W]"""
NET = """  input x: [N, 3, H, W] where H % 2 == 0, W % 2 == 0
  a = Conv2d(4, 3, padding=1)
  b = ReLU()
  c = Conv2d(4, 4, stride=2, padding=1)
  output c: [N, 4, H // 2, W // 2]"""


def test_canvas_without_a_layer_draws_the_first_that_has_a_picture() -> None:
    assert canvas(network(NET), Wish()).title == "Conv2d(4, 3, padding=1)"


def test_canvas_of_a_size_that_is_asked_for_says_it_and_crops() -> None:
    drawn = canvas(network(NET), Wish(layer="c", sizes={"H": 512, "W": 256}))
    assert "c at H = 512, W = 256: [1, 4, 512, 256] → [1, 4, 256, 128]" in texts(drawn)
    # (512 + 2 - 1 * (4 - 1) - 1) // 2 + 1 = 510 // 2 + 1 = 256
    assert "height: (512 + 2 * 1 - 1 * (4 - 1) - 1) // 2 + 1 = 256" in texts(drawn)
    assert any("of 514×258 cells are drawn" in text for text in texts(drawn))


def test_canvas_without_a_size_takes_a_small_one_that_the_network_accepts() -> None:
    drawn = canvas(network(NET), Wish(layer="c"))
    # 8 is even, and 8 + 2 - 4 = 6 cells leave 4 outputs
    assert "c at H = 8, W = 8: [1, 4, 8, 8] → [1, 4, 4, 4]" in texts(drawn)


def test_canvas_of_one_step_shows_it_though_it_lies_far_inside() -> None:
    drawn = canvas(network(NET), Wish(layer="c", sizes={"H": 512, "W": 512}, step=(100, 77)))
    assert [text for text in texts(drawn) if text.startswith("output (")] == ["output (100, 77)"]
    assert list(faults(drawn)) == []


@pytest.mark.parametrize("step", [(4, 0), (0,), (0, 0, 0)])
def test_canvas_of_a_step_that_there_is_not_says_which_is_the_last(step: tuple[int, ...]) -> None:
    with pytest.raises(MistakeError, match="no cell"):
        canvas(network(NET), Wish(layer="c", step=step))


def test_canvas_counts_what_a_window_reads_in_the_singular_where_it_is_one() -> None:
    # padded by 3 - 1 - 1 = 1: p x 0 x 0 x p; output 0 reads the first three
    line = network("  input x: [N, 1, 3]\n  ConvTranspose1d(1, 3, stride=2, padding=1)")
    assert "reads 1 cell of the input, 1 of padding, 1 zero" in texts(canvas(line, Wish(step=(0,))))


def test_canvas_of_one_neuron_has_one_bias() -> None:
    said = texts(canvas(network("  input x: [N, 4]\n  Linear(1)"), Wish()))
    assert "4 * 1 = 4 weights, one for each line: no two lines share one; 1 bias besides" in said


def test_canvas_of_a_layer_without_a_window_names_those_with_one() -> None:
    with pytest.raises(MistakeError, match="the arithmetic of `b`, a `ReLU`, has no picture") as found:
        canvas(network(NET), Wish(layer="b"))
    assert "a, c" in str(found.value.way_out)


def test_canvas_of_a_network_without_windows_is_refused() -> None:
    with pytest.raises(MistakeError, match="no layer slides"):
        canvas(network("  input x: [N, 3, H, W]\n  y = ReLU()\n  output y: [N, 3, H, W]"), Wish())


def test_canvas_of_a_broken_spec_is_drawn() -> None:
    drawn = canvas(network(BROKEN), Wish(layer="y"))
    assert "Conv2d(8, 3, stride=2, padding=1)" in texts(drawn)


def test_canvas_of_a_layer_with_a_finding_says_it() -> None:
    text = "  input x: [N, 3, H, W] where H >= 1\n  y = Conv2d(8, 5) : [N, 8, H, W]\n  output y: [N, 8, H - 4, W - 4]"
    found = canvas(network(text), Wish(layer="y"))
    marked = [item for item in flat(found.items) if isinstance(item, Label) and item.colour == "problem"]
    assert marked and marked[0].text.startswith("error[")


@pytest.mark.parametrize("values", [False, True], ids=["plain", "values"])
@pytest.mark.parametrize("sizes", [(8, 5), (512, 10), (3, 1000), (1, 1)])
def test_canvas_of_a_dense_layer_has_no_fault(sizes: tuple[int, int], values: bool) -> None:
    text = f"  input x: [N, {sizes[0]}]\n  y = Linear({sizes[1]})\n  output y: [N, {sizes[1]}]"
    drawn = canvas(network(text), Wish(values=values))
    assert list(faults(drawn)) == []
    assert any(f"{sizes[0] * sizes[1]:,} weights" in one for one in texts(drawn))
    each = frames(network(text), Wish(values=values))
    assert [fault for one in each for fault in faults(one)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_canvas_of_every_layer_of_the_zoo_has_no_fault(name: str) -> None:
    from convdsl.render.arithmetic.subject import drawable

    found = analyze(Source(f"{name}.cdsl", path(name).read_text("utf-8"))).network()
    for layer in drawable(found):
        for values in (False, True):
            assert list(faults(canvas(found, Wish(layer=layer, values=values)))) == [], layer


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_still_of_any_window_has_no_fault(data: st.DataObject) -> None:
    """Windows of one to three axes, plain and transposed, over maps of any size, with and without numbers."""
    axes = data.draw(st.sampled_from([1, 2, 2, 2, 3]))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(data.draw(st.integers(low, high)) for _ in range(axes))

    groups, channels, made = (data.draw(st.integers(1, 6)) for _ in range(3))
    keywords: dict[str, object] = {
        "stride": each(1, 4),
        "padding": each(0, 4),
        "dilation": each(1, 3),
        "groups": groups,
    }
    shape = (1, groups * channels, *each(1, 300 if axes < 3 else 9))
    name = data.draw(st.sampled_from(["Conv", "ConvTranspose"]))
    try:
        found = slide((f"{name}{axes}d", (groups * made, each(1, 8 if axes < 3 else 3)), keywords, shape))
    except Invalid:
        assume(False)
    seen = view(found, numbers=data.draw(st.booleans()))
    drawn = still(seen, Heading("a layer", "at a size"), seen.steps())
    assert list(faults(drawn)) == []
    assert drawn.height <= 4 * drawn.width


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Conv2d(1, 200, padding=100)", "a window of 200 × 200 is too large"),
        ("Conv2d(1, 3, padding=99999999)", "an axis of 64 is too long"),
        ("ConvTranspose2d(1, 2, stride=99999999)", "an axis of 64 is too long"),
    ],
)
def test_canvas_of_what_nobody_could_look_at_is_refused(line: str, said: str) -> None:
    with pytest.raises(MistakeError, match=said):
        canvas(network(f"  input x: [N, 1, 64, 64]\n  y = {line}"), Wish(layer="y"))


def test_canvas_at_a_size_that_is_too_long_asks_for_a_smaller_one() -> None:
    with pytest.raises(MistakeError, match="too long") as found:
        canvas(network(NET), Wish(layer="c", sizes={"H": 10**9, "W": 8}))
    assert "--size" in str(found.value.way_out)


HOSTILE = '</text><script>alert(1)</script> & "\u202e" ]]>'


def test_canvas_of_a_hostile_call_is_text_in_a_film_and_in_a_still() -> None:
    seen = view(slide(("Conv2d", (1, 3), {}, (1, 1, 5, 5))))
    drawn = animation(seen, Heading(HOSTILE, HOSTILE, (HOSTILE,)), 3)
    for text in (paint_canvas(drawn[0], LIGHT), paint_film(film(drawn), LIGHT)):
        root = ElementTree.fromstring(text)
        assert not [one for one in root.iter() if one.tag.endswith("script")]
        assert HOSTILE in "".join(root.itertext())
