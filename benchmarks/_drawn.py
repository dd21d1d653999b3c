"""Has one tool draw one network into a file, in this process, and prints as JSON what it took.

Theirs begins with the module in memory, and runs it once. torchview takes one on the meta device, where a pass finds
shapes and computes no numbers; torchlens too, but its picture then lacks the memory of values, and visualtorch makes
its image on the CPU, so their modules are there. Ours begins with the spec's path: reading and checking it is part of
the drawing. The classes are those that the tests hold to the specs (tests/twins); the options are those with which the
picture of each tool read best.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# the spec, the class in tests/twins, the image's shape, and the scale at which visualtorch's volumes do not overlap
NETWORKS: dict[str, tuple[str, str, tuple[int, ...], float]] = {
    "unet2015": ("unet2015", "UNet2015", (1, 1, 572, 572), 0.5),
    "resnet18": ("classifiers", "ResNet", (1, 3, 224, 224), 1),
}


def spent() -> float:
    """Return the seconds for which a core has worked for this process and for those that it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def module(name: str, device: str) -> Any:
    """Make the network as a module in eval mode."""
    import torch

    file, kind, _, _ = NETWORKS[name]
    where = __import__(f"tests.twins.{file}", fromlist=[kind])
    with torch.device(device):
        return getattr(where, kind)().eval()


def by_torchview(name: str, to: Path) -> Callable[[], object]:
    """Draw with the blocks opened."""
    from torchview import draw_graph

    made, shape = module(name, "meta"), NETWORKS[name][2]

    def run() -> None:
        graph = draw_graph(made, input_size=shape, device="meta", expand_nested=True).visual_graph
        graph.render(to.with_suffix(""), format="svg", cleanup=True)

    return run


def by_torchlens(name: str, to: Path) -> Callable[[], object]:
    """Draw down the page, without gradients."""
    import torch
    import torchlens

    made, image = module(name, "cpu"), torch.zeros(NETWORKS[name][2])

    def run() -> None:
        with torch.no_grad():
            trace = torchlens.trace(made, image)
        trace.draw(vis_outpath=str(to.with_suffix("")), vis_fileformat="svg", vis_save_only=True, direction="topdown")

    return run


def by_visualtorch(name: str, to: Path) -> Callable[[], object]:
    """Draw volumes with their sizes and a legend."""
    import visualtorch

    made = module(name, "cpu")
    _, _, shape, scale = NETWORKS[name]

    def run() -> None:
        picture = visualtorch.render(made, shape, style="flow", legend=True, show_dimension=True, scale_xy=scale)
        picture.save(to, optimize=True)

    return run


def by_convdsl(style: str) -> Callable[[str, Path], Callable[[], object]]:
    """Draw in a style, at the size that the others run."""

    def prepare(name: str, to: Path) -> Callable[[], object]:
        import convdsl

        height, width = NETWORKS[name][2][2:]
        spec, size = ROOT / "specs" / f"{name}.cdsl", f"{height}x{width}"
        return lambda: convdsl.draw(spec, to, style=style, size=size, force=True)

    return prepare


TOOLS: dict[str, Callable[[str, Path], Callable[[], object]]] = {
    "torchview": by_torchview,
    "torchlens": by_torchlens,
    "visualtorch": by_visualtorch,
    "convdsl graph": by_convdsl("graph"),
    "convdsl figure": by_convdsl("figure"),
}


def main(tool: str, name: str, to: str) -> None:
    """Draw, and print the seconds of the drawing: from start to end, and those in which a core worked."""
    work = TOOLS[tool](name, Path(to))
    start, before = time.perf_counter(), spent()
    work()
    print(json.dumps({"seconds": time.perf_counter() - start, "busy": spent() - before}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
