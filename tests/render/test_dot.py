"""DOT text: clusters for blocks, and no name that Graphviz could take for markup."""

from convdsl.ops.conv2d import Conv2d
from convdsl.render.dot import dot
from convdsl.render.theme import LIGHT
from convdsl.render.wish import Wish
from tests.render.networks import Draft, network6
from tests.render.test_layout import unet


def test_dot_of_a_unet_has_a_cluster_for_each_block_of_several_cards():
    text = dot(unet(2).network(), Wish(folded=False), LIGHT)
    assert text.startswith("digraph UNet {")
    assert text.count("subgraph cluster_") == 2  # the two encoder blocks; those of the decoder hold one card each
    assert 'label="e0 Double"' in text
    assert "->" in text


def test_dot_has_one_node_a_card_and_one_edge_a_link():
    text = dot(network6().network(), Wish(direction="LR"), LIGHT)
    assert "rankdir=LR" in text
    lines = text.splitlines()
    assert sum("->" in line for line in lines) == 20  # 16 from one card to the next, 4 skips
    assert sum(line.strip().startswith("n") and "->" not in line and "node [" not in line for line in lines) == 17


def test_dot_when_a_name_looks_like_markup_or_an_escape_keeps_it_plain():
    draft = Draft("M")
    x = draft.call(Conv2d(1, (1, 1)), draft.input("<b>x</b>", 1), name='a"\\n')
    draft.output("<y>", x)
    text = dot(draft.network(), Wish(), LIGHT)
    assert 'label="<b>x</b>"' in text
    assert 'label="<y>"' in text
    assert r'label="a\"\\n\n' in text
