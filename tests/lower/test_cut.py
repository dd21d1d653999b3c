"""A network cut at any of its values gives that value, from weights of the same names."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from convdsl.graph.graph import Value
from convdsl.lower.build import build
from convdsl.lower.cut import cut, needed_for
from convdsl.lower.keys import state_keys
from convdsl.pipeline import analyze
from convdsl.source import Source

ROOT = Path(__file__).parents[2]
SPEC = """convdsl 1
model Net {
  input x: [N, 3, H, W]
  stem = Conv2d(4, 3, padding=1)
  a = ReLU()
  layer turn = Conv2d(4, 1)
  turn()
  b = Tanh()
  turn()
  c = Sigmoid()
  Concat(c, a)
  d = MaxPool2d(2)
  half, other = Split(4)
  e = Add(half, other)
  end = Conv2d(2, 3, padding=1)
  output end: [N, 2, H // 2, W // 2]
}
"""


class Plain(nn.Module):
    """The same, written by hand; `said` has every value by the name of its layer."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.turn = nn.Conv2d(4, 4, 1)
        self.end = nn.Conv2d(4, 2, 3, padding=1)
        self.said: dict[str, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        say = self.said
        say["stem"] = self.stem(x)
        say["a"] = functional.relu(say["stem"])
        say["turn"] = self.turn(say["a"])
        say["b"] = torch.tanh(say["turn"])
        say["turn_2"] = self.turn(say["b"])
        say["c"] = torch.sigmoid(say["turn_2"])
        say["concat"] = torch.cat((say["c"], say["a"]), 1)
        say["d"] = functional.max_pool2d(say["concat"], 2)
        half, other = say["d"].split(4, 1)
        say["e"] = half + other
        say["end"] = self.end(say["e"])
        return say["end"]


def test_cut_at_every_layer_gives_what_a_plain_module_has_there() -> None:
    graph = analyze(Source("net.cdsl", SPEC)).require_ok().graph
    assert graph is not None
    plain = Plain().eval()
    x = torch.rand(2, 3, 10, 8)
    plain(x)
    tried = 0
    for node in graph.nodes:
        if node.name in plain.said:
            network = build(cut(graph, Value(node.index)))
            network.load_state_dict(plain.state_dict())
            torch.testing.assert_close(network.eval()(x), plain.said[node.name])
            tried += 1
    assert tried == len(plain.said)


def test_cut_leaves_out_what_comes_after() -> None:
    graph = analyze(Source("net.cdsl", SPEC)).require_ok().graph
    assert graph is not None
    at = next(node.index for node in graph.nodes if node.name == "b")
    names = [graph.nodes[index].name for index in sorted(needed_for(graph, Value(at)))]
    assert names == ["x", "stem", "a", "turn", "b"]
    network = build(cut(graph, Value(at)))
    ran: list[nn.Module] = []
    for module in network.children():
        module.register_forward_hook(lambda module, *_: ran.append(module))
    network(torch.rand(1, 3, 4, 4))
    assert len(ran) == 2  # stem and turn, and not the last one


@pytest.mark.parametrize("name", ["unet", "resnet18", "seed/network6", "seed/classifier", "zhang2017"])
def test_cut_keeps_the_names_of_all_weights(name: str) -> None:
    path = ROOT / f"specs/{name}.cdsl"
    graph = analyze(Source(str(path), path.read_text("utf-8"))).graph
    assert graph is not None
    for node in graph.nodes[1::5]:
        assert state_keys(cut(graph, Value(node.index))) == state_keys(graph)
