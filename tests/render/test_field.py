"""The picture of receptive fields: sizes by the recurrences, rectangles to scale, warnings, and no overlaps."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import load
from convdsl.analysis.geometry import receptive_fields
from convdsl.pipeline import analyze
from convdsl.render.canvas import Group, Label, Rect, flat
from convdsl.render.field.canvas import canvas
from convdsl.render.profile.canvas import canvas as profile
from convdsl.render.wish import Wish
from convdsl.source import Source
from convdsl.view import network_of
from tests.render.geometry import faults
from tests.render.networks import Draft
from tests.render.test_layout import drafts
from tests.zoo import ZOO, path

HEAD = "convdsl 1\nmodel Small {\n  input x: [N, 1, H, W]\n"
# size 1 + 2 + 2 = 5; the pool sees 1 pixel more and steps by 2; a window of 3 over that 2 * 2 more: 10
SMALL = f"""{HEAD}
  a = Conv2d(4, 3, padding=1)
  b = Conv2d(4, 3, padding=1)
  p = MaxPool2d(2)
  y = Conv2d(1, 3, padding=1)
  output y: [N, 1, H // 2, W // 2]
}}
"""


def network(text):
    return network_of(analyze(Source("small.cdsl", text)))


def rows(drawn):
    """Return the words of each row of the table."""
    groups = [item for item in drawn.items if isinstance(item, Group) and not item.id.startswith("field-")]
    return {item.about: [part.text for part in flat(item.items) if isinstance(part, Label)] for item in groups}


def words(drawn):
    return " ".join(item.text for item in flat(drawn.items) if isinstance(item, Label))


def test_field_when_worked_by_hand_has_the_sizes_jumps_and_offsets():
    found = rows(canvas(network(SMALL), Wish()))
    assert found["a"][2:] == ["3", "1", "0"]
    assert found["b"][2:] == ["5", "1", "0"]
    assert found["p"][2:] == ["6", "2", "0.5"]  # the middle of pixels 0 and 1
    assert found["y"][2:] == ["10", "2", "0.5"]


def test_field_when_asked_at_a_size_says_how_much_of_it_is_seen():
    drawn = canvas(network(SMALL), Wish(sizes={"H": 64, "W": 64}))
    assert "`y` sees 10 of 64 px in height and width" in words(drawn)
    assert "`y` sees 10 of 64 px in height and width" in drawn.description
    assert "64×64 px" in words(drawn)
    wide = canvas(network(SMALL), Wish(sizes={"H": 8, "W": 64}))
    assert "`y` sees all 8 px (10 with what lies outside) in height, 10 of 64 px in width" in words(wide)


def test_field_when_drawn_on_the_input_is_to_scale_and_in_its_place():
    drawn = canvas(network(SMALL), Wish(sizes={"H": 64, "W": 64}))
    areas = {}
    for item in drawn.items:
        if isinstance(item, Group) and item.id.startswith("field-"):
            areas[item.about] = item.items[0]
    whole = next(item for item in drawn.items if isinstance(item, Rect) and item.fill == "frame_fill")
    # 320 pixels show 64: 5 each. y has 32 places, its middle one is 15: centred at 0.5 + 15 * 2 = 30.5, seeing 10
    # pixels, from 26 to 35: 130 to 180
    y = areas["y"]
    assert (whole.width, whole.height) == (320, 320)
    assert (y.x - whole.x, y.width, y.y - whole.y, y.height) == (130, 50, 130, 50)
    # a has 64 places, its middle one is 31, seeing 30 to 32: 150 to 165
    assert (areas["a"].x - whole.x, areas["a"].width) == (150, 15)


def test_field_when_there_are_too_many_layers_leaves_out_what_sees_nearly_as_much_as_the_next():
    # network 6: 4, 10, 22, 46, 142, 238, 254 and 270 pixels, the last of them cut at the borders of 256
    drawn = canvas(network_of(load(path("seed/network6"))), Wish(sizes={"H": 256, "W": 256}))
    fields = {item.about: item.items[0] for item in drawn.items if isinstance(item, Group) and item.id[:6] == "field-"}
    assert list(reversed(fields)) == ["conv1", "conv2", "conv3", "conv4", "conv5", "conv6", "output"]
    assert len({(rect.width, rect.height) for rect in fields.values()}) == 7


def test_field_when_a_join_is_misaligned_says_so():
    # padded on one side, the first window of 2 lies on pixels -1 and 0, its middle at -0.5; that of 3 has it at 0
    text = f"""{HEAD}
  a = Conv2d(4, 3, padding=1)
  x -> ZeroPad2d((1, 0, 1, 0))
  b = Conv2d(4, 2)
  Concat(a, b)
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]
}}
"""
    drawn = canvas(network(text), Wish())
    assert "misaligned in `concat`: `b` lies -1/2 pixel from `a`, -1/2 of a cell" in words(drawn)
    assert "misaligned" not in words(canvas(network(SMALL), Wish()))


def test_field_when_a_layer_sees_everything_says_the_whole_input():
    text = f"{HEAD}  AdaptiveAvgPool2d(1)\n  y = Conv2d(1, 1)\n  output y: [N, 1, 1, 1]\n}}\n"
    drawn = canvas(network(text), Wish())
    assert "`y` sees the whole input" in words(drawn)
    assert rows(drawn)["y"][2] == "whole"


@settings(deadline=None, max_examples=40)
@given(drafts())
def test_law_field_of_any_network_has_no_overlap(draft: Draft):
    network = draft.network()
    assert not list(faults(canvas(replace(network, fields=receptive_fields(network.graph)), Wish())))


@pytest.mark.parametrize("name", ["unet", "zhang2016"])
def test_field_of_a_network_of_the_zoo_has_no_overlap(name):
    assert not list(faults(canvas(network_of(load(path(name))), Wish())))


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_field_of_the_zoo_has_no_overlap(name):
    drawn = canvas(network_of(load(path(name))), Wish())
    assert not list(faults(drawn))
    assert drawn.height <= 4 * drawn.width


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(drafts(), st.booleans(), st.sampled_from([None, 0, 1]))
def test_law_bars_of_hundreds_of_networks_have_no_overlap(draft: Draft, folded: bool, depth: int | None):
    network = draft.network()
    network = replace(network, fields=receptive_fields(network.graph))
    for draw in (canvas, profile):
        assert not list(faults(draw(network, Wish(folded=folded, depth=depth))))
