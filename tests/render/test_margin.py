"""Skips in the margin of the table and bars of characters: `show --bars`, `--ascii`."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import show
from convdsl.cli.main import main
from convdsl.render.margin import LONGEST, bar
from convdsl.render.outline import Leaf, outline
from convdsl.render.table import table
from tests.render.networks import Draft
from tests.render.test_layout import chain, dense_block, drafts, unet
from tests.zoo import path

SPEC = """convdsl 1
model M {
  input x: [N, 1, H, W]
  a = Conv2d(1, 3, padding=1)
  b = Conv2d(1, 3, padding=1)
  c = Conv2d(1, 3, padding=1)
  Add(c, b)
  d = Conv2d(1, 3, padding=1)
  Add(d, a)
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]
}
"""


def before_names(text: str) -> list[str]:
    """Return what stands in the margin of each row."""
    head, _, *rows = text.split("\n")
    return [row[: head.index("name")] for row in rows[: next(i for i, row in enumerate(rows) if row[0] in "─-")]]


def test_margin_when_skips_are_nested_draws_the_shorter_one_inside():
    # b is read by the first Add, over c; a by the second, over all of it
    assert before_names(show(SPEC, bars=True)) == [
        "     ",  # x
        "╭─── ",  # a
        "│ ╭─ ",  # b
        "│ │  ",  # c
        "│ ╰→ ",
        "│    ",  # d
        "╰──→ ",
        "     ",  # y
    ]


def test_margin_when_a_value_is_read_again_and_again_arrives_at_each():
    # c0's output is read by the layer after it and by both later joins
    text = SPEC.replace("Add(c, b)", "Add(c, a)")
    assert before_names(show(text.replace("b = Conv2d(1, 3, padding=1)\n", ""), bars=True)) == [
        "   ",  # x
        "╭─ ",  # a
        "│  ",  # c
        "├→ ",
        "│  ",  # d
        "╰→ ",
        "   ",  # y
    ]


def test_margin_when_nothing_is_skipped_takes_no_room():
    assert table(chain(3).network(), bars=True).split("\n")[0].startswith("name")


def test_margin_when_a_block_is_closed_has_its_skips_at_its_row():
    found = dict(zip(("image", "e0"), before_names(table(unet(1).network(), depth=0, bars=True)), strict=False))
    assert found == {"image": "   ", "e0": "╭─ "}


def test_margin_when_there_are_too_many_skips_says_how_many_it_leaves_out():
    # 14 layers: each value but the last is read by all later joins
    assert "skips more than the margin has room for" in table(dense_block(14).network(), bars=True, width=160)


def test_bars_when_drawn_are_shares_of_the_largest():
    assert bar(64, 64) == "█" * LONGEST
    assert bar(32, 64) == "█" * (LONGEST // 2)
    assert bar(20, 64) == "██▌"  # 20 / 64 of 8 cells: 2.5
    assert bar(1, 10**9) == "▏"
    assert bar(0, 64) == bar(0, 0) == ""


def test_show_when_bars_are_asked_for_draws_them_beside_the_numbers():
    lines = show(path("unet"), "256x256", bars=True, columns=160).split("\n")
    # the widest convolution: 64 * 64 * 9 weights and 64 biases
    assert any("36,928  ████████" in line for line in lines)
    # 18,464 of 36,928
    assert any("18,464  ████ " in line for line in lines)


@pytest.mark.parametrize("columns", [60, 90, 160])
@pytest.mark.parametrize("bars", [True, False])
def test_show_when_ascii_is_asked_for_has_no_other_character(columns: int, bars: bool):
    text = show(path("resnet18"), "224x224", bars=bars, ascii=True, columns=columns)
    assert text.isascii()
    head, rule = text.split("\n")[:2]
    assert set(rule) == {"-"}
    assert head.startswith(" ") == bars


def test_show_on_the_command_line_takes_both(capsys: pytest.CaptureFixture[str]):
    assert main(["show", str(path("unet")), "--bars", "--ascii"]) == 0
    text = capsys.readouterr().out
    assert text.isascii()
    assert "`--> concat_2" in text


@settings(deadline=None, max_examples=40)
@given(drafts(), st.booleans())
def test_law_margin_of_any_network_points_at_every_layer_that_reads_over_others(draft: Draft, ascii: bool):
    network = draft.network()
    before = before_names(table(network, width=400, bars=True, ascii=ascii))
    rows = {item.index: row for row, (item, _) in enumerate(outline(network.graph)) if isinstance(item, Leaf)}
    assert len({len(line) for line in before}) == 1
    pairs = {(value.node, node.index) for node in network.graph.nodes for value in node.inputs}
    skips = {(source, target) for source, target in pairs if target > source + 1}
    arrows = {row for row, line in enumerate(before) if (">" if ascii else "→") in line}
    if "skips more" not in table(network, width=400, bars=True):
        assert arrows == {rows[target] for _, target in skips}
    plain = table(network, width=400, ascii=ascii).split("\n")[2:]
    named = [line[len(before[0]) :] for line in table(network, width=400, bars=True, ascii=ascii).split("\n")[2:]]
    wide = max((len(row) for row in before), default=0)
    assert wide == 0 or [one.split()[:1] for one in named[: len(before)]] == [
        one.split()[:1] for one in plain[: len(before)]
    ]
