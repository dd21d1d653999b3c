"""Published networks, written in the language: totals and keys as the papers' code has them, without PyTorch.

Parameters, keys and billions of multiply-accumulates are those of the released networks; convolutions and dense layers
are counted.
"""

from pathlib import Path

import pytest

from convdsl.analysis.cost import macs, parameters
from convdsl.lower.keys import state_keys
from convdsl.pipeline import analyze
from convdsl.source import Source

ZOO = Path(__file__).parent.parent / "specs"

PUBLISHED = {  # parameters, keys, 10^9 MACs at the side of its paper
    "zhang2016": (32_236_011, 82, 41.775, 256),
    "zhang2017": (34_187_027, 107, 75.2, 256),
    "pix2pix": (54_409_858, 82, 5.98, 256),
    "patchgan": (2_765_633, 22, 3.15, 256),
    "unet2015": (31_030_658, 46, 150.4, 572),
    "vgg16": (138_357_544, 32, 15.47, 224),
    "resnet18": (11_689_512, 122, 1.81, 224),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_network_when_written_as_a_spec_has_its_totals(name: str) -> None:
    analysis = analyze(Source(f"{name}.cdsl", (ZOO / f"{name}.cdsl").read_text("utf-8")))
    assert analysis.diagnostics == ()
    assert analysis.graph is not None and analysis.legal is not None
    total, keys, billions, side = PUBLISHED[name]
    assert parameters(analysis.graph).total == total
    assert len(state_keys(analysis.graph)) == keys
    assert analysis.legal.contains({"H": side, "W": side})
    digits = len(str(billions).split(".")[1])
    assert round(macs(analysis.graph, {"H": side, "W": side}).total / 1e9, digits) == billions


def test_zhang2017_when_the_hint_is_left_out_still_has_its_unused_head() -> None:
    analysis = analyze(Source("zhang2017.cdsl", (ZOO / "zhang2017.cdsl").read_text("utf-8")))
    assert analysis.graph is not None
    weights = state_keys(analysis.graph)
    # model_class: 1x1, 256 -> 529, of which 256 * 529 + 529 = 135,953 parameters
    assert weights["model_class.0.weight"] == (529, 256, 1, 1)
    assert weights["model_class.0.bias"] == (529,)


def test_resnet18_when_written_as_a_spec_has_the_keys_of_torchvision() -> None:
    analysis = analyze(Source("resnet18.cdsl", (ZOO / "resnet18.cdsl").read_text("utf-8")))
    assert analysis.graph is not None
    keys = set(state_keys(analysis.graph))
    assert {"layer1.0.conv1.weight", "layer1.0.bn2.running_mean", "layer2.0.downsample.0.weight", "fc.bias"} <= keys
    assert "layer1.0.downsample.0.weight" not in keys
