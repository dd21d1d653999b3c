"""A window beside a dense layer: lines of one look are one weight, and the counts are torch's."""

import pytest
import torch

from convdsl.mistake import MistakeError
from convdsl.pipeline import analyze
from convdsl.render.arithmetic.sharing import canvas, sharing
from convdsl.render.arithmetic.still import Heading
from convdsl.render.canvas import Label, Line, flat
from convdsl.render.wish import Wish
from convdsl.source import Source
from tests.render.arithmetic.layers import Call, calls, said, slide
from tests.render.canvas_faults import faults

WEIGHTY = [call for call in calls() if call[0].startswith(("Conv", "Filter"))]


@pytest.mark.parametrize("call", WEIGHTY, ids=said)
def test_sharing_of_every_layer_with_weights_has_no_fault(call: Call) -> None:
    drawn = sharing(slide(call), Heading(said(call)))
    assert list(faults(drawn)) == []


def looks(call: Call) -> dict[tuple[tuple[int, int], ...], tuple[str, int]]:
    drawn = sharing(slide(call), Heading(""))
    return {item.points: (item.stroke, item.weight) for item in flat(drawn.items) if isinstance(item, Line)}


def test_sharing_draws_a_line_for_each_product_and_a_look_for_each_weight() -> None:
    lines = looks(("Conv1d", (1, 3), {"padding": 1}, (1, 1, 8)))
    # 8 outputs of 3 taps, less one at each end that reads padding; 8 * 8 lines of the dense layer; 3 in the key
    assert len(lines) == 22 + 64 + 3
    assert len({look for look in lines.values() if look != ("edge", 10)}) == 3


def test_sharing_of_a_transposed_window_gives_lines_to_the_taps_that_torch_uses() -> None:
    lines = looks(("ConvTranspose1d", (1, 3), {"stride": 2}, (1, 1, 3)))
    tap = {look: index for index, look in enumerate([("bar:conv", 12), ("bar:pool", 36), ("bar:resize", 22)])}
    fan = sorted((points[0][1], points[1][1], tap[look]) for points, look in lines.items() if look in tap)
    # of the lines that leave the first input, from top to bottom, torch's weight: out[2 i + t] += w[t] x[i]
    first = [which for start, _, which in fan if start == min(row[0] for row in fan)]
    weight = torch.tensor([[[0.0, 1.0, 2.0]]])
    unit = torch.nn.functional.conv_transpose1d(torch.tensor([[[1.0, 0.0, 0.0]]]), weight, stride=2)
    assert first == unit[0, 0, :3].long().tolist()


@pytest.mark.parametrize(
    ("call", "module"),
    [
        ("Conv2d(8, 3, groups=2)", torch.nn.Conv2d(4, 8, 3, groups=2)),
        ("ConvTranspose2d(6, 4, groups=2)", torch.nn.ConvTranspose2d(4, 6, 4, groups=2)),
    ],
)
def test_sharing_counts_the_weights_that_torch_has(call: str, module: torch.nn.Conv2d) -> None:
    network = analyze(Source("n.cdsl", f"convdsl 1\nmodel M {{\n  input x: [N, 4, 8, 8]\n  y = {call}\n}}\n")).network()
    texts = [item.text for item in flat(canvas(network, Wish(layer="y")).items) if isinstance(item, Label)]
    assert any(text.startswith(f"The layer itself: {module.weight.numel():,} weights") for text in texts)


def test_sharing_of_a_window_that_is_longer_than_a_row_is_drawn_and_says_that_looks_come_again() -> None:
    body = "  input x: [N, 3, H, W]\n  y = Conv2d(3, 64, 3)"
    network = analyze(Source("n.cdsl", f"convdsl 1\nmodel M {{\n{body}\n}}\n")).network()
    drawn = canvas(network, Wish(layer="y"))
    texts = [item.text for item in flat(drawn.items) if isinstance(item, Label)]
    # two outputs of a window of 64 that steps by 3: 67 inputs, and 2 * 64 lines
    assert any(text.startswith("Drawn: 128 lines, 64 different weights") for text in texts)
    assert any("come again from w7 on" in text for text in texts)
    assert list(faults(drawn)) == []


def test_sharing_of_a_pool_is_refused_with_the_layers_that_share() -> None:
    body = "  input x: [N, 1, H, W]\n  a = Conv2d(2, 3)\n  b = MaxPool2d(2)\n  output b: [N, 2, H // 2 - 1, W // 2 - 1]"
    network = analyze(Source("n.cdsl", f"convdsl 1\nmodel M {{\n{body}\n}}\n")).network()
    with pytest.raises(MistakeError, match="no weights") as found:
        canvas(network, Wish(layer="b"))
    assert found.value.way_out == "layers that share weights: a"
