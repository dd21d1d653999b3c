"""Layers whose place in the emitted file is not a plain torch.nn module: wrapped, of our own, called in another way."""

import json

import pytest
import torch

from convdsl import api
from convdsl.lower.build import build
from convdsl.lower.keys import state_keys
from convdsl.pipeline import analyze
from convdsl.source import Source

SPECS = {
    "wrapped": """
  SpectralNorm(Conv2d(16, 4, stride=2, padding=1)) -> LeakyReLU(0.2)
  SpectralNorm(ConvTranspose2d(8, 4, stride=2, padding=1), legacy=true)
  y = WeightNorm(Conv2d(2, 3, padding=1, bias=false))
  output y: [N, 2, 2 * (H // 2), 2 * (W // 2)]
""",
    "own": """
  Rescaling((4, 4.5, 4.25), (-2, -2, -1.75))
  edges = Filter2d(sobel_x, padding=1)
  Filter2d([[0, 1], [1, 2.5]])
  Conv2d(16, 3, padding=1)
  y = SelfAttention2d(reduction=4)
  output y: [N, 16, H - 1, W - 1]
""",
    "attention": """
  tokens = { Conv2d(8, 4, stride=4) -> Flatten(2) -> Permute((0, 2, 1)) -> LayerNorm(8) }
  read = MultiheadAttention(8, 2, batch_first=true)
  (read, tokens) -> MultiheadAttention(8, 4, batch_first=true, kdim=8)
  y = Mean(1)
  output y: [N, 8]
""",
    "places": """
  before = Conv2d(4, 3, padding=1) -> PReLU(4)
  y, places = MaxPool2d(2, return_indices=true)
  z = y -> Conv2d(4, 3, padding=1)
  (z, places) -> MaxUnpool2d(2, like=before)
  y2 = PixelUnshuffle(1)
  output y2: [N, 4, H, W]
""",
    "multiple": """
  padded = PadToMultiple(8)
  Conv2d(8, 4, stride=2, padding=1) -> GLU(dim=1) -> ReflectionPad2d(1) -> LPPool2d(2, 3, stride=1)
  PixelShuffle(2)
  y = Crop(like=x, anchor=corner)
  output y: [N, 1, H, W]
""",
}


def spec(name: str) -> str:
    return f"convdsl 1\n\nmodel Net {{\n  input x: [N, 3, H, W]\n{SPECS[name].strip(chr(10))}\n}}\n"


@pytest.mark.parametrize("name", SPECS)
def test_network_when_shown_expanded_and_reported_is_data(name: str) -> None:
    analysis = analyze(Source("net.cdsl", spec(name)))
    expanded = analyze(Source("again.cdsl", api.expand(analysis)))
    assert list(state_keys(expanded.graph).items()) == list(state_keys(analysis.graph).items())
    json.dumps(api.report(analysis))


@pytest.mark.parametrize("name", SPECS)
def test_network_when_built_has_the_declared_state_and_shape(name: str) -> None:
    analysis = analyze(Source("net.cdsl", spec(name)))
    assert not [d for d in analysis.diagnostics if d.code.id.startswith("E")], analysis.diagnostics
    graph = analysis.graph
    network = build(graph, seed=0).eval()
    assert [(key, tuple(value.shape)) for key, value in network.state_dict().items()] == list(state_keys(graph).items())
    with torch.no_grad():
        for height, width in ((16, 16), (17, 22), (24, 19)):
            out = network(torch.zeros(2, 3, height, width))
            assert tuple(out.shape) == graph.shape(graph.outputs[0].value).at({"N": 2, "H": height, "W": width}).numbers
