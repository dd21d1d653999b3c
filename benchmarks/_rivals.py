"""The networks of `compiled.py`: by our compiler, as a hand-written class, and what else would run them.

`by hand` is the original's class (tests/twins), written as their authors do; for network 6 and the deep network a plain
class. `dictionary` runs the layers of the graph in order with all values in a dictionary, as simple interpreters of
specs do. `torch.fx` is the code that PyTorch's tracer generates from the class. All have the same weights.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from _measure import ROOT
from _network6 import ByHand
from torch import Tensor, fx, nn
from torch.nn import functional

import convdsl
from convdsl.graph.graph import Value
from convdsl.op import Expression
from convdsl.pipeline import Analysis

sys.path.insert(0, str(ROOT))  # the twins are part of the tests

from tests.twins.classifiers import ResNet
from tests.twins.pix2pix import UnetGenerator
from tests.twins.zhang import SIGGRAPHGenerator

RIVALS = ("ours", "by hand", "dictionary", "torch.fx")
LAYERS = 200  # of the deep network, half of them convolutions

DEEP = f"""convdsl 1
model Deep {{
  input x: [N, 8, H, W]
  for i in range({LAYERS // 2 - 1}) {{
    Conv2d(8, 3, padding=1) as "layers.{{i}}" -> ReLU()
  }}
  Conv2d(8, 3, padding=1) as "layers.{LAYERS // 2 - 1}"
  y = ReLU()
  output y: [N, 8, H, W]
}}
"""


class DeepByHand(nn.Module):
    """Convolutions in a list, each followed by ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(8, 8, 3, padding=1) for _ in range(LAYERS // 2))

    def forward(self, x: Tensor) -> Tensor:
        """x: [N, 8, H, W]. Returns the same shape."""
        for layer in self.layers:
            x = functional.relu(layer(x))
        return x


@dataclass(frozen=True, slots=True)
class Case:
    """A network: its spec, the class by hand, the inputs' channels, the side of the picture in pixels when it is timed
    and when its memory is measured.
    """

    spec: Callable[[], Analysis]
    by_hand: Callable[[], nn.Module]
    channels: tuple[int, ...]
    timed: int
    measured: int

    def inputs(self, side: int) -> tuple[Tensor, ...]:
        """Draw one picture of the size."""
        draw = torch.Generator().manual_seed(0)
        return tuple(torch.randn(1, c, side, side, generator=draw) for c in self.channels)

    def make(self, rival: str) -> nn.Module:
        """Make the network in one of the four ways; the weights are the same."""
        torch.manual_seed(0)
        hand = self.by_hand()
        if rival == "by hand":
            return hand
        if rival == "torch.fx":
            return fx.symbolic_trace(hand)
        analysis = self.spec()
        ours = convdsl.build(analysis)
        ours.load_state_dict(hand.state_dict())
        return ours if rival == "ours" else Dictionary(analysis, ours)


def _zoo(name: str) -> Callable[[], Analysis]:
    return lambda: convdsl.load(ROOT / "specs" / f"{name}.cdsl")


CASES: Mapping[str, Case] = {
    "network 6": Case(_zoo("seed/network6"), ByHand, (1,), 256, 1024),
    "pix2pix": Case(_zoo("pix2pix"), UnetGenerator, (1,), 256, 512),
    "zhang2017": Case(_zoo("zhang2017"), SIGGRAPHGenerator, (1, 2, 1), 128, 512),
    "resnet18": Case(_zoo("resnet18"), ResNet, (3,), 128, 1024),
    f"{LAYERS} layers": Case(lambda: convdsl.load(DEEP), DeepByHand, (8,), 32, 512),
}


class Dictionary(nn.Module):
    """The layers of a graph, run in order; every value stays in a dictionary until the end."""

    def __init__(self, analysis: Analysis, built: nn.Module) -> None:
        super().__init__()
        graph = analysis.graph
        assert graph is not None
        self.built = built  # the same modules, found by name
        self.arguments = tuple(item.node for item in graph.inputs)
        self.result = graph.outputs[0].value
        modules = dict(built.named_modules())
        self.steps: list[tuple[int, Callable[..., object], tuple[Value, ...]]] = []
        for node in graph.nodes:
            if node.op is None:
                continue
            plan = node.op.call(*(graph.input_shapes(node) or ()))
            module = modules.get(node.key) if node.key is not None else None
            template = plan.template if isinstance(plan, Expression) else plan.function
            run = module if module is not None else self._expression(template)
            self.steps.append((node.index, run, node.inputs))

    def _expression(self, template: str) -> Callable[..., object]:
        names = ("a", "b", "c", "d")
        text = template.format(*names, training="net.training")
        made = eval(f"lambda net, a, b=None, c=None, d=None: {text}", {"torch": torch, "F": functional})
        return partial(made, self)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Inputs and output are those of the network."""
        values: dict[Value, object] = {Value(node): x for node, x in zip(self.arguments, inputs, strict=True)}
        for index, run, reads in self.steps:
            found = run(*(values[value] for value in reads))
            for output, value in enumerate(found if isinstance(found, tuple | list) else (found,)):
                values[Value(index, output)] = value
        result = values[self.result]
        assert isinstance(result, Tensor)
        return result
