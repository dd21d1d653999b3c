"""Mermaid text: a node a card, a link an edge, and no character of a name that Mermaid reads as more than itself."""

import re

from convdsl.ops.conv2d import Conv2d
from convdsl.render.mermaid import mermaid, quoted
from convdsl.render.theme import LIGHT
from convdsl.render.wish import Wish
from tests.render.networks import Draft, network6
from tests.render.test_layout import unet


def test_mermaid_has_one_node_a_card_and_one_arrow_a_link():
    lines = mermaid(network6().network(), Wish(direction="LR"), LIGHT).splitlines()
    assert lines[0] == "flowchart LR"
    assert sum("-->" in line for line in lines) == 20  # 16 from one card to the next, 4 skips
    assert sum(re.match(r"  n\d+[\[(]", line) is not None for line in lines) == 17
    assert '  n0 -->|"N×1×H×W"| n1' in lines


def test_mermaid_of_a_unet_has_a_box_around_each_block_of_several_cards():
    lines = mermaid(unet(2).network(), Wish(folded=False), LIGHT).splitlines()
    assert sum(line.strip().startswith("subgraph") for line in lines) == 2
    assert sum(line.strip() == "end" for line in lines) == 2


def test_quoted_text_writes_what_has_a_meaning_as_numbers():
    # 34, 60, 62, 35, 59, 96, 37, 123: the code points of " < > # ; ` % {
    assert quoted('a"<b>#;') == '"a#34;#60;b#62;#35;#59;"'
    assert quoted("`%%{init") == '"#96;#37;#37;#123;init"'
    assert quoted("one\ntwo") == '"one<br/>two"'


def test_mermaid_when_a_shape_is_unknown_draws_a_dotted_arrow_and_says_so():
    draft = Draft()
    x = draft.call(Conv2d(4, (3, 3)), draft.input("x", 1), name="lost")
    draft.output("y", x)
    draft.graph.nodes[-1].shapes = None
    text = mermaid(draft.network(), Wish(), LIGHT)
    assert "-.->" in text
    assert '"#63; lost' in text  # a question mark
