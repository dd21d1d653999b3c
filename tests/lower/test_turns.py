"""Long nn.Sequentials in `forward`: a loop where every layer gets the same, a list where one by one would be slow."""

import warnings
from pathlib import Path

import pytest
import torch
from torch import Tensor, fx, nn
from torch.nn import functional

import convdsl
from convdsl.lower.build import load

LOOP = """convdsl 1
model Deep {
  input gray: [N, 8, H, W]
  for i in range(11) { Conv2d(8, 3, padding=1) as "layers.{i}" -> ReLU() }
  Conv2d(8, 3, padding=1) as "layers.11"
  y = ReLU()
  output y: [N, 8, H, W]
}
"""
PLAIN = """convdsl 1
model Plain {
  input x: [N, 4, H, W]
  first = Conv2d(4, 1)
  body = { repeat 5 { Conv2d(4, 3, padding=1) -> ReLU() } }
  output body: [N, 4, H, W]
}
"""
LIST = """convdsl 1
model Long {
  input x: [N, 4, H, W]
  body = {
    for i in range(20) { Conv2d(4 + i, 1) -> ReLU() }
  }
  Add(body, body)
  y = Conv2d(1, 1)
  output y: [N, 1, H, W]
}
"""


def forward_of(text: str) -> str:
    """Return the emitted `forward`."""
    return convdsl.emit(text).partition("    def forward")[2].partition("def main")[0].strip()


class Deep(nn.Module):
    """The same as LOOP, by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(nn.Conv2d(8, 8, 3, padding=1) for _ in range(12)))

    def forward(self, gray: Tensor) -> Tensor:
        x = gray
        for layer in self.layers:
            x = functional.relu(layer(x))
        return x


def test_layers_that_all_get_the_same_are_a_loop_that_computes_what_a_loop_by_hand_does() -> None:
    assert "for layer in self.layers:" in forward_of(LOOP)
    assert "self.layers[" not in forward_of(LOOP)
    ours, by_hand = convdsl.build(LOOP, seed=0), Deep()
    by_hand.load_state_dict(ours.state_dict())
    x = torch.randn(2, 8, 5, 7)
    kept = x.clone()
    assert torch.equal(ours(x), by_hand(x))
    assert torch.equal(x, kept)  # F.relu in place never meets the input


def test_layers_of_one_line_each_are_one_line() -> None:
    assert "        for layer in self.body:\n            x = layer(x)  # [N, 4, H, W]\n" in forward_of(PLAIN)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("range(11) { Conv2d(8, 3, padding=1)", "range(11) { Conv2d(8 + i // 9, 3, padding=1)"),  # another shape
        ('"layers.11"\n  y = ReLU()', '"layers.11"\n  y = Tanh()'),  # another function
        ("  y = ReLU()", "  y = ReLU() -> Dropout()"),  # one step more in the last turn is none of the loop
        ('as "layers.{i}" -> ReLU() }', 'as "layers.{i}" -> ReLU() }\n  k = Identity()\n  Add(gray, k)'),
    ],
)
def test_layers_that_do_not_all_get_the_same_compute_what_they_should(was: str, now: str) -> None:
    text = LOOP.replace(was, now)
    assert text != LOOP
    looped = "for layer in" in forward_of(text)
    assert looped == ("Dropout" in now)
    torch.manual_seed(0)
    network = convdsl.build(text, seed=0).eval()
    x = torch.randn(1, 8, 4, 4)
    y = x
    for at, layer in enumerate(network.layers):
        y = layer(y + x if "Add" in now and at == 11 else y)
        y = torch.tanh(y) if "Tanh" in now and at == 11 else functional.relu(y)
    assert torch.equal(network(x), y)


def test_layer_applied_twice_is_no_loop() -> None:
    rows = "  layer head = Conv2d(2, 1)\n  repeat 9 { head() }\n  y = ReLU()\n"
    text = f"convdsl 1\nmodel M {{\n  input x: [N, 2, H, W]\n{rows}  output y: [N, 2, H, W]\n}}\n"
    assert forward_of(text).count("self.head(x)") == 9


def test_many_layers_that_differ_are_taken_into_a_list_once() -> None:
    source = forward_of(LIST)
    assert source.count("self.body") == 1
    assert "        body = list(self.body)\n" in source
    network = convdsl.build(LIST, seed=0).eval()
    x = torch.randn(1, 4, 3, 3)
    y = network.body(x)
    assert torch.equal(network(x), network.y(y + y))


def test_model_that_is_a_long_sequential_itself_is_taken_into_a_list_once() -> None:
    rows = '  for i in range(20) { Conv2d(3 + i, 1) -> ReLU() }\n  y = Conv2d(4, 1) as "40"\n'
    text = f"convdsl 1\nmodel M {{\n  input x: [N, 2, H, W]\n{rows}  output y: [N, 4, H, W]\n}}\n"
    source = forward_of(text)
    assert "layers = list(self)" in source
    network = convdsl.build(text, seed=0).eval()
    x = torch.randn(1, 2, 3, 3)
    assert torch.equal(network(x), nn.Sequential(*network)(x))


@pytest.mark.parametrize("text", [LOOP, PLAIN, LIST])
def test_loops_and_lists_are_followed_by_fx_export_and_dynamo(text: str) -> None:
    network = convdsl.build(text, seed=0).eval()
    x = torch.randn(1, 8 if text == LOOP else 4, 6, 6)
    with torch.no_grad():
        y = network(x)
        assert torch.equal(fx.symbolic_trace(network)(x), y)
        exported = torch.export.export(network, (x,), dynamic_shapes=({2: torch.export.Dim.AUTO},))
        assert torch.equal(exported.module()(x), y)
        assert torch.equal(torch.compile(network, backend="eager", fullgraph=True)(x), y)


@pytest.mark.parametrize("text", [LOOP, PLAIN])
def test_loops_are_scripted(text: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(convdsl.emit(text))
    network = load(path.read_text(), "Deep" if text == LOOP else "Plain")().eval()
    x = torch.randn(1, 8 if text == LOOP else 4, 6, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert torch.equal(torch.jit.script(network)(x), network(x))
