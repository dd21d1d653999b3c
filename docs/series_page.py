"""The parts of docs/series.md: specs with the pictures that they make, what the checker says of them, the six networks.

Its own small specs lie in docs/series/, the networks in specs/seed/.
"""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial

from convdsl import api
from convdsl.analysis.cost import macs, parameters
from convdsl.analysis.geometry import receptive_fields
from convdsl.render.facts import field_text
from docs import inspecting_page
from docs.cli_page import terminal
from docs.figures import ROOT, Figure
from docs.walk import fenced

PAGE = "docs/series.md"
NETWORKS = tuple(f"network{number}" for number in range(1, 7))
LAYER = "--style arithmetic --values"
ALONE = ("sharing", "convolution-moving", "transposed-moving", "seen")  # of specs that are shown with another picture


def _layer(name: str, shown: str, *, spec: str = "", options: str = LAYER) -> Figure:
    return Figure(f"docs/images/series/{name}.svg", f"draw docs/series/{spec or name}.cdsl {options}", shown)


def _network(name: str, shown: str, options: str = "--style figure") -> Figure:
    return Figure(f"docs/images/series/{name}.svg", f"draw specs/seed/{name}.cdsl {options}", shown)


FIGURES: Mapping[str, Figure] = {
    "classifier": _network("classifier", "Volumes that shrink from a picture of 8 by 8 pixels to ten scores"),
    "autoencoder-conv": _network("autoencoder_conv", "Three volumes that shrink, and three that grow again"),
    "autoencoder-dense": _network("autoencoder_dense", "A picture, bars of 784, 128, 32, 128 and 784, a picture"),
    "neuron": _layer("neuron", "Four numbers, a line with a weight from each to one sum"),
    "dense": _layer("dense", "Two columns of neurons, a line from each of the one to each of the other"),
    "sharing": _layer(
        "sharing",
        "The lines of a window of three, in three colours, beside those of a dense layer",
        spec="convolution",
        options="--style sharing",
    ),
    "convolution": _layer("convolution", "A window of 3 by 3 at four places of a picture of 5 by 5"),
    "convolution-moving": _layer(
        "convolution_moving",
        "A window that moves over a picture and writes an output at each place",
        spec="convolution",
        options=f"{LAYER} --animate",
    ),
    "channels": _layer(
        "channels",
        "A window with numbers of its own for each of three channels, at one place",
        options=f"{LAYER} --step 2,2",
    ),
    "padding": _layer("padding", "The window over a picture with a border of zeros"),
    "stride": _layer("stride", "A window of 4 by 4 that moves two cells at a time"),
    "average-pool": _layer("average_pool", "Squares of 2 by 2, and their means"),
    "max-pool": _layer("max_pool", "Squares of 2 by 2, and their largest numbers"),
    "dilation": _layer("dilation", "A window of 3 by 3 whose cells lie two apart"),
    "transposed": _layer("transposed", "A window that slides over an input with zeros put in"),
    "transposed-moving": _layer(
        "transposed_moving",
        "The same window at every place, one after another",
        spec="transposed",
        options=f"{LAYER} --animate",
    ),
    "checkerboard": _layer("checkerboard", "Outputs that sum one, two and four inputs in turn"),
    "network1": _network("network1", "Two volumes down, two up"),
    "network2": _network("network2", "Three volumes down, three up"),
    "network3": _network("network3", "A U of three levels, with an arrow across at each"),
    "network4": _network("network4", "A U of four levels, with an arrow across at each"),
    "network5": _network("network5", "The same U with one more volume at the bottom"),
    "network6": _network("network6", "The same U with two more volumes at the bottom"),
    "seen": Figure(
        "docs/images/series/network6_seen.svg",
        "draw specs/seed/network6.cdsl --style field",
        "A row for each layer with what it sees, and nested squares on the input",
    ),
}


def _with_spec(figure: Figure) -> str:
    """Show a spec whole, the command and the picture; long specs are folded."""
    path = figure.command.split()[1]
    text = (ROOT / path).read_text("utf-8")
    spec = fenced(text)
    if path.startswith("specs/"):
        spec = f"<details><summary>{path}</summary>\n\n{spec}\n</details>"
    return f"{spec}\n\n{figure.embedded()}"


def _checked(*argv: str) -> str:
    with contextlib.chdir(ROOT):
        return fenced(f"$ convdsl {' '.join(argv)}\n{terminal(*argv)}")


def _networks() -> str:
    """Tell the six networks apart: what they weigh, what they do at 256 x 256, what the bottom sees, where they fit."""
    rows = ["| network | parameters | multiply-adds at 256² | at the bottom | sees | right at |", "|-|-:|-:|-|-:|-|"]
    side = {"H": 256, "W": 256}
    for name in NETWORKS:
        network = api.load(ROOT / f"specs/seed/{name}.cdsl")
        graph, legal = network.graph, network.legal
        assert graph is not None and legal is not None
        bottom = next(node.inputs[0].node for node in graph.nodes if node.name == "t_conv1")
        shapes = graph.nodes[bottom].shapes
        assert shapes is not None
        cells = [
            f"[{name}](../specs/seed/{name}.cdsl)",
            f"{parameters(graph).total:,}",
            f"{macs(graph, side).total:,}",
            "×".join(map(str, shapes[0].at(side).numbers[1:])),
            f"{field_text(receptive_fields(graph)[bottom])} px",
            f"`{legal.text()[0]}`",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


PARTS: Mapping[str, Callable[[], str]] = {
    **inspecting_page.SERIES_PARTS,
    **{name: partial(_with_spec, figure) for name, figure in FIGURES.items() if name not in ALONE},
    **{name: FIGURES[name].embedded for name in ALONE},
    "code": lambda: _checked("show", "specs/seed/autoencoder_conv.cdsl", "--size", "256x256"),
    "dense-photo": lambda: _checked("check", "--isolated", "--select", "W501", "specs/seed/dense.cdsl"),
    "networks": _networks,
    "refused": lambda: _checked("check", "--isolated", "--select", "E402", "specs/seed/network1.cdsl"),
    "holes": lambda: _checked("check", "--isolated", "--select", "W306,W318", "specs/seed/network6.cdsl"),
    "sizes": lambda: _checked("check", "--isolated", "--select", "E", "--size", "350x525", "specs/seed/network3.cdsl"),
}
PICTURES: Mapping[str, Callable[[], str]] = {figure.path: figure.draw for figure in FIGURES.values()}
