"""The networks of the series: both spellings are one network, with the published weights and outputs.

The reference below is written after the published description (part 4 of the series): convolutions k4 s2 p1, each with
BatchNorm and ReLU, their transposed twins, and dilated ones that keep 256 channels.
"""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from convdsl.graph.graph import Graph
from convdsl.lower.build import TooLarge, build
from convdsl.pipeline import Analysis, analyze
from convdsl.review import review
from convdsl.source import Source
from tests.syntax.normal_form import normal

SEED = Path(__file__).parent.parent / "specs" / "seed"
NAMES = sorted(path.stem for path in SEED.glob("*.cdsl"))


def analysis_of(name: str, suffix: str = ".cdsl") -> Analysis:
    path = SEED / (name + suffix)
    return analyze(Source(path.name, path.read_text()))


def graph_of(name: str, suffix: str = ".cdsl") -> Graph:
    graph = analysis_of(name, suffix).graph
    assert graph is not None
    return graph


class Reference(nn.Module):
    """The published networks: `channels` of the encoder, `dilated` layers at the bottom, skips or none.

    With skips the decoder's features come first in each concatenation, and a 3x3 convolution `output` reads the last
    features beside the input; without them the network ends in its last transposed convolution, then ReLU if `relu`.
    """

    def __init__(self, channels: tuple[int, ...], dilated: int = 0, skips: bool = True, relu: bool = True) -> None:
        super().__init__()
        self.levels, self.dilated, self.skips, self.relu = len(channels), dilated, skips, relu
        before = 1
        for i, c in enumerate(channels, 1):
            self.add_module(f"conv{i}", nn.Conv2d(before, c, 4, 2, 1))
            self.add_module(f"conv{i}_bn", nn.BatchNorm2d(c))
            before = c
        for i in range(self.levels + 1, self.levels + 1 + dilated):
            self.add_module(f"conv{i}", nn.Conv2d(before, before, 4, 1, 3, dilation=2))
            self.add_module(f"conv{i}_bn", nn.BatchNorm2d(before))
        for i, c in enumerate((*channels[-2::-1], 2), 1):
            self.add_module(f"t_conv{i}", nn.ConvTranspose2d(before, c, 4, 2, 1))
            if i < self.levels:
                self.add_module(f"t_conv{i}_bn", nn.BatchNorm2d(c))
            before = 2 * c if skips else c
        if skips:
            self.output = nn.Conv2d(3, 2, 3, 1, 1)

    def forward(self, gray_N1HW: torch.Tensor) -> torch.Tensor:
        layers = dict(self.named_children())
        x = gray_N1HW
        encoded = [x]
        for i in range(1, self.levels + self.dilated + 1):
            x = functional.relu(layers[f"conv{i}_bn"](layers[f"conv{i}"](x)))
            encoded.append(x)
        for i in range(1, self.levels + 1):
            x = layers[f"t_conv{i}"](x)
            if i < self.levels:
                x = layers[f"t_conv{i}_bn"](x)
            x = functional.relu(x) if i < self.levels or self.relu else x
            if self.skips:
                x = torch.cat((x, encoded[self.levels - i]), 1)
        return layers["output"](x) if self.skips else x


REFERENCES = {
    "network1": lambda: Reference((32, 64), skips=False),
    "network1_fixed": lambda: Reference((32, 64), skips=False, relu=False),
    "network2": lambda: Reference((32, 64, 128), skips=False),
    "network2_fixed": lambda: Reference((32, 64, 128), skips=False, relu=False),
    "network3": lambda: Reference((32, 64, 128)),
    "network4": lambda: Reference((32, 64, 128, 256)),
    "network5": lambda: Reference((32, 64, 128, 256), dilated=1),
    "network6": lambda: Reference((32, 64, 128, 256), dilated=2),
}


@pytest.mark.parametrize("name", NAMES)
def test_seed_in_both_spellings_is_one_network(name: str) -> None:
    text, spelt = analysis_of(name), analysis_of(name, ".yaml")
    assert normal(text.file) == normal(spelt.file)
    assert text.architecture_hash == spelt.architecture_hash != ""
    assert [d.code for d in text.diagnostics] == [d.code for d in spelt.diagnostics]
    assert text.legal is not None and spelt.legal is not None
    assert text.legal.text() == spelt.legal.text()


@pytest.mark.parametrize("name", NAMES)
def test_seed_when_checked_has_the_one_known_mistake(name: str) -> None:
    """Networks 1 and 2 end in ReLU and so cannot make negative chroma; nothing else is an error in any."""
    expected = ["E402"] if name in ("network1", "network2") else []
    assert [d.code.id for d in review(analysis_of(name)) if d.is_error] == expected


@pytest.mark.parametrize("name", REFERENCES)
def test_seed_loads_the_published_weights_and_gives_the_same_output(name: str) -> None:
    torch.manual_seed(0)
    reference = REFERENCES[name]().eval()
    module = build(graph_of(name)).eval()
    for norm in (m for m in reference.modules() if isinstance(m, nn.BatchNorm2d)):  # not the identity of a fresh norm
        nn.init.uniform_(norm.running_mean, -1.0, 1.0)
        nn.init.uniform_(norm.running_var, 0.5, 2.0)
    module.load_state_dict(reference.state_dict(), strict=True)
    reference.load_state_dict(module.state_dict(), strict=True)
    gray = torch.rand(2, 1, 32, 48) * 100
    with torch.no_grad():
        expected, found = reference(gray), module(gray)
    assert found.shape == (2, 2, 32, 48)
    assert (found - expected).abs().max() <= 1e-5


def test_dense_when_built_is_refused_before_anything_is_allocated() -> None:
    """196,608 = 3 * 256 * 256; (196,608 ** 2 + 196,608) * 4 bytes = 154,619,609,088."""
    with pytest.raises(TooLarge, match=r"154,619,609,088|144"):
        build(graph_of("dense"), max_bytes=2**30)
