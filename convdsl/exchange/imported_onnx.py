"""An ONNX file as a spec, and its weights by the spec's names; both networks are run and compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save

from convdsl.exchange.imported import Imported, Inexpressible, Trial, difference, places, run, written
from convdsl.exchange.onnx_file import runner
from convdsl.exchange.read_onnx import read_onnx
from convdsl.graph.graph import Graph
from convdsl.lower.build import build
from convdsl.mistake import MistakeError
from convdsl.shape import Shape

# float32 sums in another order, and in kernels of another library
_CLOSE = 1e-4
_LIKELY = 64  # a free size at which both are run, where the network takes it


def import_onnx(path: str, *, fold: bool = True) -> tuple[Imported, bytes]:
    """Return the spec of an ONNX file, and its weights as safetensors.

    Raises Inexpressible where it has what no layer does, MistakeError where it cannot be read or the spec would not be
    the same network, SpecError where the language refuses it.
    """
    found = read_onnx(path)
    if found.read.unsupported:
        raise Inexpressible(found.read.unsupported)
    analysis, text, is_folded = written(found.read, fold)
    graph, legal = analysis.graph, analysis.legal
    assert graph is not None
    assert legal is not None
    weights = {name: torch.from_numpy(array.copy()) for name, array in found.weights.items()}
    twin = build(graph, device="meta")
    twin.load_state_dict(weights, assign=True)
    wish = legal.nearest(dict.fromkeys(legal.axes, _LIKELY))[0] if legal.axes else {}
    first = [_numbers(tensor.shape, wish) for tensor in graph.inputs]
    theirs = runner(Path(path).read_bytes())
    trials = []
    for sizes in places(analysis, first):
        examples = _examples(graph, sizes)
        apart = difference(theirs(tuple(examples)), run(twin, examples))
        trials.append(Trial(tuple(map(tuple, sizes)), apart))
        if not apart <= _CLOSE:
            message = f"the spec would not be the same network: outputs differ by {apart:.2g} of the largest"
            raise MistakeError(message, way_out="please report the file")
    return Imported(text, analysis, "ONNX", is_folded, not legal.axes, tuple(trials)), save(weights)


def _numbers(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return shape.at(sizes).numbers


def _examples(graph: Graph, sizes: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(tuple(one), generator=generator) * 2 - 1 for one in sizes[: len(graph.inputs)]]
