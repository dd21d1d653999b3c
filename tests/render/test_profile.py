"""The profile of a network: the numbers beside the bars, where memory peaks, and a picture without overlaps."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from convdsl import load
from convdsl.analysis.memory import alive, inference
from convdsl.pipeline import analyze
from convdsl.render.canvas import Group, Label, Rect, flat
from convdsl.render.canvas_svg import paint_canvas
from convdsl.render.field.canvas import canvas as field
from convdsl.render.profile.canvas import canvas
from convdsl.render.theme import THEMES
from convdsl.render.units import MOST
from convdsl.render.wish import Wish
from convdsl.source import Source
from convdsl.view import network_of
from tests.render.geometry import faults
from tests.render.networks import Draft
from tests.render.test_layout import chain, drafts, unet
from tests.render.test_page import HOSTILE, draft_named
from tests.zoo import ZOO, path

SMALL = """convdsl 1
model Small {
  input x: [N, 2, H, W] where H % 2 == 0, W % 2 == 0
  a = Conv2d(4, 3, padding=1)
  MaxPool2d(2)
  ReLU()
  up = ConvTranspose2d(4, 2, stride=2)
  Concat(up, a)
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]
}
"""


def small():
    return network_of(analyze(Source("small.cdsl", SMALL)))


def row(network, name, wish=None):
    """Return the words of one row."""
    for item in canvas(network, wish or Wish(sizes={"H": 8, "W": 8})).items:
        if isinstance(item, Group) and item.about == name:
            return [part.text for part in flat(item.items) if isinstance(part, Label)]
    raise AssertionError(f"no row {name}")


def test_alive_when_counted_by_hand_agrees():
    # bytes at 8x8, float32: x 2*64*4 = 512, a 4*64*4 = 1024, pool 4*16*4 = 256 (ReLU works in it), up 1024,
    # concat 8*64*4 = 2048, y 64*4 = 256; x stays throughout, a until it is joined; PyTorch's pool also makes the
    # places of its largest values, 8 bytes each, 4*16*8 = 512, and drops them at once
    places = 512
    x, a, pool, up, concat, y = 512, 1024, 256, 1024, 2048, 256
    network = small()
    assert alive(network.graph, {"H": 8, "W": 8}) == [
        x,
        x + a,
        x + a + pool + places,
        x + a + pool,
        x + a + pool + up,
        x + a + up + concat,
        x + concat + y,
    ]


@pytest.mark.parametrize("name", ["unet", "resnet18", "zhang2017"])
def test_alive_when_most_is_what_a_run_takes(name):
    network = network_of(load(path(name)))
    sizes = dict.fromkeys(network.legal.axes, 256)
    assert max(alive(network.graph, sizes)) == inference(network.graph, sizes).total


def test_profile_when_a_layer_is_looked_up_has_its_numbers():
    # a: 2 -> 4 channels, 9 taps: 72 weights and 4 biases; 72 * 64 MACs = 4608; up: 4 * 4 * 4 + 4 = 68, 64 * 16 = 1024
    assert row(small(), "a") == ["a", "Conv2d 3×3 p1", "8×8", "4", "1.00 KiB", "1.50 KiB", "76", "4.61k"]
    assert row(small(), "up") == ["up", "ConvTranspose2d 2×2 s2", "8×8", "4", "1.00 KiB", "2.75 KiB", "68", "1.02k"]


def test_profile_when_memory_peaks_marks_the_row_and_says_what_was_assumed():
    # at the concat: 512 + 1024 + 1024 + 2048 = 4608 bytes
    assert row(small(), "concat")[-1] == "peak"
    words = " ".join(
        item.text for item in flat(canvas(small(), Wish(sizes={"H": 8, "W": 8})).items) if isinstance(item, Label)
    )
    assert "4.50 KiB while `concat` runs" in words
    assert "H = W = 8, 1 image, float32" in words
    assert "in evaluation without gradients" in words
    assert "A step of training with AdamW takes" in words


def test_profile_when_batch_and_type_are_given_counts_for_them():
    # 3 images of 2 bytes a number in place of 1 of 4: half as much again
    found = row(small(), "a", Wish(sizes={"H": 8, "W": 8}, batch=3, dtype="float16"))
    assert found[4] == "1.50 KiB"
    assert found[7] == "13.8k"  # 3 * 4608 = 13,824


def test_profile_when_a_number_is_half_of_the_largest_has_half_a_bar():
    drawn = canvas(small(), Wish(sizes={"H": 8, "W": 8}))
    bars = {}
    for item in drawn.items:
        if isinstance(item, Group):
            bars[item.about] = [part.width for part in item.items if isinstance(part, Rect) and part.fill[:4] == "fill"]
    assert bars["concat"][2] == 2 * bars["a"][2]  # 2048 and 1024 bytes


@pytest.mark.parametrize("draft", [chain(100), unet(6)], ids=["chain", "unet"])
def test_profile_when_the_network_is_long_is_folded_and_adds_up(draft: Draft):
    network = draft.network()
    drawn = canvas(network, Wish())
    rows = [item for item in drawn.items if isinstance(item, Group)]
    assert 10 < len(rows) <= MOST
    assert drawn.height <= 4 * drawn.width
    unfolded = [item for item in canvas(network, Wish(folded=False)).items if isinstance(item, Group)]
    assert len(unfolded) == len(network.graph.nodes)


def test_profile_when_the_spec_is_broken_is_drawn_with_the_error():
    text = SMALL.replace("ConvTranspose2d(4, 2, stride=2)", "ConvTranspose2d(4, 3, stride=3)")
    network = network_of(analyze(Source("small.cdsl", text)))
    drawn = canvas(network, Wish())
    words = [item.text for item in flat(drawn.items) if isinstance(item, Label)]
    assert any("E204" in word for word in words)
    assert not list(faults(drawn))


def test_profile_twice_is_the_same_to_the_byte():
    first, second = (paint_canvas(canvas(small(), Wish()), THEMES["light"]) for _ in range(2))
    assert first == second


@settings(deadline=None, max_examples=40)
@given(drafts())
def test_law_profile_of_any_network_has_no_overlap(draft: Draft):
    assert not list(faults(canvas(draft.network(), Wish())))


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_profile_of_the_zoo_has_no_overlap(name):
    drawn = canvas(network_of(load(path(name))), Wish())
    assert not list(faults(drawn))
    assert drawn.height <= 4 * drawn.width


@pytest.mark.parametrize("draw", [canvas, field], ids=["profile", "field"])
@pytest.mark.parametrize("name", HOSTILE)
def test_picture_when_a_name_is_hostile_keeps_it_as_text(name: str, draw):
    network, tame = draft_named(name).network(), draft_named("plain").network()
    wild = ElementTree.fromstring(paint_canvas(draw(network, Wish()), THEMES["light"]))
    plain = ElementTree.fromstring(paint_canvas(draw(tame, Wish()), THEMES["light"]))
    assert {element.tag for element in wild.iter()} == {element.tag for element in plain.iter()}
    assert {key for element in wild.iter() for key in element.attrib} == {k for e in plain.iter() for k in e.attrib}
    assert not any("\u202e" in (element.text or "") for element in wild.iter())


@pytest.mark.parametrize(
    ("shape", "layer", "words"),
    [
        ("L", "Conv1d(2, 3, padding=1)", "length"),
        ("H, W", "Conv2d(2, 3, padding=1)", "height × width"),
        ("D, H, W", "Conv3d(2, 3, padding=1)", "depth × height × width"),
    ],
)
def test_profile_when_values_have_other_axes_names_them(shape: str, layer: str, words: str):
    text = f"convdsl 1\nmodel M {{\n  input x: [N, 1, {shape}]\n  y = {layer}\n  output y: [N, 2, {shape}]\n}}\n"
    network = network_of(analyze(Source("m.cdsl", text)))
    for drawn in (canvas(network, Wish()), field(network, Wish())):
        assert not list(faults(drawn))
    shown = [item.text for item in flat(canvas(network, Wish()).items) if isinstance(item, Label)]
    assert words in shown
