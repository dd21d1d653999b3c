"""Choosing a painter by a file's name."""

import json

import pytest

from convdsl.mistake import MistakeError
from convdsl.render.draw import draw, format_of
from convdsl.render.svg import svg
from tests.render.networks import network6


def test_format_of_a_file_is_chosen_by_its_suffix():
    names = ("net.svg", "a/b.PNG", "x.json", "x.dot", "x.gv", "-")
    assert [format_of(name) for name in names] == ["svg", "png", "json", "dot", "dot", "svg"]


def test_format_of_an_unknown_suffix_says_which_there_are():
    with pytest.raises(MistakeError) as caught:
        format_of("net.pdf")
    assert ".pdf" in caught.value.message
    assert ".svg, .png, .json, .dot" in caught.value.way_out


def test_draw_in_each_text_format_is_what_its_painter_gives():
    network = network6().network()
    assert draw(network) == svg(network)
    assert str(draw(network, "dot")).startswith("digraph")
    scene = json.loads(draw(network, "json"))
    assert scene["title"] == "Network6"
    assert len(scene["boxes"]) == 17
    assert all(isinstance(box[side], int) for box in scene["boxes"] for side in ("x", "y", "width", "height"))


def test_draw_when_an_option_is_unknown_raises():
    for options in ({"kind": "pdf"}, {"theme": "sepia"}, {"direction": "RL"}):
        with pytest.raises(ValueError, match="expected"):
            draw(network6().network(), **options)
