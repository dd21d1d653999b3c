"""The part of specs/README.md that is made by running convdsl: each network with what it weighs, costs and accepts."""

from collections.abc import Callable, Mapping
from pathlib import Path

from convdsl import api
from convdsl.analysis.cost import macs, parameters
from convdsl.pipeline import Analysis

PAGE = "specs/README.md"
SPECS = Path(__file__).resolve().parent.parent / "specs"

# the source of each network, and the height and width at which its work is counted
PUBLISHED: Mapping[str, tuple[str, int]] = {
    "zhang2016": ("Zhang, Isola & Efros, [Colorful Image Colorization](https://arxiv.org/abs/1603.08511)", 256),
    "zhang2017": ("Zhang et al., [Real-Time User-Guided Image Colorization](https://arxiv.org/abs/1705.02999)", 256),
    "pix2pix": ("Isola et al., [Image-to-Image Translation](https://arxiv.org/abs/1611.07004), the U-Net of 256", 256),
    "patchgan": ("the same, discriminator of patches of 70 x 70 pixels", 256),
    "unet2015": ("Ronneberger, Fischer & Brox, [U-Net](https://arxiv.org/abs/1505.04597)", 572),
    "vgg16": ("Simonyan & Zisserman, [Very Deep Convolutional Networks](https://arxiv.org/abs/1409.1556)", 224),
    "resnet18": ("He et al., [Deep Residual Learning](https://arxiv.org/abs/1512.03385)", 224),
}
SERIES: Mapping[str, tuple[str, int]] = {
    "seed/network1": ("two convolutions down, two transposed ones up", 256),
    "seed/network1_fixed": ("the same with a linear head", 256),
    "seed/network2": ("three down, three up", 256),
    "seed/network2_fixed": ("the same with a linear head", 256),
    "seed/network3": ("three down and up, with what was seen handed across", 256),
    "seed/network4": ("four down and up", 256),
    "seed/network5": ("the same with a dilated convolution at the bottom", 256),
    "seed/network6": ("with two of them", 256),
    "seed/dense": ("one dense layer: why there are convolutions", 256),
    "seed/autoencoder_dense": ("a digit in 32 numbers, and back", 28),
    "seed/autoencoder_conv": ("the same idea in convolutions", 256),
    "seed/classifier": ("which of ten digits is it?", 8),
}
OURS: Mapping[str, tuple[str, int]] = {
    "unet": ("the U-Net of the [README](../README.md)", 256),
    "demo": ("what `make demo` trains, with its recipe", 256),
    "adversarial": ("the same, [trained against a judge](../docs/training.md#against-a-second-network)", 256),
    "judge": ("the judge: patches of 34 x 34 pixels", 256),
    "quantised": ("a U-Net that chooses among 313 colours, with its recipe", 256),
}


def _row(name: str, source: str, side: int) -> str:
    network = api.load(SPECS / f"{name}.cdsl")
    graph, accepted, legal = network.graph, network.accepted, network.legal
    assert graph is not None and accepted is not None and legal is not None
    work = macs(graph, dict.fromkeys(legal.axes, side)).total
    cells = [
        f"[{name}]({name}.cdsl) ([YAML]({name}.yaml))",
        source,
        f"{parameters(graph).total:,}",
        f"{work / 1e9:,.3f} at {side}²" if work >= 10**7 else f"{work:,} MAC at {side}²",
        _sizes(network, accepted.text()),
        "the same" if legal.text() == accepted.text() else _sizes(network, legal.text()),
    ]
    return f"| {' | '.join(cells)} |"


def _sizes(network: Analysis, lines: tuple[str, ...]) -> str:
    """Write the condition on heights; that on widths has to be the same."""
    if not lines:
        assert network.graph is not None
        return "×".join(str(axis.value) for axis in network.graph.inputs[0].shape.axes[2:])
    height, width = lines
    assert width == height.replace("H", "W")
    return f"`{height}`"


def _table(networks: Mapping[str, tuple[str, int]]) -> str:
    head = "| network | what it is | parameters | GMAC | runs at | right at |\n|-|-|-:|-:|-|-|"
    return "\n".join([head, *(_row(name, *told) for name, told in networks.items())])


PARTS: Mapping[str, Callable[[], str]] = {
    "published": lambda: _table(PUBLISHED),
    "series": lambda: _table(SERIES),
    "ours": lambda: _table(OURS),
}
