"""The SVG painter: well-formed, escaped, the same bytes every time, ids that do not clash."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Label
from convdsl.ops.conv2d import Conv2d
from convdsl.render.markup import escape
from convdsl.render.svg import svg
from convdsl.render.theme import THEMES
from tests.render.networks import Draft, network6
from tests.render.test_layout import inception, unet

SPACE = "{http://www.w3.org/2000/svg}"


def words(text: str) -> set[str]:
    return {element.text or "" for element in ElementTree.fromstring(text).iter(f"{SPACE}text")}


def test_svg_of_network6_says_names_windows_weights_and_shapes():
    text = svg(network6().network())
    shown = words(text)
    assert {"Network6", "gray", "conv4", "Conv2d 4×4 s2 p1", "Conv2d 4×4 p3 d2", "Concat", "ab"} <= shown
    # convolution 128 -> 256 with 4x4 taps and biases, and the norm after it
    assert f"{128 * 256 * 16 + 256 + 2 * 256:,}" in shown
    assert {"N×1×H×W", "N×256×H/16×W/16", "N×3×H×W"} <= shown
    assert "3,643,514 parameters · H % 16 == 0, W % 16 == 0" in shown


def test_svg_has_a_title_a_description_and_tooltips_with_the_source_line():
    root = ElementTree.fromstring(svg(network6().network()))
    title, description = root[0], root[1]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "Network6"
    assert (description.text or "").startswith("Layer graph of Network6: 34 layers in 17 boxes, from gray to ab.")
    tooltips = [element.text or "" for element in root.iter(f"{SPACE}title")]
    assert any(text.startswith("net.cdsl:2  conv1 = Conv2d") for text in tooltips)


def test_svg_twice_is_the_same_to_the_byte_in_another_process_too():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from convdsl.render.svg import svg\nfrom tests.render.test_layout import unet\n"
        "sys.stdout.buffer.write(svg(unet(3).network()).encode())"
    )
    root = str(Path(__file__).parents[2])
    here = svg(unet(3).network())
    assert svg(unet(3).network()) == here
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, root], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        assert done.stdout.decode() == here


def test_svg_of_two_networks_share_no_id():
    ids = [set(re.findall(r' id="([^"]*)"', svg(draft.network()))) for draft in (unet(2), unet(3), inception())]
    assert all(ids)
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]
    given_prefix = re.findall(r' id="([^"]*)"', svg(unet(2).network(), prefix="mine"))
    assert all(name.startswith("mine-") for name in given_prefix)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_svg_in_every_theme_and_direction_is_well_formed_and_has_no_duplicate_id(theme: str, direction: str):
    text = svg(inception().network(), theme=theme, direction=direction)
    root = ElementTree.fromstring(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert not re.search(r"\d\.\d{3}", text)  # whole numbers, or one fixed decimal


def test_svg_when_the_direction_or_theme_is_unknown_raises():
    with pytest.raises(ValueError, match="TB, LR, snake"):
        svg(network6().network(), direction="RL")
    with pytest.raises(ValueError, match="light, dark, print"):
        svg(network6().network(), theme="sepia")


def test_svg_when_a_layer_has_a_finding_marks_it_and_writes_it_down():
    network = network6().network()
    node = network.graph.nodes[1]
    finding = Diagnostic(codes.INVALID_ARGUMENT, "3 channels do not split into 2 groups", Label(node.span))
    node.shapes = None
    text = svg(replace(network, diagnostics=(finding,)))
    shown = words(text)
    assert "!" in shown
    assert "net.cdsl:2: error[E114" in " ".join(sorted(shown))
    assert any("groups" in line for line in shown)
    assert "1 mistake is marked" in text


def test_svg_when_a_shape_is_unknown_marks_the_card_and_the_edge():
    draft = Draft()
    x = draft.call(Conv2d(4, (3, 3)), draft.input("x", 1), name="lost")
    draft.output("y", x)
    draft.graph.nodes[-1].shapes = None
    text = svg(draft.network())
    assert "?" in words(text)
    assert text.count("stroke-dasharray") == 2


def test_svg_when_block_is_closed_is_one_card_that_says_what_it_is_made_of():
    shown = words(svg(unet(2).network(), depth=0))
    assert "2 × Conv2d 3×3 p1" in shown
    assert "e0 Double" in shown
    # 3 -> 8 and 8 -> 8 channels, 9 taps, with biases
    assert str(3 * 8 * 9 + 8 + 8 * 8 * 9 + 8) in shown


def test_svg_when_equal_layers_follow_each_other_draws_them_once():
    draft = Draft()
    x = draft.input("x", 8)
    for _ in range(5):
        x = draft.call(Conv2d(8, (3, 3), padding=(1, 1)), x)
    draft.output("y", x)
    folded, whole = words(svg(draft.network())), words(svg(draft.network(), folded=False))
    assert "Conv2d ×5" in folded
    assert "Conv2d ×5" not in whole


def test_svg_when_blocks_differ_in_one_number_shows_its_values():
    draft = Draft()
    x = draft.input("x", 8)
    for index, channels in enumerate((16, 32, 64)):
        outer = draft.open(f"e{index}", "Down")
        x = draft.call(Conv2d(channels, (3, 3), stride=(2, 2), padding=(1, 1)), x)
        x = draft.call(Conv2d(channels, (3, 3), padding=(1, 1)), x)
        draft.close(outer)
    draft.output("y", x)
    assert {"e0 … e2 Down ×3", "16→32→64"} <= words(svg(draft.network()))


def test_fold_when_a_block_is_read_by_others_keeps_it():
    shown = words(svg(unet(3).network()))
    assert not any("Double ×" in text for text in shown)


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=30), st.text(max_size=30))
def test_law_svg_with_any_names_is_well_formed(name: str, model: str):
    draft = Draft(model)
    x = draft.input(name, 1)
    outer = draft.open(name, name)
    for _ in range(2):
        x = draft.call(Conv2d(1, (1, 1)), x, name=name)
    draft.close(outer)
    draft.output(name, x)
    root = ElementTree.fromstring(svg(draft.network(), folded=False))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_escape_when_xml_cannot_hold_a_character_replaces_it():
    assert escape('<a & "b">\x00\ud800') == "&lt;a &amp; &quot;b&quot;&gt;\ufffd\ufffd"
