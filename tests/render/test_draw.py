"""Choosing a painter by a file's name."""

import json

import pytest

from convdsl.mistake import MistakeError
from convdsl.render import draw as draw_module
from convdsl.render.draw import STYLES, Style, draw, format_of
from convdsl.render.svg import svg
from convdsl.render.wish import Wish
from tests.render.networks import network6
from tests.render.test_layout import unet


def test_format_of_a_file_is_chosen_by_its_suffix():
    names = ("net.svg", "a/b.PNG", "x.json", "x.dot", "x.gv", "-")
    assert [format_of(name) for name in names] == ["svg", "png", "json", "dot", "dot", "svg"]


def test_format_of_an_unknown_suffix_says_which_there_are():
    with pytest.raises(MistakeError) as caught:
        format_of("net.bmp")
    assert ".bmp" in caught.value.message
    assert ".svg, .png, .pdf" in caught.value.way_out


def test_draw_in_each_text_format_is_what_its_painter_gives():
    network = network6().network()
    assert draw(network) == svg(network)
    assert str(draw(network, "dot")).startswith("digraph")
    assert draw(network, "svg", Wish(direction="LR")) == svg(network, direction="LR")
    scene = json.loads(draw(network, "json"))
    assert scene["title"] == "Network6"
    assert len(scene["boxes"]) == 17
    assert all(isinstance(box[side], int) for box in scene["boxes"] for side in ("x", "y", "width", "height"))


def test_draw_when_an_option_is_unknown_raises():
    network = network6().network()
    for options in ({"kind": "bmp"}, {"theme": "sepia"}, {"wish": Wish(direction="RL")}, {"style": "cubist"}):
        with pytest.raises(ValueError, match="expected"):
            draw(network, **options)


def test_draw_when_a_style_has_no_such_format_says_which_it_has(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(draw_module, "STYLES", {**STYLES, "plain": Style("one canvas", STYLES["graph"].canvas, {})})
    with pytest.raises(MistakeError, match="the style `plain` cannot be written as dot") as caught:
        draw(network6().network(), "dot", style="plain")
    assert ".svg" in caught.value.way_out
    assert "--style graph" in caught.value.way_out


def test_draw_when_a_style_draws_no_single_layer_refuses_one():
    with pytest.raises(MistakeError, match="draws the whole network"):
        draw(network6().network(), wish=Wish(layer="conv1"))


def test_draw_when_a_name_is_collapsed_makes_one_card_of_each_such_block():
    network = unet(2).network()
    whole, by_name, by_block = (
        json.loads(str(draw(network, "json", Wish(collapse=globs)))) for globs in ((), ("e0",), ("Dou*",))
    )
    # e0 and e1 hold two cards each, d0 and d1 one, which stands for its block anyway
    assert len(whole["boxes"]) - len(by_name["boxes"]) == 1
    assert len(whole["boxes"]) - len(by_block["boxes"]) == 2
    assert {"e0 Double", "e1 Double"} <= {text["text"] for box in by_block["boxes"] for text in box["texts"]}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_in_every_format_of_text_is_the_same_twice(style: str):
    network = network6().network()
    wish = Wish(layer="conv2" if STYLES[style].one_layer else "", sizes={"H": 64, "W": 64})
    for kind in STYLES[style].formats:
        if kind in ("svg", "json", "dot", "mermaid", "tikz", "html"):
            assert draw(network, kind, wish, style=style) == draw(network, kind, wish, style=style) != ""


def test_tikz_file_is_the_part_of_the_document_that_draws():
    network = network6().network()
    whole, part = (str(draw(network, kind)) for kind in ("tikz", "tikzpicture"))
    drawn = part[part.index("\\definecolor") :]
    assert drawn in whole
    assert drawn.endswith("\\end{tikzpicture}%\n")
    assert "documentclass{" not in part
