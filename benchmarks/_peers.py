"""What one would ask PyTorch for instead: shapes on the meta device, as fake tensors, by torchinfo, by torch.export.

Run as a process with a time limit, for one peer and one spec, it measures the peer beside convdsl, in turn, and prints
JSON: seconds for making the module once, and of each round for the peer and for each part of convdsl's work.
"""

import gc
import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from _measure import in_turn, seconds
from torch._subclasses.fake_tensor import FakeTensorMode

import convdsl
from convdsl.analysis.accepted import Accepted, accepted
from convdsl.analysis.promises import check_sizes, symbols_in
from convdsl.analysis.recompute import positive
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph
from convdsl.op import Guard
from convdsl.pipeline import analyze, collector_paused
from convdsl.shape import Shape
from convdsl.source import Source
from convdsl.syntax.parse import parse

SIDE = 256  # pixels: the one size that the peers are asked about


def propagate(graph: Graph) -> Accepted:
    """Compute the shapes of every layer of a built graph anew, for all sizes, and the exact sets of sizes.

    The counterpart of one pass over a built module. An operator that meets the same shapes again is not asked twice.
    """
    known: dict[tuple[int, ...], tuple[Shape, ...]] = {}
    same: dict[Shape, Shape] = {}
    results: list[tuple[Shape, ...]] = []
    pairs: list[tuple[Guard, int]] = []
    for node in graph.nodes:
        if node.op is None:
            assert node.shapes is not None
            results.append(node.shapes)
            pairs.extend((guard, node.index) for guard in node.guards)
            continue
        given = [results[value.node][value.output] for value in node.inputs]
        case = (id(node.op), *map(id, given))
        made = known.get(case)
        if made is None:
            made = known[case] = tuple(same.setdefault(shape, shape) for shape in node.op.shapes(*given))
            pairs.extend((guard, node.index) for guard in (*node.op.guards(*given), *positive(made)))
        results.append(made)
    return accepted(pairs, symbols_in(graph))


def ours(source: Source) -> dict[str, Callable[[], object]]:
    """Return the parts of convdsl's work on a spec, each from what it is given to its end."""
    file = parse(source).file
    graph, mistakes = elaborate(file)
    assert graph is not None and not mistakes
    assert propagate(graph).axes == check_sizes(graph).accepted.axes

    def from_tree() -> None:
        made, _ = elaborate(file)
        assert made is not None
        check_sizes(made)

    parts: dict[str, Callable[[], object]] = {
        "sizes": lambda: check_sizes(graph),
        "pass": lambda: propagate(graph),
        "tree": from_tree,
        "text": lambda: analyze(source),
    }
    return {name: _paused(work) for name, work in parts.items()}


def _paused(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with collector_paused():
            return work()

    return run


def written(spec: str, folder: Path) -> ModuleType:
    """Write a spec as a PyTorch module in a file, and import it."""
    path = folder / "network.py"
    path.write_text(convdsl.emit(spec))
    place = importlib.util.spec_from_file_location("network", path)
    assert place is not None and place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def made(module: ModuleType, name: str) -> tuple[torch.nn.Module, torch.Tensor]:
    """Make the network and an image on the meta device."""
    with torch.device("meta"):
        return getattr(module, name)().eval(), torch.empty(1, 3, SIDE, SIDE)


def peer(which: str, network: Any, image: torch.Tensor) -> Callable[[], object]:
    """Return what a peer does to find the shapes of a network that is built."""
    if which == "meta":
        return lambda: _quietly(network, image)
    if which == "fake":
        mode = FakeTensorMode()
        converter = mode.fake_tensor_converter
        fake = converter.from_meta_and_device(mode, image, torch.device("cpu"))
        for owner in network.modules():
            for kind in (owner._parameters, owner._buffers):
                for name, tensor in kind.items():
                    if tensor is not None:
                        kind[name] = converter.from_meta_and_device(mode, tensor, torch.device("cpu"))

        def run() -> object:
            with mode:
                return _quietly(network, fake)

        return run
    if which == "torchinfo":
        from torchinfo import summary

        return lambda: summary(network, input_data=image, device="meta", verbose=0)
    auto = torch.export.Dim.AUTO
    shapes = ({2: auto, 3: auto},) if which == "export of all sizes" else None
    return lambda: torch.export.export(network, (image,), dynamic_shapes=shapes)


def _quietly(network: Any, image: torch.Tensor) -> object:
    with torch.no_grad():
        return network(image)


def whole(path: str, name: str) -> None:
    """Do what a process does that asks PyTorch: import the module, make it, and run it once."""
    place = importlib.util.spec_from_file_location("network", path)
    assert place is not None and place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    _quietly(*made(module, name))


def main(which: str, spec: str, name: str, rounds: int, patience: float) -> None:
    """Measure one peer beside convdsl, in as many rounds as a third of the seconds that there are allows."""
    with tempfile.TemporaryDirectory() as folder:
        module = written(spec, Path(folder))
    pair: list[Any] = []
    building = seconds(lambda: pair.extend(made(module, name)))
    work = {"theirs": peer(which, *pair), **ours(Source("network.cdsl", Path(spec).read_text()))}
    times = in_turn(work, 1)  # once before: what is loaded or cached at first use is nobody's time
    first = sum(map(sum, times.values()))
    rounds = min(rounds, int(patience / 3 / first))
    gc.collect()
    gc.freeze()  # the collector has nothing to do with what the others have made
    if rounds:  # a peer so slow that there is time for one round only is not helped by a second
        times = in_turn(work, rounds)
    print(json.dumps({"building": building, **times}))


if __name__ == "__main__":
    if sys.argv[1] == "whole":
        whole(*sys.argv[2:4])
    else:
        main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
