"""What becomes of a spec in PyTorch, for Python programs and the command line: its source, its module, its exports.

Specs are given as to the functions of `api.py`. PyTorch is imported by `build` and `export` only, when they are called.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from convdsl import codes
from convdsl.analysis.accepted import Accepted
from convdsl.api import Place, Spec, runnable, written
from convdsl.checkpoints import read_checkpoint, recipe_of
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.files import write_new
from convdsl.graph.graph import Graph
from convdsl.lower.hierarchy import Refused
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.recipe_data import to_data
from convdsl.source import Span
from convdsl.spec_error import SpecError
from convdsl.version import VERSION
from convdsl.view import Size, network_of, sizes_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from convdsl.exchange.export import Exported
    from convdsl.lower.fuse import Fold


def emit(
    spec: Spec, path: Place | None = None, *, fuse: bool = False, force: bool = False, **parameters: object
) -> str:
    """Return the network as Python source that needs PyTorch only, written to `path` if there is one.

    fuse: for evaluation, without the norms that can go into the weights of the layers before them. parameters: the
    model's own: `emit("net.cdsl", width=64)`.
    Raises SpecError where the spec has an error, MistakeError where the file exists and `force` is false.
    """
    given = {"path": path is not None, "fuse": fuse, "force": force}
    analysis, graph, legal = runnable(spec, parameters, "emit", given)
    with _refusals(analysis):
        return written(_source(analysis, legal, *_chosen(graph, fuse)), path, force)


def build(
    spec: Spec,
    *,
    weights: "Place | Mapping[str, Tensor] | None" = None,
    fuse: bool = False,
    channels_last: bool = False,
    device: "torch.device | str | None" = None,
    dtype: "torch.dtype | None" = None,
    seed: int | None = None,
    **parameters: object,
) -> "nn.Module":
    """Return the network as a PyTorch module: the very source that `emit` returns, run.

    weights: of the spec's network (not of a fused one), as named tensors or as a checkpoint that fits
    (docs/weights.md); None makes fresh ones. fuse: for evaluation, with the norms folded into the weights before them
    (docs/export.md). channels_last: the memory format in which convolutions are faster on most machines. seed: of fresh
    weights; None draws from torch's global generator. parameters: the model's own: `build("net.cdsl", width=64)`.
    The module is in training mode where it is fresh and not fused, else in evaluation mode.
    Raises SpecError where the spec has an error, MistakeError where the weights do not fit the network, or not into
    memory.
    """
    from convdsl.exchange.ready import Layout, ready
    from convdsl.lower.build import TooLarge

    given = {"weights": weights is not None, "fuse": fuse, "channels_last": channels_last}
    given |= {"device": device is not None, "dtype": dtype is not None, "seed": seed is not None}
    analysis, graph, legal = runnable(spec, parameters, "build", given)
    with _refusals(analysis):
        chosen, folds = _chosen(graph, fuse)
        source = _source(analysis, legal, chosen, folds)
        layout = Layout(device, dtype, channels_last)
        try:
            return ready(
                graph,
                chosen,
                folds,
                source=source,
                weights=None if weights is None else _state(weights, graph),
                layout=layout,
                seed=seed,
            )
        except TooLarge as refusal:
            way_out = "`check`, `show`, `draw` and `emit` need none of it; to build it, find a larger machine"
            raise MistakeError(refusal.message, way_out=way_out) from refusal


def export(
    spec: Spec,
    *,
    onnx: Place | None = None,
    torch_export: Place | None = None,
    weights: "Place | Mapping[str, Tensor] | None" = None,
    size: Size | None = None,
    fuse: bool = False,
    seed: int = 0,
    force: bool = False,
    **parameters: object,
) -> "tuple[Exported, ...]":
    """Write the network for ONNX's runtimes, for `torch.export.load`, or both; each file is tried before it is kept.

    weights, fuse, parameters: as for `build`; seed: of fresh weights. size: the only one that the files have to take;
    None for all that the format can say.
    Raises SpecError where the spec has an error; MistakeError where it runs at no size, a file does not do what the
    module does, stands there already and `force` is false, or something is missing.
    """
    from convdsl.exchange.export import ONNX, PROGRAM
    from convdsl.exchange.export import export as exported

    places = {ONNX: onnx, PROGRAM: torch_export}
    asked = {kind: os.fspath(place) for kind, place in places.items() if place is not None}
    if not asked:
        raise MistakeError(
            "nothing says what to export to", way_out="say `--onnx net.onnx` or `--torch-export net.pt2`"
        )
    given = {"weights": weights is not None, "size": size is not None, "fuse": fuse, "seed": seed != 0, "force": force}
    analysis, graph, legal = runnable(spec, parameters, "export", given)
    if legal.is_empty:
        raise MistakeError("the network runs at no size", way_out="see what `check` says of it")
    sizes = sizes_of(network_of(analysis), size)
    network = build(analysis, weights=weights, fuse=fuse, seed=seed).eval()
    learned = recipe_of(os.fspath(weights)) if isinstance(weights, str | os.PathLike) else None
    words = {**_words(analysis, legal), "convdsl.recipe": json.dumps(to_data(learned or analysis.recipe))}
    found = exported(network, graph, legal, tuple(asked), words, sizes)
    for one in found:
        write_new(asked[one.kind], one.content, force=force)
    return found


def _words(analysis: Analysis, legal: Accepted) -> dict[str, str]:
    """Return what an exported file tells of its network: everything that a reader needs to know whence it is."""
    assert analysis.graph is not None
    ends = [(one.name, one.meaning) for one in analysis.graph.inputs]
    ends += [(one.name, one.meaning) for one in analysis.graph.outputs]
    return {
        "convdsl.version": VERSION,
        "convdsl.spec": analysis.source.text,
        "convdsl.imported": json.dumps({name: one.text for name, one in analysis.imported.sources.items()}),
        "convdsl.ways": json.dumps([[*way, name] for way, name in analysis.imported.ways.items()]),
        "convdsl.parameters": json.dumps(dict(analysis.parameters)),
        "convdsl.architecture": analysis.architecture_hash,
        "convdsl.accepted": "; ".join(legal.text()),
        "convdsl.accepted_sets": json.dumps(legal.as_json()),
        "convdsl.means": json.dumps({name: str(meaning) for name, meaning in ends if meaning is not None}),
    }


def _state(weights: "Place | Mapping[str, Tensor]", graph: Graph) -> "Mapping[str, Tensor]":
    """Return the tensors of a network.

    Raises MistakeError where they do not fit.
    """
    from convdsl.exchange.load import require_fit
    from convdsl.exchange.stored import Stored
    from convdsl.exchange.weights import match_graph

    if isinstance(weights, Mapping):
        stored = Stored("what was given", "named tensors", {"": weights})
    else:
        stored = read_checkpoint(os.fspath(weights))
    found = match_graph(stored, graph)
    require_fit(found, graph.model)
    return found.state()


def _chosen(graph: Graph, fuse: bool) -> "tuple[Graph, tuple[Fold, ...]]":
    if not fuse:
        return graph, ()
    from convdsl.lower.fuse import fuse as fused

    return fused(graph)


def _source(analysis: Analysis, legal: Accepted, graph: Graph, folds: "tuple[Fold, ...]") -> str:
    from convdsl.lower import emit as lower

    return lower.emit(graph, Path(analysis.source.name).name, legal=legal, folded=len(folds))


@contextmanager
def _refusals(analysis: Analysis) -> Iterator[None]:
    """Turn what cannot become a module into a finding at the layer to blame."""
    try:
        yield
    except Refused as refusal:
        span = refusal.node.span if refusal.node is not None else Span(0, 0)
        ways_out = (Help("give the layer another name"),) if refusal.node is not None else ()
        found = Diagnostic(codes.KEY_INVALID, refusal.message, Label(span), helps=ways_out)
        raise SpecError((*analysis.diagnostics, found), analysis.sources) from refusal
